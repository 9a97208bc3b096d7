//! Lines of the text format that are made of several fields.

use std::fmt::{self, Write};

use dbwright_model::plan::{Fields, Value};

/// Several fields that share a line. It is left out where nothing is written.
pub(super) struct Line {
    pub(super) fields: &'static [&'static str],
    pub(super) write: fn(&mut String, &Fields, u32) -> fmt::Result,
}

/// The lines made of several fields.
pub(super) const LINES: &[Line] = &[
    Line {
        fields: &["Exact Heap Blocks", "Lossy Heap Blocks"],
        write: |out, fields, _| {
            counters(out, "Heap Blocks:", fields, &[("Exact Heap Blocks", "exact"), ("Lossy Heap Blocks", "lossy")])
        },
    },
    Line {
        fields: &["Sort Method", "Sort Space Used", "Sort Space Type"],
        write: |out, fields, _| {
            write!(out, "Sort Method: {}", fields.text("Sort Method").unwrap_or_default())?;
            match (fields.text("Sort Space Type"), fields.number("Sort Space Used")) {
                (Some(kind), Some(space)) => write!(out, "  {kind}: {space}kB"),
                _ => Ok(()),
            }
        },
    },
    Line {
        fields: &["Storage", "Maximum Storage"],
        write: |out, fields, _| {
            let space = fields.number("Maximum Storage").unwrap_or_default();
            write!(out, "Storage: {}  Maximum Storage: {space}kB", fields.text("Storage").unwrap_or_default())
        },
    },
    Line { fields: HASH, write: |out, fields, _| hash(out, fields) },
    Line {
        fields: &["Cache Hits", "Cache Misses", "Cache Evictions", "Cache Overflows", "Peak Memory Usage"],
        write: |out, fields, _| {
            let figure = |name: &str| fields.number(name).unwrap_or_default();
            if fields.number("Cache Hits").is_none() {
                return Ok(());
            }
            write!(out, "Hits: {}  Misses: {}", figure("Cache Hits"), figure("Cache Misses"))?;
            write!(out, "  Evictions: {}  Overflows: {}", figure("Cache Evictions"), figure("Cache Overflows"))?;
            write!(out, "  Memory Usage: {}kB", figure("Peak Memory Usage"))
        },
    },
    Line {
        fields: &["Tuples Inserted", "Tuples Updated", "Tuples Deleted", "Tuples Skipped"],
        write: |out, fields, _| {
            let parts = [
                ("Tuples Inserted", "inserted"),
                ("Tuples Updated", "updated"),
                ("Tuples Deleted", "deleted"),
                ("Tuples Skipped", "skipped"),
            ];
            counters(out, "Tuples:", fields, &parts)
        },
    },
    Line {
        fields: BLOCKS,
        write: |out, fields, _| {
            let mut scopes = Vec::new();
            for scope in ["Shared", "Local", "Temp"] {
                let mut part = scope.to_ascii_lowercase();
                for kind in ["Hit", "Read", "Dirtied", "Written"] {
                    let pages = fields.number(&format!("{scope} {kind} Blocks")).unwrap_or_default();
                    if pages > 0.0 {
                        write!(part, " {}={pages}", kind.to_ascii_lowercase())?;
                    }
                }
                if part.contains('=') {
                    scopes.push(part);
                }
            }
            match scopes.is_empty() {
                true => Ok(()),
                false => write!(out, "Buffers: {}", scopes.join(", ")),
            }
        },
    },
    Line {
        fields: TIMES,
        write: |out, fields, major| {
            let mut scopes = Vec::new();
            let common = if major >= 15 { "shared/local" } else { "" };
            for (prefix, scope) in [("Shared ", "shared"), ("", common), ("Local ", "local"), ("Temp ", "temp")] {
                let mut part = scope.to_owned();
                for kind in ["Read", "Write"] {
                    let ms = fields.number(&format!("{prefix}I/O {kind} Time")).unwrap_or_default();
                    if ms > 0.0 {
                        write!(part, " {}={ms:.3}", kind.to_ascii_lowercase())?;
                    }
                }
                if part.contains('=') {
                    scopes.push(part.trim_start().to_owned());
                }
            }
            match scopes.is_empty() {
                true => Ok(()),
                false => write!(out, "I/O Timings: {}", scopes.join(", ")),
            }
        },
    },
    Line {
        fields: &["WAL Records", "WAL FPI", "WAL Bytes", "WAL Buffers Full"],
        write: |out, fields, _| {
            let parts = [
                ("WAL Records", "records"),
                ("WAL FPI", "fpi"),
                ("WAL Bytes", "bytes"),
                ("WAL Buffers Full", "buffers full"),
            ];
            counters(out, "WAL:", fields, &parts)
        },
    },
    Line {
        fields: &["Foreign File Size"],
        write: |out, fields, _| {
            write!(out, "Foreign File Size: {} b", fields.number("Foreign File Size").unwrap_or_default())
        },
    },
    Line {
        fields: &["Memory Used", "Memory Allocated"],
        write: |out, fields, _| {
            let figure = |name: &str| fields.number(name).unwrap_or_default();
            write!(out, "Memory: used={}kB  allocated={}kB", figure("Memory Used"), figure("Memory Allocated"))
        },
    },
];

const HASH: &[&str] = &[
    "Hash Buckets",
    "Original Hash Buckets",
    "Hash Batches",
    "Original Hash Batches",
    "Planned Partitions",
    "HashAgg Batches",
    "Peak Memory Usage",
    "Disk Usage",
];

const BLOCKS: &[&str] = &[
    "Shared Hit Blocks",
    "Shared Read Blocks",
    "Shared Dirtied Blocks",
    "Shared Written Blocks",
    "Local Hit Blocks",
    "Local Read Blocks",
    "Local Dirtied Blocks",
    "Local Written Blocks",
    "Temp Read Blocks",
    "Temp Written Blocks",
];

const TIMES: &[&str] = &[
    "Shared I/O Read Time",
    "Shared I/O Write Time",
    "I/O Read Time",
    "I/O Write Time",
    "Local I/O Read Time",
    "Local I/O Write Time",
    "Temp I/O Read Time",
    "Temp I/O Write Time",
];

/// What a hash table took: of a join, or of an aggregate.
fn hash(out: &mut String, fields: &Fields) -> fmt::Result {
    let memory = fields.number("Peak Memory Usage").unwrap_or_default();
    if let Some(buckets) = fields.number("Hash Buckets") {
        let batches = fields.number("Hash Batches").unwrap_or_default();
        let originally = |name: &str, now: f64| fields.number(name).unwrap_or(now);
        let (first_buckets, first_batches) =
            (originally("Original Hash Buckets", buckets), originally("Original Hash Batches", batches));
        return match (first_buckets, first_batches) == (buckets, batches) {
            true => write!(out, "Buckets: {buckets}  Batches: {batches}  Memory Usage: {memory}kB"),
            false => {
                write!(out, "Buckets: {buckets} (originally {first_buckets})  ")?;
                write!(out, "Batches: {batches} (originally {first_batches})  Memory Usage: {memory}kB")
            }
        };
    }
    if let Some(planned) = fields.number("Planned Partitions").filter(|planned| *planned > 0.0) {
        write!(out, "Planned Partitions: {planned}")?;
    }
    let Some(batches) = fields.number("HashAgg Batches") else { return Ok(()) };
    out.write_str(if out.is_empty() { "" } else { "  " })?;
    write!(out, "Batches: {batches}  Memory Usage: {memory}kB")?;
    match fields.number("Disk Usage").filter(|_| batches > 1.0) {
        Some(disk) => write!(out, "  Disk Usage: {disk}kB"),
        None => Ok(()),
    }
}

pub(super) fn sort_groups(out: &mut String, name: &str, groups: &Fields) -> fmt::Result {
    write!(out, "{name}: {}", groups.number("Group Count").unwrap_or_default())?;
    let methods = groups.get("Sort Methods Used").map(Value::items).unwrap_or_default();
    let plural = if methods.len() > 1 { "s" } else { "" };
    write!(out, "  Sort Method{plural}: {}", listed(groups, "Sort Methods Used"))?;
    for kind in ["Memory", "Disk"] {
        let Some(space) = groups.get(&format!("Sort Space {kind}")).and_then(Value::group) else { continue };
        let figure = |name: &str| space.number(name).unwrap_or_default();
        let (average, peak) = (figure("Average Sort Space Used"), figure("Peak Sort Space Used"));
        write!(out, "  Average {kind}: {average}kB  Peak {kind}: {peak}kB")?;
    }
    Ok(())
}

/// ` name=count` of every counter that is not zero, behind a word.
fn counters(out: &mut String, word: &str, fields: &Fields, parts: &[(&str, &str)]) -> fmt::Result {
    let mut first = true;
    for (field, name) in parts {
        let Some(value) = fields.get(field).filter(|value| value.number().is_some_and(|count| count > 0.0)) else {
            continue;
        };
        if std::mem::take(&mut first) {
            out.write_str(word)?;
        }
        write!(out, " {name}={}", plain(value))?;
    }
    Ok(())
}

pub(super) fn listed(fields: &Fields, name: &str) -> String {
    fields.get(name).map(plain).unwrap_or_default()
}

/// A value on one line.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.as_str().to_owned(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Group(fields) => {
            fields.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
    }
}

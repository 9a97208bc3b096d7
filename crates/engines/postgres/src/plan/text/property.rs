//! The lines below a node: `Filter: (a > 1)`, `Buffers: shared hit=3`, `Sort Method: quicksort  Memory: 25kB`.
//!
//! Every line becomes the fields that the JSON form has for it; what nobody knows keeps its own name.

use dbwright_model::plan::{Fields, Value};

use super::figures::{self, digits, labelled, list, number, put, value, word};

/// The names of lines, as far as they are known: they tell a plan from prose, also where a line was broken within one.
const NAMES: &[&str] = &[
    "Async Capable",
    "Batches",
    "Batches Removed by Filter",
    "Batches decompressed",
    "Buckets",
    "Buffers",
    "Bulk Decompression",
    "Cache Key",
    "Cache Mode",
    "Chunks excluded during runtime",
    "Chunks excluded during startup",
    "Conflict Arbiter Indexes",
    "Conflict Filter",
    "Conflict Resolution",
    "Conflicting Tuples",
    "Disabled",
    "Disabled Nodes",
    "Distributed Query",
    "Execution Time",
    "Execution time",
    "Filter",
    "Foreign File",
    "Foreign File Size",
    "Full-sort Groups",
    "Function Call",
    "Functions",
    "Group Key",
    "Grouping Sets",
    "Hash Cond",
    "Hash Key",
    "Heap Blocks",
    "Heap Fetches",
    "Hits",
    "Hypertable",
    "I/O Timings",
    "Index Cond",
    "Index Searches",
    "Inner Unique",
    "JIT",
    "Join Filter",
    "Memory",
    "Merge Cond",
    "Node",
    "One-Time Filter",
    "Options",
    "Order",
    "Order By",
    "Output",
    "Params Evaluated",
    "Planned Partitions",
    "Planning",
    "Planning Time",
    "Planning time",
    "Pre-sorted Groups",
    "Presorted Groups",
    "Presorted Key",
    "Query Identifier",
    "Query Text",
    "Recheck Cond",
    "Relations",
    "Remote SQL",
    "Repeatable Seed",
    "Rows Removed by Conflict Filter",
    "Rows Removed by Filter",
    "Rows Removed by Index Recheck",
    "Rows Removed by Join Filter",
    "Run Condition",
    "Runtime Exclusion",
    "Sampling",
    "Serialization",
    "Settings",
    "Single Copy",
    "Sort Key",
    "Sort Method",
    "Sort Methods",
    "Startup Exclusion",
    "Storage",
    "Subplans Removed",
    "TID Cond",
    "Table Function Call",
    "Task Count",
    "Tasks Shown",
    "Timing",
    "Total Runtime",
    "Total runtime",
    "Tuple data received from node",
    "Tuple data received from nodes",
    "Tuples",
    "Vectorized Filter",
    "WAL",
    "Window",
    "Workers Launched",
    "Workers Planned",
];

/// Whether a line of that name belongs to a plan.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
        || name.strip_prefix("Worker ").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        || name.starts_with("Rows Removed by ")
        || name.starts_with("JIT for worker ")
}

/// Whether the text is the start of such a name and no more: the rest of it was broken off.
pub(super) fn starts_known(text: &str) -> bool {
    // names are sorted: the first that is not smaller is the one that starts so, if any does
    let at = NAMES.partition_point(|name| *name < text);
    text.len() >= 4 && NAMES.get(at).is_some_and(|name| name.starts_with(text))
}

/// Whether a name stands within a line only, behind others: `Batches` of a hash, `Memory Usage`.
pub(super) fn continues(above: &str, name: &str, value: &str) -> bool {
    match name {
        "Memory Usage" | "Average Memory" | "Peak Memory" | "Average Disk" | "Peak Disk" | "Disk Usage" | "Disk"
        | "Misses" | "Evictions" | "Overflows" | "Maximum Storage" => true,
        "Memory" => !value.starts_with("used="),
        "Batches" => above.starts_with("Buckets:") || above.starts_with("Planned Partitions:"),
        "Sort Method" | "Sort Methods" => above.contains("Groups:"),
        _ => false,
    }
}

/// Name and value of a line: `Filter: (a > 1)`, `JIT:`.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut from = 0;
    loop {
        let at = from + text.as_bytes()[from..].iter().take(82).position(|byte| *byte == b':')?;
        let value = &text[at + 1..];
        if at > 80 || value.starts_with(':') {
            return None;
        }
        // `DN (port=1):` and `RTI 1 (relation):` are names; a colon in a name needs a blank behind it to end it
        if value.is_empty() || value.starts_with(' ') {
            let name = &text[..at];
            let sound = |c: char| c.is_alphanumeric() || " -_/.,()$#+'\"=*%[]".contains(c);
            return name.chars().all(sound).then(|| (name, value.trim()));
        }
        from = at + 1;
    }
}

/// Puts a line down among the fields of its node (or worker, or of the planning).
pub(super) fn read(name: &str, text: &str, into: &mut Fields) {
    match name {
        "Filter"
        | "Index Cond"
        | "Recheck Cond"
        | "Order By"
        | "TID Cond"
        | "One-Time Filter"
        | "Run Condition"
        | "Hash Cond"
        | "Merge Cond"
        | "Join Filter"
        | "Conflict Filter"
        | "Cache Key"
        | "Cache Mode"
        | "Function Call"
        | "Table Function Call"
        | "Remote SQL"
        | "Relations"
        | "Vectorized Filter"
        | "Window" => {
            into.set(name, text);
        }
        "Sort Key" | "Presorted Key" | "Group Key" | "Output" | "Params Evaluated" | "Conflict Arbiter Indexes" => {
            into.set(name, list(text));
        }
        "Buffers" => figures::buffers(text, into),
        "I/O Timings" => figures::io_timings(text, into),
        "WAL" => figures::wal(text, into),
        "Sort Method" => sort(text, into),
        "Full-sort Groups" | "Pre-sorted Groups" | "Presorted Groups" => groups(name, text, into),
        "Buckets" => hash(text, into),
        "Batches" | "Planned Partitions" => hash_aggregate(name, text, into),
        "Hits" => memoize(text, into),
        "Storage" => storage(text, into),
        "Heap Blocks" => {
            into.set("Exact Heap Blocks", labelled(text, "exact=").unwrap_or(0.0));
            into.set("Lossy Heap Blocks", labelled(text, "lossy=").unwrap_or(0.0));
        }
        "Tuples" => {
            for kind in ["Inserted", "Updated", "Deleted", "Skipped"] {
                let label = format!("{}=", kind.to_lowercase());
                into.set(format!("Tuples {kind}"), labelled(text, &label).unwrap_or(0.0));
            }
        }
        "Sampling" => sampling(text, into),
        "Memory" => {
            put(into, "Memory Used", labelled(text, "used="));
            put(into, "Memory Allocated", labelled(text, "allocated="));
        }
        "Foreign File Size" => into.set(name, number(text).map_or_else(|| text.into(), Value::Number)),
        "Options" => into.set(name, options(text)),
        "Timing" => into.set(name, timing(text)),
        _ => into.set(name, value(text)),
    }
}

/// `quicksort  Memory: 25kB`.
fn sort(text: &str, into: &mut Fields) {
    let space = [" Memory: ", " Disk: "].iter().find_map(|label| Some((text.find(label)?, *label)));
    let method = text[..space.map_or(text.len(), |(at, _)| at)].trim();
    into.set("Sort Method", method);
    if let Some((_, label)) = space
        && let Some(used) = labelled(text, label)
    {
        into.set("Sort Space Used", used);
        into.set("Sort Space Type", label.trim_matches([' ', ':']));
    }
}

/// `1  Sort Methods: quicksort, top-N heapsort  Average Memory: 26kB  Peak Memory: 26kB`.
fn groups(name: &str, text: &str, into: &mut Fields) {
    let mut group = Fields::default();
    put(&mut group, "Group Count", labelled(text, ""));
    if let Some(at) = text.find("Sort Method") {
        let methods = text[at..].split_once(": ").map_or("", |(_, methods)| methods);
        let end = [" Average ", " Peak "].iter().filter_map(|label| methods.find(label)).min();
        let methods = methods[..end.unwrap_or(methods.len())].trim();
        group.set("Sort Methods Used", methods.split(", ").map(Value::from).collect::<Vec<_>>());
    }
    for kind in ["Memory", "Disk"] {
        let mut space = Fields::default();
        put(&mut space, "Average Sort Space Used", labelled(text, &format!("Average {kind}: ")));
        put(&mut space, "Peak Sort Space Used", labelled(text, &format!("Peak {kind}: ")));
        if !space.is_empty() {
            group.set(format!("Sort Space {kind}"), space);
        }
    }
    into.set(if name == "Presorted Groups" { "Pre-sorted Groups" } else { name }, group);
}

/// `1024 (originally 512)  Batches: 1 (originally 2)  Memory Usage: 40kB`.
fn hash(text: &str, into: &mut Fields) {
    let (buckets, rest) = text.split_at(text.find("Batches:").unwrap_or(text.len()));
    let original = |text: &str| labelled(text, "(originally ");
    let count = labelled(buckets, "");
    put(into, "Hash Buckets", count);
    put(into, "Original Hash Buckets", original(buckets).or(count));
    let count = labelled(rest, "Batches:");
    put(into, "Hash Batches", count);
    put(into, "Original Hash Batches", original(rest).or(count));
    put(into, "Peak Memory Usage", labelled(rest, "Memory Usage:"));
}

/// `Planned Partitions: 4  Batches: 5  Memory Usage: 4145kB  Disk Usage: 1000kB`.
fn hash_aggregate(name: &str, text: &str, into: &mut Fields) {
    match name {
        "Batches" => put(into, "HashAgg Batches", labelled(text, "")),
        _ => {
            put(into, "Planned Partitions", labelled(text, ""));
            put(into, "HashAgg Batches", labelled(text, "Batches:"));
        }
    }
    put(into, "Peak Memory Usage", labelled(text, "Memory Usage:"));
    put(into, "Disk Usage", labelled(text, "Disk Usage:"));
}

/// `980  Misses: 20  Evictions: 0  Overflows: 0  Memory Usage: 3kB`.
fn memoize(text: &str, into: &mut Fields) {
    put(into, "Cache Hits", labelled(text, ""));
    put(into, "Cache Misses", labelled(text, "Misses:"));
    put(into, "Cache Evictions", labelled(text, "Evictions:"));
    put(into, "Cache Overflows", labelled(text, "Overflows:"));
    put(into, "Peak Memory Usage", labelled(text, "Memory Usage:"));
}

/// `Memory  Maximum Storage: 17kB`.
fn storage(text: &str, into: &mut Fields) {
    into.set("Storage", text.split_whitespace().next().unwrap_or(text));
    put(into, "Maximum Storage", labelled(text, "Maximum Storage:"));
}

/// `bernoulli ('10'::real) REPEATABLE ('1'::double precision)`.
fn sampling(text: &str, into: &mut Fields) {
    let (sample, seed) = match text.split_once(" REPEATABLE (") {
        Some((sample, seed)) => (sample, Some(seed.strip_suffix(')').unwrap_or(seed))),
        None => (text, None),
    };
    let (method, parameters) = sample.split_once(" (").unwrap_or((sample, ""));
    into.set("Sampling Method", method);
    into.set("Sampling Parameters", list(parameters.strip_suffix(')').unwrap_or(parameters)));
    if let Some(seed) = seed {
        into.set("Repeatable Seed", seed);
    }
}

/// `Inlining false, Optimization false`.
fn options(text: &str) -> Value {
    let mut fields = Fields::default();
    for option in text.split(", ") {
        if let Some((name, set)) = option.rsplit_once(' ') {
            fields.set(name, value(set));
        }
    }
    fields.into()
}

/// `Generation 1.0 ms (Deform 0.5 ms), Inlining 0.0 ms, Total 2.5 ms`.
fn timing(text: &str) -> Value {
    let mut fields = Fields::default();
    for part in text.split(", ") {
        let Some((name, time)) = part.split_once(' ') else { continue };
        let Some(ms) = number(time) else { continue };
        match labelled(time, "(Deform ") {
            Some(deform) => {
                let mut parts = Fields::default();
                parts.set("Deform", deform);
                parts.set("Total", ms);
                fields.set(name, parts);
            }
            None => fields.set(name, ms),
        }
    }
    fields.into()
}

/// `work_mem = '64kB', jit = 'off'`.
pub(super) fn settings(text: &str) -> Fields {
    let mut fields = Fields::default();
    for setting in list(text).items() {
        let Some((name, set)) = setting.text().and_then(|text| text.split_once(" = ")) else { continue };
        let bare = set.strip_prefix('\'').and_then(|set| set.strip_suffix('\''));
        fields.set(name, bare.unwrap_or(set).replace("''", "'"));
    }
    fields
}

/// `Trigger a for constraint b on c: time=1.2 calls=3`.
pub(super) fn trigger(text: &str) -> Option<Fields> {
    let at = text.rfind(": ")?;
    let (names, figures) = (text[..at].strip_prefix("Trigger ")?, &text[at + 2..]);
    let calls = labelled(figures, "calls=")?;
    let mut fields = Fields::default();
    let (names, relation) = match names.rsplit_once(" on ") {
        Some((names, relation)) => (names, Some(relation)),
        None => (names, None),
    };
    let (name, constraint) = match names.strip_prefix("for constraint ") {
        Some(constraint) => ("", Some(constraint)),
        None => match names.split_once(" for constraint ") {
            Some((name, constraint)) => (name, Some(constraint)),
            None => (names, None),
        },
    };
    for (field, text) in [("Trigger Name", Some(name)), ("Constraint Name", constraint), ("Relation", relation)] {
        if let Some(text) = text {
            fields.set(field, text);
        }
    }
    put(&mut fields, "Time", labelled(figures, "time="));
    fields.set("Calls", calls);
    Some(fields)
}

/// `Serialization: time=1.2 ms  output=3kB  format=text`.
pub(super) fn serialization(text: &str) -> Fields {
    let mut fields = Fields::default();
    put(&mut fields, "Time", labelled(text, "time="));
    put(&mut fields, "Output Volume", labelled(text, "output="));
    if let Some(format) = word(text, "format=") {
        fields.set("Format", format);
    }
    fields
}

/// Milliseconds of `1.234 ms`.
pub(super) fn milliseconds(text: &str) -> Option<f64> {
    // three digits behind the point, always: fewer are a cut number
    let whole = |text: &str| text.split_once('.').is_some_and(|(_, digits)| digits.len() == 3);
    number(text).or_else(|| digits(text).filter(|_| whole(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(line: &str) -> String {
        let (name, text) = split(line).unwrap();
        let mut fields = Fields::default();
        read(name, text, &mut fields);
        serde_json::to_string(&fields).unwrap().replace('"', "").replace(".0", "")
    }

    #[test]
    fn lines_become_the_fields_of_json() {
        assert!(NAMES.is_sorted());
        for (line, expected) in [
            (
                "Sort Method: top-N heapsort  Memory: 25kB",
                "{Sort Method:top-N heapsort,Sort Space Used:25,Sort Space Type:Memory}",
            ),
            (
                "Sort Method:  external merge  Disk: 9kB",
                "{Sort Method:external merge,Sort Space Used:9,Sort Space Type:Disk}",
            ),
            (
                "Full-sort Groups: 2  Sort Methods: quicksort, top-N heapsort  Average Memory: 26kB  Peak Memory: 27kB",
                "{Full-sort Groups:{Group Count:2,Sort Methods Used:[quicksort,top-N heapsort],Sort Space Memory:{Average Sort Space Used:26,Peak Sort Space Used:27}}}",
            ),
            (
                "Buckets: 1024 (originally 512)  Batches: 4 (originally 2)  Memory Usage: 40kB",
                "{Hash Buckets:1024,Original Hash Buckets:512,Hash Batches:4,Original Hash Batches:2,Peak Memory Usage:40}",
            ),
            (
                "Buckets: 8  Batches: 1  Memory Usage: 9kB",
                "{Hash Buckets:8,Original Hash Buckets:8,Hash Batches:1,Original Hash Batches:1,Peak Memory Usage:9}",
            ),
            (
                "Planned Partitions: 4  Batches: 5  Memory Usage: 41kB  Disk Usage: 1000kB",
                "{Planned Partitions:4,HashAgg Batches:5,Peak Memory Usage:41,Disk Usage:1000}",
            ),
            ("Batches: 1  Memory Usage: 24kB", "{HashAgg Batches:1,Peak Memory Usage:24}"),
            (
                "Hits: 980  Misses: 20  Evictions: 1  Overflows: 0  Memory Usage: 3kB",
                "{Cache Hits:980,Cache Misses:20,Cache Evictions:1,Cache Overflows:0,Peak Memory Usage:3}",
            ),
            ("Storage: Memory  Maximum Storage: 17kB", "{Storage:Memory,Maximum Storage:17}"),
            ("Heap Blocks: exact=3", "{Exact Heap Blocks:3,Lossy Heap Blocks:0}"),
            (
                "Sampling: bernoulli ('10'::real) REPEATABLE ('1'::double precision)",
                "{Sampling Method:bernoulli,Sampling Parameters:['10'::real],Repeatable Seed:'1'::double precision}",
            ),
            ("Tuples: inserted=1 skipped=2", "{Tuples Inserted:1,Tuples Updated:0,Tuples Deleted:0,Tuples Skipped:2}"),
            ("Cache Key: a.b, a.c", "{Cache Key:a.b, a.c}"),
            ("Chunks excluded during startup: 3", "{Chunks excluded during startup:3}"),
            ("Bulk Decompression: true", "{Bulk Decompression:true}"),
            ("Workers Planned: N", "{Workers Planned:N}"),
            (
                "Timing: Generation 1.5 ms (Deform 0.5 ms), Total 2.5 ms",
                "{Timing:{Generation:{Deform:0.5,Total:1.5},Total:2.5}}",
            ),
            ("Node: host=localhost port=5432 dbname=x", "{Node:host=localhost port=5432 dbname=x}"),
        ] {
            assert_eq!(json(line), expected, "{line}");
        }
    }

    #[test]
    fn triggers_and_settings() {
        let text = |line| serde_json::to_string(&trigger(line).unwrap()).unwrap().replace('"', "");
        assert_eq!(
            text("Trigger RI_1 for constraint fk on child: time=1.5 calls=3"),
            "{Trigger Name:RI_1,Constraint Name:fk,Relation:child,Time:1.5,Calls:3.0}"
        );
        assert_eq!(text("Trigger for constraint fk: calls=3"), "{Trigger Name:,Constraint Name:fk,Calls:3.0}");
        let set = settings("work_mem = '64kB', search_path = 'a, \"$user\"'");
        assert_eq!(set.text("search_path"), Some("a, \"$user\""));
        assert_eq!(set.text("work_mem"), Some("64kB"));
    }

    #[test]
    fn broken_names() {
        assert!(starts_known("Rows Remo") && starts_known("Planning Ti") && starts_known("Buff"));
        assert!(!starts_known("Rows that") && !starts_known("and"));
    }
}

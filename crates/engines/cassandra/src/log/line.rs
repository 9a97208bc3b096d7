//! `DEBUG [ScheduledTasks:1] 2024-05-01 10:00:00,123 MonitoringTask.java:175 - 10 operations were slow …`; what stands
//! on lines of their own below belongs to it.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, Happening, LogFormat, Reader, Said, Sink, Statement, What};
use dbwright_reading::moment;

use super::{class, cql, monitoring};

pub(super) static FORMAT: LogFormat = LogFormat {
    engine: Engine::Cassandra,
    id: "cassandra-log",
    reads: "a log of Cassandra (system.log, debug.log)",
    detect,
};

/// A record taken apart.
struct Record<'a> {
    at: i64,
    level: &'a [u8],
    file: &'a [u8],
    message: &'a [u8],
    /// Lines below the first.
    below: &'a [u8],
}

fn begins(text: &[u8]) -> bool {
    level(text).is_some()
}

/// The level that a record begins with, and what follows.
fn level(text: &[u8]) -> Option<(&[u8], &[u8])> {
    for level in [&b"INFO"[..], b"DEBUG", b"WARN", b"ERROR", b"TRACE"] {
        if let Some(rest) = text.strip_prefix(level) {
            let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
            return (blanks > 0 && rest.get(blanks) == Some(&b'[')).then(|| (level, &rest[blanks + 1..]));
        }
    }
    None
}

fn read(record: &[u8]) -> Option<Record<'_>> {
    let (first, below) = record.split_at(memchr::memchr(b'\n', record).unwrap_or(record.len()));
    let (level, rest) = level(first)?;
    // Names of threads may hold brackets.
    let starts =
        |at: &usize| rest.get(at + 2).is_some_and(u8::is_ascii_digit) && moment::iso(&rest[at + 2..]).is_some();
    let thread = memchr::memmem::find_iter(rest, b"] ").find(starts)?;
    let rest = &rest[thread + 2..];
    let (at, length) = moment::iso(rest)?;
    let rest = rest.get(length..)?.strip_prefix(b" ")?;
    let dash = memchr::memmem::find(rest, b" - ")?;
    let (place, message) = (&rest[..dash], rest[dash + 3..].trim_ascii_end());
    let file = &place[..memchr::memrchr(b':', place)?];
    Some(Record { at, level, file, message, below })
}

fn records(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let next = memchr::memchr_iter(b'\n', rest).find(|at| begins(&rest[at + 1..]));
        let (record, after) = rest.split_at(next.map_or(rest.len(), |at| at + 1));
        rest = after;
        Some(record)
    })
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty())
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let (mut all, mut known) = (0usize, 0usize);
    for record in records(sample) {
        let count = lines(record).count();
        all += count;
        known += if read(record).is_some() { count } else { 0 };
    }
    (known > 0).then(|| Detected {
        reader: Box::new(Log),
        understood: known as f64 / all as f64,
        detail: "as the distribution's logback.xml writes it".into(),
    })
}

struct Log;

impl Reader for Log {
    fn whole(&self, bytes: &[u8]) -> usize {
        let mut end = bytes.len();
        while let Some(at) = memchr::memrchr(b'\n', &bytes[..end]) {
            if begins(&bytes[at + 1..]) {
                return at + 1;
            }
            end = at;
        }
        0
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut scratch = Vec::new();
        for bytes in records(chunk) {
            sink.lines(lines(bytes).count() as u64);
            match read(bytes) {
                Some(record) if record.file == b"MonitoringTask.java" => operations(&record, &mut scratch, sink),
                Some(record) => tell(&record, &mut scratch, sink),
                None => lines(bytes).for_each(|line| sink.missed(line)),
            }
        }
    }
}

fn tell(record: &Record<'_>, scratch: &mut Vec<u8>, sink: &mut dyn Sink) {
    let event = Event { at: Some(record.at), ..Event::default() };
    let Some(found) = class::of(record.level, record.file, record.message, record.below) else {
        return sink.event(&event);
    };
    let said = (!found.statement.is_empty()).then(|| Said::Sql(cql::quoted(found.statement, scratch)));
    sink.event(&Event {
        database: keyspace(found.object),
        what: What::Happening(Happening {
            failed: false,
            class: found.class,
            code: record.file,
            object: found.object,
            measure: found.measure,
            said,
        }),
        ..event
    });
}

fn keyspace(table: &[u8]) -> &[u8] {
    let end = table.iter().position(|byte| matches!(byte, b'.' | b'/'));
    end.map_or(b"", |end| &table[..end])
}

/// Tells what stands below a line that counts operations.
fn operations(record: &Record<'_>, scratch: &mut Vec<u8>, sink: &mut dyn Sink) {
    let mut told = false;
    for line in lines(record.below) {
        let line = line.trim_ascii();
        let Some(operation) = monitoring::operation(line) else {
            // `... (13 were dropped)`: only so many are printed.
            if !line.starts_with(b"...") {
                sink.missed(line);
            }
            continue;
        };
        told = true;
        let table = cql::table(operation.statement);
        let said = Said::Sql(cql::quoted(operation.statement, scratch));
        let event = Event { at: Some(record.at), database: keyspace(table), ..Event::default() };
        let failed = operation.timed_out;
        for duration in operation.durations() {
            let statement = Statement { said, duration: Some(duration), failed, ..Statement::default() };
            sink.event(&Event { what: What::Statement(statement), ..event });
            if failed {
                let what = Happening {
                    failed: false,
                    class: &class::TIMEOUT,
                    code: b"",
                    object: table,
                    measure: None,
                    said: Some(said),
                };
                sink.event(&Event { what: What::Happening(what), ..event });
            }
        }
    }
    if !told {
        sink.event(&Event { at: Some(record.at), ..Event::default() });
    }
}

//! Lines of text: `[2024-05-01T10:00:00,123][WARN ][i.s.s.query] [node-1] [shop][0] took[1.2ms], …, source[{…}], id[]`.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, LogFormat, Reader, Sink};
use dbwright_reading::moment;
use dbwright_reading::pull::{Pull, Text};

use super::event::{Record, Scratch, Slow, tell};
use super::{last, lines, records};

pub(super) static FORMAT: LogFormat = LogFormat {
    engine: Engine::Elastic,
    id: "elastic-text",
    reads: "a log or slow log of Elasticsearch or OpenSearch (text)",
    detect,
};

fn begins(text: &[u8]) -> bool {
    text.first() == Some(&b'[') && text.get(1).is_some_and(u8::is_ascii_digit) && text.get(5) == Some(&b'-')
}

/// What stands in brackets at the start, without blanks that fill it, and what comes behind.
fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', inner)?;
    Some((inner[..end].trim_ascii(), &inner[end + 1..]))
}

fn read(record: &[u8]) -> Option<Record<'_>> {
    let (time, rest) = bracketed(record)?;
    let (at, length) = moment::iso(time)?;
    let (level, rest) = bracketed(rest)?;
    let (component, rest) = bracketed(rest)?;
    let known =
        matches!(level, b"TRACE" | b"DEBUG" | b"INFO" | b"WARN" | b"ERROR" | b"FATAL" | b"DEPRECATION" | b"CRITICAL");
    if length != time.len() || !known {
        return None;
    }
    let rest = rest.trim_ascii_start();
    // A node is followed by a blank; slow logs before version 7 have none, and begin with index and shard.
    let node = bracketed(rest).filter(|(_, behind)| behind.starts_with(b" "));
    let message = node.map_or(rest, |(_, behind)| behind.trim_ascii_start());
    let end = memchr::memchr(b'\n', message).unwrap_or(message.len());
    let (first, trace) = message.split_at(end);
    let first = first.trim_ascii_end();
    let names = [&b"i.s.s"[..], b"i.i.s", b"index.search.slowlog", b"index.indexing.slowlog", b"c.s.r.slowlog"];
    let slow = match names.iter().any(|name| component.starts_with(name)) {
        true => slow(first),
        false => Slow::default(),
    };
    let message = Text(first);
    Some(Record { at: Some(at), level, component, message, trace, slow, user: Text::default(), escaped: false })
}

/// `took[1.2ms], took_millis[1], total_hits[2 hits], …, source[{…}], id[x]`.
fn slow(message: &[u8]) -> Slow<'_> {
    let value = |text: &'_ [u8], name: &[u8]| {
        let at = memchr::memmem::find(text, name)? + name.len();
        let end = memchr::memchr(b']', text.get(at..)?)?;
        Some((at, at + end))
    };
    let source = memchr::memmem::find(message, b"source[").map_or(message.len(), |at| at + 7);
    let (head, behind) = (&message[..source], &message[source..]);
    let within = |name: &[u8]| value(head, name).and_then(|(from, to)| head.get(from..to)).unwrap_or_default();
    // The document ends where its brackets do; one that the server cut ends with the line.
    let document = Pull::new(behind).raw().unwrap_or(behind);
    let id = behind.get(document.len()..).unwrap_or_default();
    Slow {
        took: within(b"took["),
        took_millis: moment::number(within(b"took_millis[")).and_then(|millis| u64::try_from(millis).ok()),
        hits: within(b"total_hits["),
        source: Text(document),
        id: Text(value(id, b"id[").and_then(|(from, to)| id.get(from..to)).unwrap_or_default()),
    }
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let (mut all, mut known) = (0usize, 0usize);
    for record in records(sample, begins) {
        let count = lines(record).count();
        all += count;
        known += if read(record).is_some() { count } else { 0 };
    }
    (known > 0).then(|| Detected {
        reader: Box::new(TextLog),
        understood: known as f64 / all as f64,
        detail: "lines of text".into(),
    })
}

struct TextLog;

impl Reader for TextLog {
    fn whole(&self, bytes: &[u8]) -> usize {
        last(bytes, begins)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut scratch = Scratch::default();
        for record in records(chunk, begins) {
            sink.lines(lines(record).count() as u64);
            match read(record) {
                Some(record) => tell(&record, &mut scratch, sink),
                None => lines(record).for_each(|line| sink.missed(line)),
            }
        }
    }
}

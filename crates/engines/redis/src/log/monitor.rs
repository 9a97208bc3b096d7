//! A capture of MONITOR: `1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, LogFormat, Reader, Said, Sink, Statement, What};
use dbwright_reading::hash::Hash;
use dbwright_reading::moment;
use dbwright_reading::shape::Shape;

use super::{chatter, host, lines, quoted, shape, whole_lines};

pub(super) static FORMAT: LogFormat =
    LogFormat { engine: Engine::Redis, id: "redis-monitor", reads: "a capture of MONITOR of Redis or Valkey", detect };

/// A line taken apart.
struct Line<'a> {
    at: i64,
    database: &'a [u8],
    client: &'a [u8],
}

/// Reads a line; its words go where they are asked to.
fn line<'a>(text: &'a [u8], words: &mut Vec<&'a [u8]>) -> Option<Line<'a>> {
    let (micros, length) = moment::decimal(text, 1_000_000)?;
    let rest = text.get(length..)?.strip_prefix(b" [")?;
    // An address of the sixth kind has brackets of its own.
    let end = memchr::memmem::find(rest, b"] \"")?;
    let blank = memchr::memchr(b' ', &rest[..end])?;
    let line = Line { at: i64::try_from(micros).ok()?, database: &rest[..blank], client: &rest[blank + 1..end] };
    moment::number(line.database)?;
    let mut rest = &rest[end + 2..];
    words.clear();
    loop {
        let (word, more) = quoted(rest)?;
        words.push(word);
        match more.trim_ascii_start() {
            b"" => return Some(line),
            more => rest = more,
        }
    }
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let mut words = Vec::new();
    let (mut all, mut known, mut found) = (0u32, 0u32, false);
    for text in lines(whole_lines(sample)).filter(|text| !text.trim_ascii().is_empty()) {
        let read = line(text, &mut words).is_some();
        all += 1;
        known += u32::from(read || chatter(text));
        found |= read;
    }
    found.then(|| Detected {
        reader: Box::new(Monitor),
        understood: f64::from(known) / f64::from(all),
        detail: "a capture of MONITOR".into(),
    })
}

struct Monitor;

impl Reader for Monitor {
    fn whole(&self, bytes: &[u8]) -> usize {
        memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut words = Vec::new();
        let mut shape = Shape::default();
        for text in lines(chunk).filter(|text| !text.trim_ascii().is_empty()) {
            sink.lines(1);
            let Some(line) = line(text, &mut words) else {
                match chatter(text) {
                    true => sink.event(&Event::default()),
                    false => sink.missed(text),
                }
                continue;
            };
            shape::command(&mut shape, &words);
            let said =
                Said::Shaped { fingerprint: shape.fingerprint(), literals: shape.literals(), shape: &shape.text };
            // What scripts call is no session's own.
            let script = line.client == b"lua";
            sink.event(&Event {
                at: Some(line.at),
                session: (!script).then(|| Hash::of(line.client)),
                database: line.database,
                client: if script { b"" } else { host(line.client) },
                what: What::Statement(Statement { said, ..Statement::default() }),
                ..Event::default()
            });
        }
    }
}

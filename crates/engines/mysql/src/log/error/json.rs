//! The error log of MySQL as JSON, one object a line (`component_log_sink_json`).

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, LogFormat, Reader, Sink};

use super::{First, Severity, named, tell};
use crate::log::tried::Tried;
use crate::log::{line, number, time};

/// The error log as JSON.
pub(crate) static FORMAT: LogFormat =
    LogFormat { engine: Engine::MySql, id: "mysql-error-json", reads: "an error log of MySQL as JSON", detect };

/// Reads it.
pub(super) struct JsonReader;

impl Reader for JsonReader {
    fn whole(&self, bytes: &[u8]) -> usize {
        memchr::memrchr(b'\n', bytes).map_or(0, |newline| newline + 1)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut scratch = Vec::new();
        let mut start = 0;
        while start < chunk.len() {
            let (line, next) = line::at(chunk, start);
            start = next;
            if line::is_blank(line) {
                continue;
            }
            sink.lines(1);
            match record(line, &mut scratch) {
                Some(first) => tell(&first, first.message, sink),
                None => sink.missed(line),
            }
        }
    }
}

/// Takes a line apart; its message is unescaped into `scratch` where it must be.
fn record<'c>(line: &'c [u8], scratch: &'c mut Vec<u8>) -> Option<First<'c>> {
    let mut rest = line.trim_ascii().strip_prefix(b"{")?.strip_suffix(b"}")?;
    let mut first = First { at: None, session: None, severity: Severity::Note, code: b"", message: b"" };
    let mut message = None;
    let mut labelled = false;
    loop {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        if rest.is_empty() {
            break;
        }
        let (key, after) = string(rest)?;
        let after = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let (value, after) = match after.first()? {
            b'"' => string(after)?,
            _ => {
                let end = after.iter().position(|byte| matches!(byte, b',' | b' ')).unwrap_or(after.len());
                (&after[..end], &after[end..])
            }
        };
        rest = after;
        match key {
            b"time" => first.at = time::read(value).map(|time| time.at),
            b"thread" => first.session = number::whole(value).filter(|session| *session > 0),
            b"err_code" => first.code = value,
            b"label" => {
                first.severity = named(value)?;
                labelled = true;
            }
            b"msg" => message = Some(value),
            _ => {}
        }
    }
    if !labelled {
        return None;
    }
    first.message = unescaped(message?, scratch);
    Some(first)
}

/// The string at the start, without its quotes, and what follows it.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = text.strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', rest.get(at..)?)?;
        match rest[at] {
            b'"' => return Some((&rest[..at], &rest[at + 1..])),
            _ => at += 2,
        }
    }
}

/// The text of a string, its escapes undone. What is not ASCII is only looked over, never told, so `\u` suffices up to there.
fn unescaped<'c>(text: &'c [u8], scratch: &'c mut Vec<u8>) -> &'c [u8] {
    if memchr::memchr(b'\\', text).is_none() {
        return text;
    }
    scratch.clear();
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            scratch.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => scratch.push(b'\n'),
            Some(b't') => scratch.push(b'\t'),
            Some(b'r') => scratch.push(b'\r'),
            Some(b'u') => {
                let digits = bytes.as_slice().get(..4).unwrap_or_default();
                let code = number::hexadecimal(digits).and_then(|code| u8::try_from(code).ok());
                scratch.push(code.unwrap_or(b'?'));
                bytes = bytes.as_slice().get(digits.len()..).unwrap_or_default().iter();
            }
            Some(&other) => scratch.push(other),
            None => {}
        }
    }
    scratch
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let tried = Tried::of(&JsonReader, sample);
    if tried.events == 0 {
        return None;
    }
    let detail = "messages of MySQL 8.0 or newer".into();
    Some(Detected { reader: Box::new(JsonReader), understood: tried.understood(), detail })
}

//! jsonlog (15 and later): a record a line, one flat object.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, LogFormat, Reader, Sink};
use memchr::{memchr, memchr2, memrchr};

use super::language::{ENGLISH, Language, OTHERS, Word};
use super::prefix::{session, virtual_id};
use super::record::Record;
use super::time::Clock;

/// jsonlog.
pub(crate) static FORMAT: LogFormat =
    LogFormat { engine: Engine::Postgres, id: "postgres-json", reads: "a PostgreSQL log (jsonlog)", detect };

fn detect(sample: &[u8]) -> Option<Detected> {
    let whole = memrchr(b'\n', sample).map_or(sample, |end| &sample[..end]);
    let (mut total, mut understood) = (0_u32, 0_u32);
    let mut language = &ENGLISH;
    let mut fields = Fields::default();
    for line in whole.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        total += 1;
        if fields.read(line).is_none() {
            continue;
        }
        if let Some(found) = std::iter::once(&ENGLISH)
            .chain(OTHERS)
            .find(|language| Word::level(fields.get(line, Key::Level), language).is_some())
        {
            understood += 1;
            if !std::ptr::eq(found, &ENGLISH) {
                language = found;
            }
        }
    }
    if understood == 0 {
        return None;
    }
    let understood = f64::from(understood) / f64::from(total);
    let reader = Box::new(Json { language });
    Some(Detected { reader, understood, detail: "log_destination 'jsonlog'".to_owned() })
}

struct Json {
    language: &'static Language,
}

impl Reader for Json {
    fn whole(&self, bytes: &[u8]) -> usize {
        memrchr(b'\n', bytes).map_or(0, |end| end + 1)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut clock = Clock::default();
        let mut fields = Fields::default();
        let mut texts: [Vec<u8>; TEXTS.len()] = Default::default();
        let mut scratch = Vec::new();
        let (mut at, mut lines) = (0, 0);
        while at < chunk.len() {
            let end = memchr(b'\n', &chunk[at..]).map_or(chunk.len(), |end| at + end);
            let line = &chunk[at..end];
            at = end + 1;
            if line.first() != Some(&b'{') && line.trim_ascii().is_empty() {
                continue;
            }
            lines += 1;
            if self.line(line, &mut fields, &mut clock, &mut texts, &mut scratch, sink).is_some() {
                continue;
            }
            // What was cut inside a record may be followed by a whole one on the same line.
            let next = memchr::memmem::find(line.get(1..).unwrap_or_default(), b"{\"timestamp\":\"");
            sink.missed(line);
            if let Some(next) = next {
                let rest = &line[1 + next..];
                let _ = self.line(rest, &mut fields, &mut clock, &mut texts, &mut scratch, sink);
            }
        }
        sink.lines(lines);
    }
}

impl Json {
    fn line(
        &self,
        line: &[u8],
        fields: &mut Fields,
        clock: &mut Clock,
        texts: &mut [Vec<u8>; TEXTS.len()],
        scratch: &mut Vec<u8>,
        sink: &mut dyn Sink,
    ) -> Option<()> {
        fields.read(line)?;
        let level = Word::level(fields.get(line, Key::Level), self.language)?;
        for (key, text) in TEXTS.iter().zip(texts.iter_mut()) {
            if fields.escaped[*key as usize] {
                text.clear();
                unescape(fields.get(line, *key), text);
            }
        }
        let text = |at: usize| match fields.escaped[TEXTS[at] as usize] {
            true => texts[at].as_slice(),
            false => fields.get(line, TEXTS[at]),
        };
        let record = Record {
            at: clock.read(fields.get(line, Key::Time)).map(|(at, _)| at),
            session: session(fields.get(line, Key::Session)).map(|(session, _)| session),
            transaction: virtual_id(fields.get(line, Key::Virtual)).and_then(|(id, _)| id),
            query_id: number(fields.get(line, Key::QueryId)),
            level,
            state: fields.get(line, Key::State),
            client: fields.get(line, Key::Client),
            user: text(0),
            database: text(1),
            application: text(2),
            message: text(3),
            detail: text(4),
            context: text(5),
            statement: text(6),
        };
        record.tell(self.language, scratch, sink);
        Some(())
    }
}

/// A number, unless it is zero.
pub(super) fn number(text: &[u8]) -> Option<i64> {
    let (negative, text) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
    let (value, _) = super::prefix::digits(text)?;
    let value = value as i64;
    (value != 0).then_some(if negative { value.wrapping_neg() } else { value })
}

/// The keys that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Time,
    User,
    Database,
    Client,
    Session,
    Virtual,
    Level,
    State,
    Message,
    Detail,
    Context,
    Statement,
    Application,
    QueryId,
    /// One that is not.
    Other,
}

/// Keys whose text may be anything.
const TEXTS: [Key; 7] =
    [Key::User, Key::Database, Key::Application, Key::Message, Key::Detail, Key::Context, Key::Statement];

fn key(name: &[u8]) -> Key {
    match name {
        b"timestamp" => Key::Time,
        b"user" => Key::User,
        b"dbname" => Key::Database,
        b"remote_host" => Key::Client,
        b"session_id" => Key::Session,
        b"vxid" => Key::Virtual,
        b"error_severity" => Key::Level,
        b"state_code" => Key::State,
        b"message" => Key::Message,
        b"detail" => Key::Detail,
        b"context" => Key::Context,
        b"statement" => Key::Statement,
        b"application_name" => Key::Application,
        b"query_id" => Key::QueryId,
        _ => Key::Other,
    }
}

/// Where the values of a line stand.
#[derive(Debug, Default)]
struct Fields {
    spans: [(u32, u32); Key::Other as usize + 1],
    escaped: [bool; Key::Other as usize + 1],
}

impl Fields {
    fn get<'a>(&self, line: &'a [u8], key: Key) -> &'a [u8] {
        let (from, to) = self.spans[key as usize];
        line.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Reads a flat object with a time and a severity; `None` when the line is none.
    fn read(&mut self, line: &[u8]) -> Option<()> {
        *self = Fields::default();
        if u32::try_from(line.len()).is_err() || line.first() != Some(&b'{') {
            return None;
        }
        let mut at = 1;
        loop {
            at = blanks(line, at);
            if line.get(at) != Some(&b'"') {
                return None;
            }
            let (end, _) = string(line, at + 1)?;
            let key = key(&line[at + 1..end]);
            at = blanks(line, end + 1);
            if line.get(at) != Some(&b':') {
                return None;
            }
            at = blanks(line, at + 1);
            let (from, to, escaped) = match line.get(at)? {
                b'"' => {
                    let (end, escaped) = string(line, at + 1)?;
                    (at + 1, end, escaped)
                }
                b'{' | b'[' => return None,
                _ => {
                    let end = memchr2(b',', b'}', &line[at..])? + at;
                    (at, end, false)
                }
            };
            self.spans[key as usize] = (from as u32, to as u32);
            self.escaped[key as usize] = escaped;
            at = blanks(line, if line.get(from.wrapping_sub(1)) == Some(&b'"') { to + 1 } else { to });
            match line.get(at)? {
                b',' => at += 1,
                b'}' if line[at + 1..].trim_ascii().is_empty() => break,
                _ => return None,
            }
        }
        let told = |key: Key| self.spans[key as usize].1 > 0;
        (told(Key::Time) && told(Key::Level)).then_some(())
    }
}

fn blanks(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Where the string that begins there ends, and whether it holds escapes.
fn string(line: &[u8], from: usize) -> Option<(usize, bool)> {
    let mut at = from;
    let mut escaped = false;
    loop {
        let next = at + memchr2(b'"', b'\\', line.get(at..)?)?;
        if line[next] == b'"' {
            return Some((next, escaped));
        }
        escaped = true;
        at = next + 2;
    }
}

/// Appends the text of a JSON string, up to its closing quote or its end.
pub(super) fn unescape(mut text: &[u8], into: &mut Vec<u8>) {
    while let Some(at) = memchr2(b'"', b'\\', text) {
        into.extend_from_slice(&text[..at]);
        if text[at] == b'"' {
            return;
        }
        let Some(escape) = text.get(at + 1) else {
            into.push(b'\\');
            return;
        };
        text = &text[at + 2..];
        match escape {
            b'n' => into.push(b'\n'),
            b't' => into.push(b'\t'),
            b'r' => into.push(b'\r'),
            b'b' => into.push(8),
            b'f' => into.push(12),
            b'u' => {
                let character = text
                    .get(..4)
                    .and_then(|digits| std::str::from_utf8(digits).ok())
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                    .and_then(char::from_u32);
                if let Some(character) = character {
                    into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    text = &text[4..];
                }
            }
            other => into.push(*other),
        }
    }
    into.extend_from_slice(text);
}

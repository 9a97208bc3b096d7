//! Which kind of thing a message tells of: by its text, whose first letter leads to the few that come into question, or
//! by its SQLSTATE.

mod all;
mod texts;

/// What a pooler tells of, too.
pub(super) mod pooler {
    pub(in crate::log) use super::all::*;
}

use dbwright_model::log::Class;
use memchr::memmem;

use super::language::Word;
use super::prefix::digits;
use super::record::{Record, milliseconds};
use all::*;
use texts::{Measure, Object, Text};

/// What was found in a message.
pub(super) struct Found<'a> {
    pub(super) class: &'static Class,
    pub(super) object: &'a [u8],
    pub(super) measure: Option<u64>,
}

/// The class of a message; none for what nobody counts.
pub(super) fn classify<'a>(record: &Record<'a>) -> Option<Found<'a>> {
    if let Some(text) = by_text(record.message) {
        let object = object(text.object, record);
        return Some(Found { class: text.class, object, measure: measure(text.measure, record.message) });
    }
    let class = match record.level {
        Word::Error | Word::Fatal | Word::Panic => by_state(record.state).unwrap_or(match record.level {
            Word::Fatal => &FATAL,
            Word::Panic => &PANIC,
            _ => &ERROR,
        }),
        Word::Warning => by_state(record.state).unwrap_or(&WARNING),
        _ => &OTHER,
    };
    Some(Found { class, object: b"", measure: None })
}

fn by_text(message: &[u8]) -> Option<&'static Text> {
    texts::beginning(*message.first()?).iter().find(|text| {
        message.starts_with(text.starts.as_bytes())
            && (text.holds.is_empty() || memmem::find(&message[text.starts.len()..], text.holds.as_bytes()).is_some())
    })
}

/// Also right where messages are translated.
fn by_state(state: &[u8]) -> Option<&'static Class> {
    let state: &[u8; 5] = state.try_into().ok()?;
    Some(match state {
        b"23505" => &UNIQUE,
        b"23503" => &FOREIGN_KEY,
        b"23502" => &NOT_NULL,
        b"23514" => &CHECK,
        b"23P01" => &EXCLUSION,
        b"42601" => &SYNTAX,
        b"22P02" | b"22007" => &INVALID_INPUT,
        b"22001" => &TOO_LONG,
        b"22023" | b"22P03" => &INVALID_VALUE,
        b"42803" => &GROUP_BY,
        b"42P01" | b"3F000" | b"42704" => &NO_RELATION,
        b"42703" => &NO_COLUMN,
        b"42883" => &NO_FUNCTION,
        b"42702" => &AMBIGUOUS,
        b"42501" => &DENIED,
        b"25P02" => &IN_ABORTED,
        b"42P10" => &NO_CONFLICT_TARGET,
        b"21000" => &CONFLICT_TWICE,
        b"42846" => &CANNOT_CAST,
        b"22012" => &DIVISION_BY_ZERO,
        b"2BP01" => &CANNOT_DROP,
        b"22003" | b"22008" => &OUT_OF_RANGE,
        b"2201B" => &INVALID_REGEXP,
        b"42P02" => &NO_PARAMETER,
        b"3B001" => &NO_SAVEPOINT,
        b"22021" => &INVALID_BYTES,
        b"40001" => &SERIALIZATION,
        b"40P01" => &DEADLOCK,
        b"55P03" => &LOCK_UNAVAILABLE,
        b"57014" => &CANCELLED,
        b"57P01" => &CONNECTION_TERMINATED,
        b"57P02" => &CRASH,
        b"57P03" => &NOT_READY,
        b"57P05" => &IDLE_SESSION_TIMEOUT,
        b"25P03" => &IDLE_IN_TRANSACTION_TIMEOUT,
        b"25P04" => &TRANSACTION_TIMEOUT,
        b"25006" => &READ_ONLY,
        b"26000" => &NO_PREPARED_STATEMENT,
        b"42P05" | b"42P07" | b"42P06" | b"42P04" | b"42710" | b"42723" | b"42701" => &EXISTS_ALREADY,
        b"28P01" | b"28000" => &AUTHENTICATION_FAILED,
        b"3D000" => &NO_SUCH_DATABASE,
        b"53300" => &TOO_MANY_CONNECTIONS,
        b"53200" => &OUT_OF_MEMORY,
        b"53100" | b"53400" => &DISK_FULL,
        b"08P01" => &PROTOCOL_ERROR,
        b"08006" | b"08003" => &CONNECTION_LOST,
        b"XX001" | b"XX002" => &CORRUPTION,
        b"XX000" => &INTERNAL,
        b"P0001" => &RAISED,
        b"58P01" | b"58030" | b"58P02" => &SERVER_MISC,
        _ => return None,
    })
}

/// An identifier, never a value.
fn object<'a>(object: Object, record: &Record<'a>) -> &'a [u8] {
    let message = record.message;
    let found = match object {
        Object::Untold => None,
        Object::First => quoted(message),
        Object::Last => last_quoted(message),
        Object::Behind(words) => memmem::find(message, words.as_bytes()).and_then(|at| quoted(&message[at..])),
        Object::Word => message.rsplit(|byte| *byte == b' ').next().map(|word| word.trim_ascii_end()),
        Object::Context => memmem::find(record.context, b"relation \"").and_then(|at| quoted(&record.context[at..])),
    };
    found.unwrap_or_default()
}

/// The first name in double quotes.
fn quoted(text: &[u8]) -> Option<&[u8]> {
    let text = &text[memchr::memchr(b'"', text)? + 1..];
    Some(&text[..memchr::memchr(b'"', text)?])
}

/// The last name in double quotes of the first line.
fn last_quoted(text: &[u8]) -> Option<&[u8]> {
    let line = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    let text = &line[..memchr::memrchr(b'"', line)?];
    Some(&text[memchr::memrchr(b'"', text)? + 1..])
}

/// The number, in the unit of the class.
fn measure(measure: Measure, message: &[u8]) -> Option<u64> {
    let behind = |words: &str| Some(&message[memmem::rfind(message, words.as_bytes())? + words.len()..]);
    match measure {
        Measure::Untold => None,
        Measure::Number(words) => digits(behind(words)?).map(|(number, _)| number),
        Measure::Milliseconds(words) => milliseconds(behind(words)?).map(|(nanoseconds, _)| nanoseconds / 1_000_000),
        // The same digits mean a thousand times as much.
        Measure::Seconds(words) => milliseconds(behind(words)?).map(|(nanoseconds, _)| nanoseconds / 1000),
        Measure::Clock(words) => {
            let mut parts = behind(words)?.splitn(3, |byte| *byte == b':');
            let (hours, _) = digits(parts.next()?)?;
            let (minutes, _) = digits(parts.next()?)?;
            let (nanoseconds, _) = milliseconds(parts.next()?)?;
            hours.checked_mul(3_600_000)?.checked_add(minutes.checked_mul(60_000)?)?.checked_add(nanoseconds / 1000)
        }
    }
}

//! Takes the text of a prefix apart into what it could be made of.

use super::facts;
use crate::log::prefix::{digits, is_state, session, virtual_id};
use crate::log::time::Clock;

/// What a piece of a prefix looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Look {
    Time,
    Epoch,
    Session,
    Number,
    Virtual,
    Host,
    Word,
    /// A word that names the value behind it: `user=`.
    Key,
    Spaces,
    Sign,
}

/// A piece of the text of a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Token<'a> {
    pub(super) look: Look,
    pub(super) text: &'a [u8],
}

impl Token<'_> {
    /// Whether two lines have the same thing there.
    pub(super) fn like(&self, other: &Token<'_>) -> bool {
        self.look == other.look && (!matches!(self.look, Look::Key | Look::Sign) || self.text == other.text)
    }
}

/// How words are taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// `-` and `.` are part of words.
    pub(super) dashes: bool,
    /// `user:` names a value, as `user=` does.
    pub(super) colons: bool,
}

/// The tokens of a text.
pub(super) fn tokens(text: &[u8], manner: Manner) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let after_name = at > 0 && is_name(text[at - 1]);
        let (mut look, length) = one(rest, manner, after_name);
        let next = text.get(at + length);
        let name = &rest[..length];
        if look == Look::Word
            && (next == Some(&b'=') || manner.colons && next == Some(&b':'))
            && (next == Some(&b'=') || super::columns::named(name).is_some())
        {
            look = Look::Key;
        }
        tokens.push(Token { look, text: name });
        at += length;
    }
    tokens
}

fn one(text: &[u8], manner: Manner, after_name: bool) -> (Look, usize) {
    let first = text[0];
    if first == b' ' {
        return (Look::Spaces, text.iter().take_while(|byte| **byte == b' ').count());
    }
    if let Some((_, length)) = Clock::default().read(text) {
        return (Look::Time, length);
    }
    if text.starts_with(b"[local]") {
        return (Look::Host, 7);
    }
    if text.starts_with(b"[unknown]") {
        return (Look::Word, 9);
    }
    let ends = |length: usize| text.get(length).is_none_or(|byte| !is_name(*byte));
    if !after_name {
        if let Some((_, length)) = session(text)
            && ends(length)
        {
            return (Look::Session, length);
        }
        if let Some(length) = address(text) {
            return (Look::Host, length + port(&text[length..]));
        }
        if let Some((_, length)) = virtual_id(text)
            && ends(length)
        {
            return (Look::Virtual, length);
        }
    }
    if let Some((_, length)) = digits(text) {
        let fraction = text.get(length + 1..).and_then(digits).filter(|_| text[length] == b'.');
        if let Some((_, 3)) = fraction
            && length >= 9
        {
            return (Look::Epoch, length + 4);
        }
        if ends(length) {
            return (Look::Number, length);
        }
    }
    if !after_name && text.len() >= 5 && is_state(&text[..5]) && ends(5) && text[..5].iter().any(u8::is_ascii_digit) {
        return (Look::Number, 5);
    }
    if !after_name && first == b'-' && digits(&text[1..]).is_some_and(|(_, length)| length >= 15) {
        return (Look::Number, 1 + digits(&text[1..]).map_or(0, |(_, length)| length));
    }
    if !after_name
        && let Some(phrase) = PHRASES.iter().find(|phrase| text.starts_with(phrase.as_bytes()) && ends(phrase.len()))
    {
        return (Look::Word, phrase.len());
    }
    if is_name(first) {
        let mut length = 1;
        while let Some(byte) = text.get(length) {
            let joined =
                manner.dashes && matches!(byte, b'-' | b'.') && text.get(length + 1).is_some_and(|next| is_name(*next));
            if !is_name(*byte) && !joined {
                break;
            }
            length += 1;
        }
        let name = &text[..length];
        if port(&text[length..]) > 0 && facts::is_host(name) {
            return (Look::Host, length + port(&text[length..]));
        }
        return (Look::Word, length);
    }
    (Look::Sign, 1)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// The length of an address at the start.
fn address(text: &[u8]) -> Option<usize> {
    let length = text.iter().take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')).count();
    (3..=length).rev().find(|length| {
        let end = text.get(*length);
        end.is_none_or(|byte| !is_name(*byte)) && facts::is_address(&text[..*length])
    })
}

/// The length of `(5432)` at the start.
fn port(text: &[u8]) -> usize {
    match text.first() {
        Some(b'(') => match digits(&text[1..]) {
            Some((0..=65_535, length)) if text.get(length + 1) == Some(&b')') => length + 2,
            _ => 0,
        },
        _ => 0,
    }
}

/// Kinds of processes, and states and commands of more than one word, that stand in prefixes as one value.
static PHRASES: &[&str] = &[
    "client backend",
    "autovacuum launcher",
    "autovacuum worker",
    "background writer",
    "background worker",
    "logical replication launcher",
    "logical replication worker",
    "logical replication apply worker",
    "logical replication parallel worker",
    "logical replication tablesync worker",
    "slotsync worker",
    "parallel worker",
    "standalone backend",
    "dead-end client backend",
    "not initialized",
    "idle in transaction (aborted)",
    "idle in transaction",
    "PostgreSQL JDBC Driver",
    "CREATE TABLE AS",
    "CREATE TABLE",
    "CREATE INDEX",
    "CREATE DATABASE",
    "CREATE EXTENSION",
    "CREATE FUNCTION",
    "CREATE ROLE",
    "CREATE SCHEMA",
    "CREATE SEQUENCE",
    "CREATE VIEW",
    "ALTER TABLE",
    "ALTER ROLE",
    "ALTER SYSTEM",
    "DROP TABLE",
    "DROP INDEX",
    "DROP DATABASE",
    "DROP ROLE",
    "DROP SCHEMA",
    "TRUNCATE TABLE",
    "LOCK TABLE",
    "SELECT waiting",
    "UPDATE waiting",
    "DELETE waiting",
    "INSERT waiting",
    "LOCK TABLE waiting",
    "ALTER TABLE waiting",
    "DROP TABLE waiting",
    "startup waiting",
];

/// Whether the text is a kind of process.
pub(super) fn is_backend(text: &[u8]) -> bool {
    const ONE_WORD: [&str; 9] = [
        "postmaster",
        "checkpointer",
        "startup",
        "walwriter",
        "walsender",
        "walreceiver",
        "archiver",
        "logger",
        "io worker",
    ];
    ONE_WORD.iter().any(|kind| kind.as_bytes() == text)
        || PHRASES[..15].iter().any(|kind| kind.as_bytes() == text)
        || text.starts_with(b"logical replication ")
}

/// Whether the text is a command in capitals.
pub(super) fn is_command(text: &[u8]) -> bool {
    const COMMANDS: [&str; 34] = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "MERGE",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "SET",
        "SHOW",
        "RESET",
        "COPY",
        "BIND",
        "PARSE",
        "EXECUTE",
        "PREPARE",
        "DEALLOCATE",
        "DECLARE",
        "FETCH",
        "CLOSE",
        "VACUUM",
        "ANALYZE",
        "CHECKPOINT",
        "EXPLAIN",
        "CALL",
        "DO",
        "DISCARD",
        "LISTEN",
        "NOTIFY",
        "REINDEX",
        "CLUSTER",
        "REFRESH",
    ];
    let word = text.split(|byte| *byte == b' ').next().unwrap_or_default();
    COMMANDS.iter().any(|command| command.as_bytes() == word)
        || [&b"CREATE "[..], b"ALTER ", b"DROP ", b"TRUNCATE ", b"LOCK ", b"GRANT", b"REVOKE", b"START ", b"REFRESH "]
            .iter()
            .any(|command| text.starts_with(command))
}

/// Whether the text is what a process shows of itself (`%i`).
pub(super) fn is_tag(text: &[u8]) -> bool {
    is_command(text)
        || text.starts_with(b"idle")
        || matches!(text, b"authentication" | b"initializing" | b"startup" | b"fastpath function call")
        || text.ends_with(b" waiting")
        || text.ends_with(b"ROLE")
}

//! What messages say about the session they come from: the witness for what stands in the prefix.

use crate::log::prefix::{Head, known};

/// Names that a message tells for certain.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::log) struct Facts<'a> {
    pub(super) user: Option<&'a [u8]>,
    pub(super) database: Option<&'a [u8]>,
    pub(super) application: Option<&'a [u8]>,
    pub(super) client: Option<&'a [u8]>,
    /// Whether no session says such a thing.
    pub(super) background: bool,
}

/// How messages of processes without a session begin.
const BACKGROUND: [&str; 10] = [
    "checkpoint starting:",
    "checkpoint complete:",
    "automatic vacuum of",
    "automatic analyze of",
    "starting PostgreSQL",
    "listening on ",
    "database system ",
    "received ",
    "shutting down",
    "background worker ",
];

impl<'a> Facts<'a> {
    pub(super) fn of(text: &'a [u8]) -> Facts<'a> {
        let background = BACKGROUND.iter().any(|start| text.starts_with(start.as_bytes()));
        let mut facts = Facts { background, ..Facts::default() };
        if text.starts_with(b"connection received: host=") {
            facts.client = word(text, b"host=");
        } else if text.starts_with(b"connection authorized: ")
            || text.starts_with(b"replication connection authorized: ")
        {
            facts.user = word(text, b"user=");
            facts.database = word(text, b"database=");
            facts.application = word(text, b"application_name=");
        } else if text.starts_with(b"disconnection: ") {
            facts.user = word(text, b"user=");
            facts.database = word(text, b"database=");
            facts.client = word(text, b"host=");
        } else if text.starts_with(b"role \"") || text.starts_with(b"password authentication failed for user \"") {
            facts.user = quoted(text);
        } else if text.starts_with(b"database \"") && text.ends_with(b"does not exist") {
            facts.database = quoted(text);
        } else if text.starts_with(b"no pg_hba.conf entry ") || text.starts_with(b"pg_hba.conf rejects connection ") {
            let after = |key: &[u8]| memchr::memmem::find(text, key).and_then(|at| quoted(&text[at..]));
            facts.user = after(b"user \"");
            facts.database = after(b"database \"");
        }
        facts
    }

    /// How much the prefix agrees with what the message says.
    pub(super) fn agree(&self, head: &Head<'_>) -> i64 {
        let compare = |told: Option<&[u8]>, found: &[u8]| match told {
            Some(told) if !found.is_empty() => {
                if told == found {
                    20
                } else {
                    -20
                }
            }
            _ => 0,
        };
        compare(self.user, head.user)
            + compare(self.database, head.database)
            + compare(self.client, head.client)
            + compare(self.application, head.application).max(0)
    }
}

/// `x` of `key=x`.
fn word<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let value = &text[memchr::memmem::find(text, key)? + key.len()..];
    let end = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    Some(known(&value[..end])).filter(|value| !value.is_empty())
}

/// The first text in double quotes.
fn quoted(text: &[u8]) -> Option<&[u8]> {
    let text = &text[memchr::memchr(b'"', text)? + 1..];
    Some(&text[..memchr::memchr(b'"', text)?])
}

/// Whether the text can name a host.
pub(super) fn is_host(text: &[u8]) -> bool {
    is_address(text)
        || text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
            && (text == b"localhost" || text.contains(&b'.') || text.contains(&b'-'))
}

/// Whether the text is an address: `[local]`, IPv4, IPv6.
pub(super) fn is_address(text: &[u8]) -> bool {
    text == b"[local]"
        || std::str::from_utf8(text)
            .is_ok_and(|text| text.split('%').next().unwrap_or_default().parse::<std::net::IpAddr>().is_ok())
}

//! Syslog: RFC 3164 and 5424, as rsyslog, syslog-ng, `journalctl -o short*` and Heroku print it.

use super::time::{bsd_length, iso_length};
use super::{Escapes, Joins, Piece, Taken, Unwrap};

pub(super) struct Syslog;

impl Unwrap for Syslog {
    fn take<'a>(&self, line: &'a [u8], _stamps: bool, tell: &mut dyn FnMut(Piece<'a>)) -> Taken {
        // The journal indents further lines of a message below its text.
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        if indent >= 15 {
            tell(Piece { text: &line[indent..], joins: Joins::LastLine, ..Piece::default() });
            return Taken::Pieces;
        }
        if line.starts_with(b"-- ") && line.ends_with(b"--") {
            return Taken::Frame;
        }
        match entry(line) {
            Some(piece) => {
                tell(message(piece));
                Taken::Pieces
            }
            None => Taken::Not,
        }
    }

    fn mixes(&self) -> bool {
        true
    }
}

/// The entry's head, with all behind it as text.
fn entry(line: &[u8]) -> Option<Piece<'_>> {
    let line = priority(line);
    if let Some(rest) = line.strip_prefix(b"1 ")
        && let Some(length) = iso_length(rest)
    {
        return structured(&rest[..length], rest.get(length + 1..)?);
    }
    let length = iso_length(line).or_else(|| bsd_length(line))?;
    let at = &line[..length];
    let rest = line.get(length..)?.strip_prefix(b" ")?;
    let (first, behind) = word(rest);
    // The host is missing in what Heroku prints, and before a daemon has put it there.
    let (tag, text) = match first {
        [.., b']', b':'] => (first, behind),
        [b'[', ..] | [.., b':'] => return None,
        _ => word(behind),
    };
    let tag = tag.strip_suffix(b":")?;
    let (program, process) = match memchr::memchr(b'[', tag) {
        Some(bracket) => (&tag[..bracket], tag[bracket + 1..].strip_suffix(b"]")?),
        None => (tag, &b""[..]),
    };
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./@()".contains(byte);
    // `LOG:` is no program, and neither is the id of a session.
    let bare = process.is_empty();
    let shouted = bare && program.iter().all(u8::is_ascii_uppercase);
    let session = bare && program.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'.');
    if shouted || session || !program.iter().all(named) {
        return None;
    }
    // `app[postgres.1]`: what the platform calls a process is the program.
    let (program, process) = match process.first().is_some_and(u8::is_ascii_alphabetic) {
        true => (&process[..memchr::memchr(b'.', process).unwrap_or(process.len())], process),
        false => (program, process),
    };
    Some(Piece { text, program, process, at, ..Piece::default() })
}

/// RFC 5424, behind its time: `host app process message-id structured-data text`.
fn structured<'a>(at: &'a [u8], rest: &'a [u8]) -> Option<Piece<'a>> {
    let (_host, rest) = word(rest);
    let (program, rest) = word(rest);
    let (process, rest) = word(rest);
    let (_id, mut rest) = word(rest);
    match rest {
        [b'-', behind @ ..] => rest = behind,
        _ => {
            while let [b'[', behind @ ..] = rest {
                let mut quoted = false;
                let mut escaped = false;
                let end = behind.iter().position(|byte| {
                    let end = *byte == b']' && !quoted && !escaped;
                    quoted ^= *byte == b'"' && !escaped;
                    escaped = *byte == b'\\' && !escaped;
                    end
                })?;
                rest = &behind[end + 1..];
            }
        }
    }
    let text = rest.strip_prefix(b" ").unwrap_or(rest);
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let process = if process == b"-" { b"" } else { process };
    Some(Piece { text, program, process, at, ..Piece::default() })
}

/// The text without what PostgreSQL's syslog and Heroku put before it.
fn message(piece: Piece<'_>) -> Piece<'_> {
    // rsyslog keeps the blank that old syslogs had before a message.
    let mut text = piece.text;
    text = text.strip_prefix(b" ").filter(|rest| rest.starts_with(b"[")).unwrap_or(text);
    let mut part = 1;
    // `[5-2]`: second piece of the process's fifth message; `[COLOUR]`: the database, at Heroku.
    for _ in 0..2 {
        let Some((inside, rest)) = bracket(text) else { break };
        if let Some(number) = sequence(inside) {
            part = number;
        } else if inside.is_empty()
            || !inside.iter().all(|byte| byte.is_ascii_uppercase() || b"_0123456789".contains(byte))
        {
            break;
        }
        text = rest.strip_prefix(b" ").unwrap_or(rest);
    }
    let escapes = if memchr::memchr(b'#', text).is_some() { Escapes::Hash } else { Escapes::None };
    let joins = if text.starts_with(b"#011") || text.starts_with(b"\t") {
        Joins::NextLine
    } else if part > 1 {
        Joins::Piece
    } else {
        Joins::None
    };
    Piece { text, escapes, joins, ..piece }
}

/// Without `<134>`.
fn priority(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"<") else { return line };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if (1..=3).contains(&digits) && rest.get(digits) == Some(&b'>') { &rest[digits + 1..] } else { line }
}

/// What stands in brackets at the start, and what behind them.
fn bracket(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', &inside[..inside.len().min(80)])?;
    Some((&inside[..end], &inside[end + 1..]))
}

/// The second number of `5-2`.
fn sequence(inside: &[u8]) -> Option<u32> {
    let dash = memchr::memchr(b'-', inside)?;
    let (message, part) = (&inside[..dash], &inside[dash + 1..]);
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !digits(message) || !digits(part) {
        return None;
    }
    std::str::from_utf8(part).ok()?.parse().ok()
}

/// Up to the next blank, and what is behind it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b' ', text) {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, b""),
    }
}

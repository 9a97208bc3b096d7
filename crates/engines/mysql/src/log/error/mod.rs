//! The error log: of MySQL 5.5 to 9, of MariaDB, as text or, from MySQL 8.0 on, as JSON.
//!
//! ```text
//! 2026-11-24T16:30:08.808073Z 18 [ERROR] [MY-013132] [Server] The table 'm' is full!
//! 2026-11-24 16:29:51 15 [ERROR] mariadbd: The table 'm' is full
//! 130601  8:01:06 [ERROR] mysqld: The table 'm' is full
//! ```
//! What InnoDB says of a deadlock is one happening over many lines, some of which look like records of their own.

mod json;
mod kind;

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, Happening, LogFormat, Reader, Said, Sink, What};

use self::kind::Told;
use super::tried::Tried;
use super::{line, number, time};

pub(crate) use json::FORMAT as JSON;

/// The error log.
pub(crate) static FORMAT: LogFormat =
    LogFormat { engine: Engine::MySql, id: "mysql-error", reads: "an error log of MySQL or MariaDB", detect };

/// How bad a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Note,
    Warning,
    Error,
}

/// Reads it.
struct ErrorLog;

/// The first line of a record.
struct First<'c> {
    at: Option<i64>,
    session: Option<u64>,
    severity: Severity,
    /// `MY-013132`, from MySQL 8.0 on.
    code: &'c [u8],
    message: &'c [u8],
}

impl Reader for ErrorLog {
    fn whole(&self, bytes: &[u8]) -> usize {
        line::last(bytes, |start| is_start(line::at(bytes, start).0))
    }

    fn after(&self, chunk: &[u8], before: &Context) -> Context {
        let mut start = chunk.len();
        while let Some(line) = line::before(chunk, start) {
            if let Some(at) = first(line::at(chunk, line).0).and_then(|first| first.at) {
                return Context { at: Some(at), ..Context::default() };
            }
            start = line;
        }
        before.clone()
    }

    fn read(&self, chunk: &[u8], before: &Context, sink: &mut dyn Sink) {
        let mut last = before.at;
        let mut open: Option<(First<'_>, usize)> = None;
        let (mut at, mut lines) = (0, 0);
        while at < chunk.len() {
            let (line, next) = line::at(chunk, at);
            let blank = line::is_blank(line);
            lines += u64::from(!blank);
            match first(line) {
                Some(first) if open.is_none() || !first.goes_on() => {
                    last = first.at.or(last);
                    let first = First { at: last, ..first };
                    if let Some((first, start)) = open.replace((first, at)) {
                        tell(&first, &chunk[start..at], sink);
                    }
                }
                None if open.is_none() && !blank => sink.missed(line),
                _ => {}
            }
            at = next;
        }
        if let Some((first, start)) = open {
            tell(&first, &chunk[start..], sink);
        }
        sink.lines(lines);
    }
}

/// Tells what a record says; `text` is all of it.
fn tell(first: &First<'_>, text: &[u8], sink: &mut dyn Sink) {
    let mut told = kind::of(first.severity, first.code, first.message);
    let mut said = None;
    match told.class.map(|class| class.id) {
        Some("deadlock") => said = deadlock(&mut told, text),
        Some("long-semaphore-wait") if told.measure.is_none() => {
            told.measure = kind::find(text, " seconds the semaphore").and_then(|at| {
                let start = text[..at].iter().rposition(|byte| *byte == b' ')? + 1;
                Some(number::nanoseconds(&text[start..at])? / 1_000_000)
            });
        }
        _ => {}
    }
    let what = told.class.map_or(What::Nothing, |class| {
        let Told { code, object, measure, .. } = told;
        What::Happening(Happening { failed: false, class, code, object, measure, said })
    });
    sink.event(&Event {
        at: first.at,
        session: told.session.or(first.session),
        user: told.user,
        client: told.client,
        database: told.database,
        what,
        ..Event::default()
    });
}

/// Finds in InnoDB's account of a deadlock the table, and the session and statement that were rolled back.
fn deadlock<'a>(told: &mut Told<'a>, text: &'a [u8]) -> Option<Said<'a>> {
    if let Some(at) = kind::find(text, " of table `") {
        told.object = kind::quoted(&text[at + 10..]);
    }
    let victim = kind::between(text, "WE ROLL BACK TRANSACTION (", ")");
    let victim = number::whole(victim)?;
    let section = &text[kind::find(text, &format!("*** ({victim}) TRANSACTION:"))?..];
    let section = &section[kind::find(section, " thread id ")? + 11..];
    let digits = section.iter().take_while(|byte| byte.is_ascii_digit()).count();
    told.session = number::whole(&section[..digits]);
    let (_, start) = line::at(section, 0);
    let mut end = start;
    while end < section.len() {
        let (line, next) = line::at(section, end);
        if line.starts_with(b"***") || first(line).is_some() {
            break;
        }
        end = next;
    }
    Some(Said::Sql(section[start..end].trim_ascii())).filter(|_| !section[start..end].trim_ascii().is_empty())
}

impl First<'_> {
    /// Whether it goes on with the record before: InnoDB's account of a deadlock, in lines with stars.
    fn goes_on(&self) -> bool {
        let message = self.message.trim_ascii();
        message.is_empty() || message.starts_with(b"***")
    }
}

/// Whether a record starts with the line.
fn is_start(line: &[u8]) -> bool {
    first(line).is_some_and(|first| !first.goes_on())
}

/// Takes the first line of a record apart; `None` when it is none.
fn first(line: &[u8]) -> Option<First<'_>> {
    if let Some(message) = line.strip_prefix(b"InnoDB: ") {
        // Before MySQL 5.6 InnoDB wrote its lines without the time.
        return Some(First { at: None, session: None, severity: Severity::Warning, code: b"", message });
    }
    if !line.first()?.is_ascii_digit() {
        return None;
    }
    let Some(time) = time::read(line) else {
        // `16:30:20 UTC - mysqld got signal 11 ;`
        return crashed(line, line.get(8..)?, None);
    };
    let rest = &line[time.length..];
    let at = Some(time.at);
    let trimmed = rest.trim_ascii_start();
    let word = trimmed.iter().position(|byte| *byte == b' ').unwrap_or(trimmed.len());
    let (session, rest) = match trimmed.first()? {
        b'[' => (None, trimmed),
        _ if trimmed[..word].iter().all(u8::is_ascii_hexdigit) => {
            (number::whole(&trimmed[..word]).filter(|session| *session > 0), trimmed[word..].trim_ascii_start())
        }
        _ => (None, trimmed),
    };
    let Some((severity, rest)) = severity(rest) else {
        if let Some(message) = rest.strip_prefix(b"InnoDB: ") {
            return Some(First { at, session: None, severity: Severity::Warning, code: b"", message });
        }
        if rest.starts_with(b"mysqld_safe ")
            || rest.starts_with(b"mariadbd-safe ")
            || rest.starts_with(b"mariadbd_safe ")
        {
            return Some(First { at, session: None, severity: Severity::Note, code: b"", message: rest });
        }
        return crashed(line, rest, at);
    };
    let (code, rest) = match bracketed(rest) {
        Some((code, rest)) if code.starts_with(b"MY-") => (code, rest),
        _ => (&b""[..], rest),
    };
    let message = match bracketed(rest) {
        Some((_subsystem, message)) if !code.is_empty() => message,
        _ => rest,
    };
    let message = message.strip_prefix(b"InnoDB: ").unwrap_or(message);
    let message = if message == b"InnoDB:" { b"" } else { message };
    Some(First { at, session, severity, code, message })
}

/// The line with which a server that was killed by its own doing says so.
fn crashed<'c>(line: &'c [u8], rest: &[u8], at: Option<i64>) -> Option<First<'c>> {
    let said = rest.starts_with(b" UTC - ") || rest.starts_with(b"UTC - ");
    said.then_some(First { at, session: None, severity: Severity::Error, code: b"", message: line })
}

/// `[Warning] `.
fn severity(text: &[u8]) -> Option<(Severity, &[u8])> {
    let (label, rest) = bracketed(text)?;
    Some((named(label)?, rest))
}

/// The severity that a label names.
fn named(label: &[u8]) -> Option<Severity> {
    match label {
        b"Note" | b"System" | b"Info" => Some(Severity::Note),
        b"Warning" | b"WARNING" => Some(Severity::Warning),
        b"ERROR" | b"Error" | b"FATAL" => Some(Severity::Error),
        _ => None,
    }
}

fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = text.strip_prefix(b"[")?;
    let close = memchr::memchr(b']', rest)?;
    Some((&rest[..close], rest[close + 1..].trim_ascii_start()))
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let tried = Tried::of(&ErrorLog, sample);
    // InnoDB's lines alone, and lines of pid and time, are not enough to tell whose log it is.
    let labelled = |line: &&[u8]| first(line).is_some_and(|first| first.at.is_some());
    let seen = sample.split(|byte| *byte == b'\n').take(200).filter(labelled).count();
    if tried.events == 0 || seen == 0 {
        return None;
    }
    let numbers = sample
        .split(|byte| *byte == b'\n')
        .take(200)
        .any(|line| first(line).is_some_and(|first| !first.code.is_empty()));
    let whose = if numbers { "messages of MySQL 8.0 or newer" } else { "messages of MariaDB, or of MySQL before 8.0" };
    Some(Detected { reader: Box::new(ErrorLog), understood: tried.understood(), detail: whose.into() })
}

#[cfg(test)]
mod tests;

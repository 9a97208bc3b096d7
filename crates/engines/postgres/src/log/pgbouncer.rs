//! pgbouncer's own log: connections of clients and to servers, why they ended, statistics.

use dbwright_model::Engine;
use dbwright_model::log::{Class, Context, Detected, Event, Happening, LogFormat, Reader, Sink, What};
use memchr::{memchr, memmem, memrchr};

use super::classes::pooler::*;
use super::prefix::digits;
use super::time::Clock;

/// pgbouncer.
pub(crate) static FORMAT: LogFormat =
    LogFormat { engine: Engine::Postgres, id: "pgbouncer", reads: "a log of pgbouncer", detect };

fn detect(sample: &[u8]) -> Option<Detected> {
    let whole = memrchr(b'\n', sample).map_or(sample, |end| &sample[..end]);
    let mut clock = Clock::default();
    let (mut total, mut understood) = (0_u32, 0_u32);
    for line in whole.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        total += 1;
        understood += u32::from(Line::read(line, &mut clock).is_some());
    }
    if understood == 0 {
        return None;
    }
    let understood = f64::from(understood) / f64::from(total);
    Some(Detected { reader: Box::new(Pgbouncer), understood, detail: "pgbouncer".to_owned() })
}

struct Pgbouncer;

impl Reader for Pgbouncer {
    fn whole(&self, bytes: &[u8]) -> usize {
        memrchr(b'\n', bytes).map_or(0, |end| end + 1)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut clock = Clock::default();
        let (mut at, mut lines) = (0, 0);
        while at < chunk.len() {
            let end = memchr(b'\n', &chunk[at..]).map_or(chunk.len(), |end| at + end);
            let line = chunk[at..end].trim_ascii_end();
            at = end + 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            lines += 1;
            match Line::read(line, &mut clock) {
                Some(line) => sink.event(&line.event()),
                None => sink.missed(line),
            }
        }
        sink.lines(lines);
    }
}

/// A line: `2026-11-24 17:21:33.867 UTC [21129] LOG C-0x55: shop/app@127.0.0.1:42800 login attempt: …`.
#[derive(Debug, Clone, Copy, Default)]
struct Line<'a> {
    at: Option<i64>,
    level: &'a [u8],
    /// Whether it is of a connection to a server, rather than of a client.
    server: bool,
    session: Option<u64>,
    user: &'a [u8],
    database: &'a [u8],
    client: &'a [u8],
    text: &'a [u8],
}

const LEVELS: [&[u8]; 6] = [b"LOG", b"WARNING", b"ERROR", b"FATAL", b"DEBUG", b"NOISE"];

impl<'a> Line<'a> {
    fn read(line: &'a [u8], clock: &mut Clock) -> Option<Line<'a>> {
        let (at, length) = clock.read(line)?;
        let rest = line[length..].strip_prefix(b" [")?;
        let (_, length) = digits(rest)?;
        let rest = rest[length..].strip_prefix(b"] ")?;
        let (level, text) = rest.split_at(memchr(b' ', rest)?);
        if !LEVELS.contains(&level) {
            return None;
        }
        let text = &text[1..];
        let mut found = Line { at: Some(at), level, text, ..Line::default() };
        found.connection();
        Some(found)
    }

    /// `C-0x55: shop/app@127.0.0.1:42800 ` in front of the text.
    fn connection(&mut self) -> Option<()> {
        if !matches!(self.text.get(..4), Some(b"C-0x" | b"S-0x")) {
            return None;
        }
        let colon = memmem::find(self.text, b": ")?;
        let (pointer, rest) = (&self.text[..colon], &self.text[colon + 2..]);
        let (who, text) = rest.split_at(memchr(b' ', rest)?);
        let at = memrchr(b'@', who)?;
        let (database, user) = who[..at].split_at(memchr(b'/', &who[..at])?);
        let told = |name: &'a [u8]| if name.starts_with(b"(no") { &b""[..] } else { name };
        self.server = pointer.starts_with(b"S");
        (self.database, self.user) = (told(database), told(&user[1..]));
        let address = &who[at + 1..];
        self.client = memrchr(b':', address).map_or(address, |port| &address[..port]);
        // FNV-1a of the connection's place in memory and its port: places are used again.
        let hash = pointer
            .iter()
            .chain(&address[self.client.len()..])
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
        self.session = Some(hash);
        self.text = &text[1..];
        Some(())
    }

    fn event(&self) -> Event<'a> {
        let (class, measure) = self.class();
        let happening = |class| Happening { failed: false, class, code: b"", object: b"", measure, said: None };
        Event {
            at: self.at,
            session: self.session,
            user: self.user,
            database: self.database,
            client: if self.server { b"" } else { self.client },
            what: class.map_or(What::Nothing, |class| What::Happening(happening(class))),
            ..Event::default()
        }
    }

    fn class(&self) -> (Option<&'static Class>, Option<u64>) {
        let text = self.text;
        if text.starts_with(b"login attempt: ") {
            return (Some(&CONNECTED), None);
        }
        if text.starts_with(b"stats: ") || text.starts_with(b"login failed: db=") {
            return (None, None);
        }
        if let Some(reason) = text.strip_prefix(b"closing because: ") {
            // What went wrong with a client follows as an error of the pooler.
            let age = memmem::rfind(reason, b"(age=").and_then(|at| digits(&reason[at + 5..]));
            let milliseconds = age.and_then(|(seconds, _)| seconds.checked_mul(1000));
            let class = match self.server {
                true => server_lost(reason).unwrap_or(&SERVER_DISCONNECTED),
                false if reason.starts_with(b"client unexpected eof") => &CONNECTION_LOST,
                false => &DISCONNECTED,
            };
            return (Some(class), milliseconds);
        }
        if let Some(error) = text.strip_prefix(b"pooler error: ") {
            return (Some(pooler_error(error)), None);
        }
        let class = match () {
            () if text.starts_with(b"new connection to server") => Some(&SERVER_CONNECTED),
            () if text.starts_with(b"process up: ") => Some(&STARTED),
            () if text.starts_with(b"got SIGHUP") => Some(&RELOADED),
            () if text.starts_with(b"got SIG") => Some(&STOPPED),
            () if self.server && text.starts_with(b"login failed") => Some(&SERVER_LOST),
            () if text.starts_with(b"server login failed") || text.starts_with(b"FATAL") => Some(&SERVER_LOST),
            () => match self.level {
                b"WARNING" => Some(&WARNING),
                b"ERROR" => Some(&ERROR),
                b"FATAL" => Some(&FATAL),
                _ => None,
            },
        };
        (class, None)
    }
}

/// Reasons that no healthy pool has.
fn server_lost(reason: &[u8]) -> Option<&'static Class> {
    let lost = [
        "connect failed",
        "server conn crashed",
        "connect timeout",
        "login failed",
        "server_login_retry",
        "query timeout",
    ];
    lost.iter().any(|lost| reason.starts_with(lost.as_bytes())).then_some(&SERVER_LOST)
}

fn pooler_error(error: &[u8]) -> &'static Class {
    let errors: [(&str, &'static Class); 13] = [
        ("query_wait_timeout", &POOL_EXHAUSTED),
        ("no more connections allowed", &TOO_MANY_CONNECTIONS),
        ("client_login_timeout", &CONNECTION_FAILED),
        ("query timeout", &STATEMENT_TIMEOUT),
        ("query_timeout", &STATEMENT_TIMEOUT),
        ("idle transaction timeout", &IDLE_IN_TRANSACTION_TIMEOUT),
        ("client_idle_timeout", &IDLE_SESSION_TIMEOUT),
        ("password authentication failed", &AUTHENTICATION_FAILED),
        ("auth failed", &AUTHENTICATION_FAILED),
        ("SASL authentication failed", &AUTHENTICATION_FAILED),
        ("no such user", &AUTHENTICATION_FAILED),
        ("no such database", &NO_SUCH_DATABASE),
        ("pgbouncer cannot connect to server", &SERVER_LOST),
    ];
    let known = errors.iter().find(|(text, _)| error.starts_with(text.as_bytes()));
    known.map_or(&ERROR, |(_, class)| *class)
}

//! The general log: every command of every client, as it came in, without what became of it.
//!
//! ```text
//! 2026-11-24T16:13:46.649353Z→    8 Query→select version()
//! 261124 16:13:36→     3 Connect→root@localhost on  using Socket
//! →→     3 Query→select version()
//! ```
//! Arrows are tabs. The second form, of MySQL before 5.7 and of MariaDB, tells the time where the second changed, by the
//! server's clock. Statements have no duration: when a session goes on tells when its client had time, not when the server
//! was done.

use std::collections::HashMap;

use dbwright_model::Engine;
use dbwright_model::log::{
    Class, Context, Detected, Event, Happening, LogFormat, Phase, Reader, Said, Sink, Statement, What,
};

use super::tried::Tried;
use super::{banner, class, line, number, time};

/// The general log.
pub(crate) static FORMAT: LogFormat =
    LogFormat { engine: Engine::MySql, id: "mysql-general", reads: "a general log of MySQL or MariaDB", detect };

/// Reads it.
struct GeneralLog;

/// The first line of a record.
struct First<'c> {
    at: Option<i64>,
    session: u64,
    command: Command,
    /// What stands behind the command on this line; the text may go on below.
    argument: &'c [u8],
}

/// What a client told the server to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Query,
    Prepare,
    Execute,
    Connect,
    Quit,
    InitDb,
    ChangeUser,
    Other,
}

impl Reader for GeneralLog {
    fn whole(&self, bytes: &[u8]) -> usize {
        line::last(bytes, |start| is_start(bytes, start))
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
        let mut reading = Reading { sink, at: before.at, sessions: HashMap::new() };
        let mut open: Option<(First<'_>, usize)> = None;
        let (mut at, mut lines) = (0, 0);
        while at < chunk.len() {
            let (line, next) = line::at(chunk, at);
            let blank = line::is_blank(line);
            lines += u64::from(!blank);
            if let Some(first) = first(line) {
                let argument = at + line.len() - first.argument.len();
                if let Some((first, start)) = open.replace((first, argument)) {
                    reading.record(&first, chunk[start..at].trim_ascii_end());
                }
            } else if banner::starts(chunk, at) || open.is_none() && banner::is_line(line) {
                if let Some((first, start)) = open.take() {
                    reading.record(&first, chunk[start..at].trim_ascii_end());
                }
                // Another start of the server: connections are numbered anew.
                reading.sessions.clear();
            } else if open.is_none() && !blank {
                reading.sink.missed(line);
            }
            at = next;
        }
        if let Some((first, start)) = open {
            reading.record(&first, chunk[start..].trim_ascii_end());
        }
        reading.sink.lines(lines);
    }
}

/// Who a session is, as far as this chunk tells.
#[derive(Debug, Clone, Copy, Default)]
struct Session<'c> {
    user: &'c [u8],
    client: &'c [u8],
    database: &'c [u8],
}

struct Reading<'c, 's> {
    sink: &'s mut dyn Sink,
    at: Option<i64>,
    sessions: HashMap<u64, Session<'c>>,
}

impl<'c> Reading<'c, '_> {
    fn record(&mut self, first: &First<'c>, text: &'c [u8]) {
        self.at = first.at.or(self.at);
        let denied = text.starts_with(b"Access denied for user ");
        let mut session = self.sessions.get(&first.session).copied().unwrap_or_default();
        let what = match first.command {
            // SQL's own EXECUTE is followed by what it executes, with a record of its own.
            Command::Query if word(text, b"execute ").is_some() => What::Nothing,
            Command::Query => {
                if let Some(database) = word(text, b"use ") {
                    session.database = bare(database);
                    self.sessions.insert(first.session, session);
                }
                statement(text, Phase::Execute)
            }
            Command::Execute => statement(text, Phase::Execute),
            Command::Prepare => statement(text, Phase::Parse),
            Command::Connect | Command::InitDb | Command::ChangeUser if denied => {
                session = refused(text, session);
                happening(&class::AUTHENTICATION_FAILED)
            }
            Command::Connect | Command::ChangeUser => {
                session = connected(text);
                self.sessions.insert(first.session, session);
                match first.command {
                    Command::Connect => happening(&class::CONNECTED),
                    _ => What::Nothing,
                }
            }
            Command::InitDb => {
                session.database = text;
                self.sessions.insert(first.session, session);
                What::Nothing
            }
            Command::Quit => {
                self.sessions.remove(&first.session);
                happening(&class::DISCONNECTED)
            }
            Command::Other => What::Nothing,
        };
        self.sink.event(&Event {
            at: self.at,
            session: Some(first.session),
            user: session.user,
            database: session.database,
            client: session.client,
            what,
            ..Event::default()
        });
    }
}

fn statement(text: &[u8], phase: Phase) -> What<'_> {
    What::Statement(Statement { said: Said::Sql(text), phase, ..Statement::default() })
}

fn happening(class: &'static Class) -> What<'static> {
    What::Happening(Happening { failed: false, class, code: b"", object: b"", measure: None, said: None })
}

/// `app@localhost on shop using TCP/IP`; `as` names the account where it differs.
fn connected(text: &[u8]) -> Session<'_> {
    let text = memchr::memmem::rfind(text, b" using ").map_or(text, |at| &text[..at]);
    let (who, database) = match memchr::memmem::rfind(text, b" on") {
        Some(at) => (&text[..at], text[at + 3..].trim_ascii()),
        None => (text, &b""[..]),
    };
    let who = memchr::memmem::find(who, b" as ").map_or(who, |at| &who[..at]);
    let (user, client) = match memchr::memrchr(b'@', who) {
        Some(at) => (&who[..at], &who[at + 1..]),
        None => (who, &b""[..]),
    };
    Session { user, client, database }
}

/// `Access denied for user 'app'@'localhost' (using password: YES)`.
fn refused<'c>(text: &'c [u8], session: Session<'c>) -> Session<'c> {
    let mut quoted = text.split(|byte| *byte == b'\'').skip(1).step_by(2);
    let (user, client) = (quoted.next().unwrap_or(session.user), quoted.next().unwrap_or(session.client));
    Session { user, client, database: quoted.next().unwrap_or(b"") }
}

/// What follows a word of SQL, in whatever case it is written.
fn word<'c>(text: &'c [u8], word: &[u8]) -> Option<&'c [u8]> {
    let start = text.get(..word.len())?;
    start.eq_ignore_ascii_case(word).then(|| text[word.len()..].trim_ascii())
}

fn bare(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(b";").unwrap_or(name).trim_ascii();
    match name {
        [b'`', name @ .., b'`'] => name,
        _ => name,
    }
}

fn is_start(text: &[u8], start: usize) -> bool {
    first(line::at(text, start).0).is_some() || banner::starts(text, start)
}

/// Takes the first line of a record apart; `None` when it is none.
fn first(line: &[u8]) -> Option<First<'_>> {
    let (at, rest) = match line {
        [b'\t', b'\t', rest @ ..] => (None, rest),
        [b'0'..=b'9', ..] => {
            let time = time::read(line)?;
            (Some(time.at), line[time.length..].strip_prefix(b"\t")?)
        }
        _ => return None,
    };
    let rest = rest.trim_ascii_start();
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let session = number::whole(&rest[..digits])?;
    let rest = rest[digits..].strip_prefix(b" ")?;
    let tab = rest.iter().position(|byte| *byte == b'\t')?;
    Some(First { at, session, command: command(&rest[..tab])?, argument: &rest[tab + 1..] })
}

fn command(name: &[u8]) -> Option<Command> {
    Some(match name {
        b"Query" => Command::Query,
        b"Execute" => Command::Execute,
        b"Prepare" => Command::Prepare,
        b"Connect" => Command::Connect,
        b"Quit" => Command::Quit,
        b"Init DB" => Command::InitDb,
        b"Change user" => Command::ChangeUser,
        b"Close stmt"
        | b"Reset stmt"
        | b"Fetch"
        | b"Long Data"
        | b"Field List"
        | b"Ping"
        | b"Statistics"
        | b"Sleep"
        | b"Create DB"
        | b"Drop DB"
        | b"Refresh"
        | b"Shutdown"
        | b"Processlist"
        | b"Connect Out"
        | b"Kill"
        | b"Debug"
        | b"Time"
        | b"Delayed insert"
        | b"Delayed_insert"
        | b"Binlog Dump"
        | b"Binlog Dump GTID"
        | b"Table Dump"
        | b"Register Slave"
        | b"Register Replica"
        | b"Set option"
        | b"Daemon"
        | b"Error"
        | b"Reset Connection"
        | b"Reset connection"
        | b"clone"
        | b"Group Replication Data Stream subscription"
        | b"Bulk_execute"
        | b"Bulk execute"
        | b"Slave_worker"
        | b"Slave_IO"
        | b"Slave_SQL"
        | b"Com_multi" => Command::Other,
        _ => return None,
    })
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let tried = Tried::of(&GeneralLog, sample);
    if tried.events == 0 || !starts_soon(sample) {
        return None;
    }
    let detail = "commands of clients, without what they took".into();
    Some(Detected { reader: Box::new(GeneralLog), understood: tried.understood(), detail })
}

/// Whether a record is among the first lines: below one, everything is text of its statement.
fn starts_soon(sample: &[u8]) -> bool {
    sample.split(|byte| *byte == b'\n').take(50).any(|line| first(line).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::heard::{self, Heard};

    const MARIADB: &str = include_str!("../../tests/logs/general-mariadb-10.11.log");
    const MYSQL: &str = include_str!("../../tests/logs/general-mysql-9.log");

    fn read(text: &str) -> Heard {
        heard::all(&GeneralLog, text.as_bytes())
    }

    #[test]
    fn every_command_is_counted_once() {
        for log in [MARIADB, MYSQL] {
            let of = |command: &str| log.lines().filter(|line| line.contains(&format!(" {command}\t"))).count();
            let executes = log.lines().filter(|line| line.contains(" Query\texecute ")).count();
            let heard = read(log);
            assert!(executes > 0);
            assert_eq!(heard.statements.len(), of("Query") + of("Execute") + of("Prepare") - executes);
            let happened = |id: &str| heard.happenings.iter().filter(|happening| happening.0 == id).count();
            assert_eq!(happened("disconnected"), of("Quit"));
            assert_eq!(
                happened("connected") + happened("authentication-failed"),
                of("Connect") + log.matches("Init DB\tAccess").count()
            );
            assert_eq!(heard.missed, Vec::<String>::new());
            assert_eq!(heard.lines, log.lines().filter(|line| !line.trim().is_empty()).count() as u64);
        }
    }

    #[test]
    fn cut_between_records_all_but_who_a_session_is_stays() {
        for log in [MARIADB, MYSQL] {
            let whole = read(log);
            for size in [64, 300, 5000] {
                let pieces = heard::pieces(&GeneralLog, log.as_bytes(), size);
                assert_eq!(pieces.statements, whole.statements);
                assert_eq!(pieces.happenings, whole.happenings);
                assert_eq!((pieces.lines, &pieces.missed), (whole.lines, &whole.missed));
                let times = |heard: &Heard| {
                    heard.events.iter().map(|event| event.split_once(", ").unwrap().0.to_owned()).collect::<Vec<_>>()
                };
                assert_eq!(times(&pieces), times(&whole));
            }
        }
    }

    #[test]
    fn who_and_where_come_from_the_session() {
        let log = "261124 16:13:36\t     3 Connect\tapp@web1 as anonymous on shop using TCP/IP\n\
                   \t\t     3 Query\tselect 1\n from t\n\
                   \t\t     4 Query\tselect 2\n\
                   261124  6:13:37\t     3 Query\tUSE `other db`;\n\
                   \t\t     3 Init DB\tstock\n\
                   \t\t     3 Query\tselect 3";
        #[derive(Default)]
        struct Told(Vec<(Option<i64>, String)>);
        impl Sink for Told {
            fn event(&mut self, event: &Event<'_>) {
                let words = [event.user, event.client, event.database].map(String::from_utf8_lossy).join("|");
                self.0.push((event.at, words));
            }
            fn lines(&mut self, _count: u64) {}
            fn missed(&mut self, _line: &[u8]) {}
        }
        let mut told = Told::default();
        GeneralLog.read(log.as_bytes(), &Context::default(), &mut told);
        let words: Vec<&str> = told.0.iter().map(|told| told.1.as_str()).collect();
        assert_eq!(
            words,
            ["app|web1|shop", "app|web1|shop", "||", "app|web1|other db", "app|web1|stock", "app|web1|stock"]
        );
        assert_eq!(told.0[1].0, told.0[0].0);
        assert_eq!(told.0[5].0, Some(told.0[0].0.unwrap() - 35_999_000_000));
        assert_eq!(read(log).statements, ["select 1\n from t", "select 2", "USE `other db`;", "select 3"]);
    }

    #[test]
    fn only_a_general_log_is_seen_as_one() {
        for log in [MARIADB, MYSQL] {
            assert_eq!(detect(log.as_bytes()).unwrap().understood, 1.0);
        }
        for foreign in ["", "select 1", "\t\t 3 query\tselect 1\n", "2026-11-24 16:13:46\t7 LOG\tx\n"] {
            assert!(detect(foreign.as_bytes()).is_none(), "{foreign}");
        }
    }
}

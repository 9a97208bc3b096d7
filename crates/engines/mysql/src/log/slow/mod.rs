//! The slow log of MySQL, MariaDB and Percona Server, with all that their versions and settings add to it.
//!
//! A record is a head of lines with a `#`, `use` where the database changed, `SET timestamp`, and the statement, which
//! may span lines. What the head says more than the duration depends on server and settings; the statement is always
//! there, a `;` behind it.

mod administrator;
mod boundary;
mod header;

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, Happening, LogFormat, Reader, Sink, Statement, What};

use self::boundary::Head;
use self::header::Header;
use super::tried::Tried;
use super::{banner, class, line, number};

/// The slow log.
pub(crate) static FORMAT: LogFormat =
    LogFormat { engine: Engine::MySql, id: "mysql-slow", reads: "a slow log of MySQL or MariaDB", detect };

/// Reads it.
struct SlowLog;

impl Reader for SlowLog {
    fn whole(&self, bytes: &[u8]) -> usize {
        line::last(bytes, |start| boundary::is_start(bytes, start))
    }

    fn after(&self, chunk: &[u8], before: &Context) -> Context {
        let mut after = Context { database: before.database.clone(), at: None };
        let mut looked = 0;
        for found in memchr::memmem::find_iter(chunk, b"\nuse ") {
            let (used, next) = line::at(chunk, found + 1);
            if timestamp(line::at(chunk, next).0).is_some()
                && let Some(database) = database(used)
            {
                after.database.clear();
                after.database.extend_from_slice(database);
                looked = next;
            }
        }
        // A server that opens its log names the database anew.
        if memchr::memmem::find_iter(&chunk[looked..], b"started with:").any(|at| banner::starts(chunk, looked + at)) {
            after.database.clear();
        }
        after
    }

    fn read(&self, chunk: &[u8], before: &Context, sink: &mut dyn Sink) {
        let mut reading = Reading { chunk, at: 0, database: &before.database, sink };
        while reading.at < chunk.len() {
            reading.next();
        }
    }
}

struct Reading<'c, 's> {
    chunk: &'c [u8],
    at: usize,
    database: &'c [u8],
    sink: &'s mut dyn Sink,
}

impl<'c> Reading<'c, '_> {
    /// Reads what starts here: a record, or a line that belongs to none.
    fn next(&mut self) {
        let (line, next) = line::at(self.chunk, self.at);
        if boundary::head(line).is_some() {
            return self.record();
        }
        if !line::is_blank(line) {
            self.sink.lines(1);
            match banner::is_line(line) {
                true => self.database = b"",
                false => self.sink.missed(line),
            }
        }
        self.at = next;
    }

    fn record(&mut self) {
        let start = self.at;
        let mut header = Header::default();
        let mut lines = 0;
        let mut plan: Option<(usize, usize)> = None;
        let mut odd = false;
        while self.at < self.chunk.len() {
            let (line, next) = line::at(self.chunk, self.at);
            if line.first() != Some(&b'#') || line.starts_with(administrator::MARK) {
                break;
            }
            let again = match boundary::head(line) {
                Some(Head::Time) => header.at.is_some() || header.named || header.timed,
                Some(Head::User) => header.named || header.timed,
                _ => false,
            };
            if again {
                break;
            }
            lines += 1;
            if line.starts_with(b"# explain: ") {
                let first = plan.map_or(self.at, |(first, _)| first);
                plan = Some((first, self.at + line.len()));
            } else {
                odd |= !header.line(line);
            }
            self.at = next;
        }
        let head = self.at;
        let (statement, more) = self.statement(&mut header);
        self.sink.lines(lines + more);
        let Some(text) = statement else {
            // Damaged: it is not understood as a whole, and the next one is read.
            return self.miss(start, self.at, |_| true);
        };
        if odd {
            self.miss(start, head, |line| !line.starts_with(b"# explain: ") && !Header::default().line(line));
        }
        self.tell(&header, text, plan.map(|(first, last)| &self.chunk[first..last]));
    }

    /// Reads `use`, `SET timestamp` and the statement up to where something else starts; its text without the `;`, and
    /// how many lines that were. Nothing is read when the head has no duration or nothing follows.
    fn statement(&mut self, header: &mut Header<'c>) -> (Option<&'c [u8]>, u64) {
        if !header.timed {
            return (None, 0);
        }
        let mut lines = 0;
        let (mut line, mut next) = line::at(self.chunk, self.at);
        if self.at < self.chunk.len()
            && let Some(database) = database(line)
            && next < self.chunk.len()
            && !boundary::is_start(self.chunk, next)
        {
            self.database = database;
            lines += 1;
            self.at = next;
            (line, next) = line::at(self.chunk, self.at);
        }
        if let Some(printed) = timestamp(line) {
            if header.at.is_none_or(|(_, zoned)| !zoned)
                && let Some(started) = microseconds(printed)
            {
                // When it was written is when it ended.
                let took = header.duration.unwrap_or(0) / 1000;
                header.at = Some((started.saturating_add(i64::try_from(took).unwrap_or(i64::MAX)), true));
            }
            lines += 1;
            self.at = next;
        }
        let start = self.at;
        let mut end = start;
        while end < self.chunk.len() {
            let (line, next) = line::at(self.chunk, end);
            if boundary::is_start_line(self.chunk, end, line) {
                break;
            }
            lines += u64::from(!line::is_blank(line));
            end = next;
        }
        if end == start {
            return (None, lines);
        }
        self.at = end;
        let text = self.chunk[start..end].trim_ascii();
        (Some(text.strip_suffix(b";").unwrap_or(text)), lines)
    }

    /// Tells which of the lines between were not understood.
    fn miss(&mut self, from: usize, to: usize, missed: impl Fn(&[u8]) -> bool) {
        let mut at = from;
        while at < to {
            let (line, next) = line::at(self.chunk, at);
            if missed(line) {
                self.sink.missed(line);
            }
            at = next;
        }
    }

    fn tell(&mut self, header: &Header<'c>, text: &'c [u8], plan: Option<&'c [u8]>) {
        let said = administrator::said(text);
        let statement = Statement {
            said,
            duration: header.duration,
            costs: header.costs(),
            failed: !header.error.is_empty(),
            one_of: header.one_of,
            ..Statement::default()
        };
        let routine = [("routine", header.routine)];
        let mut event = Event {
            at: header.at.map(|(at, _)| at),
            session: header.session,
            transaction: header.transaction,
            user: header.user,
            database: header.schema.unwrap_or(self.database),
            client: header.client,
            tags: if header.routine.is_empty() { &[] } else { &routine },
            what: What::Statement(statement),
            ..Event::default()
        };
        self.sink.event(&event);
        if let Some(text) = plan {
            event.what = What::Plan { text, said, duration: header.duration };
            self.sink.event(&event);
        }
        if let Some(number) = number::whole(header.error) {
            let class = class::of_error(number);
            let code = header.error;
            event.what =
                What::Happening(Happening { failed: false, class, code, object: b"", measure: None, said: Some(said) });
            self.sink.event(&event);
        }
    }
}

/// The database that a line of the server's own says is in use: ``use `shop`;``.
fn database(line: &[u8]) -> Option<&[u8]> {
    let name = line.strip_prefix(b"use ")?.strip_suffix(b";")?;
    match name {
        [b'`', name @ .., b'`'] => Some(name),
        _ => Some(name),
    }
}

/// The figure in a line of the server's own: `SET timestamp=1795536840;`, other variables of the session in front.
fn timestamp(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"SET ")?;
    let rest = match rest.strip_prefix(b"timestamp=") {
        Some(rest) => rest,
        None => &rest[memchr::memmem::find(rest, b",timestamp=")? + 11..],
    };
    let rest = rest.strip_suffix(b";").unwrap_or(rest);
    Some(&rest[..rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len())])
}

/// That figure in microseconds since 1970-01-01 UTC.
fn microseconds(seconds: &[u8]) -> Option<i64> {
    i64::try_from(number::nanoseconds(seconds)? / 1000).ok()
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let tried = Tried::of(&SlowLog, sample);
    if tried.statements == 0 {
        return None;
    }
    let mut detail = flavour(sample);
    if let Some(one_of) = tried.one_of {
        detail += &format!(", of which one in {one_of} was logged");
    }
    Some(Detected { reader: Box::new(SlowLog), understood: tried.understood(), detail })
}

/// Whose log it is, as far as the sample tells.
fn flavour(sample: &[u8]) -> String {
    let has = |text: &[u8]| memchr::memmem::find(sample, text).is_some();
    let mut start = 0;
    for _ in 0..20 {
        let (line, next) = line::at(sample, start);
        if let Some(version) = banner::version(line) {
            let has = |text: &[u8]| memchr::memmem::find(line, text).is_some();
            let product = match () {
                () if has(b"-MariaDB") => "MariaDB",
                () if has(b"Percona Server") => "Percona Server",
                () => "MySQL",
            };
            let number = version.split(|byte| *byte == b'-').next().unwrap_or_default();
            return format!("statements of {product} {}", String::from_utf8_lossy(number));
        }
        start = next;
    }
    match () {
        () if has(b"  QC_hit: ") => "statements of MariaDB",
        () if has(b"  Last_errno: ") => "statements of Percona Server",
        () => "statements of MySQL",
    }
    .into()
}

#[cfg(test)]
mod tests;

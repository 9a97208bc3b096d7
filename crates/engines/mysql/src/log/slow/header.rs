//! The lines with a `#` above a statement: who, how long, what it cost.

use dbwright_model::log::Costs;

use crate::log::{number, time};

/// Pages that InnoDB counts are of this size unless the server was set up otherwise, which the log does not tell.
const PAGE: u64 = 16 << 10;

/// What they said so far.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    /// The time printed: microseconds, and whether with a zone.
    pub(super) at: Option<(i64, bool)>,
    pub(super) session: Option<u64>,
    pub(super) transaction: Option<u64>,
    pub(super) user: &'a [u8],
    pub(super) client: &'a [u8],
    /// The database, where the form tells it for each statement.
    pub(super) schema: Option<&'a [u8]>,
    /// The stored program that the statement is of.
    pub(super) routine: &'a [u8],
    pub(super) duration: Option<u64>,
    pub(super) costs: Costs,
    /// Number of the error it ended in; empty when there was none.
    pub(super) error: &'a [u8],
    /// One of so many statements was logged.
    pub(super) one_of: Option<u64>,
    /// Whether the line with the duration was seen.
    pub(super) timed: bool,
    /// Whether the line with the user was seen.
    pub(super) named: bool,
    /// Rows read from one to the next, indexes read from their start, temporary tables: what tells a scan in MySQL.
    steps: Option<u64>,
    firsts: Option<u64>,
    temp_tables: Option<u64>,
}

impl<'a> Header<'a> {
    /// Reads a line that starts with a `#`; `false` when it is none of such a header.
    pub(super) fn line(&mut self, line: &'a [u8]) -> bool {
        let Some(rest) = line.strip_prefix(b"# ") else { return line == b"#" };
        if let Some(printed) = rest.strip_prefix(b"Time: ") {
            let read = time::read(printed);
            self.at = read.map(|time| (time.at, time.zoned));
            return read.is_some();
        }
        if let Some(who) = rest.strip_prefix(b"User@Host: ") {
            self.named = true;
            return self.who(who);
        }
        if let Some(routine) = rest.strip_prefix(b"Stored routine: ").or_else(|| rest.strip_prefix(b"Stored_routine: "))
        {
            self.routine = routine;
            return true;
        }
        if rest == b"Warnings" || rest == b"No InnoDB statistics available for this query" {
            return true;
        }
        // Warnings that the statement gave: their texts hold values.
        if [&b"Warning "[..], b"Note ", b"Error "].iter().any(|level| rest.starts_with(level)) {
            return true;
        }
        self.fields(rest)
    }

    /// `root[root] @ localhost [127.0.0.1]  Id:     9`.
    fn who(&mut self, who: &'a [u8]) -> bool {
        let Some(at) = who.windows(3).rposition(|part| part == b" @ ") else { return false };
        let (account, place) = (&who[..at], &who[at + 3..]);
        // The account that is used, and in brackets the name that logged in: they differ for proxies.
        let login = memchr::memchr(b'[', account).map_or(account, |open| &account[open + 1..]);
        let login = login.strip_suffix(b"]").unwrap_or(login);
        self.user = match (login, memchr::memchr(b'[', account)) {
            (b"", Some(open)) => &account[..open],
            _ => login,
        };
        let (host, rest) = match memchr::memchr(b'[', place) {
            Some(open) => (place[..open].trim_ascii_end(), &place[open + 1..]),
            None => (place, &b""[..]),
        };
        let (address, rest) = match memchr::memchr(b']', rest) {
            Some(close) => (&rest[..close], &rest[close + 1..]),
            None => (rest, &b""[..]),
        };
        self.client = if host.is_empty() { address } else { host };
        if let Some(id) = rest.trim_ascii_start().strip_prefix(b"Id:") {
            self.session = number::whole(id.trim_ascii());
        }
        true
    }

    /// `Query_time: 0.000129  Lock_time: 0.000000 Rows_sent: 1`: names and figures.
    fn fields(&mut self, line: &'a [u8]) -> bool {
        let mut at = 0;
        loop {
            while line.get(at) == Some(&b' ') {
                at += 1;
            }
            if at == line.len() {
                return true;
            }
            let start = at;
            while line.get(at).is_some_and(|byte| !matches!(byte, b':' | b' ')) {
                at += 1;
            }
            if line.get(at) != Some(&b':') {
                return false;
            }
            let name = &line[start..at];
            at += 1;
            if line.get(at) == Some(&b' ') {
                at += 1;
            }
            let rest = &line[at..];
            // A name may hold a blank; what follows it is two blanks away.
            let length = match name {
                b"Schema" => rest.windows(2).position(|part| part == b"  "),
                b"explain" => None,
                _ => rest.iter().position(|byte| *byte == b' '),
            };
            let value = &rest[..length.unwrap_or(rest.len())];
            at += value.len();
            self.field(name, value);
        }
    }

    fn field(&mut self, name: &[u8], value: &'a [u8]) {
        let costs = &mut self.costs;
        match name {
            b"Query_time" => {
                self.duration = number::nanoseconds(value);
                self.timed = self.duration.is_some();
            }
            b"Lock_time" => costs.lock_wait = number::nanoseconds(value),
            b"Rows_sent" => costs.rows = number::whole(value),
            b"Rows_examined" => costs.examined = number::whole(value),
            b"Rows_affected" => costs.changed = number::whole(value),
            b"Bytes_sent" => costs.sent = number::whole(value),
            b"Thread_id" => self.session = number::whole(value),
            b"InnoDB_trx_id" => self.transaction = number::hexadecimal(value).filter(|id| *id > 0),
            b"Schema" => self.schema = Some(value),
            b"Errno" | b"Last_errno" | b"Killed" if value != b"0" && number::whole(value).is_some() => {
                self.error = value
            }
            b"Tmp_disk_tables" | b"Created_tmp_disk_tables" => costs.disk_temp_tables = number::whole(value),
            b"Full_scan" | b"Full_join" => {
                let before = costs.without_index.unwrap_or(false);
                costs.without_index = Some(before || value == b"Yes");
            }
            b"Pages_accessed" | b"InnoDB_pages_distinct" => costs.pages = pages(value),
            b"Pages_read" => costs.pages_read = pages(value),
            b"InnoDB_IO_r_bytes" => costs.pages_read = number::whole(value),
            b"Log_slow_rate_limit" => self.one_of = number::whole(value).filter(|limit| *limit > 1),
            b"Read_first" => self.firsts = number::whole(value),
            b"Read_rnd_next" => self.steps = number::whole(value),
            b"Created_tmp_tables" => self.temp_tables = number::whole(value),
            _ => {}
        }
    }

    /// What it cost, now that all lines are read. MySQL does not say whether a table was scanned, but how often the next
    /// row was asked for: of a table's, unless there was a temporary table too.
    pub(super) fn costs(&self) -> Costs {
        let scanned = match (self.steps, self.firsts, self.temp_tables) {
            (Some(1..), _, Some(0)) => Some(true),
            (Some(0), Some(0), _) => Some(false),
            _ => None,
        };
        Costs { without_index: self.costs.without_index.or(scanned), ..self.costs }
    }
}

fn pages(value: &[u8]) -> Option<u64> {
    number::whole(value)?.checked_mul(PAGE)
}

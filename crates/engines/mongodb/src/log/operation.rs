//! An operation as the log and the profiler tell it; they differ in a few names.

use dbwright_model::log::{Costs, Event, Happening, Phase, Said, Sink, Statement, What};
use dbwright_reading::hash::Hash;
use dbwright_reading::moment;
use dbwright_reading::pull::{Pull, Text};
use dbwright_reading::shape::Shape;

use super::{class, shape};

/// What is read of an operation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Operation<'a> {
    /// When it ended, in microseconds; the profiler tells.
    pub(super) at: Option<i64>,
    pub(super) kind: Text<'a>,
    pub(super) namespace: Text<'a>,
    pub(super) command: &'a [u8],
    /// What opened the cursor that is read on.
    originating: &'a [u8],
    plan: Text<'a>,
    pub(super) millis: Option<u64>,
    client: Text<'a>,
    application: Text<'a>,
    user: Text<'a>,
    code: &'a [u8],
    failed: bool,
    conflicts: u64,
    shape_number: Option<i64>,
    rows: Option<u64>,
    changed: Option<u64>,
    examined: Option<u64>,
    lock_wait: Option<u64>,
    sent: Option<u64>,
    pages_read: Option<u64>,
    spilled: Option<u64>,
}

/// Scratch of a chunk.
#[derive(Default)]
pub(super) struct Scratch {
    shape: Shape,
    texts: [Vec<u8>; 5],
}

impl<'a> Operation<'a> {
    /// Reads the attributes of a line, or a document of the profiler.
    pub(super) fn read(pull: &mut Pull<'a>) -> Option<Operation<'a>> {
        let mut found = Operation::default();
        pull.fields(|pull, name| found.field(pull, name))?;
        Some(found)
    }

    fn field(&mut self, pull: &mut Pull<'a>, name: Text<'a>) -> Option<()> {
        match name.0 {
            b"ts" => self.at = time(pull)?,
            b"type" | b"op" => self.kind = pull.text()?,
            b"ns" => self.namespace = pull.text()?,
            b"command" => self.command = pull.raw()?,
            // Before 3.6.
            b"query" if self.command.is_empty() => self.command = pull.raw()?,
            b"originatingCommand" => self.originating = pull.raw()?,
            b"planSummary" => self.plan = pull.text()?,
            b"durationMillis" | b"millis" => self.millis = pull.count()?,
            b"remote" | b"client" => self.client = pull.text()?,
            b"appName" => self.application = pull.text()?,
            b"user" => self.user = pull.text()?,
            b"docsExamined" => self.examined = pull.count()?,
            b"nreturned" => self.rows = pull.count()?,
            b"nModified" | b"ninserted" | b"ndeleted" | b"nUpserted" => {
                let more = pull.count()?;
                self.changed = sum(self.changed, more);
            }
            b"reslen" | b"responseLength" => self.sent = pull.count()?,
            b"writeConflicts" => self.conflicts = pull.count()?.unwrap_or_default(),
            b"queryHash" | b"planCacheShapeHash" => {
                let hash = pull.text()?;
                self.shape_number = hexadecimal(hash.0).or(self.shape_number);
            }
            b"errCode" => {
                self.code = pull.scalar()?.raw();
                self.failed = true;
            }
            b"errName" | b"errMsg" | b"exception" => {
                self.failed = true;
                pull.skip()?;
            }
            b"ok" => self.failed |= pull.count()? == Some(0),
            b"storage" if pull.peek()? == b'{' => {
                self.pages_read = within(pull, b"data", b"bytesRead")?;
            }
            b"locks" if pull.peek()? == b'{' => pull.fields(|pull, _| {
                let waited = sums(pull, b"timeAcquiringMicros")?;
                self.lock_wait = sum(self.lock_wait, waited.map(|micros| micros.saturating_mul(1_000)));
                Some(())
            })?,
            name if name.ends_with(b"pilledBytes") => {
                let more = pull.count()?;
                self.spilled = sum(self.spilled, more);
            }
            _ => pull.skip()?,
        }
        Some(())
    }

    /// Whether it is one at all.
    pub(super) fn ran(&self) -> bool {
        !self.namespace.0.is_empty() && self.millis.is_some()
    }

    /// Tells it. `event` holds what is known around it.
    pub(super) fn tell(&self, event: Event<'_>, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let more = !self.originating.is_empty();
        let command = if more { self.originating } else { self.command };
        let [namespace, client, application, user, _] = &mut scratch.texts;
        let namespace = self.namespace.plain(namespace);
        shape::command(&mut scratch.shape, namespace, self.kind.0, command);
        let said = Said::Shaped {
            fingerprint: scratch.shape.fingerprint(),
            literals: scratch.shape.literals(),
            shape: &scratch.shape.text,
        };
        let dot = memchr::memchr(b'.', namespace).unwrap_or(namespace.len());
        let client = host(self.client.plain(client));
        let user = self.user.plain(user);
        let event = Event {
            at: self.at.or(event.at),
            user: user.split(|byte| *byte == b'@').next().unwrap_or_default(),
            database: &namespace[..dot],
            application: self.application.plain(application),
            client,
            ..event
        };
        let scans = memchr::memmem::find(self.plan.0, b"COLLSCAN").is_some();
        let fetches = more || first_is(self.command, b"getMore") || self.kind.is("getmore");
        sink.event(&Event {
            what: What::Statement(Statement {
                said,
                parameters: b"",
                phase: if fetches { Phase::Fetch } else { Phase::Execute },
                duration: self.millis.map(|millis| millis.saturating_mul(1_000_000)),
                costs: Costs {
                    rows: self.rows,
                    examined: self.examined,
                    changed: self.changed,
                    lock_wait: self.lock_wait,
                    sent: self.sent,
                    pages: None,
                    pages_read: self.pages_read,
                    spilled: self.spilled,
                    disk_temp_tables: None,
                    without_index: (!self.plan.0.is_empty()).then_some(scans),
                },
                query_id: self.shape_number,
                failed: self.failed,
                one_of: None,
            }),
            ..event
        });
        let mut happening = |class, code, measure| {
            let what =
                What::Happening(Happening { failed: false, class, code, object: namespace, measure, said: Some(said) });
            sink.event(&Event { what, ..event });
        };
        if self.failed {
            happening(class::of_code(self.code), self.code, None);
        }
        if self.conflicts > 0 {
            happening(&class::WRITE_CONFLICT, b"", Some(self.conflicts));
        }
    }

    /// The session that drivers give an operation: the number of its `lsid`.
    pub(super) fn session(&self) -> Option<u64> {
        let mut found = None;
        let _ = Pull::new(self.command).fields(|pull, name| match name.0 {
            b"lsid" => {
                found = Some(Hash::of(pull.raw()?));
                None
            }
            _ => pull.skip(),
        });
        found
    }
}

/// A time in any notation of extended JSON.
pub(super) fn time(pull: &mut Pull<'_>) -> Option<Option<i64>> {
    let mut found = None;
    match pull.peek()? {
        b'{' => pull.fields(|pull, name| match name.0 {
            b"$date" => {
                found = match pull.peek()? {
                    b'"' => moment::iso(pull.text()?.0).map(|(micros, _)| micros),
                    _ => pull.whole()?.and_then(|millis| millis.checked_mul(1_000)),
                };
                Some(())
            }
            _ => pull.skip(),
        })?,
        b'"' => found = moment::iso(pull.text()?.0).map(|(micros, _)| micros),
        _ => pull.skip()?,
    }
    Some(found)
}

/// The host of `host:port`, `[::1]:port`, or what stands alone.
pub(super) fn host(client: &[u8]) -> &[u8] {
    match memchr::memrchr(b':', client) {
        Some(at) if client[at + 1..].iter().all(u8::is_ascii_digit) && memchr::memchr(b':', client) == Some(at) => {
            &client[..at]
        }
        Some(at) if client.get(at.wrapping_sub(1)) == Some(&b']') => client[..at].trim_ascii_start(),
        _ => client,
    }
}

fn first_is(command: &[u8], name: &[u8]) -> bool {
    let mut found = false;
    let _ = Pull::new(command).fields(|_, first| {
        found = first.0 == name;
        None
    });
    found
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (a, b) => a.or(b),
    }
}

/// The count `{outer: {inner: COUNT}}`.
fn within(pull: &mut Pull<'_>, outer: &[u8], inner: &[u8]) -> Option<Option<u64>> {
    let mut found = None;
    pull.fields(|pull, name| match pull.peek()? {
        b'{' if name.0 == outer => pull.fields(|pull, name| {
            match name.0 == inner {
                true => found = pull.count()?,
                false => pull.skip()?,
            }
            Some(())
        }),
        _ => pull.skip(),
    })?;
    Some(found)
}

/// The sum of all counts in the object of that name.
fn sums(pull: &mut Pull<'_>, wanted: &[u8]) -> Option<Option<u64>> {
    if pull.peek()? != b'{' {
        return pull.skip().map(|()| None);
    }
    let mut total = None;
    pull.fields(|pull, name| match pull.peek()? {
        b'{' if name.0 == wanted => pull.fields(|pull, _| {
            let more = pull.count()?;
            total = sum(total, more);
            Some(())
        }),
        _ => pull.skip(),
    })?;
    Some(total)
}

fn hexadecimal(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    digits.iter().try_fold(0, |all, digit| Some(all << 4 | i64::from(char::from(*digit).to_digit(16)?)))
}

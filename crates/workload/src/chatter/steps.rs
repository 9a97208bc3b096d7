//! What each session said, in order: a step a statement, small enough to keep a log's worth in flight.

use std::collections::{BTreeMap, HashMap};

use dbwright_log::Listener;
use dbwright_model::SqlText;
use dbwright_model::log::{Event, Phase, Said, What};
use dbwright_sql::{Dialect, fingerprint, shape, tags};

use super::conversation::Conversations;
use super::framework::Framework;
use super::meaning::Meaning;
use super::{Chatter, Limits};
use crate::hash;

/// A statement a session said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub(super) session: u64,
    pub(super) shape: u64,
    /// Hash of its values; `None` where they are not logged.
    pub(super) values: Option<u64>,
    /// When it ended, in microseconds since 1970-01-01 UTC.
    pub(super) end: i64,
    /// How long it took, in nanoseconds.
    pub(super) time: u64,
    pub(super) rows: Option<u64>,
    /// Where in the program: key into the sites; 0 when not told.
    pub(super) site: u64,
    /// Who asked in the trace; 0 when not told.
    pub(super) request: u64,
}

impl Step {
    /// When it began, in microseconds.
    pub(super) fn start(&self) -> i64 {
        self.end.saturating_sub((self.time / 1_000) as i64)
    }
}

/// Follows what sessions say.
#[derive(Debug, Clone, Copy)]
pub struct Following {
    /// How SQL is read where the record does not tell whose it is.
    pub dialect: Dialect,
}

/// What a chunk's sessions said. Becomes part of [`Steps`] by [`Steps::absorb`].
#[derive(Debug, Default)]
pub struct Heard {
    steps: Vec<Step>,
    /// The first text of each shape.
    texts: HashMap<u64, (Box<[u8]>, Dialect)>,
    sites: BTreeMap<u64, String>,
    lost: u64,
}

impl Listener for Following {
    type Part = Heard;

    fn part(&self) -> Heard {
        Heard::default()
    }

    fn hear(&self, part: &mut Heard, event: &Event<'_>) {
        if let What::Ended(time) = event.what {
            // The duration of the statement that was logged just before.
            let last = part.steps.iter_mut().rev().take(64).find(|step| Some(step.session) == event.session);
            if let (Some(last), Some(at)) = (last, event.at) {
                (last.time, last.end) = (time, at);
            }
            return;
        }
        let What::Statement(statement) = event.what else { return };
        let Said::Sql(text) = statement.said else { return };
        if statement.phase != Phase::Execute {
            return;
        }
        let (Some(session), Some(end)) = (event.session, event.at) else {
            part.lost += 1;
            return;
        };
        let dialect = event.engine.map_or(self.dialect, Dialect::of);
        let scan = fingerprint(text, dialect);
        let shape = scan.fingerprint.0;
        part.texts.entry(shape).or_insert_with(|| (text.into(), dialect));
        let parameterised = statement.parameters.is_empty() && holds_parameter(text);
        let values = (!parameterised).then(|| hash::bytes(scan.literals, statement.parameters));
        let (site, request) = match scan.comments || !event.tags.is_empty() {
            true => part.tagged(event, text),
            false => (0, 0),
        };
        let request = if request == 0 { event.transaction.unwrap_or(0) } else { request };
        let (time, rows) = (statement.duration.unwrap_or(0), statement.costs.rows);
        part.steps.push(Step { session, shape, values, end, time, rows, site, request });
    }
}

/// Whether the text has parameters, whose values then stand elsewhere.
fn holds_parameter(text: &[u8]) -> bool {
    memchr::memchr(b'$', text).is_some_and(|at| text.get(at + 1).is_some_and(u8::is_ascii_digit))
        || memchr::memchr(b'?', text).is_some()
}

/// What names a place in a program, the most exact first.
const PLACES: &[&str] = &["file", "code.filepath", "line", "code.lineno", "code.function", "func", "caller"];
/// What names a part of a program.
const PARTS: &[&str] = &["controller", "action", "route", "job"];

impl Heard {
    /// Where in the program the statement comes from, and which request it belongs to.
    fn tagged(&mut self, event: &Event<'_>, text: &[u8]) -> (u64, u64) {
        let mut found: Vec<(String, String)> =
            tags(text).map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        let own =
            event.tags.iter().map(|(key, value)| ((*key).to_owned(), String::from_utf8_lossy(value).into_owned()));
        found.extend(own);
        let of =
            |name: &str| found.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value);
        // The second part of a `traceparent` is the trace.
        let request =
            of("traceparent").and_then(|parent| parent.split('-').nth(1)).map(|trace| hash::bytes(0, trace.as_bytes()));
        let place: Vec<&str> = PLACES.iter().filter_map(|name| of(name)).map(String::as_str).collect();
        let parts: Vec<&str> = PARTS.iter().filter_map(|name| of(name)).map(String::as_str).collect();
        let site = match (place.is_empty(), parts.is_empty()) {
            (true, true) => return (0, request.unwrap_or(0)),
            (false, true) => place.join(":"),
            (true, false) => parts.join("#"),
            (false, false) => format!("{} ({})", place.join(":"), parts.join("#")),
        };
        let key = hash::bytes(0, site.as_bytes());
        self.sites.entry(key).or_insert(site);
        (key, request.unwrap_or(0))
    }
}

/// What sessions said, as far as it was followed.
pub struct Steps {
    conversations: Conversations,
    meanings: HashMap<u64, Meaning>,
    sites: BTreeMap<u64, String>,
    statements: u64,
    time: u64,
    lost: u64,
    fastest: Option<u64>,
    until: Option<i64>,
}

impl Steps {
    /// Nothing was said yet.
    pub fn new(limits: Limits) -> Steps {
        Steps {
            conversations: Conversations::new(limits),
            meanings: HashMap::new(),
            sites: BTreeMap::new(),
            statements: 0,
            time: 0,
            lost: 0,
            fastest: None,
            until: None,
        }
    }

    /// The last time told, in microseconds since 1970-01-01 UTC.
    pub fn until(&self) -> Option<i64> {
        self.until
    }

    /// Hears what follows.
    pub fn absorb(&mut self, part: Heard) {
        for (key, (text, dialect)) in part.texts {
            self.meanings.entry(key).or_insert_with(|| {
                let raw = String::from_utf8_lossy(&text);
                let shown: SqlText = shape(&raw, dialect);
                Meaning::of(shown, dialect, Framework::of(&raw))
            });
        }
        self.sites.extend(part.sites);
        self.lost += part.lost;
        for step in part.steps {
            self.statements += 1;
            self.until = self.until.max(Some(step.end));
            self.time = self.time.saturating_add(step.time);
            if step.time > 0 {
                self.fastest = Some(self.fastest.map_or(step.time, |fastest| fastest.min(step.time)));
            }
            self.conversations.hear(step, &self.meanings);
        }
    }

    /// What was found in all of it.
    pub fn finish(mut self) -> Chatter {
        self.conversations.end(&self.meanings);
        Chatter {
            statements: self.statements,
            time: self.time,
            sessions: self.conversations.sessions(),
            lost: self.lost,
            fastest: self.fastest,
            patterns: self.conversations.patterns(&self.meanings, &self.sites),
        }
    }
}

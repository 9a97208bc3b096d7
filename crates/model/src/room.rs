//! What an engine's room offers to the rest of the house: its rules, and how to gather a case.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::artefact::Recogniser;
use crate::case::{Case, Host};
use crate::engine::Engine;
use crate::indexing::Indexing;
use crate::lesson::Topic;
use crate::log::LogFormat;
use crate::plan::Plan;
use crate::privacy::Redaction;
use crate::rule::Rule;
use crate::target::ServerTarget;

/// A future as trait objects return it.
pub type Gathering<'a> = Pin<Box<dyn Future<Output = Result<Case, GatherError>> + Send + 'a>>;

/// An engine's room. A new engine is a folder with one of these, and a line in the binary's list.
pub trait Room: Sync {
    /// The engine.
    fn engine(&self) -> Engine;
    /// Its own rules.
    fn rules(&self) -> &'static [Rule];
    /// What it recognises in a text.
    fn recognisers(&self) -> &'static [Recogniser] {
        &[]
    }
    /// The forms of log it reads; the most telling first.
    fn log_formats(&self) -> &'static [&'static LogFormat] {
        &[]
    }
    /// Puts the names of tables where a plan has aliases only, once its query is known.
    fn name_tables(&self, _plan: &mut Plan) {}
    /// Lessons that belong to no rule: one a kind of operator.
    fn topics(&self) -> &'static [Topic] {
        &[]
    }
    /// What it knows of making and keeping indexes.
    fn indexing(&self) -> Option<&'static dyn Indexing> {
        None
    }
    /// Every statement its collector may run, for `--show-statements`.
    fn statements(&self) -> Vec<StatementInfo> {
        Vec::new()
    }
    /// Connects, read-only, and collects a case within the budget. A section that cannot be had is a gap in the
    /// case; only a server that cannot be used at all is an error.
    fn gather<'a>(
        &'a self,
        target: &'a ServerTarget,
        options: &'a GatherOptions,
        progress: &'a dyn Progress,
    ) -> Gathering<'a>;
    /// Every statement that [`Room::explain`] may send besides those of the collector, with `…` for the query.
    fn explanations(&self) -> Vec<StatementInfo> {
        Vec::new()
    }
    /// Asks the server for the plan of a query and collects what is known of the tables in it. The query is executed only
    /// when it reads and nothing else, read-only and within its limit; why it was not stands in the plan's `missing`.
    fn explain<'a>(
        &'a self,
        target: &'a ServerTarget,
        _query: &'a str,
        _options: &'a ExplainOptions,
        _progress: &'a dyn Progress,
    ) -> Gathering<'a> {
        let message = format!("queries of {} are not explained live yet", self.engine());
        let hint = "dbwright read FILE reads a plan that you have; why asks PostgreSQL, MySQL and MariaDB";
        GatherError::unsupported(target, message, hint)
    }
}

/// How far the explanation of a query may go.
#[derive(Debug, Clone)]
pub struct ExplainOptions {
    /// For everything but the query.
    pub gather: GatherOptions,
    /// Limit of the query itself.
    pub timeout: Duration,
    /// Whether the query is executed.
    pub execution: Execution,
}

/// When a query is executed to explain it. One that writes or locks never is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Execution {
    /// When nothing in it is unknown.
    #[default]
    WhenSafe,
    /// Also when it calls functions that nobody here knows.
    Always,
    /// Never: it is only planned.
    Never,
}

/// A statement of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementInfo {
    /// The section it feeds.
    pub section: &'static str,
    /// Which versions it is for: `12+`, `MariaDB`.
    pub versions: &'static str,
    /// The text as sent.
    pub text: String,
}

/// How far a collector may go.
#[derive(Debug, Clone)]
pub struct GatherOptions {
    /// Total budget; what is not collected by then is a gap.
    pub deadline: Duration,
    /// Limit of a single statement.
    pub statement_timeout: Duration,
    /// Longest wait for any lock.
    pub lock_timeout: Duration,
    /// Limit for establishing a connection.
    pub connect_timeout: Duration,
    /// Read the counters twice, so far apart.
    pub sample: Option<Duration>,
    /// What to take out before storing.
    pub redaction: Redaction,
    /// The machine, where the user states it.
    pub host: Host,
}

impl Default for GatherOptions {
    fn default() -> GatherOptions {
        GatherOptions {
            deadline: Duration::from_secs(60),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_millis(100),
            connect_timeout: Duration::from_secs(10),
            sample: None,
            redaction: Redaction::default(),
            host: Host::default(),
        }
    }
}

/// Hears how the work goes.
pub trait Progress: Sync {
    /// `done` of `total` steps are done; `what` is next.
    fn step(&self, what: &str, done: usize, total: usize);
}

/// Progress nobody watches.
impl Progress for () {
    fn step(&self, _what: &str, _done: usize, _total: usize) {}
}

/// Why a server could not be consulted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatherErrorKind {
    /// Nobody answers there.
    Unreachable,
    /// It answers, but not in time.
    Timeout,
    /// Wrong user or password, or no permission to connect.
    Refused,
    /// No such database.
    UnknownDatabase,
    /// TLS could not be agreed on.
    Tls,
    /// Too old, or another product.
    Unsupported,
    /// The connection was lost before anything was collected.
    Lost,
    /// The target or its parameters cannot be understood.
    Usage,
    /// The server, or we, cannot make anything of the query.
    Query,
}

/// Why a server could not be consulted, for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct GatherError {
    /// The kind.
    pub kind: GatherErrorKind,
    /// Where: host and port, or the file that named them.
    pub at: String,
    /// What happened; no password in it.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

impl GatherError {
    /// The answer of a room that cannot ask a server: what it does instead, and how.
    pub fn unsupported<'a>(target: &ServerTarget, message: String, hint: &str) -> Gathering<'a> {
        let error =
            GatherError { kind: GatherErrorKind::Unsupported, at: target.to_string(), message, hint: hint.into() };
        Box::pin(std::future::ready(Err(error)))
    }
}

impl fmt::Display for GatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl std::error::Error for GatherError {}

//! Programs that talk too much: loops of statements where one would do, reads repeated, transactions left open.
//!
//! Found in the order of what each session said. A *conversation* is what a session says without a pause
//! ([`Limits::pause`]), ended also by what programs send between requests (`BEGIN`, `COMMIT`, `ROLLBACK`, `DISCARD ALL`,
//! a ping). In a conversation a *loop* is a pattern of at most [`LONGEST`] shapes that repeats, where one shape may follow itself
//! any number of times and some of the pattern may be left out (a program remembers what it has loaded).
//!
//! A loop of look-ups is an N+1 only with a *parent*: the last statement before it that can return many rows and, by its
//! outputs, the values that are looked up. Without one it is a loop of look-ups, which a benchmark or a cache miss makes too.

mod conversation;
mod framework;
mod loops;
mod meaning;
mod steps;
#[cfg(test)]
mod tests;

use dbwright_model::{Section, SqlText};
use serde::{Deserialize, Serialize};

pub use framework::Framework;
pub use steps::{Following, Heard, Steps};

/// Shapes in a loop's pattern, at most.
pub const LONGEST: usize = 8;

/// Where a conversation ends and a loop begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Silence that ends a conversation, in microseconds.
    pub pause: i64,
    /// Repetitions that make a loop of one shape; of several, three.
    pub repeats: usize,
    /// Silence within a transaction that is worth telling, in microseconds.
    pub silence: i64,
}

impl Default for Limits {
    /// 50 ms between the statements of one request, and 5 repetitions: what detectors in traces take; 50 to 1,000 ms
    /// gave the same answer on labelled loads. 1 s of silence: what a person, or another service, was waited for.
    fn default() -> Limits {
        Limits { pause: 50_000, repeats: 5, silence: 1_000_000 }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chatter {
    /// Statements looked at.
    pub statements: u64,
    /// Time of all of them, in nanoseconds.
    pub time: u64,
    /// Sessions.
    pub sessions: u64,
    /// Statements that could not be followed, because the log does not tell which session they are of.
    pub lost: u64,
    /// The shortest duration logged, in nanoseconds: a log that leaves out short statements hides loops of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fastest: Option<u64>,
    /// Patterns, those with the longest time first.
    pub patterns: Vec<Pattern>,
}

impl Section for Chatter {
    const ID: &'static str = "chatter";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "loops of statements in the order of the sessions";
}

/// Which kind of talking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A statement that returns rows, and look-ups for each of them.
    NPlusOne,
    /// Rows written one by one.
    RowByRow,
    /// A look-up, then an insert of what was not there, again and again.
    SelectThenInsert,
    /// The same read with the same values.
    Repeated,
    /// Look-ups one after another, and nothing that they come from.
    LookUps,
    /// A transaction in which nothing is said for long.
    OpenOverSilence,
}

/// A way of talking, wherever it occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// Which kind.
    pub kind: Kind,
    /// The statement whose rows are looped over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Spoken>,
    /// What is said in the loop, in the order of its first turn.
    pub turns: Vec<Spoken>,
    /// Where in the program, as comments or the trace tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Who wrote the statements, when their style tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<Framework>,
    /// How often it occurs.
    pub occurrences: u64,
    /// In how many sessions, up to 1,000.
    pub sessions: u64,
    /// Statements in the loops: of all, of the shortest, of the longest.
    pub statements: (u64, u64, u64),
    /// Time of those statements, in nanoseconds.
    pub time: u64,
    /// Time between them, in nanoseconds: the way there and back, and what the program did.
    pub between: u64,
    /// The longest one: when it began (microseconds since 1970-01-01 UTC), and how long it took (nanoseconds).
    pub longest: (i64, u64),
    /// Whether the values differ; not told where the log leaves parameters out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values_differ: Option<bool>,
}

/// A statement of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// Its fingerprint.
    pub shape: u64,
    /// Its text, without literals.
    pub text: SqlText,
}

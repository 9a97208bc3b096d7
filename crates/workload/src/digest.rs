//! A digest: what happened in a stretch of time, by shape of statement. Two digests add to the digest of both.
//!
//! All counts are whole numbers (times in nanoseconds), and nothing depends on the order in which parts were put
//! together, except which text and which of two equals is shown: those of the earlier part.

mod merge;
mod part;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use dbwright_model::{Label, Name, Redaction, Section, SqlText};
use serde::{Deserialize, Serialize};

use crate::latency::Latency;
use crate::series::Series;
use crate::tally::{Sums, Tally};

pub use part::{Digesting, Part};

/// More shapes than this are not kept apart: the cheaper half of them is put together. Bounds the memory.
pub const MOST_SHAPES: usize = 100_000;
/// Intervals of the series of everything, at most.
pub const INTERVALS: u64 = 1_024;
/// Intervals of a series of one shape, at most.
pub const SHAPE_INTERVALS: u64 = 128;

/// What happened in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// First and last time told, in microseconds since 1970-01-01 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(i64, i64)>,
    /// Records of any kind.
    pub events: u64,
    /// All statements, those of [`Digest::rare`] and [`Digest::unnamed`] included.
    pub all: Tally,
    /// Durations that belong to no logged statement.
    #[serde(default)]
    pub unnamed: Tally,
    /// The server logs a sample of its statements: one of so many, at most. Counts are of those logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<u64>,
    /// By fingerprint.
    #[serde(with = "pairs")]
    pub shapes: BTreeMap<u64, Shape>,
    /// Shapes that were not kept apart.
    #[serde(default)]
    pub rare: Rare,
    /// Calls and time over time.
    pub series: Series,
    /// Calls and time by hour of the week, from Monday 0:00 UTC; 168 of them, none when no time is told.
    #[serde(default)]
    pub week: Vec<(u64, u64)>,
    /// Who asked: by hash of what identifies them.
    #[serde(default, with = "pairs")]
    pub contexts: BTreeMap<u64, Context>,
    /// What the statements' comments say about the code they come from: by hash of key and value.
    #[serde(default, with = "pairs")]
    pub tags: BTreeMap<u64, Tag>,
    /// What else happened.
    #[serde(default)]
    pub happenings: Vec<Happened>,
    /// Plans logged with statements (`auto_explain`): the statements that have one.
    #[serde(default)]
    pub planned: Tally,
    /// Statements and durations logged apart, by session: what a neighbouring digest may hold the other half of.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "pairs")]
    pub(crate) halves: BTreeMap<u64, Halves>,
}

impl Section for Digest {
    const ID: &'static str = "digest";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "what happened, by shape of statement";
}

/// Statements that differ in their literals only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Its text, without literals.
    pub text: SqlText,
    /// How often and how long.
    pub tally: Tally,
    /// What else was measured.
    #[serde(default)]
    pub sums: Sums,
    /// Durations of its executions.
    pub latency: Latency,
    /// The longest execution: nanoseconds, and when it was logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest: Option<(u64, Option<i64>)>,
    /// First and last time told, in microseconds since 1970-01-01 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(i64, i64)>,
    /// Calls and time over time.
    pub series: Series,
    /// Who asked it: key into [`Digest::contexts`], calls, time.
    #[serde(default)]
    pub contexts: Shares,
    /// Where in the code it comes from: key into [`Digest::tags`], calls, time.
    #[serde(default)]
    pub tags: Shares,
    /// The server's own number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<i64>,
    /// Plans it was seen with, by hash of their operators.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "pairs")]
    pub plans: BTreeMap<u64, SeenPlan>,
}

/// Part of something by key: calls, and time in nanoseconds; in order of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shares(pub Vec<(u64, u64, u64)>);

/// Who asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The database; empty when not told.
    pub database: Name,
    /// The user; empty when not told.
    pub user: Name,
    /// What the client calls itself; empty when not told.
    pub application: Label,
    /// How often and how long.
    pub tally: Tally,
}

/// What comments say about where a statement comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// `controller`, `route`, `file`…
    pub key: String,
    /// Its value: a name in the program.
    pub value: Name,
    /// How often and how long.
    pub tally: Tally,
}

/// A plan that a shape was seen with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPlan {
    /// Its operators, in the order of the plan.
    pub outline: String,
    /// How often and how long.
    pub tally: Tally,
    /// First and last time told, in microseconds since 1970-01-01 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(i64, i64)>,
}

/// Something that is no statement, or befell some.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// Which kind of thing: `lock-wait`.
    pub class: String,
    /// The kind for a person.
    pub title: String,
    /// Its code in the taxonomy others use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// SQLSTATE or error number; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// What it befell; empty when not told.
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    pub object: Name,
    /// The shape of the statement it befell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<u64>,
    /// How often.
    pub count: u64,
    /// Unit of the measures: `bytes`, `ms`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Sum and largest of the measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<(u64, u64)>,
    /// First and last time told, in microseconds since 1970-01-01 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(i64, i64)>,
    /// How often over time.
    pub series: Series,
}

/// Shapes that were not kept apart, because there are too many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rare {
    /// How many; one that came back is counted again.
    pub shapes: u64,
    /// How often and how long. A shape that is listed may have lost as much to this, at most.
    pub tally: Tally,
}

/// A session's statement without a duration, and its duration without a statement, that are first and last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Halves {
    /// A duration before anything else of the session: nanoseconds, and when.
    pub(crate) early: Option<(u64, Option<i64>)>,
    /// The last statement, when its duration was not told yet: shape and context.
    pub(crate) open: Option<(u64, u64)>,
}

impl Digest {
    /// How many shapes were told apart at least.
    pub fn distinct(&self) -> u64 {
        self.shapes.len() as u64 + self.rare.shapes
    }

    /// Takes out what a case with that redaction does not store, so that the digest may be kept as it is.
    pub fn redact(&mut self, redaction: Redaction) {
        for context in self.contexts.values_mut() {
            context.application = Label::from(context.application.stored(redaction));
        }
    }

    /// Length of the time covered, in seconds; `None` when no time is told.
    pub fn seconds(&self) -> Option<f64> {
        self.span.map(|(first, last)| (last - first) as f64 / 1e6)
    }
}

/// Maps with numbers for keys, as lists of pairs: JSON has no such keys.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        map: &BTreeMap<u64, T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<u64, T>, D::Error> {
        Ok(Vec::<(u64, T)>::deserialize(deserializer)?.into_iter().collect())
    }
}

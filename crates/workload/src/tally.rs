//! Counts and sums of executions.

use dbwright_model::log::Costs;
use serde::{Deserialize, Serialize};

/// Counts and sums of executions. Whole numbers: the sum of two is exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How often.
    pub calls: u64,
    /// How many of the calls have a duration.
    pub timed: u64,
    /// Time of all of them, in nanoseconds, with parsing, binding and fetching where those are logged apart.
    pub time: u64,
    /// How many ended in an error.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub errors: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Tally {
    pub(crate) fn merge(&mut self, other: &Tally) {
        self.calls += other.calls;
        self.timed += other.timed;
        self.time = self.time.saturating_add(other.time);
        self.errors += other.errors;
    }
}

/// Sums of what a log tells besides durations; absent is not zero. Bytes, rows, nanoseconds, counts, as in
/// [`dbwright_model::log::Costs`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// Rows returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Most rows returned by one execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_rows: Option<u64>,
    /// Rows looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub examined: Option<u64>,
    /// Rows changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    /// Time waited for locks, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_wait: Option<u64>,
    /// Bytes sent to clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<u64>,
    /// Bytes of pages touched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// Bytes of pages read from below the cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages_read: Option<u64>,
    /// Bytes spilled to temporary files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spilled: Option<u64>,
    /// Temporary tables on disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_temp_tables: Option<u64>,
    /// Executions without an index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_index: Option<u64>,
}

/// Adds what is known to what is known.
pub(crate) fn plus(sum: &mut Option<u64>, more: Option<u64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0).saturating_add(more));
    }
}

impl Sums {
    pub(crate) fn add(&mut self, costs: &Costs) {
        plus(&mut self.rows, costs.rows);
        self.most_rows = self.most_rows.max(costs.rows);
        plus(&mut self.examined, costs.examined);
        plus(&mut self.changed, costs.changed);
        plus(&mut self.lock_wait, costs.lock_wait);
        plus(&mut self.sent, costs.sent);
        plus(&mut self.pages, costs.pages);
        plus(&mut self.pages_read, costs.pages_read);
        plus(&mut self.spilled, costs.spilled);
        plus(&mut self.disk_temp_tables, costs.disk_temp_tables);
        plus(&mut self.without_index, costs.without_index.map(u64::from));
    }

    pub(crate) fn merge(&mut self, other: &Sums) {
        plus(&mut self.rows, other.rows);
        self.most_rows = self.most_rows.max(other.most_rows);
        plus(&mut self.examined, other.examined);
        plus(&mut self.changed, other.changed);
        plus(&mut self.lock_wait, other.lock_wait);
        plus(&mut self.sent, other.sent);
        plus(&mut self.pages, other.pages);
        plus(&mut self.pages_read, other.pages_read);
        plus(&mut self.spilled, other.spilled);
        plus(&mut self.disk_temp_tables, other.disk_temp_tables);
        plus(&mut self.without_index, other.without_index);
    }
}

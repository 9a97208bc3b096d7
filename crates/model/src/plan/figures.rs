//! The figures of a plan and its operators: rows, time, pages, memory, workers, and what happens beside the operators.

use serde::{Deserialize, Serialize};

use super::Fields;
use crate::catalog::ObjectName;
use crate::privacy::Name;
use crate::units::{Bytes, Seconds};

/// What the planner expected of a node, per execution of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Cost before the first row, in the planner's units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup_cost: Option<f64>,
    /// Cost of all rows, in the planner's units, with everything below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_cost: Option<f64>,
    /// Rows it returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<f64>,
    /// Bytes of a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Rows it reads to return those (MySQL, MariaDB: `rows`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examined: Option<f64>,
}

/// What a node did. Times and rows are averages per loop where the engine prints averages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Actual {
    /// Time to the first row, per loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup: Option<Seconds>,
    /// Time to the last row, per loop, with everything below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Seconds>,
    /// Rows returned, per loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<f64>,
    /// How often it was executed, in all processes together.
    pub loops: f64,
    /// Rows read to return those, per loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examined: Option<f64>,
    /// Index entries read, per loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<f64>,
}

/// Pages touched and the time for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Buffers {
    /// Shared pages found in the cache.
    pub shared_hit: u64,
    /// Shared pages read from below the cache.
    pub shared_read: u64,
    /// Shared pages changed.
    pub shared_dirtied: u64,
    /// Shared pages written out by this process.
    pub shared_written: u64,
    /// The same for temporary tables.
    pub local_hit: u64,
    /// Read.
    pub local_read: u64,
    /// Changed.
    pub local_dirtied: u64,
    /// Written.
    pub local_written: u64,
    /// Pages of temporary files (sorts, hashes) read.
    pub temp_read: u64,
    /// Written.
    pub temp_written: u64,
    /// Time to read shared (before PostgreSQL 17: all) pages.
    pub read_time: Option<Seconds>,
    /// Time to write them.
    pub write_time: Option<Seconds>,
    /// Time to read pages of temporary tables.
    pub local_read_time: Option<Seconds>,
    /// Time to write them.
    pub local_write_time: Option<Seconds>,
    /// Time to read temporary files.
    pub temp_read_time: Option<Seconds>,
    /// Time to write them.
    pub temp_write_time: Option<Seconds>,
}

impl Buffers {
    /// All pages touched, of any kind.
    pub fn pages(&self) -> u64 {
        let pages =
            [self.shared_hit, self.shared_read, self.local_hit, self.local_read, self.temp_read, self.temp_written];
        pages.into_iter().fold(0, u64::saturating_add)
    }
    /// Time spent in reads and writes; `None` when it was not measured.
    pub fn time(&self) -> Option<Seconds> {
        let times = [
            self.read_time,
            self.write_time,
            self.local_read_time,
            self.local_write_time,
            self.temp_read_time,
            self.temp_write_time,
        ];
        times.iter().any(Option::is_some).then(|| times.into_iter().flatten().sum())
    }
}

/// Memory and disk a node worked with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Work {
    /// How: `quicksort`, `external merge`, `top-N heapsort`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Box<str>>,
    /// Memory used at its peak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// Disk used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<Bytes>,
    /// Parts the work was done in; more than one means that it did not fit into memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batches: Option<u64>,
    /// Parts that were planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_batches: Option<u64>,
}

/// Parallel workers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workers {
    /// How many the planner wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<u64>,
    /// How many came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launched: Option<u64>,
}

/// What one worker did at a node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Worker {
    /// Its number.
    pub number: u64,
    /// Its time, rows and loops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Actual>,
    /// Its pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffers: Option<Buffers>,
    /// Its memory and disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields,
}

/// A trigger that ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its name.
    pub name: Name,
    /// The constraint it keeps, for a foreign key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Name>,
    /// The table it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<ObjectName>,
    /// Time of all calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Seconds>,
    /// How often it was called.
    pub calls: f64,
}

/// Just-in-time compilation. Times are of all processes together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Jit {
    /// Functions compiled.
    pub functions: f64,
    /// Total time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Seconds>,
    /// Everything else: options, the parts of the time. The accounting reads `Timing`, named values in milliseconds, of
    /// which `Generation` (a number, or named values with a `Total`) is spent before the root starts.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields,
}

/// Turning the result into bytes for the client.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Serialization {
    /// Time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Seconds>,
    /// Bytes produced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Bytes>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_counts_are_summed_to_the_largest_number() {
        let buffers = Buffers { shared_hit: u64::MAX, temp_written: 1, ..Buffers::default() };
        assert_eq!(buffers.pages(), u64::MAX);
        let bytes = Bytes(u64::MAX);
        assert_eq!((bytes + bytes, [bytes, bytes].into_iter().sum::<Bytes>()), (bytes, bytes));
    }
}

//! What the database does: queries by fingerprint, with their cost.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Section;
use crate::privacy::{Name, SqlText};
use crate::units::{Bytes, Count, Rows, Seconds};

/// Queries by fingerprint over a window of time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Workload {
    /// Where it was read: `pg_stat_statements`, `performance_schema digests`.
    pub source: String,
    /// Since when the counters count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Time of all queries together, including those not listed.
    pub total_time: Seconds,
    /// Calls of all queries together, including those not listed.
    pub total_calls: Count,
    /// Fingerprints thrown out because the table was full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evicted: Option<Count>,
    /// The queries that cost most, most expensive first; ties by fingerprint.
    pub queries: Vec<Query>,
}

impl Section for Workload {
    const ID: &'static str = "workload";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "queries by fingerprint";
}

/// One shape of query.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Query {
    /// The server's own identifier of the shape.
    pub fingerprint: String,
    /// Its text, without literals.
    pub text: SqlText,
    /// Database or schema it ran in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Name>,
    /// Who ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    /// How often.
    pub calls: Count,
    /// Total execution time.
    pub total_time: Seconds,
    /// Mean execution time.
    pub mean_time: Seconds,
    /// Longest execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_time: Option<Seconds>,
    /// Half of the executions took at most so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<Seconds>,
    /// 95 of 100 executions took at most so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<Seconds>,
    /// 99 of 100 executions took at most so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<Seconds>,
    /// Standard deviation of the execution time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stddev_time: Option<Seconds>,
    /// Total planning time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_time: Option<Seconds>,
    /// Total time in just-in-time compilation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jit_time: Option<Seconds>,
    /// Total time waited for pages to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_time: Option<Seconds>,
    /// Total time waited for locks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_time: Option<Seconds>,
    /// Rows returned or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
    /// Rows looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_examined: Option<Rows>,
    /// Bytes of pages touched, in cache or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Bytes>,
    /// Bytes of pages read from below the cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages_read: Option<Bytes>,
    /// Bytes spilled to temporary files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spilled: Option<Bytes>,
    /// Temporary tables that went to disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_temp_tables: Option<Count>,
    /// Bytes of log written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged: Option<Bytes>,
    /// Executions that used no index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_index: Option<Count>,
    /// Executions that ended in an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Count>,
    /// When it was first counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// When it last ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

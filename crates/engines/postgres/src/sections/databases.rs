//! `pg_stat_database` and `pg_database`: what each database did since its counters began.

use dbwright_model::{Bytes, Case, Count, Name, Seconds, Section};
use serde::{Deserialize, Serialize};

use super::read::{fitting, rows};
use crate::session::Session;
use crate::statement::Statement;

/// Every database of the cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Databases {
    /// Sorted by name. The row without a name counts what belongs to no database: the shared catalogs.
    pub databases: Vec<Database>,
}

impl Section for Databases {
    const ID: &'static str = "postgres.databases";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "database counters";
}

/// One database.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Database {
    /// Its name; empty for the shared catalogs.
    pub name: Name,
    /// Whether the per-database sections of the case describe this one.
    #[serde(default)]
    pub connected: bool,
    /// Whether it is a template.
    #[serde(default)]
    pub template: bool,
    /// Age of its counters. Where they were never reset: since the server began to count, so at most this.
    #[serde(default)]
    pub window: Option<Seconds>,
    /// Size on disk, where we may see it.
    #[serde(default)]
    pub size: Option<Bytes>,
    /// Character encoding.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Most connections it takes, when limited.
    #[serde(default)]
    pub connection_limit: Option<Count>,
    /// Its default collation.
    #[serde(default)]
    pub collation: Option<String>,
    /// Version of the collation its indexes were built with (15+).
    #[serde(default)]
    pub collation_version: Option<String>,
    /// Version of the collation that the system provides now (15+).
    #[serde(default)]
    pub collation_actual: Option<String>,
    /// Sessions connected now.
    #[serde(default)]
    pub backends: Option<Count>,
    /// Committed transactions.
    #[serde(default)]
    pub commits: Count,
    /// Rolled back transactions.
    #[serde(default)]
    pub rollbacks: Count,
    /// Pages read from below shared buffers.
    #[serde(default)]
    pub pages_read: Count,
    /// Pages found in shared buffers.
    #[serde(default)]
    pub pages_hit: Count,
    /// Time spent reading pages; only with `track_io_timing`, otherwise 0.
    #[serde(default)]
    pub read_time: Seconds,
    /// Temporary files written.
    #[serde(default)]
    pub temp_files: Count,
    /// Bytes written to temporary files.
    #[serde(default)]
    pub temp_bytes: Bytes,
    /// Deadlocks broken.
    #[serde(default)]
    pub deadlocks: Count,
    /// Pages whose checksum did not match; absent when checksums are off.
    #[serde(default)]
    pub checksum_failures: Option<Count>,
    /// How long ago the last of them was seen.
    #[serde(default)]
    pub checksum_failure_age: Option<Seconds>,
    /// Sessions ever opened (14+).
    #[serde(default)]
    pub sessions: Option<Count>,
    /// Time of all sessions together (14+).
    #[serde(default)]
    pub session_time: Option<Seconds>,
    /// Time executing statements (14+).
    #[serde(default)]
    pub active_time: Option<Seconds>,
    /// Time idle inside a transaction (14+).
    #[serde(default)]
    pub idle_in_transaction_time: Option<Seconds>,
    /// Sessions whose client went away (14+).
    #[serde(default)]
    pub sessions_abandoned: Option<Count>,
    /// Sessions ended by a fatal error (14+).
    #[serde(default)]
    pub sessions_fatal: Option<Count>,
    /// Sessions ended by an administrator (14+).
    #[serde(default)]
    pub sessions_killed: Option<Count>,
}

// A database whose counters were never reset has no stats_reset from 15 on. The oldest of the server's own counters
// then tells when counting began; the start of the server would make years look like the hours since a restart.
macro_rules! counters {
    ($($since:literal),*) => {
        concat!(
            "SELECT coalesce(s.datname, '') AS name, coalesce(s.datname = current_database(), false) AS connected, \
             coalesce(d.datistemplate, false) AS template, \
             extract(epoch FROM now() - coalesce(s.stats_reset, (SELECT least(b.stats_reset, a.stats_reset) \
             FROM pg_stat_bgwriter b, pg_stat_archiver a))) AS window, \
             pg_encoding_to_char(d.encoding) AS encoding, nullif(greatest(d.datconnlimit, -1), -1) AS connection_limit, \
             d.datcollate AS collation, greatest(s.numbackends, 0) AS backends, \
             s.xact_commit AS commits, s.xact_rollback AS rollbacks, s.blks_read AS pages_read, s.blks_hit AS pages_hit, \
             s.blk_read_time / 1000 AS read_time, s.temp_files, s.temp_bytes, s.deadlocks, s.checksum_failures, \
             extract(epoch FROM now() - s.checksum_last_failure) AS checksum_failure_age ",
            $($since,)*
            "FROM pg_stat_database s LEFT JOIN pg_database d ON d.oid = s.datid ORDER BY s.datname NULLS FIRST"
        )
    };
}

const COUNTERS: &[Statement] = &[
    Statement::new(Databases::ID, counters!()).until(14),
    Statement::new(
        Databases::ID,
        counters!(
            ", s.sessions, s.session_time / 1000 AS session_time, s.active_time / 1000 AS active_time, \
             s.idle_in_transaction_time / 1000 AS idle_in_transaction_time, s.sessions_abandoned, s.sessions_fatal, \
             s.sessions_killed "
        ),
    )
    .since(14)
    .until(15),
    Statement::new(
        Databases::ID,
        counters!(
            ", s.sessions, s.session_time / 1000 AS session_time, s.active_time / 1000 AS active_time, \
             s.idle_in_transaction_time / 1000 AS idle_in_transaction_time, s.sessions_abandoned, s.sessions_fatal, \
             s.sessions_killed ",
            ", d.datcollversion AS collation_version, pg_database_collation_actual_version(d.oid) AS collation_actual "
        ),
    )
    .since(15),
];

// Walks every file of a database, so it is asked apart and may run into the timeout alone.
const SIZES: Statement = Statement::new(
    Databases::ID,
    "SELECT datname AS name, pg_database_size(oid) AS size FROM pg_database \
     WHERE datallowconn AND (has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE'))",
);

pub(crate) const STATEMENTS: &[Statement] = &[COUNTERS[0], COUNTERS[1], COUNTERS[2], SIZES];

#[derive(Deserialize)]
struct Size {
    name: Name,
    size: Option<Bytes>,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let Some(counters) = fitting(session, COUNTERS) else { return };
    let Some(mut databases) = rows::<Database>(session, case, counters, None, None).await else { return };
    let sizes: Vec<Size> = rows(session, case, &SIZES, Some("sizes"), None).await.unwrap_or_default();
    for database in &mut databases {
        database.size = sizes.iter().find(|size| size.name == database.name).and_then(|size| size.size);
    }
    let databases = Databases { databases };
    // Walking all files twice would be twice as dear.
    case.server.data = databases.data();
    case.store(&databases);
}

impl Databases {
    /// Size of all databases together; `None` when no size is known.
    pub fn data(&self) -> Option<Bytes> {
        let mut known = self.databases.iter().filter_map(|database| database.size).peekable();
        known.peek().is_some().then_some(())?;
        Some(known.sum())
    }
}

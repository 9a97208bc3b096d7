//! Vacuum on the level of the server: transaction ages of its databases, workers, vacuums in progress.

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Bytes, Case, Count, Gap, Name, Seconds, Section, Share, Why};
use serde::{Deserialize, Serialize};

use crate::session::Session;
use crate::statement::Statement;

/// Ages and workers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Vacuum {
    /// All databases, sorted by name.
    pub databases: Vec<DatabaseAge>,
    /// Autovacuum workers running now; `None` when the role may not see them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Count>,
    /// Vacuums in progress, in any database.
    pub running: Vec<Running>,
}

impl Section for Vacuum {
    const ID: &'static str = "postgres.vacuum";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "transaction ages, autovacuum workers and running vacuums";
}

/// How far a database is from wraparound.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DatabaseAge {
    /// The database.
    pub name: Name,
    /// Transactions since its oldest unfrozen one. Writes stop near 2³¹.
    pub xid_age: Count,
    /// Multixacts since its oldest unfrozen one. They stop near 2³¹ as well.
    pub mxid_age: Count,
    /// It accepts connections.
    pub connectable: bool,
    /// It is the database the case describes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub current: bool,
}

/// A vacuum in progress.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Running {
    /// The backend's process id.
    pub pid: u32,
    /// The table, when it is in the database we are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<ObjectName>,
    /// Phase as the server names it: `scanning heap`, `vacuuming indexes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Scanned part of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned: Option<Share>,
    /// How often it has gone through all indexes so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_passes: Option<Count>,
    /// Memory for dead row ids: its limit. Until version 16 counted in ids of 6 bytes, from 17 on in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// It is an autovacuum worker.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto: bool,
    /// It works against wraparound and cannot be cancelled by locks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wraparound: bool,
    /// How long it has run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Seconds>,
}

macro_rules! running {
    ($memory:literal) => {
        concat!(
            "SELECT p.pid, n.nspname AS schema, c.relname AS name, p.phase, p.heap_blks_total AS total, p.heap_blks_scanned AS scanned, \
             p.index_vacuum_count AS passes, ",
            $memory,
            " AS memory, a.backend_type = 'autovacuum worker' AS auto, coalesce(a.query LIKE '%(to prevent wraparound)%', false) AS wraparound, \
             extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds \
             FROM pg_stat_progress_vacuum p LEFT JOIN pg_stat_activity a ON a.pid = p.pid \
             LEFT JOIN pg_class c ON c.oid = p.relid AND p.datname = current_database() LEFT JOIN pg_namespace n ON n.oid = c.relnamespace"
        )
    };
}

pub(crate) const STATEMENTS: &[Statement] = &[
    Statement::new(
        "postgres.vacuum",
        "SELECT d.datname AS name, age(d.datfrozenxid)::int8 AS xid_age, mxid_age(d.datminmxid)::int8 AS mxid_age, d.datallowconn AS connectable, \
         d.datname = current_database() AS current FROM pg_database d ORDER BY d.datname",
    ),
    Statement::new(
        "postgres.vacuum",
        "SELECT CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN count(*) END AS workers FROM pg_stat_activity \
         WHERE backend_type = 'autovacuum worker'",
    ),
    Statement::new("postgres.vacuum", running!("p.max_dead_tuples * 6")).until(17),
    Statement::new("postgres.vacuum", running!("p.max_dead_tuple_bytes")).since(17),
];

#[derive(Deserialize)]
struct Workers {
    workers: Option<u64>,
}

#[derive(Deserialize)]
struct Progress {
    pid: u32,
    schema: Option<String>,
    name: Option<String>,
    phase: Option<String>,
    total: Option<i64>,
    scanned: Option<i64>,
    passes: Option<u64>,
    memory: Option<u64>,
    auto: Option<bool>,
    wraparound: bool,
    seconds: Option<f64>,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let databases: Vec<DatabaseAge> = match session.rows(&STATEMENTS[0]).await {
        Ok(rows) => rows,
        Err(trouble) => return case.miss(trouble.gap(Vacuum::ID, None, None)),
    };
    let workers = match session.rows::<Workers>(&STATEMENTS[1]).await {
        Ok(rows) => rows.first().and_then(|row| row.workers).map(Count),
        Err(_) => None,
    };
    if workers.is_none() {
        case.miss(Gap {
            section: Vacuum::ID.to_owned(),
            part: Some("autovacuum workers".to_owned()),
            why: Why::Privilege,
            detail: "the role may not see other sessions".to_owned(),
            allow: Some(super::grant(case, "pg_read_all_stats")),
        });
    }
    let progress = if session.version.major < 17 { &STATEMENTS[2] } else { &STATEMENTS[3] };
    let running: Vec<Progress> = match session.rows(progress).await {
        Ok(rows) => rows,
        Err(trouble) => {
            case.miss(trouble.gap(Vacuum::ID, Some("running vacuums"), None));
            Vec::new()
        }
    };
    case.store(&Vacuum { databases, workers, running: running.into_iter().map(Running::from).collect() });
}

impl From<Progress> for Running {
    fn from(row: Progress) -> Running {
        Running {
            pid: row.pid,
            table: row.schema.zip(row.name).map(|(schema, name)| ObjectName::new(schema, name)),
            phase: row.phase,
            scanned: row.scanned.zip(row.total).and_then(|(part, whole)| Share::of(part as f64, whole as f64)),
            index_passes: row.passes.map(Count),
            memory: row.memory.map(Bytes),
            auto: row.auto.unwrap_or(false),
            wraparound: row.wraparound,
            runtime: row.seconds.map(Seconds),
        }
    }
}

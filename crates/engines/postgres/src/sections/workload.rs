//! `pg_stat_statements` as the neutral [`Workload`].

use dbwright_model::workload::Query;
use dbwright_model::{Bytes, Case, Count, Gap, Name, Rows, Seconds, Section, SqlText, Version, Why, Workload};
use dbwright_sql::{Dialect, redact};
use jiff::Timestamp;
use serde::Deserialize;

use super::read::{role, row};
use crate::session::Session;
use crate::statement::Statement;

const INSTALLED: Statement = Statement::new(
    Workload::ID,
    "SELECT (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
     WHERE e.extname = 'pg_stat_statements') AS schema, \
     (SELECT extversion FROM pg_extension WHERE extname = 'pg_stat_statements') AS version, \
     EXISTS (SELECT FROM pg_available_extensions() WHERE name = 'pg_stat_statements') AS offered, \
     current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded, \
     coalesce(current_setting('pg_stat_statements.track_planning', true) = 'on', false) AS planning, \
     current_setting('track_io_timing') = 'on' AS timing, \
     coalesce(current_setting('pg_stat_statements.max', true)::bigint, 5000) AS most, \
     current_setting('block_size')::bigint AS block",
);

// The columns were renamed twice; what is asked by name is what the order and the totals need, the rest is read from the
// row by whichever name it has. Statements inside functions (toplevel = false) are part of their caller's time already.
// Ours are marked, and are left out.
macro_rules! statements {
    ($time:literal, $where:literal) => {
        concat!(
            "SELECT s.*, d.datname AS database, r.rolname AS role, sum(",
            $time,
            ") OVER () AS all_time, (sum(s.calls) OVER ())::bigint AS all_calls, count(*) OVER () AS entries \
             FROM {schema}.pg_stat_statements s LEFT JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles r ON r.oid = s.userid \
             WHERE s.query NOT LIKE '% /* dbwright */%'",
            $where,
            " ORDER BY ",
            $time,
            " DESC, s.queryid LIMIT 500"
        )
    };
}

/// By the version of the extension's objects, which may be older than the server: up to 1.7, 1.8, from 1.9 on.
const QUERIES: &[Statement] = &[
    Statement::new(Workload::ID, statements!("s.total_time", "")),
    Statement::new(Workload::ID, statements!("s.total_exec_time", "")),
    Statement::new(Workload::ID, statements!("s.total_exec_time", " AND s.toplevel")),
];

const INFO: Statement = Statement::new(
    Workload::ID,
    "SELECT dealloc AS rounds, stats_reset AS since FROM {schema}.pg_stat_statements_info",
);

pub(crate) const STATEMENTS: &[Statement] = &[INSTALLED, QUERIES[0], QUERIES[1], QUERIES[2], INFO];

#[derive(Deserialize)]
struct Installed {
    schema: Option<String>,
    version: Option<String>,
    offered: bool,
    loaded: bool,
    planning: bool,
    timing: bool,
    most: u64,
    block: u64,
}

#[derive(Deserialize)]
struct Info {
    rounds: u64,
    since: Option<Timestamp>,
}

/// A row of the view, by the newest names; times in milliseconds.
#[derive(Deserialize)]
struct Row {
    queryid: Option<i64>,
    query: Option<String>,
    database: Option<Name>,
    role: Option<Name>,
    calls: u64,
    #[serde(alias = "total_time")]
    total_exec_time: f64,
    #[serde(alias = "mean_time")]
    mean_exec_time: f64,
    #[serde(alias = "max_time")]
    max_exec_time: f64,
    #[serde(alias = "stddev_time")]
    stddev_exec_time: f64,
    total_plan_time: Option<f64>,
    rows: u64,
    shared_blks_hit: u64,
    shared_blks_read: u64,
    #[serde(default)]
    local_blks_hit: u64,
    #[serde(default)]
    local_blks_read: u64,
    temp_blks_written: u64,
    #[serde(alias = "blk_read_time")]
    shared_blk_read_time: Option<f64>,
    local_blk_read_time: Option<f64>,
    temp_blk_read_time: Option<f64>,
    wal_bytes: Option<u64>,
    jit_generation_time: Option<f64>,
    jit_inlining_time: Option<f64>,
    jit_optimization_time: Option<f64>,
    jit_emission_time: Option<f64>,
    /// From 1.11 on.
    stats_since: Option<Timestamp>,
    all_time: f64,
    all_calls: u64,
}

impl Row {
    /// Time in just-in-time compilation; `None` before 15. Deforming (17+) is part of generation.
    fn jit(&self) -> Option<f64> {
        Some(
            self.jit_generation_time?
                + self.jit_inlining_time?
                + self.jit_optimization_time?
                + self.jit_emission_time?,
        )
    }

    /// Time waited for pages.
    fn read_time(&self) -> Option<f64> {
        let further = self.local_blk_read_time.unwrap_or_default() + self.temp_blk_read_time.unwrap_or_default();
        Some(self.shared_blk_read_time? + further)
    }
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let Some(installed) = row::<Installed>(session, case, &INSTALLED, None, None).await else { return };
    let Some(schema) = installed.schema.as_deref() else { return case.miss(missing(&installed, case)) };
    let version: Version = installed.version.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default();
    let statement = match (version.major, version.minor) {
        (0, _) | (1, ..=7) => &QUERIES[0],
        (1, 8) => &QUERIES[1],
        _ => &QUERIES[2],
    };
    let rows: Vec<Row> = match session.rows_in(statement, schema).await {
        Ok(rows) => rows,
        Err(trouble) if !installed.loaded => {
            let allow = preload(case.server.managed.is_some());
            return case.miss(Gap { why: Why::Setting, ..trouble.gap(Workload::ID, None, Some(allow)) });
        }
        Err(trouble) => {
            let grant = format!("GRANT SELECT ON {schema}.pg_stat_statements TO {};", role(case));
            return case.miss(trouble.gap(Workload::ID, None, Some(grant)));
        }
    };
    let mut workload = Workload { source: "pg_stat_statements".to_owned(), ..Workload::default() };
    if version.at_least(1, 9)
        && let Ok(info) = session.rows_in::<Info>(&INFO, schema).await
        && let Some(info) = info.into_iter().next()
    {
        // The view counts rounds; each throws out 5 % of the entries, ten at least.
        workload.evicted = Some(Count(info.rounds.saturating_mul((installed.most / 20).max(10))));
        workload.since = info.since;
    }
    workload.total_time = Seconds::millis(rows.first().map_or(0.0, |row| row.all_time));
    workload.total_calls = Count(rows.first().map_or(0, |row| row.all_calls));
    let hidden = rows.iter().filter(|row| row.queryid.is_none()).count();
    workload.queries = rows.into_iter().filter_map(|row| query(row, &installed, session)).collect();
    if hidden > 0 {
        case.miss(Gap {
            section: Workload::ID.to_owned(),
            part: Some("other roles' queries".to_owned()),
            why: Why::Privilege,
            detail: format!("the texts of {hidden} queries of other roles are hidden; their time is in the total"),
            allow: Some(format!("GRANT pg_read_all_stats TO {};", role(case))),
        });
    }
    case.store(&workload);
}

fn query(row: Row, installed: &Installed, session: &Session) -> Option<Query> {
    let pages = |blocks: u64| Bytes(blocks.saturating_mul(installed.block));
    let jit = row.jit();
    let read_time = row.read_time().filter(|_| installed.timing);
    Some(Query {
        // Two roles may run the same shape in two databases; each is a query of its own.
        fingerprint: row.queryid?.to_string(),
        text: row
            .query
            .as_deref()
            .map_or_else(SqlText::default, |text| redact(text, Dialect::Postgres, session.redaction)),
        database: row.database,
        user: row.role,
        calls: Count(row.calls),
        total_time: Seconds::millis(row.total_exec_time),
        mean_time: Seconds::millis(row.mean_exec_time),
        max_time: Some(Seconds::millis(row.max_exec_time)),
        stddev_time: Some(Seconds::millis(row.stddev_exec_time)),
        plan_time: row.total_plan_time.filter(|_| installed.planning).map(Seconds::millis),
        jit_time: jit.map(Seconds::millis),
        read_time: read_time.map(Seconds::millis),
        rows: Some(Rows(row.rows)),
        pages: Some(pages(row.shared_blks_hit + row.shared_blks_read + row.local_blks_hit + row.local_blks_read)),
        pages_read: Some(pages(row.shared_blks_read)),
        spilled: Some(pages(row.temp_blks_written)),
        logged: row.wal_bytes.map(Bytes),
        first_seen: row.stats_since,
        ..Query::default()
    })
}

/// What has to be done so that statements are counted.
fn preload(managed: bool) -> String {
    match managed {
        true => "add pg_stat_statements to shared_preload_libraries in the service's parameter group, restart, then \
                 CREATE EXTENSION pg_stat_statements;"
            .to_owned(),
        false => "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'; -- after what is there already; \
                  restart, then CREATE EXTENSION pg_stat_statements;"
            .to_owned(),
    }
}

fn missing(installed: &Installed, case: &Case) -> Gap {
    let (detail, allow) = if installed.loaded {
        let detail = "the extension pg_stat_statements is loaded but not created in this database";
        (detail, "CREATE EXTENSION pg_stat_statements;".to_owned())
    } else if installed.offered {
        ("the extension pg_stat_statements is not installed", preload(case.server.managed.is_some()))
    } else {
        let detail = "the extension pg_stat_statements is not on the server";
        (detail, format!("install PostgreSQL's contrib package, then {}", preload(false)))
    };
    Gap {
        section: Workload::ID.to_owned(),
        part: None,
        why: Why::Extension,
        detail: detail.to_owned(),
        allow: Some(allow),
    }
}

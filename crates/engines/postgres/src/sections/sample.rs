//! The counters read twice, so that rates of now can be told from averages since some reset.

use std::collections::BTreeMap;
use std::time::Instant;

use dbwright_model::{Case, Sample, Seconds, Section};
use serde::Deserialize;

use super::read::{fitting, rows};
use crate::session::Session;
use crate::statement::Statement;

/// `$columns` are further columns of `pg_stat_database` to add up, `$more` further counters, `$from` further views.
macro_rules! counters {
    ($columns:literal, $more:literal, $from:literal) => {
        concat!(
            "SELECT c.name, c.value FROM (SELECT sum(xact_commit) AS xact_commit, sum(xact_rollback) AS xact_rollback, \
             sum(blks_read) AS blks_read, sum(blks_hit) AS blks_hit, sum(tup_returned) AS tup_returned, \
             sum(tup_fetched) AS tup_fetched, sum(tup_inserted) AS tup_inserted, sum(tup_updated) AS tup_updated, \
             sum(tup_deleted) AS tup_deleted, sum(temp_files) AS temp_files, sum(temp_bytes) AS temp_bytes, \
             sum(blk_read_time) AS blk_read_time, ",
            $columns,
            "sum(deadlocks) AS deadlocks FROM pg_stat_database) s, ",
            $from,
            ", LATERAL (VALUES ('pg_stat_database.xact_commit', s.xact_commit), \
             ('pg_stat_database.xact_rollback', s.xact_rollback), ('pg_stat_database.blks_read', s.blks_read), \
             ('pg_stat_database.blks_hit', s.blks_hit), ('pg_stat_database.tup_returned', s.tup_returned), \
             ('pg_stat_database.tup_fetched', s.tup_fetched), ('pg_stat_database.tup_inserted', s.tup_inserted), \
             ('pg_stat_database.tup_updated', s.tup_updated), ('pg_stat_database.tup_deleted', s.tup_deleted), \
             ('pg_stat_database.temp_files', s.temp_files), ('pg_stat_database.temp_bytes', s.temp_bytes), \
             ('pg_stat_database.blk_read_time', s.blk_read_time::numeric), ",
            $more,
            "('pg_stat_database.deadlocks', s.deadlocks), ('checkpoints_timed', b.timed), \
             ('checkpoints_requested', b.requested), ('wal_bytes', CASE WHEN pg_is_in_recovery() \
             THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END - '0/0'::pg_lsn)) c (name, value) \
             WHERE c.value IS NOT NULL"
        )
    };
    (since 14, $from:literal) => {
        counters!(
            "sum(active_time) AS active_time, sum(sessions) AS sessions, sum(session_time) AS session_time, \
             sum(sessions_abandoned) AS sessions_abandoned, sum(sessions_fatal) AS sessions_fatal, ",
            "('pg_stat_database.active_time', s.active_time::numeric), ('pg_stat_database.sessions', s.sessions), \
             ('pg_stat_database.session_time', s.session_time::numeric), \
             ('pg_stat_database.sessions_abandoned', s.sessions_abandoned), \
             ('pg_stat_database.sessions_fatal', s.sessions_fatal), ('pg_stat_wal.wal_records', w.wal_records), \
             ('pg_stat_wal.wal_fpi', w.wal_fpi), ('pg_stat_wal.wal_bytes', w.wal_bytes), \
             ('pg_stat_wal.wal_buffers_full', w.wal_buffers_full), ",
            $from
        )
    };
}

const COUNTERS: &[Statement] = &[
    Statement::new(
        Sample::ID,
        counters!("", "", "(SELECT checkpoints_timed AS timed, checkpoints_req AS requested FROM pg_stat_bgwriter) b"),
    )
    .until(14),
    Statement::new(
        Sample::ID,
        counters!(
            since 14,
            "pg_stat_wal w, (SELECT checkpoints_timed AS timed, checkpoints_req AS requested FROM pg_stat_bgwriter) b"
        ),
    )
    .since(14)
    .until(17),
    Statement::new(
        Sample::ID,
        counters!(
            since 14,
            "pg_stat_wal w, (SELECT num_timed AS timed, num_requested AS requested FROM pg_stat_checkpointer) b"
        ),
    )
    .since(17),
];

pub(crate) const STATEMENTS: &[Statement] = COUNTERS;

#[derive(Deserialize)]
struct Counter {
    name: String,
    value: f64,
}

/// Reads, waits for as long as was asked for, reads again; nothing when it was not asked for.
pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let (Some(interval), Some(statement)) = (session.sample, fitting(session, COUNTERS)) else { return };
    let Some(first) = rows::<Counter>(session, case, statement, None, None).await else { return };
    let began = Instant::now();
    tokio::time::sleep(interval).await;
    let Some(second) = rows::<Counter>(session, case, statement, None, None).await else { return };
    let interval = Seconds(began.elapsed().as_secs_f64());
    let first: BTreeMap<String, f64> = first.into_iter().map(|counter| (counter.name, counter.value)).collect();
    let counters = second
        .into_iter()
        .filter_map(|after| first.get(&after.name).map(|&before| (after.name, (before, after.value))))
        .collect();
    case.store(&Sample { interval, counters });
}

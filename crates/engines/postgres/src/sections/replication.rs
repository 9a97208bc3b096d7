//! Replication: standbys, slots, subscriptions, publications, and a standby's own view.

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Bytes, Case, Count, Label, Name, Rows, Seconds, Section};
use serde::{Deserialize, Serialize};

use super::read::{fitting, row, rows};
use crate::session::Session;
use crate::statement::Statement;

/// Who follows this server, and whom it follows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Replication {
    /// Connected receivers of the log.
    pub standbys: Vec<Standby>,
    /// Replication slots, sorted by name.
    pub slots: Vec<Slot>,
    /// Subscriptions of the connected database.
    pub subscriptions: Vec<Subscription>,
    /// Publications of the connected database.
    pub publications: Vec<Publication>,
    /// Published tables whose UPDATE and DELETE are refused, because nothing identifies their rows.
    /// Absent when it could not be found out.
    #[serde(default)]
    pub unidentified: Option<Vec<Unidentified>>,
    /// Queries cancelled by replay, on a standby.
    pub conflicts: Vec<Conflicts>,
    /// Its connection to the primary, on a standby.
    #[serde(default)]
    pub receiver: Option<Receiver>,
}

impl Section for Replication {
    const ID: &'static str = "postgres.replication";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "replication";
}

/// A connected receiver of the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Standby {
    /// Process that serves it.
    pub pid: u32,
    /// Its name, as `synchronous_standby_names` knows it.
    #[serde(default)]
    pub application: Option<Label>,
    /// Where it is.
    #[serde(default)]
    pub client: Option<Name>,
    /// `streaming`, `catchup`, `backup`…; absent without the privilege.
    #[serde(default)]
    pub state: Option<String>,
    /// `async`, `potential`, `sync`, `quorum`.
    #[serde(default)]
    pub sync_state: Option<String>,
    /// Log not yet flushed there.
    #[serde(default)]
    pub flush_behind: Option<Bytes>,
    /// Log not yet replayed there.
    #[serde(default)]
    pub replay_behind: Option<Bytes>,
    /// Time between a flush here and its replay there, as last reported.
    #[serde(default)]
    pub replay_lag: Option<Seconds>,
}

/// A replication slot.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Slot {
    /// Its name.
    pub name: Name,
    /// Whether it is for logical decoding.
    pub logical: bool,
    /// The database of a logical slot.
    #[serde(default)]
    pub database: Option<Name>,
    /// Whether it goes with its session.
    pub temporary: bool,
    /// Whether somebody reads from it.
    pub active: bool,
    /// Whether it is a copy kept in step with the primary's (17+), which is never active here.
    #[serde(default)]
    pub synced: bool,
    /// Log it keeps from being removed.
    #[serde(default)]
    pub retained: Option<Bytes>,
    /// `reserved`, `extended`, `unreserved`, `lost` (13+).
    #[serde(default)]
    pub wal_status: Option<String>,
    /// Log that may still be written before it is lost (13+, with `max_slot_wal_keep_size`).
    #[serde(default)]
    pub safe: Option<Bytes>,
    /// Since when nobody reads from it (17+).
    #[serde(default)]
    pub inactive_for: Option<Seconds>,
    /// Why it can no longer be used (17+).
    #[serde(default)]
    pub invalidation: Option<String>,
    /// Age in transactions of the oldest row version it keeps.
    #[serde(default)]
    pub xmin_age: Option<Count>,
}

/// A subscription.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Subscription {
    /// Its name.
    pub name: Name,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Whether an error switches it off (15+).
    #[serde(default)]
    pub disable_on_error: bool,
    /// Whether its worker runs.
    #[serde(default)]
    pub running: Option<bool>,
    /// Since the last message of the publisher.
    #[serde(default)]
    pub message_age: Option<Seconds>,
    /// Tables whose first copy is not complete.
    #[serde(default)]
    pub tables_copying: Option<Count>,
    /// Errors while applying changes (15+).
    #[serde(default)]
    pub apply_errors: Option<Count>,
    /// Errors while copying tables (15+).
    #[serde(default)]
    pub sync_errors: Option<Count>,
    /// Changes that met other data than expected (18+).
    #[serde(default)]
    pub conflicts: Option<Count>,
    /// Age of these counters (15+).
    #[serde(default)]
    pub window: Option<Seconds>,
}

/// A publication.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Publication {
    /// Its name.
    pub name: Name,
    /// Whether it publishes every table there will be.
    pub all_tables: bool,
    /// Whether UPDATE or DELETE are published.
    pub changes: bool,
}

/// A published table whose rows nothing identifies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unidentified {
    /// The table.
    pub table: ObjectName,
    /// A publication it is in.
    pub publication: Name,
    /// Rows inserted, as far as counted.
    #[serde(default)]
    pub rows: Option<Rows>,
    /// Whether it has a primary key that is not used as identity.
    pub has_key: bool,
}

/// Queries that replay cancelled in one database of a standby.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Conflicts {
    /// The database.
    pub database: Name,
    /// Because rows they could see were removed.
    pub snapshot: Count,
    /// Because of locks.
    pub lock: Count,
    /// Because of pinned buffers.
    pub buffer_pin: Count,
    /// Because of deadlocks with replay.
    pub deadlock: Count,
    /// Age of the counters.
    #[serde(default)]
    pub window: Option<Seconds>,
}

/// A standby's connection to its primary.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Receiver {
    /// `streaming`, `waiting`…
    #[serde(default)]
    pub status: Option<String>,
    /// The slot it uses.
    #[serde(default)]
    pub slot: Option<Name>,
    /// Where the primary is.
    #[serde(default)]
    pub host: Option<Name>,
    /// Since the last message from there.
    #[serde(default)]
    pub message_age: Option<Seconds>,
    /// Log received and not replayed.
    #[serde(default)]
    pub replay_behind: Option<Bytes>,
    /// Age of the last transaction replayed; grows on an idle primary too.
    #[serde(default)]
    pub replayed_age: Option<Seconds>,
}

macro_rules! here {
    () => {
        "(SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) \
         ELSE pg_current_wal_lsn() END AS lsn) h"
    };
}

const STANDBYS: Statement = Statement::new(
    Replication::ID,
    concat!(
        "SELECT r.pid, r.application_name AS application, host(r.client_addr) AS client, r.state, r.sync_state, \
         greatest(h.lsn - r.flush_lsn, 0)::bigint AS flush_behind, greatest(h.lsn - r.replay_lsn, 0)::bigint AS replay_behind, \
         extract(epoch FROM r.replay_lag) AS replay_lag FROM pg_stat_replication r, ",
        here!(),
        " ORDER BY r.application_name, r.client_addr, r.pid"
    ),
);

macro_rules! slots {
    ($more:literal) => {
        concat!(
            "SELECT s.slot_name AS name, s.slot_type = 'logical' AS logical, s.database, s.temporary, s.active, \
             greatest(h.lsn - s.restart_lsn, 0)::bigint AS retained, \
             greatest(age(s.xmin), age(s.catalog_xmin)) AS xmin_age",
            $more,
            " FROM pg_replication_slots s, ",
            here!(),
            " ORDER BY s.slot_name"
        )
    };
}

const SLOTS: &[Statement] = &[
    Statement::new(Replication::ID, slots!("")).until(13),
    Statement::new(Replication::ID, slots!(", s.wal_status, greatest(s.safe_wal_size, 0) AS safe")).since(13).until(17),
    Statement::new(
        Replication::ID,
        slots!(
            ", s.wal_status, greatest(s.safe_wal_size, 0) AS safe, s.synced, s.invalidation_reason AS invalidation, \
             extract(epoch FROM now() - s.inactive_since) AS inactive_for"
        ),
    )
    .since(17),
];

macro_rules! subscriptions {
    ($more:literal, $from:literal) => {
        concat!(
            "SELECT u.subname AS name, u.subenabled AS enabled, w.pid IS NOT NULL AS running, \
             extract(epoch FROM now() - w.last_msg_receipt_time) AS message_age, \
             (SELECT count(*) FROM pg_subscription_rel r WHERE r.srsubid = u.oid AND r.srsubstate NOT IN ('r', 's')) AS tables_copying",
            $more,
            " FROM pg_subscription u LEFT JOIN pg_stat_subscription w ON w.subid = u.oid AND w.relid IS NULL AND w.pid IS NOT NULL ",
            $from,
            " WHERE u.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY u.subname"
        )
    };
}

const SUBSCRIPTIONS: &[Statement] = &[
    Statement::new(Replication::ID, subscriptions!("", "")).until(15),
    Statement::new(
        Replication::ID,
        subscriptions!(
            ", u.subdisableonerr AS disable_on_error, e.apply_error_count AS apply_errors, e.sync_error_count AS sync_errors, \
             extract(epoch FROM now() - e.stats_reset) AS window",
            "LEFT JOIN pg_stat_subscription_stats e ON e.subid = u.oid"
        ),
    )
    .since(15)
    .until(18),
    Statement::new(
        Replication::ID,
        subscriptions!(
            ", u.subdisableonerr AS disable_on_error, e.apply_error_count AS apply_errors, e.sync_error_count AS sync_errors, \
             e.confl_insert_exists + e.confl_update_origin_differs + e.confl_update_exists + e.confl_update_missing + \
             e.confl_delete_origin_differs + e.confl_delete_missing + e.confl_multiple_unique_conflicts AS conflicts, \
             extract(epoch FROM now() - e.stats_reset) AS window",
            "LEFT JOIN pg_stat_subscription_stats e ON e.subid = u.oid"
        ),
    )
    .since(18),
];

const PUBLICATIONS: Statement = Statement::new(
    Replication::ID,
    "SELECT pubname AS name, puballtables AS all_tables, pubupdate OR pubdelete AS changes FROM pg_publication ORDER BY pubname",
);

const UNIDENTIFIED: Statement = Statement::new(
    Replication::ID,
    "SELECT json_build_object('schema', n.nspname, 'name', c.relname) AS table, min(p.pubname) AS publication, \
     (SELECT s.n_tup_ins FROM pg_stat_user_tables s WHERE s.relid = c.oid) AS rows, \
     EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS has_key \
     FROM pg_publication p JOIN pg_publication_tables t ON t.pubname = p.pubname \
     JOIN pg_namespace n ON n.nspname = t.schemaname JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename \
     WHERE (p.pubupdate OR p.pubdelete) AND c.relreplident <> 'f' AND NOT EXISTS (SELECT FROM pg_index i \
     WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END) \
     GROUP BY c.oid, n.nspname, c.relname ORDER BY n.nspname, c.relname LIMIT 1000",
);

const CONFLICTS: Statement = Statement::new(
    Replication::ID,
    "SELECT c.datname AS database, c.confl_snapshot AS snapshot, c.confl_lock AS lock, c.confl_bufferpin AS buffer_pin, \
     c.confl_deadlock AS deadlock, extract(epoch FROM now() - coalesce(s.stats_reset, b.stats_reset)) AS window \
     FROM pg_stat_database_conflicts c JOIN pg_stat_database s ON s.datid = c.datid, pg_stat_bgwriter b \
     WHERE pg_is_in_recovery() ORDER BY c.datname",
);

const RECEIVER: Statement = Statement::new(
    Replication::ID,
    "SELECT w.status, w.slot_name AS slot, w.sender_host AS host, \
     extract(epoch FROM now() - w.last_msg_receipt_time) AS message_age, \
     greatest(pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn(), 0)::bigint AS replay_behind, \
     extract(epoch FROM now() - pg_last_xact_replay_timestamp()) AS replayed_age \
     FROM pg_stat_wal_receiver w WHERE pg_is_in_recovery()",
);

pub(crate) const STATEMENTS: &[Statement] = &[
    STANDBYS,
    SLOTS[0],
    SLOTS[1],
    SLOTS[2],
    SUBSCRIPTIONS[0],
    SUBSCRIPTIONS[1],
    SUBSCRIPTIONS[2],
    PUBLICATIONS,
    UNIDENTIFIED,
    CONFLICTS,
    RECEIVER,
];

// Not the whole catalog: its connection strings may hold passwords.
const SUBSCRIPTION: Option<&str> = Some("GRANT SELECT (oid) ON pg_catalog.pg_subscription TO {role};");
const MONITOR: Option<&str> = Some("GRANT pg_monitor TO {role};");

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let Some(standbys) = rows::<Standby>(session, case, &STANDBYS, None, MONITOR).await else { return };
    let mut found = Replication { standbys, ..Replication::default() };
    if let Some(statement) = fitting(session, SLOTS) {
        found.slots = rows(session, case, statement, Some("slots"), MONITOR).await.unwrap_or_default();
    }
    if let Some(statement) = fitting(session, SUBSCRIPTIONS) {
        found.subscriptions =
            rows(session, case, statement, Some("subscriptions"), SUBSCRIPTION).await.unwrap_or_default();
    }
    found.publications = rows(session, case, &PUBLICATIONS, Some("publications"), None).await.unwrap_or_default();
    found.unidentified = match found.publications.iter().any(|publication| publication.changes) {
        true => rows(session, case, &UNIDENTIFIED, Some("published tables"), None).await,
        false => Some(Vec::new()),
    };
    found.conflicts = rows(session, case, &CONFLICTS, Some("conflicts"), None).await.unwrap_or_default();
    found.receiver = row(session, case, &RECEIVER, Some("receiver"), MONITOR).await;
    case.store(&found);
}

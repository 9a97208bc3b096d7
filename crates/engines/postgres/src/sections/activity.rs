//! `pg_stat_activity` as the neutral [`Activity`], and prepared transactions as evidence of their own.

use dbwright_model::activity::{Session as Client, SessionKind, State};
use dbwright_model::{Activity, Case, Count, Label, Name, Redaction, Seconds, Section, SqlText};
use dbwright_sql::{Dialect, redact};
use serde::{Deserialize, Serialize};

use super::grant;
use crate::session::{Session, Trouble};
use crate::statement::Statement;

const SESSIONS: Statement = Statement::new(
    Activity::ID,
    "SELECT a.pid, a.backend_type, a.usename, a.datname, a.application_name, coalesce(host(a.client_addr), '') AS client, a.state,
            extract(epoch FROM clock_timestamp() - a.state_change) AS state_age,
            extract(epoch FROM clock_timestamp() - a.xact_start) AS transaction_age,
            CASE WHEN a.state = 'active' THEN extract(epoch FROM clock_timestamp() - a.query_start) END AS statement_age,
            extract(epoch FROM clock_timestamp() - a.backend_start) AS connection_age,
            a.wait_event_type, a.wait_event, a.query,
            CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}' END AS blocked_by 
     FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid()",
);

const LIMITS: Statement = Statement::new(
    Activity::ID,
    "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
            current_setting('max_connections')::int AS max_connections,
            current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved",
);

const PREPARED: Statement = Statement::new(
    PreparedTransactions::ID,
    "SELECT gid, database, owner, extract(epoch FROM clock_timestamp() - prepared) AS age, age(transaction) AS xid_age FROM pg_prepared_xacts",
);

const HORIZON: Statement = Statement::new(
    Horizon::ID,
    "SELECT 'session' AS kind, pid::text AS name, age(backend_xmin) AS xid_age, extract(epoch FROM clock_timestamp() - xact_start) AS age
     FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
     UNION ALL SELECT 'slot', slot_name, greatest(age(xmin), age(catalog_xmin)), NULL FROM pg_replication_slots
     WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
     UNION ALL SELECT 'prepared', gid, age(transaction), extract(epoch FROM clock_timestamp() - prepared) FROM pg_prepared_xacts
     UNION ALL SELECT 'standby', coalesce(nullif(application_name, ''), pid::text), age(backend_xmin), NULL FROM pg_stat_replication
     WHERE backend_xmin IS NOT NULL",
);

pub(crate) const STATEMENTS: &[Statement] = &[SESSIONS, LIMITS, PREPARED, HORIZON];

/// Transactions prepared for two-phase commit and not ended since.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PreparedTransactions {
    /// Sorted by age, oldest first.
    pub transactions: Vec<PreparedTransaction>,
}

impl Section for PreparedTransactions {
    const ID: &'static str = "postgres.prepared-transactions";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "prepared transactions";
}

/// One prepared transaction.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PreparedTransaction {
    /// Its global identifier, as COMMIT PREPARED and ROLLBACK PREPARED take it.
    pub gid: Name,
    /// The database it belongs to; it can only be ended there.
    pub database: Name,
    /// Who prepared it.
    pub owner: Name,
    /// How long ago it was prepared.
    pub age: Seconds,
    /// Transactions begun since.
    pub xid_age: Count,
}

/// Whoever keeps old row versions from being removed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Horizon {
    /// Sorted by age, oldest first.
    pub holders: Vec<Holder>,
}

impl Section for Horizon {
    const ID: &'static str = "postgres.horizon";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "holders of the xmin horizon";
}

/// One holder of the horizon.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Holder {
    /// What it is.
    pub kind: HolderKind,
    /// Pid, slot, global identifier or application.
    pub name: Name,
    /// Transactions begun since its horizon.
    pub xid_age: Count,
    /// How long it has held it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Seconds>,
}

/// What can hold the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HolderKind {
    /// A session's snapshot.
    Session,
    /// A replication slot.
    Slot,
    /// A prepared transaction.
    Prepared,
    /// A standby with hot_standby_feedback.
    Standby,
}

#[derive(Deserialize)]
struct Row {
    pid: i64,
    backend_type: Option<String>,
    usename: Option<Name>,
    datname: Option<Name>,
    application_name: Option<Label>,
    client: String,
    state: Option<String>,
    state_age: Option<f64>,
    transaction_age: Option<f64>,
    statement_age: Option<f64>,
    connection_age: Option<f64>,
    wait_event_type: Option<String>,
    wait_event: Option<String>,
    query: Option<String>,
    blocked_by: Vec<i64>,
}

#[derive(Deserialize)]
struct LimitsRow {
    connections: u64,
    max_connections: u64,
    reserved: u64,
}

#[derive(Deserialize)]
struct PreparedRow {
    gid: Name,
    database: Name,
    owner: Name,
    age: f64,
    xid_age: i64,
}

#[derive(Deserialize)]
struct HolderRow {
    kind: HolderKind,
    name: Name,
    xid_age: Option<i64>,
    age: Option<f64>,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    match sessions(session, case).await {
        Ok(activity) => case.store(&activity),
        Err(trouble) => case.miss(trouble.gap(Activity::ID, None, Some(grant(case, "pg_monitor")))),
    }
    match session.rows::<PreparedRow>(&PREPARED).await {
        Ok(rows) => {
            let mut transactions: Vec<PreparedTransaction> = rows
                .into_iter()
                .map(|row| PreparedTransaction {
                    gid: row.gid,
                    database: row.database,
                    owner: row.owner,
                    age: Seconds(row.age.max(0.0)),
                    xid_age: Count(row.xid_age.max(0).unsigned_abs()),
                })
                .collect();
            transactions.sort_by(|a, b| b.age.0.total_cmp(&a.age.0).then_with(|| a.gid.cmp(&b.gid)));
            case.store(&PreparedTransactions { transactions });
        }
        Err(trouble) => case.miss(trouble.gap(PreparedTransactions::ID, None, None)),
    }
    match session.rows::<HolderRow>(&HORIZON).await {
        Ok(rows) => {
            let mut holders: Vec<Holder> = rows
                .into_iter()
                .filter_map(|row| {
                    let xid_age = Count(row.xid_age.filter(|age| *age >= 0)?.unsigned_abs());
                    Some(Holder { kind: row.kind, name: row.name, xid_age, age: row.age.map(Seconds) })
                })
                .collect();
            holders
                .sort_by(|a, b| b.xid_age.0.cmp(&a.xid_age.0).then_with(|| (a.kind, &a.name).cmp(&(b.kind, &b.name))));
            case.store(&Horizon { holders });
        }
        Err(trouble) => case.miss(trouble.gap(Horizon::ID, None, Some(grant(case, "pg_monitor")))),
    }
}

async fn sessions(session: &mut Session, case: &mut Case) -> Result<Activity, Trouble> {
    let rows: Vec<Row> = session.rows(&SESSIONS).await?;
    let limits: Vec<LimitsRow> = session.rows(&LIMITS).await?;
    // Without pg_monitor other roles' sessions show their pid and hardly more.
    if rows.iter().any(|row| row.query.as_deref() == Some("<insufficient privilege>")) {
        let hidden =
            Trouble::new(dbwright_model::Why::Privilege, "what other roles' sessions do is hidden from this role");
        case.miss(hidden.gap(
            Activity::ID,
            Some("statements, states and ages of other roles' sessions"),
            Some(grant(case, "pg_monitor")),
        ));
    }
    let mut sessions: Vec<(i64, Client)> =
        rows.into_iter().map(|row| (row.pid, client(row, session.redaction))).collect();
    sessions.sort_by_key(|(pid, _)| *pid);
    let limits = limits.into_iter().next().unwrap_or(LimitsRow { connections: 0, max_connections: 0, reserved: 0 });
    Ok(Activity {
        sessions: sessions.into_iter().map(|(_, client)| client).collect(),
        connections: Count(limits.connections),
        max_connections: Count(limits.max_connections),
        reserved: Count(limits.reserved),
        peak: None,
    })
}

fn client(row: Row, redaction: Redaction) -> Client {
    let kind = match row.backend_type.as_deref() {
        Some("client backend") | None => SessionKind::Client,
        Some("walsender") => SessionKind::Replication,
        Some("autovacuum worker" | "autovacuum launcher") => SessionKind::Vacuum,
        Some(_) => SessionKind::Background,
    };
    let state = match row.state.as_deref() {
        Some("active" | "fastpath function call") => State::Active,
        Some("idle") => State::Idle,
        Some("idle in transaction") => State::IdleInTransaction,
        Some("idle in transaction (aborted)") => State::IdleInFailedTransaction,
        _ => State::Unknown,
    };
    let hidden = row.query.as_deref() == Some("<insufficient privilege>");
    let statement: Option<SqlText> = row
        .query
        .filter(|text| !hidden && !text.is_empty() && kind == SessionKind::Client)
        .map(|text| redact(&text, Dialect::Postgres, redaction));
    let age = |age: Option<f64>| age.map(|age| Seconds(age.max(0.0)));
    let waiting = row.wait_event_type.as_deref() == Some("Lock");
    Client {
        id: row.pid.to_string(),
        kind,
        user: row.usename,
        database: row.datname,
        application: row.application_name.filter(|name| !name.is_empty()),
        client: Some(row.client).filter(|client| !client.is_empty()).map(Name::from),
        state,
        state_age: age(row.state_age),
        transaction_age: age(row.transaction_age),
        statement_age: age(row.statement_age),
        connection_age: age(row.connection_age),
        statement,
        wait: row.wait_event_type.zip(row.wait_event).map(|(kind, event)| format!("{kind}/{event}")),
        blocked_by: row.blocked_by.iter().map(i64::to_string).collect(),
        blocked_for: if waiting { age(row.statement_age) } else { None },
    }
}

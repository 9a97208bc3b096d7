//! The process list, open transactions and lock waits as the neutral [`Activity`].

use std::collections::BTreeMap;

use dbwright_model::activity::{Session as Client, SessionKind, State};
use dbwright_model::{Activity, Case, Count, Name, Seconds, Section, Settings, Why};
use dbwright_sql::{Dialect, redact};
use serde::Deserialize;

use super::status::Status;
use super::table_locks::{self, Waiter, waits_at_a_table, waits_for_a_lock};
use crate::session::{Session, Trouble};
use crate::statement::Statement;

const PROCESSES: Statement = Statement::new(
    Activity::ID,
    "SELECT id, user, host, db, command, time, state, info FROM information_schema.processlist WHERE id <> CONNECTION_ID()",
);

const TRANSACTIONS: Statement = Statement::new(
    Activity::ID,
    "SELECT trx_mysql_thread_id AS id, TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS age,
            TIMESTAMPDIFF(SECOND, trx_wait_started, NOW()) AS waiting FROM information_schema.innodb_trx",
);

const WAITS_MARIADB: Statement = Statement::new(
    Activity::ID,
    "SELECT r.trx_mysql_thread_id AS waiting, b.trx_mysql_thread_id AS blocking
     FROM information_schema.innodb_lock_waits w
     JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
     JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id",
)
.mariadb();

const WAITS_MYSQL: Statement = Statement::new(
    Activity::ID,
    "SELECT DISTINCT r.processlist_id AS waiting, b.processlist_id AS blocking
     FROM performance_schema.data_lock_waits w
     JOIN performance_schema.threads r ON r.thread_id = w.requesting_thread_id
     JOIN performance_schema.threads b ON b.thread_id = w.blocking_thread_id",
)
.mysql();

pub(crate) const STATEMENTS: &[Statement] = &[PROCESSES, TRANSACTIONS, WAITS_MARIADB, WAITS_MYSQL];

const OWN_ONLY: &str =
    "without PROCESS the server shows the sessions of this account only, and of none whether a transaction is open";

#[derive(Deserialize)]
struct Process {
    id: u64,
    user: Option<Name>,
    host: Option<String>,
    db: Option<Name>,
    command: Option<String>,
    time: Option<f64>,
    state: Option<String>,
    info: Option<String>,
}

#[derive(Deserialize)]
struct Transaction {
    id: u64,
    age: Option<f64>,
    waiting: Option<f64>,
}

#[derive(Deserialize)]
struct Wait {
    waiting: Option<u64>,
    blocking: Option<u64>,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    match sessions(session, case).await {
        Ok(activity) => case.store(&activity),
        Err(trouble) => case.miss(trouble.gap(Activity::ID, None, Some(session.grant("PROCESS ON *.*")))),
    }
}

async fn sessions(session: &mut Session, case: &mut Case) -> Result<Activity, Trouble> {
    let processes: Vec<Process> = session.rows(&PROCESSES).await?;
    let transactions = match session.rows::<Transaction>(&TRANSACTIONS).await {
        Ok(rows) => rows.into_iter().map(|row| (row.id, row)).collect(),
        Err(trouble) => {
            // The same privilege shows the sessions of others, whose absence is no error.
            let (part, trouble) = match trouble.why {
                Why::Privilege => (Activity::OTHERS, Trouble::new(Why::Privilege, OWN_ONLY)),
                _ => ("open transactions", trouble),
            };
            case.miss(trouble.gap(Activity::ID, Some(part), Some(session.grant("PROCESS ON *.*"))));
            BTreeMap::new()
        }
    };
    let waits = if session.product == dbwright_model::Product::MariaDB { &WAITS_MARIADB } else { &WAITS_MYSQL };
    let mut blockers: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    match session.rows::<Wait>(waits).await {
        Ok(rows) => {
            for (waiting, blocking) in rows.into_iter().filter_map(|row| row.waiting.zip(row.blocking)) {
                blockers.entry(waiting).or_default().push(blocking);
            }
        }
        Err(trouble) => {
            let allow = match waits.fits(dbwright_model::Product::MySQL) {
                true => session.grant("SELECT ON performance_schema.*"),
                false => session.grant("PROCESS ON *.*"),
            };
            case.miss(trouble.gap(Activity::ID, Some("lock waits"), Some(allow)));
        }
    }
    let at_tables: Vec<Waiter> = processes
        .iter()
        .filter(|process| waits_at_a_table(process.state.as_deref()))
        .map(|process| Waiter { session: process.id, statement: process.info.clone().unwrap_or_default() })
        .collect();
    for (waiting, blocking) in table_locks::waits(session, case, &at_tables).await {
        blockers.entry(waiting).or_default().extend(blocking);
    }
    let count = |name: &str| case.get::<Status>().ok().and_then(|status| status.get(name)).map(|n| Count(n as u64));
    let max = case.get::<Settings>().ok().and_then(|settings| settings.number("max_connections"));
    let connections = count("threads_connected").unwrap_or(Count(processes.len() as u64 + 1));
    let peak = count("max_used_connections");
    if max.is_none() {
        let trouble = Trouble::new(Why::Error, "max_connections is not among the settings");
        case.miss(trouble.gap(Activity::ID, Some("limit of connections"), None));
    }
    let redaction = session.redaction;
    let mut sessions: Vec<(u64, Client)> = processes
        .into_iter()
        .map(|process| {
            let transaction = transactions.get(&process.id);
            let blocked_by = blockers.get(&process.id);
            (process.id, client(process, transaction, blocked_by, redaction))
        })
        .collect();
    sessions.sort_by_key(|(id, _)| *id);
    Ok(Activity {
        sessions: sessions.into_iter().map(|(_, client)| client).collect(),
        connections,
        // 0 says that it is not known.
        max_connections: Count(max.unwrap_or(0.0) as u64),
        reserved: Count(0),
        peak,
    })
}

fn client(
    process: Process,
    transaction: Option<&Transaction>,
    blocked_by: Option<&Vec<u64>>,
    redaction: dbwright_model::Redaction,
) -> Client {
    let command = process.command.as_deref().unwrap_or_default();
    let kind = match command {
        "Daemon" => SessionKind::Background,
        _ if command.starts_with("Binlog Dump") || command.starts_with("Slave") => SessionKind::Replication,
        _ if process.user.as_ref().is_some_and(|user| *user == "system user" || *user == "event_scheduler") => {
            SessionKind::Background
        }
        _ => SessionKind::Client,
    };
    let state = match command {
        "Sleep" if transaction.is_some() => State::IdleInTransaction,
        "Sleep" => State::Idle,
        _ => State::Active,
    };
    let age = process.time.map(|time| Seconds(time.max(0.0)));
    let at_a_lock = waits_for_a_lock(process.state.as_deref());
    let waiting_for_table = process.state.as_deref().is_some_and(|state| state.starts_with("Waiting for table"));
    let blocked_for = match transaction.and_then(|transaction| transaction.waiting) {
        Some(waiting) => Some(Seconds(waiting.max(0.0))),
        None if at_a_lock || blocked_by.is_some() => age,
        None => None,
    };
    let mut blockers: Vec<u64> = blocked_by.cloned().unwrap_or_default();
    blockers.sort_unstable();
    blockers.dedup();
    Client {
        id: process.id.to_string(),
        kind,
        user: process.user,
        database: process.db,
        application: None,
        // The port tells nothing and differs with every connection.
        client: process.host.map(|host| Name::from(host.rsplit_once(':').map_or(host.as_str(), |(host, _)| host))),
        state,
        state_age: age,
        transaction_age: transaction.and_then(|transaction| transaction.age).map(|age| Seconds(age.max(0.0))),
        statement_age: if state == State::Active { age } else { None },
        connection_age: None,
        statement: process.info.filter(|text| !text.is_empty()).map(|text| redact(&text, Dialect::MySql, redaction)),
        wait: waiting_for_table
            .then(|| "table metadata lock".to_owned())
            .or_else(|| process.state.clone().filter(|_| at_a_lock))
            .or_else(|| blocked_for.map(|_| "row lock".to_owned())),
        blocked_by: blockers.iter().map(u64::to_string).collect(),
        blocked_for,
    }
}

//! Who waits for whom at the doors of tables (metadata locks).
//!
//! A request waits for locks that are held and conflict with it, and also behind requests that came first and go
//! first: a SELECT behind an ALTER that waits for an open transaction. Both kinds of waits are told; who follows them
//! to the end finds the transaction.

use std::collections::{BTreeMap, BTreeSet};

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Activity, Case, Name, Product, Section, Why};
use serde::Deserialize;

use crate::session::{Session, Trouble};
use crate::statement::Statement;

const LOCKS: Statement = Statement::new(
    Activity::ID,
    "SELECT t.processlist_id AS session, l.object_schema AS s, l.object_name AS t, l.lock_type AS mode,
            l.lock_status = 'GRANTED' AS granted
     FROM performance_schema.metadata_locks l JOIN performance_schema.threads t ON t.thread_id = l.owner_thread_id
     WHERE l.object_type = 'TABLE' AND (l.object_schema, l.object_name) IN
           (SELECT object_schema, object_name FROM performance_schema.metadata_locks
            WHERE object_type = 'TABLE' AND lock_status = 'PENDING')",
);

/// Knows only locks that are held.
const PLUGIN: Statement = Statement::new(
    Activity::ID,
    "SELECT thread_id AS session, table_schema AS s, table_name AS t, lock_mode AS mode, 1 AS granted
     FROM information_schema.metadata_lock_info WHERE lock_type = 'Table metadata lock'",
)
.mariadb();

pub(crate) const STATEMENTS: &[Statement] = &[LOCKS, PLUGIN];

/// A session that waits for a table, with the text of its statement.
#[derive(Debug, Clone)]
pub(crate) struct Waiter {
    pub(crate) session: u64,
    pub(crate) statement: String,
}

/// A lock that is held or asked for.
#[derive(Debug, Clone, Deserialize)]
struct Lock {
    session: Option<u64>,
    s: Option<Name>,
    t: Option<Name>,
    mode: String,
    granted: u8,
}

/// The sessions each waiter waits for. A waiter for which that cannot be told makes a gap.
pub(crate) async fn waits(session: &mut Session, case: &mut Case, waiters: &[Waiter]) -> BTreeMap<u64, Vec<u64>> {
    if waiters.is_empty() {
        return BTreeMap::new();
    }
    let mut denied = None;
    let mut found = match session.rows::<Lock>(&LOCKS).await {
        Ok(locks) => blockers(&locks),
        Err(trouble) => {
            denied = Some(trouble);
            BTreeMap::new()
        }
    };
    let unknown = |found: &BTreeMap<u64, Vec<u64>>| waiters.iter().any(|waiter| !found.contains_key(&waiter.session));
    if unknown(&found) && session.product == Product::MariaDB {
        // Not there unless an administrator installed it.
        if let Ok(held) = session.rows::<Lock>(&PLUGIN).await {
            for (waiter, blocking) in blockers(&with_requests(held, waiters)) {
                found.entry(waiter).or_insert(blocking);
            }
        }
    }
    if unknown(&found) {
        let (trouble, allow) = match (denied, session.product) {
            (Some(trouble), _) if trouble.why == Why::Privilege => {
                (trouble, session.grant("SELECT ON performance_schema.*"))
            }
            (_, Product::MariaDB) => (not_kept(), "INSTALL SONAME 'metadata_lock_info';".into()),
            _ => (
                not_kept(),
                "UPDATE performance_schema.setup_instruments SET enabled = 'YES' WHERE name = 'wait/lock/metadata/sql/mdl';"
                    .into(),
            ),
        };
        case.miss(trouble.gap(Activity::ID, Some("waits for table locks"), Some(allow)));
    }
    found
}

fn not_kept() -> Trouble {
    Trouble::new(Why::Setting, "a session waits for a table, and the server does not say who holds it")
}

/// Whether a session is waiting at the door of a table.
pub(crate) fn waits_at_a_table(state: Option<&str>) -> bool {
    state == Some("Waiting for table metadata lock")
}

/// Whether a state is a wait for something another session holds, other than rows.
pub(crate) fn waits_for_a_lock(state: Option<&str>) -> bool {
    state.is_some_and(|state| {
        state.starts_with("Waiting for")
            && (state.ends_with("metadata lock")
                || ["table flush", "table level lock", "global read lock", "backup lock", "commit lock"]
                    .iter()
                    .any(|what| state.ends_with(what)))
    })
}

/// For each request the sessions that stand in its way.
fn blockers(locks: &[Lock]) -> BTreeMap<u64, Vec<u64>> {
    let mut found: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for request in locks.iter().filter(|lock| lock.granted == 0) {
        for other in locks.iter().filter(|other| other.s == request.s && other.t == request.t) {
            let stands = if other.granted == 1 { conflicts } else { goes_first };
            if let (Some(waiting), Some(blocking)) = (request.session, other.session)
                && waiting != blocking
                && stands(plain(&other.mode), plain(&request.mode))
            {
                found.entry(waiting).or_default().insert(blocking);
            }
        }
    }
    found.into_iter().map(|(waiting, blocking)| (waiting, blocking.into_iter().collect())).collect()
}

/// The name of a lock's mode; MariaDB's plugin puts `MDL_` before it.
fn plain(mode: &str) -> &str {
    mode.trim_start_matches("MDL_")
}

/// Whether a held lock keeps a request waiting, by the servers' compatibility matrix.
fn conflicts(held: &str, request: &str) -> bool {
    let against: &[&str] = match request {
        "SHARED" | "SHARED_HIGH_PRIO" => &["EXCLUSIVE"],
        "SHARED_READ" => &["SHARED_NO_READ_WRITE", "EXCLUSIVE"],
        "SHARED_WRITE" | "SHARED_WRITE_LOW_PRIO" => {
            &["SHARED_READ_ONLY", "SHARED_NO_WRITE", "SHARED_NO_READ_WRITE", "EXCLUSIVE"]
        }
        "SHARED_UPGRADABLE" => &["SHARED_UPGRADABLE", "SHARED_NO_WRITE", "SHARED_NO_READ_WRITE", "EXCLUSIVE"],
        "SHARED_READ_ONLY" => &["SHARED_WRITE", "SHARED_WRITE_LOW_PRIO", "SHARED_NO_READ_WRITE", "EXCLUSIVE"],
        "SHARED_NO_WRITE" => &[
            "SHARED_WRITE",
            "SHARED_WRITE_LOW_PRIO",
            "SHARED_UPGRADABLE",
            "SHARED_NO_WRITE",
            "SHARED_NO_READ_WRITE",
            "EXCLUSIVE",
        ],
        "SHARED_NO_READ_WRITE" => return !matches!(held, "SHARED" | "SHARED_HIGH_PRIO"),
        "EXCLUSIVE" => return true,
        _ => return false,
    };
    against.contains(&held)
}

/// Whether a request that waits too is served before, by the servers' priority matrix.
fn goes_first(waiting: &str, request: &str) -> bool {
    match request {
        "SHARED" | "SHARED_UPGRADABLE" | "SHARED_NO_WRITE" | "SHARED_NO_READ_WRITE" => waiting == "EXCLUSIVE",
        "SHARED_READ" | "SHARED_WRITE" => matches!(waiting, "SHARED_NO_READ_WRITE" | "EXCLUSIVE"),
        _ => false,
    }
}

/// The locks with what the waiters must be asking for: the one table their statement names that others stand before.
/// A waiter whose statement leaves that open is left out.
fn with_requests(held: Vec<Lock>, waiters: &[Waiter]) -> Vec<Lock> {
    let request = |waiter: &Waiter, locks: &[Lock]| {
        let words: BTreeSet<String> = words(&waiter.statement).map(str::to_lowercase).collect();
        let mode = match words_first(&waiter.statement).as_str() {
            "select" | "with" => "SHARED_READ",
            "insert" | "update" | "delete" | "replace" | "load" => "SHARED_WRITE",
            "alter" | "drop" | "rename" | "truncate" | "create" | "optimize" => "EXCLUSIVE",
            _ => return None,
        };
        let named = |lock: &&Lock| lock.t.as_ref().is_some_and(|table| words.contains(&table.as_str().to_lowercase()));
        let tables: BTreeSet<ObjectName> = locks
            .iter()
            .filter(named)
            .filter_map(|lock| Some(ObjectName { schema: lock.s.clone()?, name: lock.t.clone()? }))
            .collect();
        let mut requests = tables.into_iter().map(|table| Lock {
            session: Some(waiter.session),
            s: Some(table.schema),
            t: Some(table.name),
            mode: mode.to_owned(),
            granted: 0,
        });
        let stopped = |request: &Lock| {
            let mut all = locks.to_vec();
            all.push(request.clone());
            blockers(&all).contains_key(&waiter.session)
        };
        let mut requests = requests.by_ref().filter(stopped);
        let only = requests.next()?;
        requests.next().is_none().then_some(only)
    };
    let mut locks = held;
    // What wants a table for itself first: the others may stand behind it.
    let (alone, others): (Vec<&Waiter>, Vec<&Waiter>) = waiters.iter().partition(|waiter| {
        !matches!(
            words_first(&waiter.statement).as_str(),
            "select" | "with" | "insert" | "update" | "delete" | "replace" | "load"
        )
    });
    for waiters in [alone, others] {
        let requests: Vec<Lock> = waiters.into_iter().filter_map(|waiter| request(waiter, &locks)).collect();
        locks.extend(requests);
    }
    locks
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|word| !word.is_empty())
}

fn words_first(text: &str) -> String {
    words(text).next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(session: u64, table: &str, mode: &str, granted: u8) -> Lock {
        Lock { session: Some(session), s: Some("shop".into()), t: Some(table.into()), mode: mode.into(), granted }
    }

    fn waiter(session: u64, statement: &str) -> Waiter {
        Waiter { session, statement: statement.into() }
    }

    #[test]
    fn a_queue_leads_to_the_transaction() {
        let locks = [
            lock(1, "t", "SHARED_READ", 1),
            lock(2, "t", "SHARED_UPGRADABLE", 1),
            lock(2, "t", "EXCLUSIVE", 0),
            lock(3, "t", "SHARED_READ", 0),
            lock(4, "u", "SHARED_READ", 1),
        ];
        assert_eq!(blockers(&locks), BTreeMap::from([(2, vec![1]), (3, vec![2])]));
    }

    #[test]
    fn what_does_not_conflict_blocks_nobody() {
        let locks =
            [lock(1, "t", "SHARED_WRITE", 1), lock(2, "t", "SHARED_READ", 1), lock(3, "t", "SHARED_NO_WRITE", 0)];
        assert_eq!(blockers(&locks), BTreeMap::from([(3, vec![1])]));
    }

    #[test]
    fn requests_follow_from_the_statements_of_the_waiters() {
        let held = vec![
            lock(1, "t", "MDL_SHARED_READ", 1),
            lock(2, "t", "MDL_SHARED_UPGRADABLE", 1),
            lock(9, "u", "MDL_SHARED_READ", 1),
        ];
        let waiters =
            [waiter(3, "SELECT * FROM `shop`.`T`"), waiter(2, "ALTER TABLE t ADD b INT"), waiter(4, "SELECT 1 FROM u")];
        assert_eq!(blockers(&with_requests(held, &waiters)), BTreeMap::from([(2, vec![1]), (3, vec![2])]));
    }

    #[test]
    fn a_statement_that_leaves_it_open_gives_no_blocker() {
        let held = vec![lock(1, "t", "MDL_SHARED_READ", 1), lock(2, "u", "MDL_SHARED_READ", 1)];
        assert!(blockers(&with_requests(held.clone(), &[waiter(3, "DROP TABLE t, u")])).is_empty());
        assert!(blockers(&with_requests(held, &[waiter(3, "CALL t()")])).is_empty());
    }
}

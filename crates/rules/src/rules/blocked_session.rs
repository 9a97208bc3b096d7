use std::collections::{BTreeMap, BTreeSet};

use dbwright_model::activity::State;
use dbwright_model::{
    Activity, Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Subject, Undo,
};

use super::idle_in_transaction::who;
use crate::ddl;

static INFO: Limit<Seconds> = Limit {
    what: "waiting for a lock (worth knowing)",
    value: Seconds(3.0),
    source: "own choice: a user has noticed by then",
};
static WARN: Limit<Seconds> =
    Limit { what: "waiting for a lock (warn)", value: Seconds(30.0), source: "check_postgres and sys practice" };
static ERROR: Limit<Seconds> =
    Limit { what: "waiting for a lock (error)", value: Seconds(300.0), source: "pganalyze: warning at 5 min" };
static VICTIMS: Limit<Count> = Limit {
    what: "sessions waiting behind one (error, once it is a warning)",
    value: Count(3),
    source: "pganalyze: 3 blocked",
};

pub(super) const RULE: Rule = Rule {
    id: "blocked-session",
    title: "Sessions wait behind another one's lock",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Locks,
    harm: Harm::Outage,
    limits: &[&INFO, &WARN, &ERROR, &VICTIMS],
    explains: &[],
    wrong_when: "the blocker is a short batch that will end by itself before anybody gives up",
    do_not: "kill the waiting sessions, or raise the lock timeout: the queue grows behind the same lock",
    lesson: include_str!("blocked_session.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let activity = case.get::<Activity>()?;
    let blockers: BTreeMap<&str, &[String]> = activity
        .sessions
        .iter()
        .filter(|s| !s.blocked_by.is_empty())
        .map(|s| (s.id.as_str(), s.blocked_by.as_slice()))
        .collect();
    // Root blocker → everybody who waits behind it, directly or not.
    let mut victims: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for waiting in blockers.keys() {
        for root in roots(waiting, &blockers) {
            victims.entry(root).or_default().insert(waiting);
        }
    }
    let mut findings = Vec::new();
    for (root, waiting) in victims {
        let waits = waiting
            .iter()
            .filter_map(|id| activity.session(id))
            .filter_map(|session| session.blocked_for.or(session.statement_age));
        let longest = waits.fold(Seconds(0.0), |longest, wait| if wait.0 > longest.0 { wait } else { longest });
        let severity = match longest.0 {
            wait if wait >= ERROR.value.0 => Severity::Error,
            wait if wait >= WARN.value.0 && waiting.len() as u64 >= VICTIMS.value.0 => Severity::Error,
            wait if wait >= WARN.value.0 => Severity::Warn,
            wait if wait >= INFO.value.0 => Severity::Info,
            _ => continue,
        };
        let ids: Vec<&str> = waiting.iter().copied().take(8).collect();
        let blocker = activity.session(root);
        let sessions =
            if waiting.len() == 1 { "a session waits".to_owned() } else { format!("{} sessions wait", waiting.len()) };
        let cause = format!(
            "{sessions} behind session {root}{}, the longest for {longest}",
            blocker.map(who).unwrap_or_default()
        );
        let mut finding = Finding::new(severity, Subject::session(root), cause)
            .measured("sessions waiting", Count(waiting.len() as u64), "sessions: blocked by")
            .measured("longest wait", longest, "sessions: time of waiting")
            .measured("waiting", ids.join(", "), "sessions: blocked by")
            .weight(waiting.len() as f64 * longest.0);
        if let Some(statement) = blocker.and_then(|session| session.statement.as_ref()) {
            finding = finding.measured(
                "the blocker's statement",
                statement.as_str(),
                "sessions: statement, without literals",
            );
        }
        findings.push(match blocker.map(|session| session.state) {
            // PostgreSQL names 0 for a prepared transaction, which no session holds.
            _ if root == "0" => finding.fix(prepared()),
            // There is no statement to cancel.
            Some(State::IdleInTransaction | State::IdleInFailedTransaction | State::Idle) => {
                finding.fix(ddl::kill(case, root))
            }
            _ => finding.fix(ddl::cancel(case, root)).fix(ddl::kill(case, root)),
        });
    }
    if findings.is_empty() {
        Activity::all_seen(case)?;
    }
    Ok(findings)
}

/// A prepared transaction is ended by its name.
fn prepared() -> Fix {
    Fix::sql(
        "SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared;",
        Undo::NotNeeded("it only looks".into()),
    )
    .cost("then COMMIT PREPARED or ROLLBACK PREPARED with its gid, in its database, as its transaction manager decided")
}

/// The sessions at the far end of the chains; in a cycle, the smallest id of it stands for all.
fn roots<'a>(from: &'a str, blockers: &BTreeMap<&'a str, &'a [String]>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    let mut roots = BTreeSet::new();
    while let Some(id) = open.pop() {
        for next in blockers.get(id).copied().unwrap_or_default() {
            if !blockers.contains_key(next.as_str()) {
                roots.insert(next.as_str());
            } else if seen.insert(next) {
                open.push(next);
            }
        }
    }
    if roots.is_empty() { seen.into_iter().take(1).collect() } else { roots }
}

#[cfg(test)]
mod tests {
    use dbwright_model::activity::Session;

    use super::*;
    use crate::example::{mysql, postgres};

    fn chain(links: &[(&str, &str, f64)]) -> Activity {
        let mut sessions: Vec<Session> = links
            .iter()
            .map(|(id, by, wait)| Session {
                id: (*id).into(),
                blocked_by: vec![(*by).into()],
                blocked_for: Some(Seconds(*wait)),
                ..Session::default()
            })
            .collect();
        sessions.push(Session { id: "1".into(), state: State::Active, ..Session::default() });
        Activity { sessions, ..Activity::default() }
    }

    #[test]
    fn fires_with_what_ends_the_blocker() {
        let mut activity = chain(&[("2", "1", 40.0)]);
        activity.sessions[1].state = State::IdleInTransaction;
        let idle = &check(&postgres(&activity)).unwrap()[0].fixes;
        assert_eq!(
            idle.iter().map(|fix| fix.statement.as_str()).collect::<Vec<_>>(),
            ["SELECT pg_terminate_backend(1);"]
        );
        let prepared = &check(&postgres(&chain(&[("2", "0", 40.0)]))).unwrap()[0].fixes;
        assert!(prepared[0].statement.contains("pg_prepared_xacts"));
    }

    #[test]
    fn fires_once_at_the_root_of_a_chain() {
        let found = check(&postgres(&chain(&[("2", "1", 40.0), ("3", "2", 35.0)]))).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].subject.name.as_str(), found[0].severity), ("1", Severity::Warn));
        assert_eq!(found[0].fixes[0].statement, "SELECT pg_cancel_backend(1);");
    }

    #[test]
    fn fires_as_error_when_many_or_long() {
        let many = chain(&[("2", "1", 40.0), ("3", "1", 31.0), ("4", "1", 5.0)]);
        assert_eq!(check(&mysql(&many)).unwrap()[0].severity, Severity::Error);
        assert_eq!(check(&mysql(&chain(&[("2", "1", 301.0)]))).unwrap()[0].severity, Severity::Error);
    }

    #[test]
    fn fires_on_a_cycle_without_end() {
        assert_eq!(check(&postgres(&chain(&[("2", "3", 40.0), ("3", "2", 40.0)]))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_the_wait_is_short() {
        assert!(check(&postgres(&chain(&[("2", "1", 0.4)]))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_nobody_waits() {
        assert!(check(&postgres(&chain(&[]))).unwrap().is_empty());
    }
}

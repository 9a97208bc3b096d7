use dbwright_model::activity::{Session, SessionKind, State};
use dbwright_model::{
    Activity, Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Product, Rule, Seconds, Settings, Severity,
    Subject, Undo,
};

use crate::ddl;

static INFO: Limit<Seconds> = Limit {
    what: "idle inside a transaction (worth knowing)",
    value: Seconds(10.0),
    source: "own choice: ten seconds is long for an application and short for a person",
};
static WARN: Limit<Seconds> = Limit {
    what: "idle inside a transaction (warn)",
    value: Seconds(60.0),
    source: "RDS and MySQL practice: 60 s; pganalyze warns at 30 min",
};
static ERROR: Limit<Seconds> = Limit {
    what: "idle inside a transaction (error)",
    value: Seconds::hours(1.0),
    source: "pganalyze: critical at 60 min; nobody comes back to it",
};

pub(super) const RULE: Rule = Rule {
    id: "idle-in-transaction",
    title: "A session holds a transaction open and does nothing",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Locks,
    harm: Harm::Outage,
    limits: &[&INFO, &WARN, &ERROR],
    explains: &[
        "blocked-session",
        "xmin-horizon-held",
        "dead-rows-not-vacuumed",
        "history-list-long",
        "long-transaction",
    ],
    wrong_when: "a person works in it by hand and is about to finish",
    do_not: "kill the sessions that wait for it: they come back and wait again",
    lesson: include_str!("idle_in_transaction.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let activity = case.get::<Activity>()?;
    let mut findings = Vec::new();
    for session in activity.sessions.iter().filter(|session| session.kind == SessionKind::Client) {
        // A failed transaction has let go of its locks and its snapshot: see failed-transaction-open.
        let idle = session.state == State::IdleInTransaction;
        let Some(age) = idle.then(|| session.state_age.or(session.transaction_age)).flatten() else { continue };
        let severity = match age.0 {
            age if age >= ERROR.value.0 => Severity::Error,
            age if age >= WARN.value.0 => Severity::Warn,
            age if age >= INFO.value.0 => Severity::Info,
            _ => continue,
        };
        let victims = activity.sessions.iter().filter(|other| other.blocked_by.contains(&session.id)).count();
        let severity = if victims > 0 { severity.max(Severity::Warn) } else { severity };
        let mut cause =
            format!("session {}{} has been idle inside an open transaction for {age}", session.id, who(session));
        cause += match victims {
            0 => ": its locks stay, and no dead row that it could see can be removed".to_owned(),
            1 => ": another session waits for its locks".to_owned(),
            n => format!(": {n} other sessions wait for its locks"),
        }
        .as_str();
        let mut finding = Finding::new(severity, Subject::session(&session.id), cause)
            .measured("idle for", age, "sessions: time of the last state change")
            .fix(ddl::kill(case, &session.id))
            .fix(prevention(case))
            .weight(age.0 + victims as f64 * 1e6);
        if let Some(age) = session.transaction_age {
            finding = finding.measured("transaction age", age, "sessions: start of the transaction");
        }
        if let Some(statement) = &session.statement {
            finding = finding.measured("last statement", statement.as_str(), "sessions: statement, without literals");
        }
        findings.push(finding);
    }
    if findings.is_empty() {
        Activity::all_seen(case)?;
    }
    Ok(findings)
}

/// ` (app@shop)`, as far as known.
pub(super) fn who(session: &Session) -> String {
    match (&session.user, &session.database) {
        (Some(user), Some(database)) => format!(" ({user} in {database})"),
        (Some(user), None) => format!(" ({user})"),
        _ => String::new(),
    }
}

fn prevention(case: &Case) -> Fix {
    let settings = case.get::<Settings>().ok();
    let former = |name: &str| settings.and_then(|settings| settings.text(name)).unwrap_or("DEFAULT");
    match case.server.product {
        Product::MariaDB => Fix::sql(
            "SET GLOBAL idle_transaction_timeout = 60;",
            Undo::Statement(format!("SET GLOBAL idle_transaction_timeout = {};", former("idle_transaction_timeout"))),
        )
        .cost("new sessions idle in a transaction for a minute are closed; write it into the configuration file too"),
        Product::MySQL => Fix::sql(
            "SET PERSIST wait_timeout = 600;",
            Undo::Statement(format!(
                "RESET PERSIST IF EXISTS wait_timeout; SET GLOBAL wait_timeout = {};",
                former("wait_timeout")
            )),
        )
        .cost("closes sessions idle for ten minutes, in a transaction or not; MySQL has no timeout for idle transactions alone"),
        _ => Fix::sql(
            "ALTER SYSTEM SET idle_in_transaction_session_timeout = '60s'; SELECT pg_reload_conf();",
            Undo::Statement("ALTER SYSTEM RESET idle_in_transaction_session_timeout; SELECT pg_reload_conf();".into()),
        )
        .cost("sessions idle in a transaction for a minute are closed; set it per role if some need longer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{case, mysql, own_sessions_only, postgres};
    use dbwright_model::Version;

    fn idle(state: State, seconds: f64) -> Activity {
        let session = Session { id: "42".into(), state, state_age: Some(Seconds(seconds)), ..Session::default() };
        Activity { sessions: vec![session], ..Activity::default() }
    }

    #[test]
    fn fires_with_a_severity_that_grows() {
        for (seconds, severity) in [(12.0, Severity::Info), (61.0, Severity::Warn), (7200.0, Severity::Error)] {
            let found = check(&postgres(&idle(State::IdleInTransaction, seconds))).unwrap();
            assert_eq!((found[0].severity, found[0].subject.name.as_str()), (severity, "42"));
            assert_eq!(found[0].fixes[0].statement, "SELECT pg_terminate_backend(42);");
        }
    }

    #[test]
    fn fires_louder_when_others_wait() {
        let mut activity = idle(State::IdleInTransaction, 12.0);
        activity.sessions.push(Session { id: "43".into(), blocked_by: vec!["42".into()], ..Session::default() });
        assert_eq!(check(&postgres(&activity)).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_in_the_words_of_each_product() {
        let mariadb = case(Product::MariaDB, Version::new(10, 11, 0), &idle(State::IdleInTransaction, 90.0));
        assert!(check(&mariadb).unwrap()[0].fixes[1].statement.contains("idle_transaction_timeout"));
        let mysql = mysql(&idle(State::IdleInTransaction, 90.0)).with(&Settings::default().with("wait_timeout", "900"));
        let fixes = &check(&mysql).unwrap()[0].fixes;
        assert_eq!(fixes[0].statement, "KILL 42;");
        assert!(matches!(&fixes[1].undo, Undo::Statement(back) if back.ends_with("wait_timeout = 900;")));
    }

    #[test]
    fn fires_on_an_own_session_where_others_are_hidden_and_leaves_the_rest_open() {
        let found = |seconds| check(&own_sessions_only(mysql(&idle(State::IdleInTransaction, seconds))));
        assert_eq!(found(90.0).unwrap().len(), 1);
        assert!(found(3.0).unwrap_err().allow.unwrap().starts_with("GRANT PROCESS"));
    }

    #[test]
    fn silent_for_a_moment() {
        assert!(check(&postgres(&idle(State::IdleInTransaction, 3.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_outside_a_transaction_and_for_replication() {
        assert!(check(&postgres(&idle(State::Idle, 90_000.0))).unwrap().is_empty());
        assert!(check(&postgres(&idle(State::IdleInFailedTransaction, 90_000.0))).unwrap().is_empty());
        let mut activity = idle(State::IdleInTransaction, 90_000.0);
        activity.sessions[0].kind = SessionKind::Replication;
        assert!(check(&postgres(&activity)).unwrap().is_empty());
    }
}

use dbwright_model::activity::{SessionKind, State};
use dbwright_model::{Activity, Area, Case, Checked, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Subject};

use super::idle_in_transaction::who;
use crate::ddl;

static WARN: Limit<Seconds> =
    Limit { what: "age of the transaction (warn)", value: Seconds::minutes(30.0), source: "pganalyze: 30 min" };
static ERROR: Limit<Seconds> = Limit {
    what: "age of the transaction (error)",
    value: Seconds::hours(4.0),
    source: "pganalyze is critical at 60 min; backups take longer",
};

pub(super) const RULE: Rule = Rule {
    id: "long-transaction",
    title: "A transaction has been running for very long",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Locks,
    harm: Harm::Slowdown,
    limits: &[&WARN, &ERROR],
    explains: &["xmin-horizon-held", "dead-rows-not-vacuumed", "history-list-long"],
    wrong_when: "it is a backup, an index build or a migration that was planned to take so long",
    do_not: "end a rollback or a vacuum against wraparound to be rid of it: both start again from the beginning",
    lesson: include_str!("long_transaction.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let activity = case.get::<Activity>()?;
    let mut findings = Vec::new();
    for session in activity.sessions.iter().filter(|s| s.kind == SessionKind::Client && s.state == State::Active) {
        let Some(age) = session.transaction_age else { continue };
        let severity = match age.0 {
            age if age >= ERROR.value.0 => Severity::Error,
            age if age >= WARN.value.0 => Severity::Warn,
            _ => continue,
        };
        let cause = format!(
            "the transaction of session {}{} is {age} old: nothing that died since then can be removed",
            session.id,
            who(session)
        );
        let mut finding = Finding::new(severity, Subject::session(&session.id), cause)
            .measured("transaction age", age, "sessions: start of the transaction")
            .fix(ddl::cancel(case, &session.id))
            .weight(age.0);
        if let Some(statement) = &session.statement {
            finding = finding.measured("statement", statement.as_str(), "sessions: statement, without literals");
        }
        if let Some(age) = session.statement_age {
            finding = finding.measured("statement runs for", age, "sessions: start of the statement");
        }
        findings.push(finding);
    }
    if findings.is_empty() {
        Activity::all_seen(case)?;
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::activity::Session;

    use super::*;
    use crate::example::{mysql, postgres};

    fn open(state: State, kind: SessionKind, seconds: f64) -> Activity {
        let session =
            Session { id: "9".into(), state, kind, transaction_age: Some(Seconds(seconds)), ..Session::default() };
        Activity { sessions: vec![session], ..Activity::default() }
    }

    #[test]
    fn fires_after_half_an_hour() {
        let found = check(&postgres(&open(State::Active, SessionKind::Client, 1900.0))).unwrap();
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Warn, "9"));
    }

    #[test]
    fn fires_as_error_after_hours() {
        let found = check(&mysql(&open(State::Active, SessionKind::Client, 20_000.0))).unwrap();
        assert_eq!((found[0].severity, found[0].fixes[0].statement.as_str()), (Severity::Error, "KILL QUERY 9;"));
    }

    #[test]
    fn silent_below_and_for_cleaners() {
        assert!(check(&postgres(&open(State::Active, SessionKind::Client, 1700.0))).unwrap().is_empty());
        assert!(check(&postgres(&open(State::Active, SessionKind::Vacuum, 99_000.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_idle_because_another_rule_says_it() {
        assert!(check(&postgres(&open(State::IdleInTransaction, SessionKind::Client, 99_000.0))).unwrap().is_empty());
    }
}

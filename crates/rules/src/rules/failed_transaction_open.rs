use dbwright_model::activity::State;
use dbwright_model::{Activity, Area, Case, Checked, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Subject};

use super::idle_in_transaction::who;
use crate::ddl;

static AGE: Limit<Seconds> = Limit {
    what: "open after the error",
    value: Seconds(30.0),
    source: "own choice: an application that handles errors rolls back at once",
};

static LONG: Limit<Seconds> = Limit {
    what: "open after the error (warn)",
    value: Seconds::minutes(5.0),
    source: "own choice: a person at a prompt has read the error by then",
};

pub(super) const RULE: Rule = Rule {
    id: "failed-transaction-open",
    title: "A transaction failed and was never rolled back",
    engines: &[Engine::Postgres],
    versions: "all",
    area: Area::Locks,
    harm: Harm::Slowdown,
    limits: &[&AGE, &LONG],
    explains: &["blocked-session"],
    wrong_when: "a person at a prompt got an error and is reading it",
    do_not: "hide it with a longer timeout: every further statement in that session fails until it is rolled back",
    lesson: include_str!("failed_transaction_open.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let activity = case.get::<Activity>()?;
    let failed = activity.sessions.iter().filter(|session| session.state == State::IdleInFailedTransaction);
    let long = failed.filter_map(|session| Some((session, session.state_age.filter(|age| age.0 >= AGE.value.0)?)));
    Ok(long
        .map(|(session, age)| {
            let victims = activity.sessions.iter().filter(|other| other.blocked_by.contains(&session.id)).count();
            let severity = if victims > 0 || age >= LONG.value { Severity::Warn } else { Severity::Info };
            let effect = match victims {
                0 => "its error was swallowed, and what the application does in it is refused".to_owned(),
                n => format!("what it did before its last savepoint is still locked, and {n} others wait for it"),
            };
            let cause = format!(
                "the transaction of session {}{} failed {age} ago and is still open: {effect}",
                session.id,
                who(session)
            );
            let mut finding = Finding::new(severity, Subject::session(&session.id), cause)
                .measured("open since the error for", age, "pg_stat_activity.state_change")
                .fix(ddl::kill(case, &session.id))
                .weight(age.0);
            if let Some(statement) = &session.statement {
                finding = finding.measured(
                    "statement that failed",
                    statement.as_str(),
                    "pg_stat_activity.query, without literals",
                );
            }
            finding
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::activity::Session;

    use super::*;
    use crate::example::postgres;

    fn with(state: State, age: Option<f64>) -> Activity {
        let session = Session { id: "5".into(), state, state_age: age.map(Seconds), ..Session::default() };
        Activity { sessions: vec![session], ..Activity::default() }
    }

    #[test]
    fn fires_after_half_a_minute() {
        assert_eq!(check(&postgres(&with(State::IdleInFailedTransaction, Some(31.0)))).unwrap()[0].subject.name, "5");
    }

    #[test]
    fn fires_louder_when_it_lasts_or_others_wait() {
        let severity = |activity: &Activity| check(&postgres(activity)).unwrap()[0].severity;
        let mut activity = with(State::IdleInFailedTransaction, Some(40.0));
        assert_eq!(severity(&activity), Severity::Info);
        activity.sessions.push(Session { id: "6".into(), blocked_by: vec!["5".into()], ..Session::default() });
        assert_eq!(severity(&activity), Severity::Warn);
        assert_eq!(severity(&with(State::IdleInFailedTransaction, Some(301.0))), Severity::Warn);
    }

    #[test]
    fn fires_with_the_statement_that_failed() {
        let mut activity = with(State::IdleInFailedTransaction, Some(400.0));
        activity.sessions[0].statement = Some("SELECT ?".into());
        assert_eq!(check(&postgres(&activity)).unwrap()[0].evidence.len(), 2);
    }

    #[test]
    fn silent_at_once_or_when_the_age_is_unknown() {
        assert!(check(&postgres(&with(State::IdleInFailedTransaction, Some(2.0)))).unwrap().is_empty());
        assert!(check(&postgres(&with(State::IdleInFailedTransaction, None))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_the_transaction_is_sound() {
        assert!(check(&postgres(&with(State::IdleInTransaction, Some(400.0)))).unwrap().is_empty());
    }
}

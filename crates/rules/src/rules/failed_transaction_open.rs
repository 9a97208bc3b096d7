use dbwright_model::activity::State;
use dbwright_model::{Activity, Area, Case, Checked, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Subject};

use super::idle_in_transaction::who;
use crate::ddl;

static AGE: Limit<Seconds> = Limit {
    what: "open after the error",
    value: Seconds(30.0),
    source: "own choice: an application that handles errors rolls back at once",
};

pub(super) const RULE: Rule = Rule {
    id: "failed-transaction-open",
    title: "A transaction failed and was never rolled back",
    engines: &[Engine::Postgres],
    versions: "all",
    area: Area::Locks,
    harm: Harm::Slowdown,
    limits: &[&AGE],
    explains: &[],
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
            let cause = format!(
                "the transaction of session {}{} failed {age} ago and is still open: its error was swallowed",
                session.id,
                who(session)
            );
            let mut finding = Finding::new(Severity::Warn, Subject::session(&session.id), cause)
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

use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule};
use dbwright_workload::Chatter;
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, code, of_kind, once, origin, seconds, severity, subject, with_figures};

pub(super) const RULE: Rule = Rule {
    id: "transaction-open-over-silence",
    title: "A transaction waits for its program",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs or traces with all statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&LOST, &PART],
    explains: &[],
    wrong_when: "a person, or a debugger, was at work",
    do_not: "set idle_in_transaction_session_timeout so low that it ends the program's work instead of the wait",
    lesson: include_str!("transaction_open_over_silence.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let chatter = case.get::<Chatter>()?;
    let findings = of_kind(chatter, Kind::OpenOverSilence).map(|pattern| {
        let cause = format!(
            "{} in all pass in transactions in which nothing is said, {} times in {} sessions, the longest {}{}",
            seconds(pattern.between),
            pattern.occurrences,
            pattern.sessions,
            once(pattern),
            origin(pattern),
        );
        let finding = Finding::new(severity(chatter, pattern), subject(pattern), cause)
            .fix(code("commit before calling anything that can be slow (another service, a mail, a file), or do it first and begin the transaction after"));
        with_figures(finding, pattern)
    });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::{heard, pattern};

    const TURNS: &[&str] = &["update accounts set balance = ? where id = ?"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        let found = check(&heard(vec![pattern(Kind::OpenOverSilence, None, TURNS, 60)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
        assert!(!found[0].fixes.is_empty());
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        let found = check(&heard(vec![pattern(Kind::OpenOverSilence, None, TURNS, 2)])).unwrap();
        assert_eq!(found[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_look_ups() {
        assert!(check(&heard(vec![pattern(Kind::LookUps, None, TURNS, 60)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_an_n_plus_one() {
        assert!(check(&heard(vec![pattern(Kind::NPlusOne, None, TURNS, 60)])).unwrap().is_empty());
    }
}

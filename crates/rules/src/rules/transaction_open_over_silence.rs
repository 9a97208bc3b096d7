use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, code, findings, seconds};

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
    findings(case, Kind::OpenOverSilence, |pattern| {
        let what = format!(
            "nothing is said for {} in all in open transactions, {} in the longest",
            seconds(pattern.between),
            seconds(pattern.longest.1)
        );
        let shorter = code(
            "commit before calling anything that can be slow (another service, a mail, a file), or do it first and begin the transaction after",
        );
        (what, vec![shorter])
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::loudness;

    const TURNS: &[&str] = &["update accounts set balance = ? where id = ?"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        assert_eq!(loudness(check, Kind::OpenOverSilence, TURNS, 60), [Severity::Warn]);
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        assert_eq!(loudness(check, Kind::OpenOverSilence, TURNS, 2), [Severity::Info]);
    }

    #[test]
    fn silent_on_look_ups() {
        assert_eq!(loudness(check, Kind::LookUps, TURNS, 60), []);
    }

    #[test]
    fn silent_on_an_n_plus_one() {
        assert_eq!(loudness(check, Kind::NPlusOne, TURNS, 60), []);
    }
}

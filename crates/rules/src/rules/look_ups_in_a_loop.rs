use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, batched, code, findings, many};

pub(super) const RULE: Rule = Rule {
    id: "look-ups-in-a-loop",
    title: "Look-ups one after another",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs or traces with all statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&LOST, &PART],
    explains: &[],
    wrong_when: "it is a benchmark, a cache that fills itself, or the keys come one by one from outside",
    do_not: "tune the look-up itself: it is fast, there are too many",
    lesson: include_str!("look_ups_in_a_loop.md"),
    check,
};

fn check(case: &Case) -> Checked {
    findings(case, Kind::LookUps, |pattern| {
        let what = format!("{} look-ups one after another, of what is not in the log", many(pattern));
        let all = "if the keys are known beforehand, one statement for all of them";
        let statement = pattern.turns.first().and_then(|turn| batched(case, turn.text.as_str()));
        (what, vec![code(statement.map_or_else(|| all.to_owned(), |statement| format!("{all}: {statement}")))])
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::loudness;

    const TURNS: &[&str] = &["select * from items where id = ?"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        assert_eq!(loudness(check, Kind::LookUps, TURNS, 60), [Severity::Warn]);
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        assert_eq!(loudness(check, Kind::LookUps, TURNS, 2), [Severity::Info]);
    }

    #[test]
    fn silent_on_an_n_plus_one() {
        assert_eq!(loudness(check, Kind::NPlusOne, TURNS, 60), []);
    }

    #[test]
    fn silent_on_reads_repeated() {
        assert_eq!(loudness(check, Kind::Repeated, TURNS, 60), []);
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, code, findings, many};

pub(super) const RULE: Rule = Rule {
    id: "repeated-read",
    title: "The same read with the same values, again and again",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs or traces with all statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&LOST, &PART],
    explains: &[],
    wrong_when: "the row changes between the reads and each must see it",
    do_not: "cache it across requests before it is asked once a request",
    lesson: include_str!("repeated_read.md"),
    check,
};

fn check(case: &Case) -> Checked {
    findings(case, Kind::Repeated, |pattern| {
        let what = format!("the same read with the same values {} times in a row", many(pattern));
        let keep = code(
            "read it once and keep it for the request: a variable, a memoized method, the ORM's identity map (find by key instead of where)",
        );
        (what, vec![keep])
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::loudness;

    const TURNS: &[&str] = &["select * from settings where id = ?"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        assert_eq!(loudness(check, Kind::Repeated, TURNS, 60), [Severity::Warn]);
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        assert_eq!(loudness(check, Kind::Repeated, TURNS, 2), [Severity::Info]);
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

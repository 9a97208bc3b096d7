use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule};
use dbwright_workload::Chatter;
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, batched, code, many, of_kind, once, origin, severity, subject, with_figures};

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
    let chatter = case.get::<Chatter>()?;
    let findings = of_kind(chatter, Kind::LookUps).map(|pattern| {
        let cause = format!(
            "{} look-ups one after another, {} times in {} sessions, {} each time; what they come from is not in the log{}",
            many(pattern),
            pattern.occurrences,
            pattern.sessions,
            once(pattern),
            origin(pattern),
        );
        let finding = Finding::new(severity(chatter, pattern), subject(pattern), cause)
            .fix(code(match pattern.turns.first().and_then(|turn| batched(case, turn.text.as_str())) {
                Some(statement) => format!("if the keys are known beforehand, one statement for all of them: {statement}"),
                None => "if the keys are known beforehand, one statement for all of them".to_owned(),
            }));
        with_figures(finding, pattern)
    });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::{heard, pattern};

    const TURNS: &[&str] = &["select * from items where id = ?"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        let found = check(&heard(vec![pattern(Kind::LookUps, None, TURNS, 60)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
        assert!(!found[0].fixes.is_empty());
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        let found = check(&heard(vec![pattern(Kind::LookUps, None, TURNS, 2)])).unwrap();
        assert_eq!(found[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_an_n_plus_one() {
        assert!(check(&heard(vec![pattern(Kind::NPlusOne, None, TURNS, 60)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_reads_repeated() {
        assert!(check(&heard(vec![pattern(Kind::Repeated, None, TURNS, 60)])).unwrap().is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule};
use dbwright_workload::Chatter;
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, code, many, of_kind, once, origin, severity, subject, with_figures};

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
    let chatter = case.get::<Chatter>()?;
    let findings = of_kind(chatter, Kind::Repeated).map(|pattern| {
        let cause = format!(
            "the same read with the same values {} times in a row, {} times in {} sessions: {} each time{}",
            many(pattern),
            pattern.occurrences,
            pattern.sessions,
            once(pattern),
            origin(pattern),
        );
        let finding = Finding::new(severity(chatter, pattern), subject(pattern), cause)
            .fix(code("read it once and keep it for the request: a variable, a memoized method, the ORM's identity map (find by key instead of where)"));
        with_figures(finding, pattern)
    });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::{heard, pattern};

    const TURNS: &[&str] = &["select * from settings where id = ?"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        let found = check(&heard(vec![pattern(Kind::Repeated, None, TURNS, 60)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
        assert!(!found[0].fixes.is_empty());
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        let found = check(&heard(vec![pattern(Kind::Repeated, None, TURNS, 2)])).unwrap();
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

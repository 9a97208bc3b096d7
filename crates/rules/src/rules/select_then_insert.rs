use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule};
use dbwright_workload::Chatter;
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, code, many, of_kind, once, origin, severity, subject, with_figures};

pub(super) const RULE: Rule = Rule {
    id: "select-then-insert",
    title: "Looked up first, then inserted",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs or traces with all statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&LOST, &PART],
    explains: &[],
    wrong_when: "the look-up decides about more than the insert",
    do_not: "rely on the look-up to keep rows unique: another session inserts between the two",
    lesson: include_str!("select_then_insert.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let chatter = case.get::<Chatter>()?;
    let findings = of_kind(chatter, Kind::SelectThenInsert).map(|pattern| {
        let cause = format!(
            "a look-up before each insert into the same table, {} statements in a row, {} times in {} sessions: {} each time{}",
            many(pattern),
            pattern.occurrences,
            pattern.sessions,
            once(pattern),
            origin(pattern),
        );
        let finding = Finding::new(severity(chatter, pattern), subject(pattern), cause)
            .fix(code("a unique key, and one statement: INSERT … ON CONFLICT (…) DO NOTHING (PostgreSQL), INSERT … ON DUPLICATE KEY UPDATE (MySQL, MariaDB), for many rows at once"));
        with_figures(finding, pattern)
    });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::{heard, pattern};

    const TURNS: &[&str] = &["select id from tags where name = ?", "insert into tags (name) values (?)"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        let found = check(&heard(vec![pattern(Kind::SelectThenInsert, None, TURNS, 60)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
        assert!(!found[0].fixes.is_empty());
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        let found = check(&heard(vec![pattern(Kind::SelectThenInsert, None, TURNS, 2)])).unwrap();
        assert_eq!(found[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_writes_alone() {
        assert!(check(&heard(vec![pattern(Kind::RowByRow, None, TURNS, 60)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_look_ups() {
        assert!(check(&heard(vec![pattern(Kind::LookUps, None, TURNS, 60)])).unwrap().is_empty());
    }
}

use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, SubjectKind, Undo,
};
use dbwright_workload::Digest;

use crate::happened::seen;

static LEAST: Limit<Count> = Limit {
    what: "times on one table (warn)",
    value: Count(5),
    source: "own choice: one piece of DDL interrupts it once",
};

/// What it looks at.
const CLASSES: &[&str] = &["autovacuum-cancelled"];

pub(super) const RULE: Rule = Rule {
    id: "autovacuum-interrupted-logged",
    title: "Autovacuum never gets through",
    engines: &[Engine::Postgres],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Waste,
    limits: &[&LEAST],
    explains: &[],
    wrong_when: "a migration ran at that time",
    do_not: "switch autovacuum off for the table",
    lesson: include_str!("autovacuum_interrupted_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    let Some((table, count)) = seen.places().into_iter().next() else { return Ok(Vec::new()) };
    if Count(count) < LEAST.value {
        return Ok(Vec::new());
    }
    let severity = Severity::Warn;
    let cause = format!("autovacuum was interrupted {count} times on {table} by sessions that lock the table");
    let finding = Finding::new(severity, Subject::new(SubjectKind::Table, &table), cause)
        .fix(Fix::of(FixKind::Code, "find what locks the table so often (LOCK TABLE, TRUNCATE, ALTER, CREATE INDEX without CONCURRENTLY), and let it do so less", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_it_is_always_the_same_table() {
        let found = check(&log(2, vec![happened("autovacuum-cancelled", "public.jobs", 30, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_at_the_limit() {
        let found = check(&log(24, vec![happened("autovacuum-cancelled", "public.jobs", 5, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn silent_on_a_few() {
        assert!(check(&log(2, vec![happened("autovacuum-cancelled", "public.jobs", 4, 0)])).unwrap().is_empty());
    }

    #[test]
    fn silent_when_it_gets_through() {
        assert!(check(&log(2, vec![happened("autovacuum", "public.jobs", 30, 9000)])).unwrap().is_empty());
    }
}

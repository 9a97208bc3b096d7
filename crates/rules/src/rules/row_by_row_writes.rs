use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule};
use dbwright_workload::Chatter;
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, code, many, of_kind, once, origin, severity, subject, with_figures};

pub(super) const RULE: Rule = Rule {
    id: "row-by-row-writes",
    title: "Rows are written one by one",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs or traces with all statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&LOST, &PART],
    explains: &[],
    wrong_when: "the rows come one by one from outside, or each must succeed or fail by itself",
    do_not: "write without a transaction, or turn off flushing at commit, to make the loop faster",
    lesson: include_str!("row_by_row_writes.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let chatter = case.get::<Chatter>()?;
    let findings = of_kind(chatter, Kind::RowByRow).map(|pattern| {
        let cause = format!(
            "{} writes of one row each, one after another, {} times in {} sessions: {} each time{}",
            many(pattern),
            pattern.occurrences,
            pattern.sessions,
            once(pattern),
            origin(pattern),
        );
        let finding = Finding::new(severity(chatter, pattern), subject(pattern), cause)
            .fix(code("one statement for many rows: INSERT … VALUES (…), (…), …, or COPY / LOAD DATA for thousands; an UPDATE joined to a list of values"))
            .fix(code("in the ORM: insert_all / bulk_create / add_all with insertmanyvalues / hibernate.jdbc.batch_size / createMany, and one transaction around it"));
        with_figures(finding, pattern)
    });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::{heard, pattern};

    const TURNS: &[&str] = &["insert into items (a, b) values (?, ...)"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        let found = check(&heard(vec![pattern(Kind::RowByRow, None, TURNS, 60)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
        assert!(!found[0].fixes.is_empty());
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        let found = check(&heard(vec![pattern(Kind::RowByRow, None, TURNS, 2)])).unwrap();
        assert_eq!(found[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_look_ups() {
        assert!(check(&heard(vec![pattern(Kind::LookUps, None, TURNS, 60)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_reads_repeated() {
        assert!(check(&heard(vec![pattern(Kind::Repeated, None, TURNS, 60)])).unwrap().is_empty());
    }
}

use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};
use dbwright_workload::Digest;

use crate::happened::seen;

static HOURLY: Limit<Count> = Limit {
    what: "deadlocks each hour (warn)",
    value: Count(1),
    source: "own choice: more than one an hour is no accident",
};

/// What it looks at.
const CLASSES: &[&str] = &["deadlock"];

pub(super) const RULE: Rule = Rule {
    id: "deadlocks-logged",
    title: "Deadlocks",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Slowdown,
    limits: &[&HOURLY],
    explains: &[],
    wrong_when: "the application retries and the rate is as planned for",
    do_not: "raise deadlock_timeout: it only makes both wait longer",
    lesson: include_str!("deadlocks_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    let loud = seen.hourly() >= HOURLY.value.0 as f64 && seen.count >= 3;
    let severity = if loud { Severity::Warn } else { Severity::Info };
    let cause = format!(
        "{} deadlocks, {:.1} an hour: each time the server threw one transaction away{}",
        seen.count,
        seen.hourly(),
        seen.told_places()
    );
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "take the rows in one order everywhere (ORDER BY the key before FOR UPDATE, sorted batches), and retry on SQLSTATE 40P01 / error 1213", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_they_keep_coming() {
        let found = check(&log(2, vec![happened("deadlock", "orders", 12, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_softly_on_one() {
        let found = check(&log(24, vec![happened("deadlock", "orders", 1, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info), "{found:?}");
    }

    #[test]
    fn silent_on_avoided_ones() {
        assert!(check(&log(2, vec![happened("deadlock-avoided", "orders", 12, 4000)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_waits() {
        assert!(check(&log(2, vec![happened("lock-wait", "orders", 12, 4000)])).unwrap().is_empty());
    }
}

use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Subject, Undo,
};
use dbwright_workload::Digest;

use crate::happened::seen;

static PART: Limit<Share> = Limit {
    what: "time waited, of the time of all statements (warn)",
    value: Share(0.01),
    source: "own choice: a hundredth of all work",
};
static HOURLY: Limit<Seconds> =
    Limit { what: "time waited each hour (warn)", value: Seconds(60.0), source: "own choice: a minute of each hour" };

/// What it looks at.
const CLASSES: &[&str] = &["lock-acquired", "lock-wait"];

pub(super) const RULE: Rule = Rule {
    id: "lock-waits-logged",
    title: "Sessions wait for each other",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Slowdown,
    limits: &[&PART, &HOURLY],
    explains: &["deadlocks-logged"],
    wrong_when: "a migration or a maintenance job was announced for that time",
    do_not: "raise lock_timeout or deadlock_timeout so that it is not logged",
    lesson: include_str!("lock_waits_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    // A wait that ended is logged twice: when it became long, and with its full length when it ended.
    let ended = crate::happened::seen(digest, &["lock-acquired"]);
    let waited = Seconds(ended.as_ref().map_or(seen.sum, |ended| ended.sum) as f64 / 1e3);
    let waits = ended.as_ref().map_or(seen.count, |ended| ended.count);
    let all = digest.total().time as f64 / 1e9;
    let part = Share::of(waited.0, all).unwrap_or_default();
    let loud = part >= PART.value && waited.0 / seen.hours >= HOURLY.value.0;
    if !loud && (waited.0 < 10.0 || part < Share(PART.value.0 / 10.0)) {
        return Ok(Vec::new());
    }
    let severity = if loud { Severity::Warn } else { Severity::Info };
    let cause = format!(
        "sessions waited {waited} for locks of others, {waits} times, {part} of the time of all statements{}",
        seen.told_places()
    );
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "keep transactions short, touch rows and tables in the same order everywhere, and run DDL with a lock_timeout and retries", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_the_waits_are_a_part_of_the_load() {
        let found = check(&log(2, vec![happened("lock-acquired", "orders", 500, 400000)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_softly_on_less() {
        let found = check(&log(24, vec![happened("lock-wait", "orders", 50, 20000)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info), "{found:?}");
    }

    #[test]
    fn silent_on_a_few_short_waits() {
        assert!(check(&log(2, vec![happened("lock-acquired", "orders", 5, 800)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_other_waits() {
        assert!(check(&log(2, vec![happened("recovery-conflict", "orders", 500, 400000)])).unwrap().is_empty());
    }
}

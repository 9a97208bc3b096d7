use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};
use dbwright_workload::Digest;

use crate::happened::seen;

static LEAST: Limit<Count> =
    Limit { what: "times", value: Count(3), source: "own choice: a restart of the standby makes one or two" };

/// What it looks at.
const CLASSES: &[&str] = &["replication-error", "slot-lost", "archive-failed"];

pub(super) const RULE: Rule = Rule {
    id: "replication-interrupted-logged",
    title: "Replication is interrupted",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::DataLoss,
    limits: &[&LEAST],
    explains: &[],
    wrong_when: "the standby was restarted on purpose",
    do_not: "drop the slot before knowing who needs it",
    lesson: include_str!("replication_interrupted_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    let lost = crate::happened::seen(digest, &["slot-lost"]).is_some();
    if !lost && Count(seen.count) < LEAST.value {
        return Ok(Vec::new());
    }
    let severity = if lost { Severity::Error } else { Severity::Warn };
    let kinds: Vec<String> = seen.kinds().into_iter().map(|(kind, count)| format!("{kind} ({count})")).collect();
    let cause = format!("copies of the data fall behind: {}{}", kinds.join(", "), seen.told_places());
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "look at the other side's log for the same minute; then network, permissions of the archive command, wal_keep_size or max_slot_wal_keep_size", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_it_keeps_breaking() {
        let found = check(&log(2, vec![happened("replication-error", "", 9, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_as_an_error_when_a_slot_is_lost() {
        let found = check(&log(24, vec![happened("slot-lost", "standby1", 1, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Error), "{found:?}");
    }

    #[test]
    fn silent_on_a_restart() {
        assert!(check(&log(2, vec![happened("replication-error", "", 2, 0)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_streaming() {
        assert!(check(&log(2, vec![happened("streaming-started", "", 9, 0)])).unwrap().is_empty());
    }
}

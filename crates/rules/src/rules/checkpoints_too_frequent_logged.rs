use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};
use dbwright_workload::Digest;

use crate::happened::seen;

static LEAST: Limit<Count> =
    Limit { what: "times", value: Count(3), source: "own choice: one load of data makes one or two" };

/// What it looks at.
const CLASSES: &[&str] = &["checkpoint-too-frequent"];

pub(super) const RULE: Rule = Rule {
    id: "checkpoints-too-frequent-logged",
    title: "Checkpoints come too often",
    engines: &[Engine::Postgres],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Slowdown,
    limits: &[&LEAST],
    explains: &[],
    wrong_when: "only loads of data or restores did it",
    do_not: "raise checkpoint_warning so that it is not logged",
    lesson: include_str!("checkpoints_too_frequent_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    if Count(seen.count) < LEAST.value {
        return Ok(Vec::new());
    }
    let severity = Severity::Warn;
    let cause = format!(
        "checkpoints came closer than checkpoint_warning allows {} times: max_wal_size is too small",
        seen.count
    );
    let finding = Finding::new(severity, Subject::server(), cause).fix(
        Fix::sql(
            "ALTER SYSTEM SET max_wal_size = '8GB'; SELECT pg_reload_conf();",
            Undo::Statement("ALTER SYSTEM RESET max_wal_size; SELECT pg_reload_conf();".into()),
        )
        .also_costs("up to 8 GB of disk for the log, and a longer recovery after a crash"),
    );
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_it_keeps_happening() {
        let found = check(&log(2, vec![happened("checkpoint-too-frequent", "", 40, 400)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_from_the_third_on() {
        let found = check(&log(2, vec![happened("checkpoint-too-frequent", "", 3, 40)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn silent_on_a_load_of_data() {
        assert!(check(&log(2, vec![happened("checkpoint-too-frequent", "", 2, 40)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_checkpoints_by_time() {
        assert!(check(&log(2, vec![happened("checkpoint", "", 400, 40000)])).unwrap().is_empty());
    }
}

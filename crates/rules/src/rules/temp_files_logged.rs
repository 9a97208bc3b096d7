use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};
use dbwright_workload::Digest;

use crate::happened::seen;

static HOURLY: Limit<Bytes> = Limit {
    what: "written each hour (warn)",
    value: Bytes::gib(1),
    source: "own choice: what a cheap disk writes in ten seconds",
};
static LEAST: Limit<Bytes> =
    Limit { what: "written in all", value: Bytes::mib(100), source: "own choice: less is nothing to anybody" };

/// What it looks at.
const CLASSES: &[&str] = &["temp-file"];

pub(super) const RULE: Rule = Rule {
    id: "temp-files-logged",
    title: "Sorts and hashes do not fit into memory",
    engines: &[Engine::Postgres],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Slowdown,
    limits: &[&HOURLY, &LEAST],
    explains: &[],
    wrong_when: "they are reports at night that may take their time",
    do_not: "raise work_mem for everybody to the size of the largest file: each sort of each session takes it",
    lesson: include_str!("temp_files_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    let (all, each) = (Bytes(seen.sum), Bytes(seen.sum / seen.count.max(1)));
    if all < LEAST.value {
        return Ok(Vec::new());
    }
    let loud = seen.sum as f64 / seen.hours >= HOURLY.value.0 as f64;
    let severity = if loud { Severity::Warn } else { Severity::Info };
    let cause =
        format!("{} temporary files of {all} in all, {each} on average, {} the largest", seen.count, Bytes(seen.most));
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "for the statements named: an index in the order they sort by, fewer columns and rows before the sort; or SET LOCAL work_mem in their transaction", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_gigabytes_are_written() {
        let found = check(&log(2, vec![happened("temp-file", "", 300, 5000000000)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_softly_on_less() {
        let found = check(&log(24, vec![happened("temp-file", "", 30, 500000000)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info), "{found:?}");
    }

    #[test]
    fn silent_on_small_files() {
        assert!(check(&log(2, vec![happened("temp-file", "", 30, 5000000)])).unwrap().is_empty());
    }

    #[test]
    fn silent_without_any() {
        assert!(check(&log(2, vec![happened("checkpoint", "", 30, 5000000000)])).unwrap().is_empty());
    }
}

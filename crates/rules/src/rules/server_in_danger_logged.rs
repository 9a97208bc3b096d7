use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};
use dbwright_workload::Digest;

use crate::happened::seen;

static LEAST: Limit<Count> = Limit { what: "times", value: Count(1), source: "the first is enough" };

/// What it looks at.
const CLASSES: &[&str] =
    &["crash", "out-of-memory", "corruption", "disk-full", "wraparound-stop", "wraparound", "wal-invalid-damaged"];

pub(super) const RULE: Rule = Rule {
    id: "server-in-danger-logged",
    title: "The server broke down or is about to",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Outage,
    limits: &[&LEAST],
    explains: &[],
    wrong_when: "the log is of a drill, or of a machine that was set up and thrown away",
    do_not: "restart it again and hope",
    lesson: include_str!("server_in_danger_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    if Count(seen.count) < LEAST.value {
        return Ok(Vec::new());
    }
    let only_near = seen.count == crate::happened::seen(digest, &["wraparound"]).map_or(0, |near| near.count);
    let severity = if only_near { Severity::Warn } else { Severity::Error };
    let kinds: Vec<String> = seen.kinds().into_iter().map(|(kind, count)| format!("{kind} ({count})")).collect();
    let cause = format!("the log says: {}{}", kinds.join(", "), seen.told_places());
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "a backup first (a copy of the files when data is damaged), then the cause: memory limits and overcommit, the disk, VACUUM FREEZE of the oldest tables", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_on_a_crash() {
        let found = check(&log(2, vec![happened("crash", "", 1, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Error), "{found:?}");
    }

    #[test]
    fn fires_as_a_warning_while_there_is_time() {
        let found = check(&log(24, vec![happened("wraparound", "shop", 40, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn silent_on_a_clean_stop() {
        assert!(check(&log(2, vec![happened("stopped", "", 1, 0), happened("started", "", 1, 0)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_recovery_alone() {
        assert!(check(&log(2, vec![happened("recovery-consistent", "", 1, 0)])).unwrap().is_empty());
    }
}

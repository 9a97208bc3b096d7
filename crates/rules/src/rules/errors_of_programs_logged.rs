use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};
use dbwright_workload::Digest;

use crate::happened::seen;

static PART: Limit<Share> =
    Limit { what: "part of all statements", value: Share(0.01), source: "own choice: one in a hundred is no accident" };
static LEAST: Limit<Count> = Limit { what: "errors", value: Count(100), source: "own choice: people mistype" };

/// What it looks at.
const CLASSES: &[&str] = &[
    "syntax-error",
    "no-such-table",
    "no-such-column",
    "no-such-function",
    "permission-denied",
    "in-aborted-transaction",
    "invalid-input",
    "not-null-violation",
    "foreign-key-violation",
    "unique-violation",
    "check-violation",
    "serialization-failure",
    "concurrent-update",
    "no-such-prepared-statement",
    "error",
];

pub(super) const RULE: Rule = Rule {
    id: "errors-of-programs-logged",
    title: "Programs send statements that fail",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Slowdown,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "unique violations are the way the program tells new from old",
    do_not: "hide them by log_min_error_statement",
    lesson: include_str!("errors_of_programs_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    let part = Share::of(seen.count as f64, digest.total().calls as f64).unwrap_or_default();
    if part < PART.value || Count(seen.count) < LEAST.value {
        return Ok(Vec::new());
    }
    let severity = Severity::Info;
    let kinds: Vec<String> =
        seen.kinds().into_iter().take(3).map(|(kind, count)| format!("{kind} ({count})")).collect();
    let cause = format!("{} statements failed, {part} of all: {}", seen.count, kinds.join(", "));
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "mend the statement named; where a unique violation is expected, INSERT … ON CONFLICT DO NOTHING says so without an error", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_one_in_twenty_fails() {
        let found = check(&log(2, vec![happened("no-such-column", "", 50000, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info), "{found:?}");
    }

    #[test]
    fn fires_at_the_limit() {
        let found = check(&log(2, vec![happened("unique-violation", "orders_key", 10000, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info), "{found:?}");
    }

    #[test]
    fn silent_on_fewer() {
        assert!(check(&log(2, vec![happened("syntax-error", "", 500, 0)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_cancelled_ones() {
        assert!(check(&log(2, vec![happened("cancelled", "", 50000, 0)])).unwrap().is_empty());
    }
}

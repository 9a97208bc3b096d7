use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};
use dbwright_workload::Digest;

use crate::happened::seen;

static LEAST: Limit<Count> = Limit { what: "times", value: Count(10), source: "own choice: people press Ctrl-C" };
static PART: Limit<Share> = Limit {
    what: "part of all statements (warn)",
    value: Share(0.001),
    source: "own choice: one request in a thousand fails",
};

/// What it looks at.
const CLASSES: &[&str] =
    &["statement-timeout", "cancelled", "lock-timeout", "transaction-timeout", "idle-in-transaction-timeout"];

pub(super) const RULE: Rule = Rule {
    id: "statements-cancelled-logged",
    title: "Statements are given up",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Slowdown,
    limits: &[&LEAST, &PART],
    explains: &[],
    wrong_when: "people cancel reports by hand",
    do_not: "raise the timeout before knowing what was waited for",
    lesson: include_str!("statements_cancelled_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    if Count(seen.count) < LEAST.value {
        return Ok(Vec::new());
    }
    let part = Share::of(seen.count as f64, digest.total().calls as f64).unwrap_or_default();
    let severity = if part >= PART.value { Severity::Warn } else { Severity::Info };
    let cause = format!("{} statements were given up, {part} of all: their work was lost", seen.count);
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "look at the plan of the statements named (dbwright why), and at what they waited for; a program that gives up must not simply try again", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_requests_fail() {
        let found = check(&log(2, vec![happened("statement-timeout", "", 3000, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_softly_on_a_few() {
        let found =
            check(&log(2, vec![happened("statement-timeout", "", 8, 0), happened("lock-timeout", "orders", 4, 0)]))
                .unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info), "{found:?}");
    }

    #[test]
    fn silent_on_people_who_cancel() {
        assert!(check(&log(2, vec![happened("cancelled", "", 5, 0)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_errors_of_programs() {
        assert!(check(&log(2, vec![happened("syntax-error", "", 3000, 0)])).unwrap().is_empty());
    }
}

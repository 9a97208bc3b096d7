use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Undo};

use crate::queries::{shown, subject, workload};

static SHARE: Limit<Share> =
    Limit { what: "share of calls that fail", value: Share(0.01), source: "own choice: one in a hundred" };
static ERRORS: Limit<Count> =
    Limit { what: "calls that failed", value: Count(100), source: "own choice: fewer are accidents" };

pub(super) const RULE: Rule = Rule {
    id: "query-errors-often",
    title: "A query fails again and again",
    engines: &[Engine::MySql],
    versions: "all, with performance_schema",
    area: Area::Workload,
    harm: Harm::Hygiene,
    limits: &[&SHARE, &ERRORS],
    explains: &[],
    wrong_when: "the application expects the error: an insert that may meet a duplicate",
    do_not: "silence it with INSERT IGNORE: that hides every other error of the statement too",
    lesson: include_str!("query_errors_often.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let (workload, _) = workload(case, dbwright_model::Seconds(0.0))?;
    let mut findings = Vec::new();
    for query in &workload.queries {
        let Some(errors) = query.errors.filter(|errors| errors.0 >= ERRORS.value.0) else { continue };
        let share = Share::of(errors.0 as f64, query.calls.0 as f64).unwrap_or_default();
        if share.0 < SHARE.value.0 {
            continue;
        }
        let cause = format!("{share} of {} calls end in an error: {}", query.calls, shown(query));
        findings.push(
            Finding::new(Severity::Info, subject(query), cause)
                .measured("calls that failed", errors, &workload.source)
                .measured("calls", query.calls, &workload.source)
                .fix(Fix::of(
                    FixKind::Sql,
                    "SELECT error_name, sum_error_raised, last_seen FROM performance_schema.events_errors_summary_global_by_error WHERE sum_error_raised > 0 ORDER BY sum_error_raised DESC LIMIT 10;",
                    Undo::NotNeeded("it only reads".into()),
                ))
                .weight(errors.0 as f64),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Workload;
    use dbwright_model::workload::Query;

    use super::*;
    use crate::example::mysql;

    fn with(errors: Option<u64>, calls: u64) -> Workload {
        let query = Query {
            fingerprint: "77".into(),
            text: "SELECT 1".into(),
            calls: Count(calls),
            errors: errors.map(Count),
            ..Query::default()
        };
        Workload { since: Some("2026-11-22T12:00:00Z".parse().unwrap()), queries: vec![query], ..Workload::default() }
    }

    #[test]
    fn fires_when_one_in_ten_fails() {
        assert_eq!(check(&mysql(&with(Some(1000), 10_000))).unwrap()[0].subject.name, "77");
    }

    #[test]
    fn fires_when_every_call_fails() {
        assert_eq!(check(&mysql(&with(Some(100), 100))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_few_fail() {
        assert!(check(&mysql(&with(Some(500), 10_000_000))).unwrap().is_empty());
        assert!(check(&mysql(&with(Some(9), 10))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_errors_are_not_counted() {
        assert!(check(&mysql(&with(None, 100))).unwrap().is_empty());
    }
}

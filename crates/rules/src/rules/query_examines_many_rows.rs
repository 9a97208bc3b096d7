use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Ratio, Rule, Seconds, Severity, Undo,
};

use crate::queries::{explain, shown, subject, workload};

static RATIO: Limit<Ratio> = Limit {
    what: "rows examined for each row returned or changed",
    value: Ratio(1000.0),
    source: "pt-query-digest practice: a thousand to one",
};
static CALLS: Limit<Count> = Limit { what: "calls", value: Count(100), source: "own choice: fewer are reports" };
static ROWS: Limit<Count> =
    Limit { what: "rows examined by each call", value: Count(10_000), source: "own choice: less takes milliseconds" };
static WINDOW: Limit<Seconds> =
    Limit { what: "the counters are at least so old", value: Seconds::hours(1.0), source: "own choice" };

pub(super) const RULE: Rule = Rule {
    id: "query-examines-many-rows",
    title: "A query reads far more rows than it returns",
    engines: &[Engine::MySql],
    versions: "all, with performance_schema",
    area: Area::Indexes,
    harm: Harm::Slowdown,
    limits: &[&RATIO, &CALLS, &ROWS, &WINDOW],
    explains: &[],
    wrong_when: "it computes totals: then the rows it reads are the point",
    do_not: "add a LIMIT and hope: without an index that matches, the rows are read and sorted before it applies",
    lesson: include_str!("query_examines_many_rows.md"),
    check,
};

/// Named in a report.
const MOST: usize = 10;

fn check(case: &Case) -> Checked {
    let (workload, _) = workload(case, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in &workload.queries {
        let (Some(examined), Some(rows)) = (query.rows_examined, query.rows) else { continue };
        if query.calls.0 < CALLS.value.0 || examined.0 / query.calls.0 < ROWS.value.0 || findings.len() >= MOST {
            continue;
        }
        let ratio = Ratio(examined.0 as f64 / rows.0.max(query.calls.0) as f64);
        if ratio.0 < RATIO.value.0 {
            continue;
        }
        let each = Count(examined.0 / query.calls.0);
        let cause = format!(
            "each of {} calls reads {each} rows to give {:.1}: {}",
            query.calls,
            rows.0 as f64 / query.calls.0 as f64,
            shown(query)
        );
        findings.push(
            Finding::new(Severity::Warn, subject(query), cause)
                .measured("rows examined", examined, &workload.source)
                .measured("rows returned or changed", rows, &workload.source)
                .measured("calls", query.calls, &workload.source)
                .fix(
                    Fix::sql(explain(case, query), Undo::NotNeeded("it only plans".into()))
                        .cost("shows which table is read without an index; put real values in for the placeholders"),
                )
                .weight(query.total_time.0),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::workload::Query;
    use dbwright_model::{Rows, Workload};

    use super::*;
    use crate::example::mysql;

    fn with(examined: u64, rows: u64, calls: u64) -> Workload {
        let query = Query {
            fingerprint: "77".into(),
            text: "SELECT 1".into(),
            calls: Count(calls),
            rows: Some(Rows(rows * calls)),
            rows_examined: Some(Rows(examined * calls)),
            ..Query::default()
        };
        Workload { since: Some("2026-11-22T12:00:00Z".parse().unwrap()), queries: vec![query], ..Workload::default() }
    }

    #[test]
    fn fires_on_a_scan_for_one_row() {
        assert_eq!(check(&mysql(&with(100_000, 1, 500))).unwrap()[0].subject.name, "77");
    }

    #[test]
    fn fires_when_nothing_is_returned_at_all() {
        assert_eq!(check(&mysql(&with(100_000, 0, 500))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_rows_are_returned_or_few_are_read() {
        assert!(check(&mysql(&with(100_000, 500, 500))).unwrap().is_empty());
        assert!(check(&mysql(&with(5000, 1, 500))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_rare() {
        assert!(check(&mysql(&with(100_000, 1, 20))).unwrap().is_empty());
    }
}

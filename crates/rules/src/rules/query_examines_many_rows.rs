use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Grade, Harm, Limit, Ratio, Rows, Rule, Seconds, Severity, Share,
    Workload,
};

use crate::query;

static RATIO: Limit<Ratio> = Limit {
    what: "rows looked at for each row returned or changed",
    value: Ratio(1000.0),
    source: "MySQL's sys schema users and pt-query-digest: an index lookup needs one to ten",
};
static EACH: Limit<Rows> = Limit {
    what: "rows looked at in each call",
    value: Rows(10_000),
    source: "below it a call takes a few milliseconds either way",
};
static CALLS: Limit<Count> =
    Limit { what: "calls", value: Count(100), source: "a report that runs now and then may scan" };
static SHARE: Limit<Share> = Limit {
    what: "share of the time of all queries (warn)",
    value: Share(0.05),
    source: "own choice: what is less nobody notices",
};

static WINDOW: Limit<Seconds> =
    Limit { what: "the counters are at least so old", value: Seconds::hours(1.0), source: "own choice: not one burst" };

pub(super) const RULE: Rule = Rule {
    id: "query-examines-many-rows",
    title: "A query looks at far more rows than it returns",
    engines: &[Engine::MySql],
    versions: "all, with performance_schema on; PostgreSQL counts pages instead, see pages-per-row-high",
    area: Area::Indexes,
    harm: Harm::Slowdown,
    limits: &[&RATIO, &EACH, &CALLS, &SHARE, &WINDOW],
    explains: &["slow-frequent-query", "dominant-query"],
    wrong_when: "its rows are computed from many others in a way the text does not show (a view)",
    do_not: "index every column of the WHERE clause singly: one index with the columns in the right order does the work",
    lesson: include_str!("query_examines_many_rows.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    query::window(case, workload, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in query::of_the_application(workload).filter(|query| !query::aggregates(query)) {
        let (Some(examined), Some(rows)) = (query.rows_examined, query.rows) else { continue };
        // A lookup that finds nothing still looked: no row counts as one for each call.
        let ratio = Ratio(examined.0 as f64 / rows.0.max(query.calls.0).max(1) as f64);
        let each = Rows(examined.0 / query.calls.0.max(1));
        if ratio < RATIO.value || each < EACH.value || query.calls < CALLS.value {
            continue;
        }
        let heavy = query::share(workload, query) >= SHARE.value;
        let severity = if heavy { Severity::Warn } else { Severity::Info };
        let cause = format!(
            "this query looks at {each} in each call to find {}: no index leads to them: {}",
            Rows((rows.0 as f64 / query.calls.0.max(1) as f64).round() as u64),
            query::short(query)
        );
        let finding = Finding::new(severity, query::subject(query), cause)
            .grade(Grade::Measured)
            .measured("rows examined", examined, "events_statements_summary_by_digest.sum_rows_examined")
            .measured("rows returned or changed", rows, "events_statements_summary_by_digest.sum_rows_sent")
            .fix(query::plan(case, query));
        findings.push(query::with_figures(finding, workload, query));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{mysql, workload};

    fn look(text: &str, examined_each: u64, rows_each: u64, mean: f64) -> Vec<Finding> {
        let mut all = workload(1e4, text, 5000.0, mean);
        let calls = all.queries[0].calls.0;
        all.queries[0].rows_examined = Some(Rows(examined_each * calls));
        all.queries[0].rows = Some(Rows(rows_each * calls));
        check(&mysql(&all)).unwrap()
    }

    #[test]
    fn fires_on_a_scan_for_one_row() {
        let found = look("SELECT * FROM t WHERE a = ?", 50_000, 1, 0.1);
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].cause.contains("50,000 rows in each call to find 1 row"), "{}", found[0].cause);
    }

    #[test]
    fn fires_when_nothing_is_found() {
        assert_eq!(look("DELETE FROM t WHERE a = ?", 50_000, 0, 0.1).len(), 1);
    }

    #[test]
    fn silent_when_rows_are_returned_or_few() {
        assert!(look("SELECT * FROM t WHERE a = ?", 50_000, 51, 0.1).is_empty());
        assert!(look("SELECT * FROM t WHERE a = ?", 9999, 1, 0.1).is_empty());
    }

    #[test]
    fn silent_on_aggregates_and_rare_reports() {
        assert!(look("SELECT COUNT ( * ) FROM t WHERE a = ?", 50_000, 1, 0.1).is_empty());
        assert!(look("SELECT * FROM t WHERE a = ?", 50_000, 1, 100.0).is_empty());
    }
}

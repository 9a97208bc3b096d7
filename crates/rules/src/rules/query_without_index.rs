use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Undo};

use crate::queries::{explain, shown, subject, workload};

static CALLS: Limit<Count> =
    Limit { what: "calls that used no index", value: Count(100), source: "sys and MySQLTuner practice" };
static ROWS: Limit<Count> = Limit {
    what: "rows examined by each call",
    value: Count(5000),
    source: "own choice: small tables are scanned rightly",
};
static WINDOW: Limit<Seconds> =
    Limit { what: "the counters are at least so old", value: Seconds::hours(1.0), source: "own choice" };

pub(super) const RULE: Rule = Rule {
    id: "query-without-index",
    title: "A frequent query uses no index",
    engines: &[Engine::MySql],
    versions: "all, with performance_schema",
    area: Area::Indexes,
    harm: Harm::Slowdown,
    limits: &[&CALLS, &ROWS, &WINDOW],
    explains: &["joins-without-index", "query-examines-many-rows"],
    wrong_when: "it needs nearly all rows of the table",
    do_not: "raise join_buffer_size or read_buffer_size: they make the scan a little faster, an index makes it unnecessary",
    lesson: include_str!("query_without_index.md"),
    check,
};

/// Named in a report.
const MOST: usize = 10;

fn check(case: &Case) -> Checked {
    let (workload, _) = workload(case, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in &workload.queries {
        let (Some(without), Some(examined)) = (query.without_index, query.rows_examined) else { continue };
        let each = Count(examined.0 / query.calls.0.max(1));
        if without.0 < CALLS.value.0 || each.0 < ROWS.value.0 || findings.len() >= MOST {
            continue;
        }
        let cause =
            format!("{without} of {} calls used no index and read {each} rows each: {}", query.calls, shown(query));
        findings.push(
            Finding::new(Severity::Warn, subject(query), cause)
                .measured("calls without index", without, &workload.source)
                .measured("rows examined by each", each, &workload.source)
                .measured("time", query.total_time, &workload.source)
                .fix(
                    Fix::sql(explain(case, query), Undo::NotNeeded("it only plans".into()))
                        .cost("key: NULL names the table; put real values in for the placeholders"),
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

    fn with(without: u64, each: u64, since: &str) -> Workload {
        let query = Query {
            fingerprint: "77".into(),
            text: "SELECT 1".into(),
            calls: Count(1000),
            without_index: Some(Count(without)),
            rows_examined: Some(Rows(each * 1000)),
            ..Query::default()
        };
        Workload { since: Some(since.parse().unwrap()), queries: vec![query], ..Workload::default() }
    }

    const OLD: &str = "2026-11-01T00:00:00Z";

    #[test]
    fn fires_on_frequent_scans() {
        assert_eq!(check(&mysql(&with(1000, 50_000, OLD))).unwrap()[0].subject.name, "77");
    }

    #[test]
    fn fires_when_only_some_calls_scan() {
        assert_eq!(check(&mysql(&with(100, 5000, OLD))).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_small_tables_and_rare_scans() {
        assert!(check(&mysql(&with(1000, 200, OLD))).unwrap().is_empty());
        assert!(check(&mysql(&with(10, 50_000, OLD))).unwrap().is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(&with(1000, 50_000, "2026-11-24T11:50:00Z"))).is_err());
    }
}

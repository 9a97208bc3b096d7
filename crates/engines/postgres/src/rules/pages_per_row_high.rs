use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::workload::Query;
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Severity, Share, Subject, Undo,
    Workload,
};

use super::excerpt;

pub(super) const RULE: Rule = Rule {
    id: "pages-per-row-high",
    title: "A query reads many pages for each row it returns",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&PAGES, &OF_ALL, &CALLS],
    explains: &[],
    wrong_when: "the rows are computed from many others in a way the text does not show (a view, a function, a window)",
    do_not: "raise work_mem or shared_buffers: the pages are then read from memory, and still all of them",
    lesson: include_str!("pages_per_row_high.md"),
    check,
};

static PAGES: Limit<Bytes> = Limit {
    what: "pages read for each row",
    value: Bytes(1000 * 8192),
    source: "ours: a lookup by index touches five pages of 8 kB, a thousand are a scan",
};

static OF_ALL: Limit<Share> = Limit {
    what: "time of all queries that this one took",
    value: Share(0.05),
    source: "ours: what is less nobody notices",
};

static CALLS: Limit<Count> =
    Limit { what: "calls", value: Count(50), source: "a report that runs now and then may scan" };

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    Ok(workload.queries.iter().filter_map(|query| finding(workload, query)).collect())
}

/// Whether the text computes few rows from many, so that reading many pages for one is its purpose.
fn aggregates(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["count(", "sum(", "avg(", "min(", "max(", "group by", "distinct", "_agg(", "exists"]
        .iter()
        .any(|word| text.contains(word))
}

fn finding(workload: &Workload, query: &Query) -> Option<Finding> {
    let text = query.text.as_str();
    let selects = text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("select"));
    let (rows, pages) = (query.rows?, query.pages?);
    if !selects || aggregates(text) || query.calls.0 < CALLS.value.0 {
        return None;
    }
    Share::of(query.total_time.0, workload.total_time.0).filter(|share| *share >= OF_ALL.value)?;
    // A lookup that finds nothing still read its pages: no row counts as one for each call.
    let each = Bytes(pages.0 / rows.0.max(query.calls.0).max(1));
    if each.0 <= PAGES.value.0 {
        return None;
    }
    Some(
        Finding::new(
            Severity::Info,
            Subject::new(SubjectKind::Query, &query.fingerprint),
            format!("this query goes through {each} of pages for each row it returns, in {} a call: {}", query.mean_time, excerpt::of(&query.text)),
        )
        .grade(Grade::Suspected)
        .measured("pages", pages, "pg_stat_statements.shared_blks_hit + shared_blks_read")
        .measured("rows", rows, "pg_stat_statements.rows")
        .measured("calls", query.calls, "pg_stat_statements.calls")
        .fix(
            Fix::of(
                FixKind::Code,
                "EXPLAIN (ANALYZE, BUFFERS) the query with real values: a Seq Scan with many rows removed by its filter wants an index on the filter's columns",
                Undo::NotNeeded("it only looks".into()),
            ),
        )
        .weight(query.total_time.0),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::{Rows, Seconds};

    fn case(query: Query) -> Case {
        let query = Query { fingerprint: "42".into(), text: "select a from t".into(), ..query };
        pg(16).with(&Workload { total_time: Seconds(1000.0), queries: vec![query], ..Workload::default() })
    }

    fn query(pages_each: u64, rows_each: u64, calls: u64, total: f64) -> Query {
        Query {
            pages: Some(Bytes(8192 * pages_each * calls)),
            rows: Some(Rows(rows_each * calls)),
            calls: Count(calls),
            total_time: Seconds(total),
            ..Query::default()
        }
    }

    #[test]
    fn fires_on_a_scan_for_one_row() {
        assert_eq!(check(&case(query(20_000, 1, 500, 400.0))).unwrap()[0].grade, Grade::Suspected);
    }

    #[test]
    fn fires_when_nothing_is_found() {
        assert_eq!(check(&case(query(20_000, 0, 500, 400.0))).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_many_rows_or_few_pages() {
        assert!(check(&case(query(20_000, 20, 500, 400.0))).unwrap().is_empty());
        assert!(check(&case(query(1000, 1, 500, 400.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_rare_and_cheap_ones() {
        assert!(check(&case(query(20_000, 1, 49, 400.0))).unwrap().is_empty());
        assert!(check(&case(query(20_000, 1, 500, 49.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_aggregates() {
        assert!(aggregates("select count(*) from t"));
        assert!(aggregates("SELECT a FROM t GROUP BY a"));
        assert!(!aggregates("select a from t where b = $1"));
    }
}

use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule, Seconds, Severity, Share, Workload,
};

use crate::query;

static SHARE: Limit<Share> = Limit {
    what: "calls that used no index",
    value: Share(0.5),
    source: "own choice: fewer are the planner's decision for certain values",
};
static CALLS: Limit<Count> = Limit {
    what: "calls that used no index",
    value: Count(100),
    source: "MySQL's sys schema users: a report that runs now and then may scan",
};
static EACH: Limit<Rows> = Limit {
    what: "rows looked at in each call",
    value: Rows(1000),
    source: "a smaller table is read as fast without an index",
};

static HEAVY: Limit<Share> = Limit {
    what: "share of the time of all queries (warn)",
    value: Share(0.05),
    source: "own choice: what is less nobody notices",
};
static WINDOW: Limit<Seconds> =
    Limit { what: "the counters are at least so old", value: Seconds::hours(1.0), source: "own choice: not one burst" };

pub(super) const RULE: Rule = Rule {
    id: "query-without-index",
    title: "A query reads its table without any index",
    engines: &[Engine::MySql],
    versions: "all, with performance_schema on",
    area: Area::Indexes,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &CALLS, &EACH, &HEAVY, &WINDOW],
    explains: &["query-examines-many-rows", "slow-frequent-query", "dominant-query"],
    wrong_when: "it needs most rows of the table: then an index would make it slower",
    do_not: "raise join_buffer_size or sort_buffer_size: the scan stays, and every session takes more memory",
    lesson: include_str!("query_without_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    query::window(case, workload, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in query::of_the_application(workload) {
        let (Some(without), Some(examined)) = (query.without_index, query.rows_examined) else { continue };
        let share = Share::of(without.0 as f64, query.calls.0 as f64).unwrap_or_default();
        let each = Rows(examined.0 / query.calls.0.max(1));
        if share < SHARE.value || without < CALLS.value || each < EACH.value {
            continue;
        }
        // What returns the rows it looks at needs them.
        let wanted = query.rows.is_some_and(|rows| rows.0 * 10 >= examined.0);
        if wanted {
            continue;
        }
        let heavy = query::share(workload, query) >= HEAVY.value;
        let severity = if heavy { Severity::Warn } else { Severity::Info };
        let cause =
            format!("{without} calls of this query used no index and looked at {each} each: {}", query::short(query));
        let finding = Finding::new(severity, query::subject(query), cause)
            .measured("calls without index", without, "events_statements_summary_by_digest.sum_no_index_used")
            .measured("rows examined", examined, "events_statements_summary_by_digest.sum_rows_examined")
            .fix(query::plan(case, query));
        findings.push(query::with_figures(finding, workload, query));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::workload::Query;

    use super::*;
    use crate::example::{mysql, workload};

    fn look(change: impl Fn(&mut Query)) -> Vec<Finding> {
        let mut all = workload(1e4, "SELECT SUM ( a ) FROM t WHERE b = ?", 1000.0, 0.1);
        let query = &mut all.queries[0];
        query.without_index = Some(query.calls);
        query.rows_examined = Some(Rows(query.calls.0 * 5000));
        query.rows = Some(Rows(query.calls.0));
        change(query);
        check(&mysql(&all)).unwrap()
    }

    #[test]
    fn fires_on_scans_of_a_middling_table() {
        let found = look(|_| ());
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].cause.starts_with("10,000 calls of this query used no index and looked at 5,000 rows each"));
    }

    #[test]
    fn fires_when_half_the_calls_scan() {
        assert_eq!(look(|query| query.without_index = Some(Count(5000))).len(), 1);
    }

    #[test]
    fn silent_on_small_tables_and_few_scans() {
        assert!(look(|query| query.rows_examined = Some(Rows(query.calls.0 * 999))).is_empty());
        assert!(look(|query| query.without_index = Some(Count(4999))).is_empty());
    }

    #[test]
    fn silent_when_the_rows_are_wanted_or_unknown() {
        assert!(look(|query| query.rows = query.rows_examined).is_empty());
        assert!(look(|query| query.without_index = None).is_empty());
    }
}

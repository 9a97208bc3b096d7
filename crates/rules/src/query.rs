//! What the rules about queries share: the window they count over, which statements are the application's, and how to
//! see a query's plan.

use dbwright_model::finding::FixKind;
use dbwright_model::workload::Query;
use dbwright_model::{
    Case, Engine, Finding, Fix, NotEvaluated, Product, Seconds, Share, Subject, SubjectKind, Undo, Why, Workload,
};
use dbwright_sql::Dialect;

/// How long the counters have been counting, when that is at least `least`.
pub(crate) fn window(case: &Case, workload: &Workload, least: Seconds) -> Result<Seconds, NotEvaluated> {
    let age = match (workload.since, case.engine()) {
        (Some(since), _) => Some(Seconds(case.server.now.duration_since(since).as_secs_f64())),
        // Digests are gone after a restart. PostgreSQL's counters outlive it, so uptime says nothing about them.
        (None, Engine::MySql) => case.server.uptime,
        (None, _) => None,
    };
    let Some(age) = age else {
        return Err(NotEvaluated::new(
            Why::Window,
            "the server does not say since when it counts queries (PostgreSQL: from 14 on)",
        ));
    };
    if age < least {
        return Err(NotEvaluated::new(Why::Window, format!("query counters cover {age}, this needs {least}")));
    }
    Ok(age)
}

/// The queries that take the application's time: reading and writing rows, not maintenance, backups or sessions' settings.
pub(crate) fn of_the_application(workload: &Workload) -> impl Iterator<Item = &Query> {
    workload.queries.iter().filter(|query| {
        let first = query.text.as_str().trim_start_matches(['(', ' ']).split_whitespace().next().unwrap_or_default();
        query.calls.0 > 0
            && ["select", "insert", "update", "delete", "with", "merge", "replace"]
                .iter()
                .any(|word| first.eq_ignore_ascii_case(word))
    })
}

/// Whether the text computes few rows from many, so that reading many of them is its purpose.
pub(crate) fn aggregates(query: &Query) -> bool {
    let text = query.text.as_str().to_ascii_lowercase().replace(" (", "(");
    ["count(", "sum(", "avg(", "min(", "max(", "group by", "distinct", "_agg(", "group_concat(", "exists(", "insert "]
        .iter()
        .any(|word| text.contains(word))
}

/// The query's part of the time of all queries.
pub(crate) fn share(workload: &Workload, query: &Query) -> Share {
    Share::of(query.total_time.0, workload.total_time.0).unwrap_or_default()
}

/// The query as a subject.
pub(crate) fn subject(query: &Query) -> Subject {
    Subject::new(SubjectKind::Query, &query.fingerprint)
}

/// The beginning of the query's text, for a sentence.
pub(crate) fn short(query: &Query) -> String {
    const MOST: usize = 120;
    let text = query.text.as_str();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The numbers every finding about a query shows.
pub(crate) fn with_figures(finding: Finding, workload: &Workload, query: &Query) -> Finding {
    let source = |column: &str| format!("{}: {column}", workload.source);
    finding
        .measured("calls", query.calls, &source("calls"))
        .measured("time of all calls", query.total_time, &source("total time"))
        .measured("time of one call", query.mean_time, &source("mean time"))
        .weight(query.total_time.0)
}

/// The statement that shows how the query is executed.
pub(crate) fn plan(case: &Case, query: &Query) -> Fix {
    let looks = || Undo::NotNeeded("it only looks".into());
    let text = query.text.as_str();
    let digest = Dialect::MySql.literal(&query.fingerprint);
    match (case.engine(), case.server.product) {
        (Engine::MySql, Product::MariaDB) => Fix::sql(
            format!("SELECT sql_text FROM performance_schema.events_statements_history WHERE digest = {digest} LIMIT 1;"),
            looks(),
        )
        .cost(
            "then ANALYZE FORMAT=JSON that statement: a table with access type ALL and many r_rows wants an index; \
             empty while the consumer events_statements_history is off (its default in MariaDB)",
        ),
        (Engine::MySql, _) => Fix::sql(
            format!(
                "SELECT query_sample_text FROM performance_schema.events_statements_summary_by_digest WHERE digest = {digest} LIMIT 1;"
            ),
            looks(),
        )
        .cost("then EXPLAIN ANALYZE that statement: a table scan with many rows wants an index on its filter's columns"),
        _ if case.server.version.at_least(16, 0) && plannable(text) => {
            Fix::sql(format!("EXPLAIN (GENERIC_PLAN) {text};"), looks())
                .lock("ACCESS SHARE on its tables for a moment")
                .cost("it plans and does not execute; with real values use EXPLAIN (ANALYZE, BUFFERS)")
        }
        _ => Fix::of(
            FixKind::Code,
            "Run EXPLAIN (ANALYZE, BUFFERS) on the query with values that are slow, and look for the node that takes the time",
            looks(),
        ),
    }
}

/// Whether PostgreSQL can plan the text as it stands: literals are parameters, and none stands where only a constant may.
fn plannable(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let constants = ["interval $", "date $", "time $", "timestamp $", "timestamptz $"];
    !lower.contains('?') && !lower.contains("<insufficient privilege>") && !constants.iter().any(|c| lower.contains(c))
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Count, Version};

    use super::*;
    use crate::example::{case, postgres};

    fn query(text: &str) -> Query {
        Query { text: text.into(), fingerprint: "42".into(), calls: Count(1), ..Query::default() }
    }

    #[test]
    fn maintenance_is_not_the_applications() {
        let texts = ["COPY t TO stdout", "(select 1)", "VACUUM t", "With a as (select 1) select", "SET x = ?", ""];
        let workload = Workload { queries: texts.map(query).to_vec(), ..Workload::default() };
        assert_eq!(of_the_application(&workload).count(), 2);
    }

    #[test]
    fn a_plan_is_asked_for_in_the_words_of_the_server() {
        let of = |product, major, text| {
            plan(&case(product, Version::new(major, 0, 0), &Workload::default()), &query(text)).statement
        };
        assert_eq!(
            of(Product::PostgreSQL, 16, "select a from t where b = $1"),
            "EXPLAIN (GENERIC_PLAN) select a from t where b = $1;"
        );
        assert!(of(Product::PostgreSQL, 16, "select now() - interval $1").starts_with("Run EXPLAIN"));
        assert!(of(Product::PostgreSQL, 15, "select a from t where b = $1").starts_with("Run EXPLAIN"));
        assert!(of(Product::MySQL, 8, "SELECT ?").contains("query_sample_text"));
        assert!(of(Product::MariaDB, 10, "SELECT ?").contains("events_statements_history "));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(short(&query(&"ü".repeat(300))).chars().count(), 121);
    }

    #[test]
    fn a_window_must_be_known_and_long_enough() {
        let mut workload = Workload::default();
        let hour = Seconds::hours(1.0);
        assert!(window(&postgres(&workload), &workload, hour).is_err());
        let mut restarted = crate::example::mysql(&workload);
        restarted.server.uptime = Some(Seconds::hours(2.0));
        assert!(window(&restarted, &workload, hour).is_ok(), "digests count since the start at most");
        workload.since = Some("2026-11-24T11:30:00Z".parse().unwrap());
        assert!(window(&postgres(&workload), &workload, hour).unwrap_err().detail.contains("30 min"));
        assert!(window(&postgres(&workload), &workload, Seconds::minutes(20.0)).is_ok());
    }
}

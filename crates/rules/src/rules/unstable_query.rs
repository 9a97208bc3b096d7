use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, Ratio, Rule, Seconds, Severity, Undo,
};

use crate::queries::{shown, subject, workload};

static SPREAD: Limit<Ratio> = Limit {
    what: "standard deviation over mean",
    value: Ratio(3.0),
    source: "pt-query-digest's V/M idea; own choice of 3",
};
static CALLS: Limit<Count> = Limit { what: "calls", value: Count(100), source: "fewer say nothing about spread" };
static WORST: Limit<Seconds> = Limit {
    what: "longest execution",
    value: Seconds(1.0),
    source: "own choice: shorter outliers are locks and caches",
};
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::hours(24.0),
    source: "cold caches after a start are in any shorter window",
};

pub(super) const RULE: Rule = Rule {
    id: "unstable-query",
    title: "A query is sometimes far slower than usual",
    engines: &[Engine::Postgres],
    versions: "all, with pg_stat_statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&SPREAD, &CALLS, &WORST, &WINDOW],
    explains: &[],
    wrong_when: "its parameters really mean more work now and then (a big customer, a long period)",
    do_not: "judge it by its mean: nobody experiences the mean",
    lesson: include_str!("unstable_query.md"),
    check,
};

/// Named in a report.
const MOST: usize = 5;

fn check(case: &Case) -> Checked {
    let (workload, _) = workload(case, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in &workload.queries {
        let (Some(deviation), Some(worst)) = (query.stddev_time, query.max_time) else { continue };
        let spread = Ratio(if query.mean_time.0 > 0.0 { deviation.0 / query.mean_time.0 } else { 0.0 });
        if spread.0 < SPREAD.value.0
            || query.calls.0 < CALLS.value.0
            || worst.0 < WORST.value.0
            || findings.len() >= MOST
        {
            continue;
        }
        let cause = format!("usually {}, at worst {worst}: {}", query.mean_time, shown(query));
        findings.push(
            Finding::new(Severity::Info, subject(query), cause)
                .grade(Grade::Suspected)
                .measured("mean", query.mean_time, &workload.source)
                .measured("standard deviation", deviation, &workload.source)
                .measured("longest", worst, &workload.source)
                .measured("calls", query.calls, &workload.source)
                .fix(
                    Fix::sql(
                        "ALTER SYSTEM SET auto_explain.log_min_duration = '1s'; ALTER SYSTEM SET session_preload_libraries = 'auto_explain'; SELECT pg_reload_conf();",
                        Undo::Statement("ALTER SYSTEM RESET session_preload_libraries; ALTER SYSTEM RESET auto_explain.log_min_duration; SELECT pg_reload_conf();".into()),
                    )
                    .cost("logs the plan of what is slow, with its parameters: compare a slow plan with the usual one"),
                )
                .weight(deviation.0 * query.calls.0 as f64),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Workload;
    use dbwright_model::workload::Query;

    use super::*;
    use crate::example::postgres;

    fn with(deviation: f64, worst: f64, calls: u64, since: &str) -> Workload {
        let query = Query {
            fingerprint: "77".into(),
            text: "SELECT 1".into(),
            calls: Count(calls),
            mean_time: Seconds(0.01),
            stddev_time: Some(Seconds(deviation)),
            max_time: Some(Seconds(worst)),
            ..Query::default()
        };
        Workload { since: Some(since.parse().unwrap()), queries: vec![query], ..Workload::default() }
    }

    const OLD: &str = "2026-11-01T00:00:00Z";

    #[test]
    fn fires_on_a_wide_spread() {
        assert_eq!(check(&postgres(&with(0.5, 30.0, 5000, OLD))).unwrap()[0].grade, Grade::Suspected);
    }

    #[test]
    fn fires_at_three_times_the_mean() {
        assert_eq!(check(&postgres(&with(0.03, 2.0, 100, OLD))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_steady_rare_or_never_long() {
        assert!(check(&postgres(&with(0.02, 30.0, 5000, OLD))).unwrap().is_empty());
        assert!(check(&postgres(&with(0.5, 30.0, 50, OLD))).unwrap().is_empty());
        assert!(check(&postgres(&with(0.5, 0.8, 5000, OLD))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_the_first_day() {
        assert!(check(&postgres(&with(0.5, 30.0, 5000, "2026-11-24T00:00:00Z"))).is_err());
    }
}

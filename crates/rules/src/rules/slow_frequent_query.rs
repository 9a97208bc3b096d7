use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rate, Rule, Seconds, Severity, Workload,
};

use crate::query;

static MEAN: Limit<Seconds> = Limit {
    what: "time of one call, on average",
    value: Seconds(1.0),
    source: "Nielsen, Response Times: after one second a person's flow of thought breaks",
};
static OFTEN: Limit<Rate> = Limit {
    what: "calls a second",
    value: Rate(60.0 / 3600.0),
    source: "own choice: once a minute is no report, somebody waits each time",
};
static CALLS: Limit<Count> =
    Limit { what: "calls", value: Count(50), source: "pganalyze: at least 50 calls in the window" };
static WINDOW: Limit<Seconds> =
    Limit { what: "the counters are at least so old", value: Seconds::hours(1.0), source: "own choice: not one burst" };

pub(super) const RULE: Rule = Rule {
    id: "slow-frequent-query",
    title: "A query that is often called is slow",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; PostgreSQL with pg_stat_statements, MySQL and MariaDB with performance_schema on",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&MEAN, &OFTEN, &CALLS, &WINDOW],
    explains: &[],
    wrong_when: "nobody waits for it: a batch job or an export that is allowed its time",
    do_not: "put a cache before it first: the one who meets the empty cache still waits",
    lesson: include_str!("slow_frequent_query.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let window = query::window(case, workload, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in query::of_the_application(workload) {
        let often = Rate(query.calls.0 as f64 / window.0);
        if query.mean_time < MEAN.value || often < OFTEN.value || query.calls.0 < CALLS.value.0 {
            continue;
        }
        let cause = format!(
            "somebody waits {} for this query {:.0} times an hour: {}",
            query.mean_time,
            often.0 * 3600.0,
            query::short(query)
        );
        let mut finding = Finding::new(Severity::Warn, query::subject(query), cause);
        if let Some(longest) = query.max_time {
            finding = finding.measured("longest call", longest, &format!("{}: longest time", workload.source));
        }
        findings.push(query::with_figures(finding, workload, query).fix(query::plan(case, query)));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Why;

    use super::*;
    use crate::example::{mysql, postgres, workload};

    #[test]
    fn fires_on_seconds_of_waiting_all_day() {
        let found = check(&mysql(&workload(1e5, "SELECT * FROM t WHERE a LIKE ?", 8000.0, 2.0))).unwrap();
        assert!(
            found[0].cause.starts_with("somebody waits 2 s for this query 167 times an hour"),
            "{}",
            found[0].cause
        );
        assert!(found[0].fixes[0].statement.contains("query_sample_text"));
    }

    #[test]
    fn fires_on_writes_too() {
        assert_eq!(check(&postgres(&workload(1e5, "UPDATE t SET a = $1", 8000.0, 2.0))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_fast_or_rare() {
        assert!(check(&postgres(&workload(1e5, "SELECT 1", 8000.0, 0.9))).unwrap().is_empty());
        assert!(check(&postgres(&workload(1e5, "SELECT 1", 8000.0, 100.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_maintenance_and_young_counters() {
        assert!(check(&postgres(&workload(1e5, "REFRESH MATERIALIZED VIEW v", 8000.0, 2.0))).unwrap().is_empty());
        let mut young = workload(1e5, "SELECT 1", 8000.0, 2.0);
        young.since = Some("2026-11-24T11:10:00Z".parse().unwrap());
        assert_eq!(check(&postgres(&young)).unwrap_err().why, Why::Window);
    }
}

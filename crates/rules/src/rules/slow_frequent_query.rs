use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rate, Rule, Seconds, Severity, Share, Workload,
};

use crate::query;

static SLOW: Limit<Seconds> = Limit {
    what: "time of one call, on average",
    value: Seconds::millis(50.0),
    source: "pganalyze: 50 ms; PgHero: 20 ms",
};
static OFTEN: Limit<Rate> =
    Limit { what: "calls a second", value: Rate(50.0 / 86_400.0), source: "pganalyze: 50 calls in 24 h" };
static BUSY: Limit<Share> = Limit {
    what: "share of one session's time that it takes",
    value: Share(0.01),
    source: "own choice: a quarter of an hour a day; less nobody notices",
};
static CALLS: Limit<Count> = Limit { what: "calls", value: Count(50), source: "fewer are one person's afternoon" };
static VERY_SLOW: Limit<Seconds> = Limit {
    what: "time of one call, on average (warn)",
    value: Seconds(1.0),
    source: "Nielsen, Response Times: after one second a person's flow of thought breaks",
};
static VERY_OFTEN: Limit<Rate> = Limit {
    what: "calls a second (warn)",
    value: Rate(1.0 / 60.0),
    source: "own choice: once a minute is no report, somebody waits each time",
};
static WINDOW: Limit<Seconds> =
    Limit { what: "the counters are at least so old", value: Seconds::hours(1.0), source: "own choice: not one burst" };

pub(super) const RULE: Rule = Rule {
    id: "slow-frequent-query",
    title: "A query that is often called is slow",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; PostgreSQL with pg_stat_statements, MySQL and MariaDB with performance_schema on",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&SLOW, &OFTEN, &BUSY, &CALLS, &VERY_SLOW, &VERY_OFTEN, &WINDOW],
    explains: &[],
    wrong_when: "nobody waits for it: a batch job or an export that is allowed its time",
    do_not: "put a cache before it first: the one who meets the empty cache still waits",
    lesson: include_str!("slow_frequent_query.md"),
    check,
};

/// Named in a report; the workload is ordered by time, so these are the ones that matter.
const MOST: usize = 10;

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let window = query::window(case, workload, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in query::of_the_application(workload) {
        let often = Rate(query.calls.0 as f64 / window.0);
        let busy = Share::of(query.total_time.0, window.0).unwrap_or_default();
        if query.mean_time < SLOW.value || often < OFTEN.value || busy < BUSY.value || query.calls < CALLS.value {
            continue;
        }
        let waits = query.mean_time >= VERY_SLOW.value && often >= VERY_OFTEN.value;
        let severity = if waits { Severity::Warn } else { Severity::Info };
        if findings.len() >= MOST {
            break;
        }
        let cause = format!(
            "this query takes {} each time, {} times a day: {}",
            query.mean_time,
            Count((often.0 * 86_400.0).round() as u64),
            query::short(query)
        );
        let mut finding = Finding::new(severity, query::subject(query), cause);
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
        assert!(found[0].cause.starts_with("this query takes 2 s each time, 4,000 times a day"), "{}", found[0].cause);
        assert!(found[0].fixes[0].statement.contains("query_sample_text"));
    }

    #[test]
    fn fires_softly_below_a_second() {
        assert_eq!(check(&postgres(&workload(1e5, "SELECT 1", 8000.0, 0.9))).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn fires_on_writes_too() {
        assert_eq!(check(&postgres(&workload(1e5, "UPDATE t SET a = $1", 8000.0, 2.0))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_fast_or_rare() {
        assert!(check(&postgres(&workload(1e5, "SELECT 1", 8000.0, 0.049))).unwrap().is_empty());
        assert!(check(&postgres(&workload(1e5, "SELECT 1", 800.0, 0.5))).unwrap().is_empty());
        assert!(check(&postgres(&workload(1e5, "SELECT 1", 4800.0, 100.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_maintenance_and_young_counters() {
        assert!(check(&postgres(&workload(1e5, "REFRESH MATERIALIZED VIEW v", 8000.0, 2.0))).unwrap().is_empty());
        let mut young = workload(1e5, "SELECT 1", 8000.0, 2.0);
        young.since = Some("2026-11-24T11:10:00Z".parse().unwrap());
        assert_eq!(check(&postgres(&young)).unwrap_err().why, Why::Window);
    }
}

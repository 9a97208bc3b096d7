use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Harm, Limit, Ratio, Rule, Seconds, Severity, Share, Workload,
};

use crate::query;

static SHARE: Limit<Share> = Limit {
    what: "share of the time of all queries",
    value: Share(0.3),
    source: "own choice: halving such a query frees more than any setting does",
};
static WINDOW: Limit<Seconds> =
    Limit { what: "the counters are at least so old", value: Seconds::hours(1.0), source: "own choice: not one burst" };
static BUSY: Limit<Ratio> = Limit {
    what: "sessions kept busy by it, on average (warn)",
    value: Ratio(1.0),
    source: "one processor that does nothing else, day and night",
};
static SLOW: Limit<Seconds> = Limit {
    what: "time of one call (warn)",
    value: Seconds::millis(50.0),
    source: "pganalyze: from 50 ms on a query is slow; a faster one that dominates is just the application's work",
};

pub(super) const RULE: Rule = Rule {
    id: "dominant-query",
    title: "One query takes most of the time",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; PostgreSQL with pg_stat_statements, MySQL and MariaDB with performance_schema on",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &WINDOW, &BUSY, &SLOW],
    explains: &[],
    wrong_when: "it is the very purpose of this server, each call is as fast as it can be and there are only many of them",
    do_not: "buy a bigger server before looking at this one plan",
    lesson: include_str!("dominant_query.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let window = query::window(case, workload, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in query::of_the_application(workload) {
        let share = query::share(workload, query);
        let busy = Ratio(query.total_time.0 / window.0);
        // On a server that idles, one of its few queries always dominates.
        if share < SHARE.value || busy.0 < BUSY.value.0 / 100.0 {
            continue;
        }
        let heavy = busy >= BUSY.value && query.mean_time >= SLOW.value;
        let severity = if heavy { Severity::Warn } else { Severity::Info };
        let cause = format!(
            "this query takes {share} of the time of all queries: {} calls of {} keep {:.2} sessions busy all the time: {}",
            query.calls,
            query.mean_time,
            busy.0,
            query::short(query)
        );
        let finding = Finding::new(severity, query::subject(query), cause)
            .measured("share of all time", share, &format!("{}: total time", workload.source))
            .measured("counters cover", window, &format!("{}: last reset", workload.source))
            .fix(query::plan(case, query));
        findings.push(query::with_figures(finding, workload, query));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Why;

    use super::*;
    use crate::example::{postgres, workload};

    /// A day in which one query took `time` of a hundred thousand seconds, `mean` each.
    fn look(time: f64, mean: f64) -> Vec<Finding> {
        check(&postgres(&workload(100_000.0, "SELECT a FROM t WHERE b = $1", time, mean))).unwrap()
    }

    #[test]
    fn fires_as_a_warning_when_slow_and_always_running() {
        let found = look(90_000.0, 0.8);
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Warn, "42"));
        assert!(found[0].cause.contains("90 % of the time"), "{}", found[0].cause);
    }

    #[test]
    fn fires_softly_when_each_call_is_fast() {
        assert_eq!(look(90_000.0, 0.002)[0].severity, Severity::Info);
    }

    #[test]
    fn silent_below_the_share() {
        assert!(look(29_000.0, 0.8).is_empty());
    }

    #[test]
    fn silent_on_an_idle_server_and_on_maintenance() {
        assert!(check(&postgres(&workload(100.0, "SELECT 1", 90.0, 0.8))).unwrap().is_empty());
        assert!(check(&postgres(&workload(100_000.0, "VACUUM t", 90_000.0, 0.8))).unwrap().is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        let mut young = workload(1000.0, "SELECT 1", 900.0, 0.8);
        young.since = Some("2026-11-24T11:10:00Z".parse().unwrap());
        assert_eq!(check(&postgres(&young)).unwrap_err().why, Why::Window);
    }
}

use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Grade, Harm, Limit, Ratio, Rule, Seconds, Severity, Share, Workload,
};

use crate::query;

static SPREAD: Limit<Ratio> = Limit {
    what: "standard deviation, in means",
    value: Ratio(3.0),
    source: "own choice, after the variance-to-mean ratio of pt-query-digest",
};
static LONGEST: Limit<Seconds> =
    Limit { what: "longest call", value: Seconds(1.0), source: "below it nobody notices the difference" };
static CALLS: Limit<Count> = Limit { what: "calls", value: Count(100), source: "a spread of fewer values is chance" };
static SHARE: Limit<Share> =
    Limit { what: "share of the time of all queries", value: Share(0.05), source: "own choice: what is less is noise" };

static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "in less the cold cache after a start is most of the spread",
};

pub(super) const RULE: Rule = Rule {
    id: "unstable-query",
    title: "The same query is now fast, now slow",
    engines: &[Engine::Postgres],
    versions: "all; MySQL and MariaDB keep no deviation per query",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&SPREAD, &LONGEST, &CALLS, &SHARE, &WINDOW],
    explains: &[],
    wrong_when: "the first calls after a restart were slow because nothing was cached yet, or one call waited for a lock once",
    do_not: "judge it by its mean: no single call takes that long",
    lesson: include_str!("unstable_query.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    query::window(case, workload, WINDOW.value)?;
    let mut findings = Vec::new();
    for query in query::of_the_application(workload) {
        let (Some(deviation), Some(longest)) = (query.stddev_time, query.max_time) else { continue };
        let steady = deviation.0 <= SPREAD.value.0 * query.mean_time.0;
        if steady || longest < LONGEST.value || query.calls.0 < CALLS.value.0 {
            continue;
        }
        if query::share(workload, query) < SHARE.value {
            continue;
        }
        let cause = format!(
            "this query takes {} on average but up to {longest}: either its plan changes, or some values find far more rows, or it waits: {}",
            query.mean_time,
            query::short(query)
        );
        let finding = Finding::new(Severity::Info, query::subject(query), cause)
            .grade(Grade::Suspected)
            .measured("standard deviation", deviation, "pg_stat_statements.stddev_exec_time")
            .measured("longest call", longest, "pg_stat_statements.max_exec_time")
            .fix(query::plan(case, query));
        findings.push(query::with_figures(finding, workload, query));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{postgres, workload};

    fn look(change: impl Fn(&mut dbwright_model::workload::Query)) -> Vec<Finding> {
        let mut all = workload(1000.0, "SELECT a FROM t WHERE b = $1", 500.0, 0.02);
        all.queries[0].stddev_time = Some(Seconds(0.2));
        all.queries[0].max_time = Some(Seconds(9.0));
        change(&mut all.queries[0]);
        check(&postgres(&all)).unwrap()
    }

    #[test]
    fn fires_on_a_wide_spread() {
        let found = look(|_| ());
        assert_eq!(found[0].grade, Grade::Suspected);
        assert!(found[0].cause.contains("20 ms on average but up to 9 s"), "{}", found[0].cause);
    }

    #[test]
    fn fires_just_above_the_limit() {
        assert_eq!(look(|query| query.stddev_time = Some(Seconds(0.0601))).len(), 1);
    }

    #[test]
    fn silent_when_steady_or_always_short() {
        assert!(look(|query| query.stddev_time = Some(Seconds(0.06))).is_empty());
        assert!(look(|query| query.max_time = Some(Seconds(0.9))).is_empty());
    }

    #[test]
    fn silent_when_rare_small_or_unknown() {
        assert!(look(|query| query.calls = Count(99)).is_empty());
        assert!(look(|query| query.total_time = Seconds(10.0)).is_empty());
        assert!(look(|query| query.stddev_time = None).is_empty());
    }
}

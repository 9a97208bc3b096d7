use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Undo};

use crate::queries::{explain, shown, subject, workload};

static MEAN: Limit<Seconds> =
    Limit { what: "mean execution time", value: Seconds::millis(50.0), source: "pganalyze: 50 ms; PgHero: 20 ms" };
static CALLS: Limit<Count> = Limit { what: "calls a day", value: Count(50), source: "pganalyze: 50 calls in 24 h" };
static WINDOW: Limit<Seconds> =
    Limit { what: "the counters are at least so old", value: Seconds::hours(1.0), source: "own choice" };
/// Below this share of a connection's time the query is nobody's problem.
static BUSY: Limit<Seconds> =
    Limit { what: "time it takes a day", value: Seconds::minutes(5.0), source: "own choice: 0.3 % of one connection" };

pub(super) const RULE: Rule = Rule {
    id: "slow-frequent-query",
    title: "A query is slow and runs often",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all, with pg_stat_statements or performance_schema",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&MEAN, &CALLS, &BUSY, &WINDOW],
    explains: &[],
    wrong_when: "it is a report or a batch that nobody waits for",
    do_not: "raise a timeout so that it fails less: it takes the same time from everybody else",
    lesson: include_str!("slow_frequent_query.md"),
    check,
};

/// Named in a report; the rest of the list is in the workload.
const MOST: usize = 10;

fn check(case: &Case) -> Checked {
    let (workload, age) = workload(case, WINDOW.value)?;
    let days = age.0 / 86_400.0;
    let mut findings = Vec::new();
    for query in &workload.queries {
        let a_day = query.calls.0 as f64 / days;
        let busy = Seconds(query.total_time.0 / days);
        if query.mean_time.0 < MEAN.value.0
            || a_day < CALLS.value.0 as f64
            || busy.0 < BUSY.value.0
            || findings.len() >= MOST
        {
            continue;
        }
        let cause = format!("{} each, {a_day:.0} times a day ({busy} a day): {}", query.mean_time, shown(query));
        let mut finding = Finding::new(Severity::Info, subject(query), cause)
            .measured("mean time", query.mean_time, &workload.source)
            .measured("calls", query.calls, &workload.source)
            .measured("counters cover", age, &workload.source)
            .fix(
                Fix::sql(explain(case, query), Undo::NotNeeded("it only plans".into()))
                    .cost("shows the plan; put real values in for the placeholders"),
            )
            .weight(query.total_time.0);
        if let Some(rows) = query.rows {
            finding = finding.measured("rows returned or changed", rows, &workload.source);
        }
        findings.push(finding);
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Workload;
    use dbwright_model::workload::Query;

    use super::*;
    use crate::example::{mysql, postgres};

    fn with(mean: f64, calls: u64) -> Workload {
        let query = Query {
            fingerprint: "77".into(),
            text: "SELECT 1".into(),
            calls: Count(calls),
            mean_time: Seconds(mean),
            total_time: Seconds(mean * calls as f64),
            ..Query::default()
        };
        Workload { since: Some("2026-11-23T12:00:00Z".parse().unwrap()), queries: vec![query], ..Workload::default() }
    }

    #[test]
    fn fires_when_slow_and_frequent() {
        assert_eq!(check(&postgres(&with(0.2, 50_000))).unwrap()[0].subject.name, "77");
    }

    #[test]
    fn fires_on_every_engine() {
        assert_eq!(check(&mysql(&with(8.0, 60))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_fast_or_rare() {
        assert!(check(&postgres(&with(0.002, 5_000_000))).unwrap().is_empty());
        assert!(check(&postgres(&with(30.0, 20))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_it_adds_up_to_little() {
        assert!(check(&postgres(&with(0.06, 100))).unwrap().is_empty());
    }
}

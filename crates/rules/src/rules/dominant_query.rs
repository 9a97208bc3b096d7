use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Undo};

use crate::queries::{explain, shown, subject, workload};

static SHARE: Limit<Share> = Limit {
    what: "share of all execution time (warn)",
    value: Share(0.3),
    source: "postgres-checkup K000; pg-extras 33 %",
};
static TOTAL: Limit<Seconds> = Limit {
    what: "total execution time of all queries",
    value: Seconds(60.0),
    source: "own choice: below a minute nobody waited",
};
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::hours(1.0),
    source: "own choice: longer than one batch job",
};

pub(super) const RULE: Rule = Rule {
    id: "dominant-query",
    title: "One query takes a large part of the time",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all, with pg_stat_statements or performance_schema",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &TOTAL, &WINDOW],
    explains: &[],
    wrong_when: "it is the purpose of the system and as fast as it can be",
    do_not: "buy a bigger machine before looking at the plan of this one query",
    lesson: include_str!("dominant_query.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let (workload, age) = workload(case, WINDOW.value)?;
    if workload.total_time.0 < TOTAL.value.0 {
        return Ok(vec![]);
    }
    let mut findings = Vec::new();
    for query in &workload.queries {
        let Some(share) = Share::of(query.total_time.0, workload.total_time.0).filter(|share| share.0 >= SHARE.value.0)
        else {
            continue;
        };
        let cause = format!(
            "{share} of all execution time is one query ({} calls, {} each): {}",
            query.calls,
            query.mean_time,
            shown(query)
        );
        findings.push(
            Finding::new(Severity::Warn, subject(query), cause)
                .measured("its time", query.total_time, &workload.source)
                .measured("time of all queries", workload.total_time, &workload.source)
                .measured("calls", query.calls, &workload.source)
                .measured("counters cover", age, &workload.source)
                .fix(
                    Fix::sql(explain(case, query), Undo::NotNeeded("it only plans".into()))
                        .cost("shows the plan; put real values in for the placeholders"),
                )
                .weight(query.total_time.0),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::workload::Query;
    use dbwright_model::{Count, Workload};

    use super::*;
    use crate::example::{mysql, postgres};

    fn with(query: f64, all: f64, since: &str) -> Workload {
        let query = Query {
            fingerprint: "77".into(),
            text: "SELECT 1".into(),
            calls: Count(10),
            total_time: Seconds(query),
            ..Query::default()
        };
        Workload {
            source: "test".into(),
            since: Some(since.parse().unwrap()),
            total_time: Seconds(all),
            queries: vec![query],
            ..Workload::default()
        }
    }

    #[test]
    fn fires_from_a_third_on() {
        assert_eq!(check(&postgres(&with(400.0, 1000.0, "2026-11-24T00:00:00Z"))).unwrap()[0].subject.name, "77");
    }

    #[test]
    fn fires_with_a_plan_to_look_at() {
        let found = check(&mysql(&with(900.0, 1000.0, "2026-11-01T00:00:00Z"))).unwrap();
        assert_eq!(found[0].fixes[0].statement, "EXPLAIN SELECT 1;");
    }

    #[test]
    fn silent_when_time_is_spread_or_short() {
        assert!(check(&postgres(&with(290.0, 1000.0, "2026-11-24T00:00:00Z"))).unwrap().is_empty());
        assert!(check(&postgres(&with(30.0, 40.0, "2026-11-24T00:00:00Z"))).unwrap().is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&postgres(&with(900.0, 1000.0, "2026-11-24T11:30:00Z"))).is_err());
    }
}

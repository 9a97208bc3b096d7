use dbwright_model::finding::SubjectKind;
use dbwright_model::workload::Query;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Seconds, Severity, Share, Subject,
    Why, Workload,
};

use super::{change, excerpt};

pub(super) const RULE: Rule = Rule {
    id: "jit-dominates-query",
    title: "A query spends its time being compiled",
    engines: &[Engine::Postgres],
    versions: "15–19",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &OF_ALL, &CALLS],
    explains: &[],
    wrong_when: "the compiled calls are rare reports and the many cheap ones are not compiled",
    do_not: "raise jit_optimize_above_cost only: the compilation without optimisation and its start-up remain",
    lesson: include_str!("jit_dominates_query.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "time of the query that went into compilation",
    value: Share(0.25),
    source: "ours: compiling should cost a small part of what it saves",
};

static OF_ALL: Limit<Share> = Limit {
    what: "time of all queries that the query's compilation took",
    value: Share(0.01),
    source: "ours: what is less nobody notices",
};

static CALLS: Limit<Count> = Limit { what: "calls", value: Count(10), source: "a single slow call is an accident" };

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    if workload.queries.iter().all(|query| query.jit_time.is_none()) && !workload.queries.is_empty() {
        return Err(NotEvaluated::new(Why::Version, "compilation is timed from PostgreSQL 15 on"));
    }
    Ok(workload.queries.iter().filter_map(|query| finding(case, workload, query)).collect())
}

fn finding(case: &Case, workload: &Workload, query: &Query) -> Option<Finding> {
    let jit = query.jit_time?;
    let share = Share::of(jit.0, query.total_time.0).filter(|share| *share >= SHARE.value)?;
    Share::of(jit.0, workload.total_time.0).filter(|share| *share >= OF_ALL.value)?;
    if query.calls.0 < CALLS.value.0 {
        return None;
    }
    let each = Seconds(jit.0 / query.calls.0.max(1) as f64);
    Some(
        Finding::new(
            Severity::Warn,
            Subject::new(SubjectKind::Query, &query.fingerprint),
            format!("{share} of the time of this query is just-in-time compilation, {each} of {} a call: {}", query.mean_time, excerpt::of(&query.text)),
        )
        .measured("compilation", jit, "pg_stat_statements.jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time")
        .measured("whole time", query.total_time, "pg_stat_statements.total_exec_time")
        .measured("calls", query.calls, "pg_stat_statements.calls")
        .fix(change::setting(case, "jit", "off").cost("long analytical queries lose it too; set it for their role: ALTER ROLE … SET jit = on; off is the default from 19 on"))
        .fix(change::setting(case, "jit_above_cost", "1000000").cost("keeps it for queries that are estimated ten times as expensive as by default"))
        .weight(jit.0),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn case(query: Query) -> Case {
        let query = Query { fingerprint: "42".into(), text: "select a from t".into(), ..query };
        pg(16).with(&Workload { total_time: Seconds(1000.0), queries: vec![query], ..Workload::default() })
    }

    fn found(jit: Option<f64>, total: f64, calls: u64) -> Checked {
        let query = Query {
            jit_time: jit.map(Seconds),
            total_time: Seconds(total),
            calls: Count(calls),
            mean_time: Seconds(total / calls as f64),
            ..Query::default()
        };
        check(&case(query))
    }

    #[test]
    fn fires_when_half_is_compilation() {
        assert_eq!(found(Some(50.0), 100.0, 500).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_at_the_limits() {
        assert_eq!(found(Some(10.0), 40.0, 10).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_it_pays() {
        assert!(found(Some(20.0), 100.0, 500).unwrap().is_empty());
    }

    #[test]
    fn silent_on_little_time_or_few_calls() {
        assert!(found(Some(9.0), 10.0, 500).unwrap().is_empty());
        assert!(found(Some(50.0), 100.0, 9).unwrap().is_empty());
    }

    #[test]
    fn silent_before_15() {
        assert_eq!(found(None, 100.0, 500).unwrap_err().why, Why::Version);
    }
}

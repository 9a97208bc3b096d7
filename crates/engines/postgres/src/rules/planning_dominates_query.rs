use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::workload::Query;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rule, Seconds, Severity, Share,
    Subject, Undo, Why, Workload,
};

use super::excerpt;

pub(super) const RULE: Rule = Rule {
    id: "planning-dominates-query",
    title: "A query takes longer to plan than to run",
    engines: &[Engine::Postgres],
    versions: "13–19",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&OF_ALL, &CALLS],
    explains: &[],
    wrong_when: "the parameters differ so much that each call deserves its own plan",
    do_not: "set plan_cache_mode = force_generic_plan for the whole server: queries over skewed values get bad plans",
    lesson: include_str!("planning_dominates_query.md"),
    check,
};

static OF_ALL: Limit<Share> = Limit {
    what: "time of all queries that planning this one took",
    value: Share(0.01),
    source: "ours: what is less nobody notices",
};

static CALLS: Limit<Count> =
    Limit { what: "calls", value: Count(100), source: "a query that runs seldom may be planned" };

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    if workload.queries.iter().all(|query| query.plan_time.is_none()) && !workload.queries.is_empty() {
        return Err(NotEvaluated::new(Why::Setting, "planning is not timed")
            .allow("ALTER SYSTEM SET pg_stat_statements.track_planning = on; SELECT pg_reload_conf(); -- 13+, some cost under many parallel sessions"));
    }
    Ok(workload.queries.iter().filter_map(|query| finding(workload, query)).collect())
}

fn finding(workload: &Workload, query: &Query) -> Option<Finding> {
    let plan = query.plan_time.filter(|plan| *plan > query.total_time)?;
    Share::of(plan.0, workload.total_time.0).filter(|share| *share >= OF_ALL.value)?;
    if query.calls.0 < CALLS.value.0 {
        return None;
    }
    let each = Seconds(plan.0 / query.calls.0.max(1) as f64);
    Some(
        Finding::new(
            Severity::Info,
            Subject::new(SubjectKind::Query, &query.fingerprint),
            format!("planning takes {each} a call where running takes {}: {}", query.mean_time, excerpt::of(&query.text)),
        )
        .measured("planning", plan, "pg_stat_statements.total_plan_time")
        .measured("running", query.total_time, "pg_stat_statements.total_exec_time")
        .measured("calls", query.calls, "pg_stat_statements.calls")
        .fix(
            Fix::of(
                FixKind::Code,
                "prepare the statement once and execute it often (server-side prepared statements of the driver; PgBouncer from 1.21 on with max_prepared_statements)",
                Undo::NotNeeded("the driver's option can be switched back".into()),
            )
            .cost("after five executions a generic plan may be used, which does not know the parameters: plan_cache_mode = force_custom_plan is the way back"),
        )
        .weight(plan.0),
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

    fn found(plan: Option<f64>, total: f64, calls: u64) -> Checked {
        let query =
            Query { plan_time: plan.map(Seconds), total_time: Seconds(total), calls: Count(calls), ..Query::default() };
        check(&case(query))
    }

    #[test]
    fn fires_when_planning_takes_longer() {
        assert_eq!(found(Some(90.0), 30.0, 100_000).unwrap().len(), 1);
    }

    #[test]
    fn fires_at_the_limits() {
        assert_eq!(found(Some(10.0), 9.9, 100).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_running_takes_longer() {
        assert!(found(Some(90.0), 91.0, 100_000).unwrap().is_empty());
    }

    #[test]
    fn silent_on_little_time_or_few_calls() {
        assert!(found(Some(9.0), 1.0, 100_000).unwrap().is_empty());
        assert!(found(Some(90.0), 30.0, 99).unwrap().is_empty());
    }

    #[test]
    fn silent_when_not_timed() {
        assert_eq!(found(None, 30.0, 100).unwrap_err().why, Why::Setting);
    }
}

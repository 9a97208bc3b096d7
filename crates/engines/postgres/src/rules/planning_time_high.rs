use dbwright_model::plan::{Interval, NodeId, Operator};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Undo};
use dbwright_plan::{At, places};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "planning-time-high",
    title: "Making the plan takes longer than carrying it out",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&TIME],
    explains: &[],
    wrong_when: "it was the first query of the session: reading the catalog for the first time is part of it; run it twice",
    do_not: "lower join_collapse_limit for the whole server",
    lesson: include_str!("planning_time_high.md"),
    check,
};

static TIME: Limit<Seconds> = Limit {
    what: "planning time",
    value: Seconds::millis(50.0),
    source: "ours: a usual query is planned in a few milliseconds",
};

fn check(case: &Case) -> Checked {
    let roots = places(case)?.filter(|at| at.place.node == NodeId::ROOT);
    Ok(roots.filter_map(finding).collect())
}

fn finding(root: At<'_>) -> Option<Finding> {
    let planning = root.plan.planning?;
    let execution = root.execution()?;
    if planning.0 < TIME.value.0 || planning.0 < execution {
        return None;
    }
    let scans = root.subtree().filter(|part| part.node().operator.is_scan()).count() as u64;
    let appended = root
        .subtree()
        .filter(|part| part.node().operator == Operator::Append)
        .map(|part| part.node().children.len())
        .max()
        .unwrap_or(0);
    let why = match appended {
        20.. => format!("the plan has {appended} partitions, each planned by itself"),
        _ if scans >= 8 => format!("it joins {scans} tables, whose orders are tried out"),
        _ => "statistics targets, many indexes, or a bloated catalog are the usual reasons".to_owned(),
    };
    let saving = Interval::new(0.0, planning.0 * 0.8, planning.0);
    let fix = match appended {
        20.. => plan::rewrite("Name the partition key in the condition with a constant of its own type, so that partitions are pruned while planning; merge partitions that hold little; prepare the statement once and execute it often"),
        _ => Fix::sql("SET plan_cache_mode = force_generic_plan;", Undo::Statement("RESET plan_cache_mode;".into()))
            .cost("for a session that executes this as a prepared statement: it is planned once, for all parameters alike; with many joins, SET join_collapse_limit = 1 keeps the order written"),
    };
    let severity = if planning.0 >= 4.0 * TIME.value.0 { Severity::Warn } else { Severity::Info };
    Some(
        root.finding(
            severity,
            format!("planning took {planning}, carrying the plan out {}: {why}", Seconds(execution)),
        )
        .measured("planning", planning, "Planning Time")
        .measured("execution", Seconds(execution), "Execution Time")
        .measured("tables and partitions scanned", Count(scans), "the plan's scans")
        .saves(saving)
        .fix(fix),
    )
}

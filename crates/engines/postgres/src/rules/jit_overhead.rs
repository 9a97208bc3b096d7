use dbwright_model::plan::{Interval, NodeId};
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, PlanNode, Rule, Seconds, Share, Undo,
};
use dbwright_plan::{At, places};

use super::{made_under, plan};

pub(super) const RULE: Rule = Rule {
    id: "jit-overhead",
    title: "Compiling the query takes longer than it can save",
    engines: &[Engine::Postgres],
    versions: "11–19; builds with LLVM",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &TIME],
    explains: &[],
    wrong_when: "the same query runs much longer with other parameters: then the compilation pays there",
    do_not: "switch jit off for a warehouse where queries run for minutes",
    lesson: include_str!("jit_overhead.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "compilation as a part of the execution",
    value: Share(0.1),
    source: "pgMustard's and our mark; compiled code rarely saves more than a fifth of what is left",
};

static TIME: Limit<Seconds> =
    Limit { what: "time to compile", value: Seconds::millis(20.0), source: "ours: less is not noticed" };

fn check(case: &Case) -> Checked {
    let roots = places(case)?.filter(|at| at.place.node == NodeId::ROOT);
    Ok(roots.filter_map(|root| finding(case, root)).collect())
}

fn finding(case: &Case, root: At<'_>) -> Option<Finding> {
    let jit = root.plan.jit.as_ref()?;
    let execution = root.execution()?;
    let entry = root.plan.account.as_ref()?.entries.iter().find(|entry| entry.what.contains("compilation"));
    // The figure printed is the sum of all processes; the account has the leader's part.
    let time = entry.map_or(jit.time?.0, |entry| entry.time.value);
    let share = Share::of(time, execution)?;
    if share.0 < SHARE.value.0 || time < TIME.value.0 {
        return None;
    }
    let saving = Interval::new(time * 0.5, time * 0.9, time);
    let cost = root.node().estimate.and_then(|estimate| estimate.total_cost);
    let above = made_under::number(case, root.plan, "jit_above_cost");
    let raised = match (cost, above) {
        (Some(cost), Some(above)) if cost >= above => {
            format!(
                "SET jit_above_cost = {:.0} would leave this plan alone (its cost is {cost:.0}, compiled are plans above {above:.0})",
                cost.max(above) * 2.0
            )
        }
        _ => "raise jit_above_cost for them".to_owned(),
    };
    Some(
        root.finding(
            plan::severity(&root, saving),
            format!(
                "compiling {} functions took {}, {share} of the execution",
                Count(jit.functions as u64),
                Seconds(time)
            ),
        )
        .measured("time to compile", Seconds(time), "JIT Timing: Total, the leader's part")
        .measured("functions compiled", Count(jit.functions as u64), "JIT Functions")
        .saves(saving)
        .reaches(root.subtree().map(|part| PlanNode { ..part.place }))
        .fix(
            Fix::sql("SET jit = off;", Undo::Statement("RESET jit;".into()))
                .cost(format!("for the sessions that run queries of this kind (ALTER ROLE … SET jit = off), or {raised}; if the planner expected far more rows than came, mend that estimate: the cost that switched compilation on was wrong"))
                .verify("EXPLAIN (ANALYZE) the query in that session"),
        ),
    )
}

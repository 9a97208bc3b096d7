use dbwright_model::plan::{Interval, NodeId};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Share};
use dbwright_plan::{At, places};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "time-outside-plan",
    title: "A large part of the execution is in no operator",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &TIME],
    explains: &[],
    wrong_when: "the machine was so busy that the process waited between two operators",
    do_not: "look for a missing index: no operator is slow",
    lesson: include_str!("time_outside_plan.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "unexplained part of the execution",
    value: Share(0.2),
    source: "ours: operators usually explain all but a percent",
};

static TIME: Limit<Seconds> = Limit { what: "unexplained time", value: Seconds::millis(5.0), source: "ours" };

fn check(case: &Case) -> Checked {
    let roots = places(case)?.filter(|at| at.place.node == NodeId::ROOT);
    Ok(roots.filter_map(finding).collect())
}

fn finding(root: At<'_>) -> Option<Finding> {
    let account = root.plan.account.as_ref()?;
    let entry = account.entries.iter().find(|entry| entry.what == "unexplained")?;
    let share = Share::of(entry.time.value, root.execution()?)?;
    if entry.time.value < TIME.value.0 || share.0 < SHARE.value.0 {
        return None;
    }
    let nodes = root.plan.nodes.len();
    let why = match nodes {
        200.. => format!("setting up and taking down {nodes} operators (partitions) takes time of its own"),
        _ => "setting up hundreds of computed columns, waiting for a lock or for deferred work, or a busy machine"
            .to_owned(),
    };
    Some(
        root.finding(
            Severity::Info,
            format!(
                "{} of the execution ({share}) is in no operator, trigger or compilation: {why}",
                entry.time.seconds()
            ),
        )
        .measured("unexplained", entry.time.seconds(), "Execution Time − operators − triggers − JIT − serialization")
        .measured("operators", Count(nodes as u64), "the plan")
        .saves(Interval::new(0.0, entry.time.value * 0.5, entry.time.value))
        .fix(plan::rewrite(
            "Run it once more; if the gap stays, name the partition key in the condition (hundreds of partitions) or ask \
                 for fewer columns (hundreds of expressions); if it comes and goes, switch log_lock_waits on and look for locks at that time",
        )),
    )
}

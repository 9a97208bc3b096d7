use dbwright_model::plan::{ConditionKind, NodeId, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "one-time-filter-false",
    title: "The conditions can hold for no row",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the program writes a condition that is false on purpose, as for an empty list",
    do_not: "look for an index: nothing is read at all",
    lesson: include_str!("one_time_filter_false.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let mut filters = node.conditions(ConditionKind::OneTime);
    if node.operator != Operator::Result || !filters.any(|filter| filter.text.as_str() == "false") {
        return None;
    }
    // Above it nothing brings rows from elsewhere.
    let alone = at.ancestors().all(|above| above.inputs().count() == 1);
    let root = at.at(NodeId::ROOT);
    let what = match (alone, root.node().operator) {
        (true, Operator::Modify) => "the statement changes nothing",
        (true, _) => "nothing is read for the query",
        (false, _) => "this part of the query gives no row",
    };
    Some(
        at.finding(
            Severity::Info,
            format!("{what}: the planner sees from the conditions alone that no row can meet them (they contradict each other, or name values that no partition holds)"),
        )
        .fix(plan::rewrite(
            "Look at the conditions as they are sent, with their values: a comparison with NULL, an empty list, a range whose \
             end lies before its beginning, a value outside every partition",
        )),
    )
}

use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo};
use dbwright_plan::{At, every};

pub(super) const RULE: Rule = Rule {
    id: "plan-node-disabled",
    title: "The plan uses an operator that a setting forbids",
    engines: &[Engine::Postgres],
    versions: "9.6–19: `Disabled` since 18, before by its cost",
    area: Area::Plans,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the setting was switched off on purpose for this one look at the plan",
    do_not: "keep enable_ settings off in production to steer one query: they hit all of them",
    lesson: include_str!("plan_node_disabled.md"),
    check,
};

/// What PostgreSQL before 18 adds to the cost of a forbidden operator.
const PENALTY: f64 = 1e10;

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let own_cost = |at: &At<'_>| {
        let below: f64 = at.children().filter_map(|child| child.node().estimate?.total_cost).sum();
        Some(at.node().estimate?.total_cost? - below)
    };
    let disabled = node.extra.bool("Disabled") == Some(true) || own_cost(&at).is_some_and(|cost| cost >= PENALTY);
    let setting = match node.operator {
        Operator::FullScan => "enable_seqscan",
        Operator::IndexScan => "enable_indexscan",
        Operator::IndexOnlyScan => "enable_indexonlyscan",
        Operator::BitmapHeapScan => "enable_bitmapscan",
        Operator::NestedLoop => "enable_nestloop",
        Operator::HashJoin => "enable_hashjoin",
        Operator::MergeJoin => "enable_mergejoin",
        Operator::Sort => "enable_sort",
        Operator::HashAggregate => "enable_hashagg",
        Operator::Materialize => "enable_material",
        _ => return None,
    };
    if !disabled {
        return None;
    }
    Some(
        at.finding(
            Severity::Info,
            format!("{} is used although {setting} is off: there is no other way, and the cost shown is not comparable", node.name),
        )
        .fix(
            Fix::sql(format!("RESET {setting};"), Undo::Statement(format!("SET {setting} = off;")))
                .cost("if another place sets it (role, database, postgresql.conf), take it out there: SELECT * FROM pg_settings WHERE name = '{setting}' names it".replace("{setting}", setting)),
        ),
    )
}

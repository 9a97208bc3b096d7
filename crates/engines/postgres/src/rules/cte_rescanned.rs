use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "cte-rescanned",
    title: "The rows of a CTE are searched again and again without an index",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &LOOPS, &WORTH, &WORTH_TIME],
    explains: &["nested-loop-join-filter", "nested-loop-many-loops", "temporary-file-reads", "subplan-repeated"],
    wrong_when: "the CTE has a handful of rows",
    do_not: "materialize it once more: a CTE never has an index",
    lesson: include_str!("cte_rescanned.md"),
    check,
};

static READ: Limit<Rows> =
    Limit { what: "rows read from it in all", value: Rows(500_000), source: "ours: about 50 ms" };

static LOOPS: Limit<Count> = Limit { what: "times it was read", value: Count(50), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if !matches!(node.operator, Operator::CteScan | Operator::SubqueryScan | Operator::Materialize) {
        return None;
    }
    let cte = node.operator == Operator::CteScan;
    let loops = node.loops()?;
    let removed: f64 = node.conditions.iter().filter_map(|condition| condition.removed).sum();
    let read = (node.actual?.rows? + removed) * loops;
    if !cte || loops < LOOPS.value.0 as f64 || read < READ.value.0 as f64 {
        return None;
    }
    let name = node.relation.as_ref().map_or_else(String::new, |relation| format!(" {}", relation.name));
    let join = at.parent().filter(|above| above.node().operator == Operator::NestedLoop);
    let filter = join.and_then(|join| join.time()).map_or(0.0, |time| time.value);
    let time = at.time()?;
    let saving = Interval::new(time.low * 0.5, (time.value + filter) * 0.9, time.high + filter);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!("the CTE{name} was read {} times, {} in all", Count(loops as u64), Rows(read as u64)),
        )
        .measured("times read", Count(loops as u64), "Actual Loops")
        .measured("rows read", Rows(read as u64), "(Actual Rows + Rows Removed by Filter) × Actual Loops")
        .saves(saving)
        .reaches(join.map(|join| join.place))
        .fix(plan::rewrite(
            "Put the rows into a temporary table with an index on the join columns and ANALYZE it; or inline the CTE (NOT \
             MATERIALIZED); or mend the estimate of the outer side, so that the CTE is hashed once",
        )),
    )
}

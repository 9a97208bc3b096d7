use dbwright_model::plan::{ConditionKind, Interval, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "nested-loop-join-filter",
    title: "A join makes pairs of rows only to throw most of them away",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PAIRS, &WORTH, &WORTH_TIME],
    explains: &["nested-loop-many-loops", "inner-full-scan-in-loop"],
    wrong_when: "the join condition is one that no index can serve, such as a distance or a function of both sides",
    do_not: "add indexes on either side alone: a condition that compares two computed values uses none",
    lesson: include_str!("nested_loop_join_filter.md"),
    check,
};

static PAIRS: Limit<Rows> = Limit {
    what: "pairs of rows thrown away",
    value: Rows(100_000),
    source: "measured: testing a pair takes about a tenth of a microsecond, so this is where it begins to show",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if node.operator != Operator::NestedLoop {
        return None;
    }
    let removed = node.total_removed(ConditionKind::JoinFilter)?;
    if removed < PAIRS.value.0 as f64 || removed < 10.0 * at.rows().unwrap_or(0.0) {
        return None;
    }
    let condition = node.conditions(ConditionKind::JoinFilter).next()?;
    let time = at.time()?;
    let below: f64 = at.inner().and_then(|inner| inner.total()).map_or(0.0, |total| total.value);
    let saving = Interval::new(time.low * 0.5, time.value * 0.9 + below * 0.5, time.high + below);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{} pairs of rows were made and thrown away by the join filter {}: the condition has no equality that could be hashed, merged or looked up",
                Rows(removed as u64),
                condition.text
            ),
        )
        .measured("pairs thrown away", Rows(removed as u64), "Rows Removed by Join Filter × Actual Loops")
        .saves(saving)
        .fix(plan::rewrite(
            "Give the join an equality between columns of both sides (compute the value once, store it in a column or an \
             expression index); for ranges, join by BETWEEN against a GiST index on a range column; for OR between two \
             equalities, join once per equality and combine by UNION",
        )),
    )
}

use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "order-index-without-filter",
    title: "An index is read for its order until enough rows pass the filter",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &WORTH, &WORTH_TIME],
    explains: &["plan-row-underestimate", "plan-row-overestimate"],
    wrong_when: "rows that pass are frequent for the parameters that matter: then the walk ends soon",
    do_not: "drop the index that gives the order: other queries walk it for a good reason",
    lesson: include_str!("order_index_without_filter.md"),
    check,
};

static REMOVED: Limit<Rows> = Limit {
    what: "rows walked past",
    value: Rows(5_000),
    source: "ours: that is a few milliseconds in the cache, and seconds from disk",
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let ordered = matches!(node.operator, Operator::IndexScan | Operator::IndexOnlyScan)
        && node.conditions(ConditionKind::Index).next().is_none();
    let limited = at.ancestors().take(4).any(|above| above.node().operator == Operator::Limit);
    if !ordered || !limited {
        return None;
    }
    let condition = node.conditions(ConditionKind::Filter).next()?;
    let removed = node.total_removed(ConditionKind::Filter)?;
    let kept = node.total_rows()?;
    if removed < REMOVED.value.0 as f64 || removed < 20.0 * kept.max(1.0) {
        return None;
    }
    let index = node.index.as_ref()?;
    let saving = plan::part(at.total()?, 0.5, 0.98, 1.0);
    let finding = at
        .finding(
            plan::severity(at, saving),
            format!(
                "{index} was walked in its order past {} that the filter {} threw away, to find {}",
                Rows(removed as u64),
                condition.text,
                Rows(kept as u64)
            ),
        )
        .measured("rows walked past", Rows(removed as u64), "Rows Removed by Filter")
        .measured("rows found", Rows(kept as u64), "Actual Rows")
        .saves(saving);
    let finding = finding.fix(plan::rewrite(
        "Until the index is there: ORDER BY column + 0 (or column || '') instead of the bare column keeps the planner from walking this index",
    ));
    let with = plan::with_index(finding, at, &[], catalog)?;
    // The index comes first, the makeshift after it.
    let mut with = with;
    with.fixes.rotate_left(1);
    Some(with)
}

use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "index-recheck-discards",
    title: "An index names many rows that turn out not to match",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the search words are very short or very common: no index of that kind can do better",
    do_not: "raise work_mem: the bitmap was exact, it is the index that knows too little",
    lesson: include_str!("index_recheck_discards.md"),
    check,
};

static REMOVED: Limit<Rows> = Limit { what: "rows thrown away", value: Rows(5_000), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    // A bitmap that ran out of memory knows some pages exactly and others not; a BRIN index knows none.
    let blocks = |name: &str| node.extra.number(name).unwrap_or(0.0);
    let out_of_memory = blocks("Lossy Heap Blocks") > 0.0 && blocks("Exact Heap Blocks") > 0.0;
    let removed = node.total_removed(ConditionKind::Recheck)?;
    let kept = node.total_rows()?;
    if node.operator != Operator::BitmapHeapScan || out_of_memory || removed < REMOVED.value.0 as f64 || removed < kept
    {
        return None;
    }
    let condition = node.conditions(ConditionKind::Recheck).next()?;
    let index = at.subtree().find_map(|part| part.node().index.as_ref())?;
    let saving = plan::part(at.time()?, 0.0, 0.6 * removed / (removed + kept), 1.0);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{index} named {} of which {} do not satisfy {}",
                Rows((removed + kept) as u64),
                Rows(removed as u64),
                condition.text
            ),
        )
        .measured("rows thrown away", Rows(removed as u64), "Rows Removed by Index Recheck")
        .measured("rows kept", Rows(kept as u64), "Actual Rows")
        .saves(saving)
        .fix(plan::rewrite(
            "Search for longer or rarer words; for ranges in a BRIN index use fewer pages_per_range or a B-tree; for \
             jsonb containment the operator class jsonb_path_ops names fewer rows; a second condition with its own index \
             narrows the bitmap",
        )),
    )
}

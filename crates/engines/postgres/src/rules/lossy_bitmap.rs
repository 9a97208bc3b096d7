use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, Keeps, MOST_MEMORY, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "lossy-bitmap",
    title: "A bitmap forgets rows for lack of memory and remembers only their pages",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &MOST_MEMORY, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "most rows of those pages qualify anyway",
    do_not: "raise work_mem for the whole server because of one query",
    lesson: include_str!("lossy_bitmap.md"),
    check,
};

static REMOVED: Limit<Rows> = Limit {
    what: "rows tested again and thrown away",
    value: Rows(10_000),
    source: "ours: it is the second test that costs, not the forgetting",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if node.operator != Operator::BitmapHeapScan {
        return None;
    }
    let lossy = node.extra.number("Lossy Heap Blocks").filter(|lossy| *lossy > 0.0)?;
    // A bitmap of a BRIN index never knows rows; memory would not help.
    let exact = node.extra.number("Exact Heap Blocks").filter(|exact| *exact > 0.0)?;
    let removed = node.total_removed(ConditionKind::Recheck)?;
    if removed < REMOVED.value.0 as f64 {
        return None;
    }
    let kept = node.total_rows()?;
    // An entry of the bitmap takes about 64 bytes a page, with room for its hash table.
    let needed = Bytes(((lossy + exact) * 64.0 * 2.0) as u64);
    let saving = plan::part(at.time()?, 0.0, 0.6 * removed / (removed + kept), 0.9);
    let finding = at.finding(
            plan::severity(&at, saving),
            format!(
                "of {} pages the bitmap knew only that something on them qualifies; {} were tested again and thrown away",
                Count(lossy as u64),
                Rows(removed as u64)
            ),
        )
        .measured("pages without their rows", Count(lossy as u64), "Lossy Heap Blocks")
        .measured("rows thrown away", Rows(removed as u64), "Rows Removed by Index Recheck")
        .saves(saving);
    let instead = "give one bitmap more than a gigabyte: a more selective index, or partitions, make it smaller";
    Some(plan::with_memory(finding, case, &at, (needed, Keeps::Rows), instead))
}

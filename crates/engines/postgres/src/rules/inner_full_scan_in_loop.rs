use dbwright_model::plan::{ConditionKind, Interval, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "inner-full-scan-in-loop",
    title: "A table is read from end to end once for every row of another",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&LOOPS, &ROWS, &WORTH, &WORTH_TIME],
    explains: &["nested-loop-many-loops", "nested-loop-join-filter"],
    wrong_when: "the inner table is so small that it is a page or two",
    do_not: "switch nested loops off: without an index the other joins read the table whole as well, if only once",
    lesson: include_str!("inner_full_scan_in_loop.md"),
    check,
};

static LOOPS: Limit<Count> = Limit { what: "times it was read", value: Count(10), source: "ours" };

static ROWS: Limit<Rows> = Limit {
    what: "rows read in all",
    value: Rows(100_000),
    source: "measured: that many rows take about 10 ms to read and test",
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let loops = node.loops()?;
    if node.operator != Operator::FullScan || loops < LOOPS.value.0 as f64 {
        return None;
    }
    // The loop: a nested loop, or a sub-plan that runs for every row.
    let repeats = at.ancestors().find(|above| above.node().operator == Operator::NestedLoop);
    let in_sub_plan =
        std::iter::once(*at).chain(at.ancestors()).any(|part| part.node().link == dbwright_model::plan::Link::SubPlan);
    if repeats.is_none() && !in_sub_plan {
        return None;
    }
    let per_loop = node.actual?.rows? + node.total_removed(ConditionKind::Filter).unwrap_or(0.0) / loops;
    let read = per_loop * loops;
    if read < ROWS.value.0 as f64 {
        return None;
    }
    let above: Vec<&str> = repeats
        .iter()
        .flat_map(|join| join.node().conditions(ConditionKind::JoinFilter))
        .map(|condition| condition.text.as_str())
        .collect();
    let time = at.time()?;
    let filter = repeats.and_then(|join| join.time()).map_or(0.0, |time| time.value * 0.5);
    let saving = Interval::new(time.low * 0.5, time.value * 0.95 + filter, time.high + filter * 2.0);
    let finding = at
        .finding(
            plan::severity(at, saving),
            format!(
                "the table was read {} times, {} in all: no index serves the condition that ties it to the outer rows",
                Count(loops as u64),
                Rows(read as u64)
            ),
        )
        .measured("times read", Count(loops as u64), "Actual Loops")
        .measured("rows read", Rows(read as u64), "(Actual Rows + Rows Removed by Filter) × Actual Loops")
        .saves(saving)
        .reaches(repeats.map(|join| join.place));
    plan::with_index(finding, at, &above, catalog)
}

use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Limit, Ratio, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "top-rows-of-many",
    title: "All rows are read and sorted to return the first few",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&TIMES, &READ, &WORTH, &WORTH_TIME],
    explains: &["sort-spilled"],
    wrong_when: "the order is by a value that is computed of several tables: no index has it",
    do_not: "index the sort column alone when a filter throws most rows away: the walk along it may be longer than the sort",
    lesson: include_str!("top_rows_of_many.md"),
    check,
};

static TIMES: Limit<Ratio> = Limit { what: "rows sorted for each one returned", value: Ratio(100.0), source: "ours" };

static READ: Limit<Rows> =
    Limit { what: "rows sorted", value: Rows(10_000), source: "ours: fewer take a few milliseconds" };

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(sort: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = sort.node();
    let limit = sort.ancestors().take(2).find(|above| above.node().operator == Operator::Limit)?;
    if node.operator != Operator::Sort {
        return None;
    }
    let input = sort.inputs().next()?;
    // Straight from a scan, through nothing that could change the order or the rows.
    let scan = std::iter::successors(Some(input), |at| match at.node().operator {
        Operator::Gather | Operator::SubqueryScan | Operator::Result => at.inputs().next(),
        _ => None,
    })
    .find(|at| at.node().operator.is_scan())?;
    let (sorted, returned) = (input.node().total_rows()?, limit.node().total_rows()?);
    if sorted < READ.value.0 as f64 || sorted < TIMES.value.0 * returned.max(1.0) {
        return None;
    }
    // When the filter throws most rows away, finding them is the problem, not the order.
    let removed = scan.node().total_removed(ConditionKind::Filter).unwrap_or(0.0);
    if removed > 9.0 * scan.node().total_rows()? {
        return None;
    }
    let keys: Vec<&str> = node.sort_keys.iter().map(|key| key.as_str()).collect();
    let saving = plan::part(sort.total()?, 0.5, 0.95, 1.0);
    let finding = sort
        .finding(
            plan::severity(sort, saving),
            format!(
                "{} were read and sorted by {} to return {}: an index in that order gives them without reading the rest",
                Rows(sorted as u64),
                keys.join(", "),
                Rows(returned as u64)
            ),
        )
        .measured("rows sorted", Rows(sorted as u64), "Actual Rows of the Sort's input")
        .measured("rows returned", Rows(returned as u64), "Actual Rows of the Limit")
        .saves(saving);
    plan::with_index(finding, &scan, &[], catalog)
}

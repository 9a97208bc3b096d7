use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Limit, Ratio, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "index-filter-discards",
    title: "An index finds many rows of which a filter keeps few",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&TIMES, &REMOVED, &WORTH, &WORTH_TIME],
    explains: &["heap-fetches-many", "nested-loop-many-loops"],
    wrong_when: "the other column changes often, so that an index on it costs more than the reading",
    do_not: "add a second index on the other column alone: one index with both is read once",
    lesson: include_str!("index_filter_discards.md"),
    check,
};

static TIMES: Limit<Ratio> =
    Limit { what: "rows thrown away for each one kept", value: Ratio(10.0), source: "pgMustard's and our mark" };

static REMOVED: Limit<Rows> =
    Limit { what: "rows thrown away", value: Rows(1_000), source: "ours: fewer are a millisecond at most" };

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let by_index = matches!(node.operator, Operator::IndexScan | Operator::IndexOnlyScan | Operator::BitmapHeapScan);
    // Without a condition the index only gives the order: a rule of its own.
    let positioned = at.subtree().any(|part| part.node().conditions(ConditionKind::Index).next().is_some());
    if !by_index || !positioned {
        return None;
    }
    let condition = node.conditions(ConditionKind::Filter).next()?;
    let removed = node.total_removed(ConditionKind::Filter)?;
    let kept = node.total_rows()?;
    if removed < REMOVED.value.0 as f64 || removed < TIMES.value.0 * kept.max(1.0) {
        return None;
    }
    let index = node.index.as_ref().map_or_else(String::new, |index| format!(" through {index}"));
    let saving = plan::part(at.total()?, 0.3, (removed / (removed + kept)) * 0.95, 1.0);
    let finding = at
        .finding(
            plan::severity(at, saving),
            format!(
                "{}{index} were fetched to keep {} by the filter {}, which the index does not have",
                Rows((removed + kept) as u64),
                Rows(kept as u64),
                condition.text
            ),
        )
        .measured("rows thrown away", Rows(removed as u64), "Rows Removed by Filter × Actual Loops")
        .measured("rows kept", Rows(kept as u64), "Actual Rows × Actual Loops")
        .saves(saving);
    plan::with_index(finding, at, &[], catalog)
}

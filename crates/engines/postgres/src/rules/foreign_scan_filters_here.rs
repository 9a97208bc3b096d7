use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Ratio, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "foreign-scan-filters-here",
    title: "Rows are fetched from another server to be thrown away here",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &TIMES, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the other side cannot compute the condition, as a file or a service",
    do_not: "raise fetch_size alone: the same rows travel in fewer packets",
    lesson: include_str!("foreign_scan_filters_here.md"),
    check,
};

static REMOVED: Limit<Rows> =
    Limit { what: "rows fetched and thrown away", value: Rows(1_000), source: "ours: fewer travel in a few packets" };

static TIMES: Limit<Ratio> = Limit {
    what: "rows thrown away for each one kept",
    value: Ratio(2.0),
    source: "ours: from there on most of the work is for nothing",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let condition = node.conditions(ConditionKind::Filter).next()?;
    let (removed, kept) = (node.total_removed(ConditionKind::Filter)?, node.total_rows()?);
    if node.operator != Operator::ForeignScan
        || removed < REMOVED.value.0 as f64
        || removed < TIMES.value.0 * kept.max(1.0)
    {
        return None;
    }
    let saving = plan::part(at.time()?, 0.3, removed / (removed + kept) * 0.9, 1.0);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{} came from the other server to keep {} by the filter {}, which is not sent along",
                Rows((removed + kept) as u64),
                Rows(kept as u64),
                condition.text
            ),
        )
        .measured("rows thrown away", Rows(removed as u64), "Rows Removed by Filter × Actual Loops")
        .measured("rows kept", Rows(kept as u64), "Actual Rows × Actual Loops")
        .saves(saving)
        .fix(plan::rewrite(
            "Write the condition with what the other server surely computes alike: built-in immutable functions and operators, \
             columns in their own type and collation, values instead of now() and functions of yours; functions of an extension \
             that both have are sent once the server's option `extensions` names it (ALTER SERVER … OPTIONS (ADD extensions '…')); \
             what cannot be sent goes into a view on the other side",
        )),
    )
}

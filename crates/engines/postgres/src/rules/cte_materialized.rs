use dbwright_model::plan::{ConditionKind, Interval, Link, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rows, Rule, Share};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "cte-materialized",
    title: "A common table expression is computed whole, then most of it is thrown away",
    engines: &[Engine::Postgres],
    versions: "9.6–19: NOT MATERIALIZED since 12; before, every CTE is computed whole",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&ROWS, &REMOVED, &WORTH, &WORTH_TIME],
    explains: &["temporary-file-reads", "selective-seq-scan"],
    wrong_when: "the CTE is read several times, or it has a volatile function or changes data: then it must be computed once",
    do_not: "add an index on the CTE's output: it has none and cannot have any",
    lesson: include_str!("cte_materialized.md"),
    check,
};

static ROWS: Limit<Rows> = Limit {
    what: "rows computed for nothing",
    value: Rows(10_000),
    source: "ours: fewer cost less than a millisecond or two",
};

static REMOVED: Limit<Share> = Limit {
    what: "rows of the CTE thrown away by the filter outside",
    value: Share(0.9),
    source: "ours: then a condition inside would have saved most of the work",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(cte: At<'_>) -> Option<Finding> {
    if cte.node().link != Link::Cte {
        return None;
    }
    let name = cte.node().label.as_deref()?.strip_prefix("CTE ")?;
    let changes = cte.subtree().any(|part| matches!(part.node().operator, Operator::Modify | Operator::Recursion));
    let mut scans = cte.at(dbwright_model::plan::NodeId::ROOT).subtree().filter(|part| {
        let node = part.node();
        node.operator == Operator::CteScan && node.relation.as_ref().is_some_and(|relation| relation.name == name)
    });
    let (Some(scan), None) = (scans.next(), scans.next()) else { return None };
    let removed = scan.node().total_removed(ConditionKind::Filter)?;
    let kept = scan.node().total_rows()?;
    if changes || removed < ROWS.value.0 as f64 || Share::of(removed, removed + kept)?.0 < REMOVED.value.0 {
        return None;
    }
    let condition = scan.node().conditions(ConditionKind::Filter).next()?;
    let total = cte.total()?;
    let own = scan.time().unwrap_or_default();
    let saving = Interval::new(own.low, own.value + total.value * 0.5, own.high + total.high);
    Some(
        cte.finding(
            plan::severity(&cte, saving),
            format!(
                "the CTE {name} computes {} of which the filter {} outside keeps {}",
                Rows((removed + kept) as u64),
                condition.text,
                Rows(kept as u64)
            ),
        )
        .measured("rows thrown away outside", Rows(removed as u64), "Rows Removed by Filter of the CTE Scan")
        .saves(saving)
        .reaches(cte.subtree().map(|part| part.place))
        .fix(plan::rewrite(format!(
            "Write WITH {name} AS NOT MATERIALIZED (…), so that the condition {} reaches the tables inside and their indexes; or move the condition into the CTE",
            condition.text
        ))),
    )
}

use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Limit, Rows, Rule, Share};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "join-reads-whole-table",
    title: "A join reads a whole table to match a few rows",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &FEW, &MATCHED, &WORTH, &WORTH_TIME],
    explains: &["hash-spilled", "parallel-overhead", "selective-seq-scan"],
    wrong_when: "the query is run with many rows on the other side as well: then reading the table once is right",
    do_not: "switch enable_hashjoin off: without an index every other join is worse",
    lesson: include_str!("join_reads_whole_table.md"),
    check,
};

static READ: Limit<Rows> = Limit {
    what: "rows read",
    value: Rows(10_000),
    source: "as for selective-seq-scan: a scan of fewer is a millisecond",
};

static FEW: Limit<Share> = Limit {
    what: "rows on the other side, as a part of the rows read",
    value: Share(0.01),
    source: "measured on PostgreSQL 18: an index look-up costs as much as reading 20 to 60 rows in order",
};

static MATCHED: Limit<Share> = Limit {
    what: "rows the join returns, as a part of the rows read",
    value: Share(0.02),
    source: "measured on PostgreSQL 18: so many rows fetched by index cost about what reading the table does",
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(join: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = join.node();
    if !matches!(node.operator, Operator::HashJoin | Operator::MergeJoin) || join.stopped_early() {
        return None;
    }
    let sides: Vec<At<'_>> = join.inputs().collect();
    let &[first, second] = sides.as_slice() else { return None };
    let (scan, other) = [(first, second), (second, first)]
        .into_iter()
        .find_map(|(side, other)| Some((scanned(side).filter(|scan| few(scan, &other))?, other)))?;
    let (read, others, returned) = (scan.node().total_rows()?, other.node().total_rows()?, node.total_rows()?);
    if Share::of(returned, read)?.0 > MATCHED.value.0 {
        return None;
    }
    let kinds = [ConditionKind::Hash, ConditionKind::Merge];
    let conditions: Vec<&str> =
        kinds.iter().flat_map(|kind| node.conditions(*kind)).map(|condition| condition.text.as_str()).collect();
    let saving = plan::part(scan.time()?, 0.5, 0.95, 1.0);
    let finding = scan
        .finding(
            plan::severity(&scan, saving),
            format!(
                "{} were read for {} on the other side of the join {}, which returned {}",
                Rows(read as u64),
                Rows(others as u64),
                conditions.join(" AND "),
                Rows(returned as u64)
            ),
        )
        .measured("rows read", Rows(read as u64), "Actual Rows × Actual Loops")
        .measured("rows on the other side", Rows(others as u64), "Actual Rows × Actual Loops")
        .measured("rows returned", Rows(returned as u64), "Actual Rows × Actual Loops of the join")
        .saves(saving)
        .reaches(plan::gathers(&scan).into_iter().chain([join.place]));
    plan::with_index(finding, &scan, &conditions, catalog)
}

/// The scan of a whole table that one side of a join is, below what only passes rows on.
fn scanned(side: At<'_>) -> Option<At<'_>> {
    let mut at = side;
    // a semi join may make its side unique first: an index serves it as well
    while matches!(at.node().operator, Operator::Hash | Operator::Gather | Operator::Sort | Operator::HashAggregate) {
        at = at.inputs().next()?;
    }
    let whole = at.node().operator == Operator::FullScan && at.node().total_rows()? >= READ.value.0 as f64;
    // what is read again for each row of another has a rule of its own
    let repeated = at.ancestors().any(|above| above.node().operator == Operator::NestedLoop);
    (whole && !repeated).then_some(at)
}

fn few(scan: &At<'_>, other: &At<'_>) -> bool {
    let (Some(read), Some(others)) = (scan.node().total_rows(), other.node().total_rows()) else { return false };
    Share::of(others, read).is_some_and(|share| share.0 <= FEW.value.0)
}

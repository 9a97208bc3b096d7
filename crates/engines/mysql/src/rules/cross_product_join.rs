use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Grade, Harm, Limit, Rows, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan::{self, Access};

pub(super) const RULE: Rule = Rule {
    id: "cross-product-join",
    title: "Two tables are joined without a condition: every row with every row",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SIDES, &PRODUCT],
    explains: &["row-estimate-off", "filesort-of-many-rows", "temporary-table-on-group-by"],
    wrong_when: "all pairs are what is meant: a calendar, a matrix, a small table of options",
    do_not: "add DISTINCT to get rid of the multiplied rows: they are made first",
    lesson: include_str!("cross_product_join.md"),
    check,
};

static SIDES: Limit<Rows> =
    Limit { what: "rows on each side", value: Rows(50), source: "ours: below it, it is a list of options" };

static PRODUCT: Limit<Rows> = Limit { what: "pairs", value: Rows(100_000), source: "ours: about 10 ms at least" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    if !node.operator.is_join()
        || !node.conditions.is_empty()
        || node.join.as_deref().is_some_and(|join| join == "Semi")
    {
        return None;
    }
    let (outer, inner) = (at.outer()?, at.inner()?);
    let hashed = node.operator == Operator::HashJoin || &*node.name == "Block nested loop join";
    let above = at.parent().filter(|above| above.node().operator == Operator::Filter);
    let tables =
        |input: At<'_>| input.subtree().filter(|below| below.node().relation.is_some()).map(|at| at.place).next();
    // a subquery made into a table is looked up by the key of the outer rows
    if inner.node().index.is_some() {
        return None;
    }
    let scan = at.at(tables(inner).or_else(|| tables(outer))?.node);
    let access = Access::of(scan)?;
    // when anything ties the table that is looked up to the outer rows, it is no cross product
    let tied = !hashed && (!access.tests().is_empty() || !access.whole());
    if tied || above.is_some() {
        return None;
    }
    let (left, right) = match at.plan.analyzed() {
        true => (plan::rows_out(&outer)?, plan::rows_out(&inner)? / inner.node().loops().unwrap_or(1.0).max(1.0)),
        false => (outer.node().estimate?.rows?, access.kept),
    };
    let sides = SIDES.value.0 as f64;
    if left < sides || right < sides || left * right < PRODUCT.value.0 as f64 {
        return None;
    }
    let saving = at.total().map(|time| plan::part(time, 0.3, 0.9, 1.0)).unwrap_or_default();
    let cause = format!(
        "each of {} is paired with each of {} of {}: {} pairs, and no condition ties them",
        Rows(left as u64),
        Rows(right as u64),
        access.at.node().relation.as_ref()?,
        Count((left * right) as u64),
    );
    let severity = if at.plan.analyzed() { plan::severity(at, saving) } else { Severity::Info };
    let finding = at.finding(severity, cause).fix(plan::rewrite(format!(
        "Join {} with the condition that is missing: JOIN … ON its column = the other table's column; write CROSS JOIN where all pairs are meant",
        access.at.node().relation.as_ref()?,
    )));
    Some(match at.plan.analyzed() {
        true => finding
            .measured("pairs", Count((left * right) as u64), "rows of one side × rows of the other")
            .saves(saving),
        false => finding
            .estimated("pairs", Count((left * right) as u64), "rows of one side × rows of the other")
            .grade(Grade::Derived),
    })
}

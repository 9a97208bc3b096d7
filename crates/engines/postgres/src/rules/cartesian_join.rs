use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "cartesian-join",
    title: "Every row of one side is paired with every row of the other",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PAIRS, &WORTH, &WORTH_TIME],
    explains: &["distinct-after-fanout"],
    wrong_when: "all combinations are meant: a calendar crossed with a list, a matrix",
    do_not: "hide the duplicates with DISTINCT: they are made first and dropped after",
    lesson: include_str!("cartesian_join.md"),
    check,
};

static PAIRS: Limit<Rows> =
    Limit { what: "pairs of rows", value: Rows(100_000), source: "ours: small crossings are often meant" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if node.operator != Operator::NestedLoop || !node.conditions.is_empty() {
        return None;
    }
    let (outer, inner) = (at.outer()?, at.inner()?);
    // A condition below that speaks of the outer side makes it a look-up, not a crossing.
    let looked_up = inner.subtree().any(|part| refers_outside(&part, &inner));
    let (left, pairs) = (outer.rows()?, at.rows()?);
    let right = inner.node().actual.and_then(|actual| actual.rows).or(inner.node().estimate?.rows)?;
    let executed = inner.node().actual.is_some();
    let crossed = left > 1.5 && right > 1.5 && (!executed || (pairs - left * right).abs() <= 0.02 * pairs + left);
    if looked_up || !crossed || pairs < PAIRS.value.0 as f64 {
        return None;
    }
    let saving = at.time().map_or(Interval::default(), |time| plan::part(time, 0.5, 0.95, 1.0));
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{} × {} are crossed into {} pairs: no condition joins the two sides",
                Rows(left as u64),
                Rows(right as u64),
                Rows(pairs as u64)
            ),
        )
        .measured("pairs made", Rows(pairs as u64), "Actual Rows × Actual Loops")
        .saves(saving)
        .fix(plan::rewrite(
            "Add the missing ON condition between the two sides; if all combinations are meant, write CROSS JOIN so that \
             the next reader knows",
        )),
    )
}

/// Whether a condition of an operator below the inner side names a table that is not read below it.
fn refers_outside(part: &At<'_>, inner: &At<'_>) -> bool {
    let inside = |qualifier: &str| {
        inner.subtree().any(|other| {
            let node = other.node();
            node.alias.as_ref().is_some_and(|alias| alias == qualifier)
                || node.relation.as_ref().is_some_and(|relation| relation.name == qualifier)
        })
    };
    let conditions = part.node().conditions.iter().map(|condition| &condition.text);
    let keys = part.node().extra.text("Cache Key").into_iter();
    if keys.count() > 0 {
        return true;
    }
    let mut qualifiers = conditions.flat_map(|text| {
        let expr = dbwright_sql::expression::Expr::parse(text.as_str(), dbwright_sql::Dialect::Postgres);
        expr.columns().into_iter().map(|column| column.qualifier.clone()).collect::<Vec<_>>()
    });
    qualifiers.any(|qualifier| !qualifier.is_empty() && !inside(&qualifier))
        || matches!(
            part.node().operator,
            Operator::FunctionScan
                | Operator::SubqueryScan
                | Operator::Result
                | Operator::Custom
                | Operator::ForeignScan
        )
}

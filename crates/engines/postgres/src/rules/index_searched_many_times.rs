use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Count, Engine, Finding, Harm, Limit, Ratio, Rows, Rule};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Demand};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "index-searched-many-times",
    title: "An index is searched once for each value of a column that the query does not ask for",
    engines: &[Engine::Postgres],
    versions: "18–19: skip scans, and `Index Searches` in plans",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SEARCHES, &EACH, &WORTH, &WORTH_TIME],
    explains: &["io-bound-scan", "nested-loop-many-loops"],
    wrong_when: "the query runs rarely, and one index less to keep up to date is worth more",
    do_not: "add the leading column to the query with all its values: that is what the skip scan does",
    lesson: include_str!("index_searched_many_times.md"),
    check,
};

static SEARCHES: Limit<Count> = Limit {
    what: "searches for each execution of the scan",
    value: Count(100),
    source: "ours: a search goes down the index in some microseconds; an index made for the query takes one",
};

static EACH: Limit<Ratio> =
    Limit { what: "searches for each row found", value: Ratio(10.0), source: "ours: else most of them find something" };

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let heap = match node.operator {
        Operator::IndexScan | Operator::IndexOnlyScan => *at,
        Operator::BitmapIndexScan => at.parent()?,
        _ => return None,
    };
    let (searches, loops, rows) = (node.extra.number("Index Searches")?, node.loops()?, node.total_rows()?);
    let parsed: Vec<Expr> = node
        .conditions(ConditionKind::Index)
        .map(|condition| Expr::parse(condition.text.as_str(), Dialect::Postgres))
        .collect();
    let terms: Vec<_> = parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::Postgres)).collect();
    // A list is searched value by value, as it is asked for.
    let listed = terms.iter().any(|term| term.demand == Demand::In);
    if listed
        || terms.is_empty()
        || searches < SEARCHES.value.0 as f64 * loops
        || searches < EACH.value.0 * rows.max(1.0)
    {
        return None;
    }
    let index = node.index.as_ref()?;
    let saving = plan::part(at.total()?, 0.3, 0.95, 1.0);
    let finding = heap
        .finding(
            plan::severity(at, saving),
            format!(
                "{index} was searched {} times for {}: the query does not say which value its leading column has, so each of them is tried",
                Count(searches as u64),
                Rows(rows as u64)
            ),
        )
        .measured("searches", Count(searches as u64), "Index Searches")
        .measured("rows found", Rows(rows as u64), "Actual Rows × Actual Loops")
        .saves(saving);
    plan::with_index(finding, &heap, &[], catalog)
}

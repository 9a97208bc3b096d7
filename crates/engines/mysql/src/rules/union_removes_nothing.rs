use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Product, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "union-removes-nothing",
    title: "UNION looks for duplicates, and there are none",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&COMPARED, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "duplicates are possible with other data: then UNION ALL changes the result",
    do_not: "add DISTINCT to the branches: UNION removes duplicates over all of them",
    lesson: include_str!("union_removes_nothing.md"),
    check,
};

static COMPARED: Limit<Rows> = Limit { what: "rows compared", value: Rows(10_000), source: "measured: 5 ms and more" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let tree = node.name.starts_with("Union materialize with deduplication")
        || node.extra.text("operation").is_some_and(|text| text.starts_with("Union materialize with deduplication"));
    let maria = at.plan.product == Product::MariaDB && node.operator == Operator::Union;
    if !at.plan.analyzed() || !(tree || maria) {
        return None;
    }
    // a union of MariaDB that keeps duplicates has no table, and so no rows of its own
    let left = match node.actual {
        Some(actual) if actual.rows.is_some() => actual.rows? * actual.loops,
        _ => return None,
    };
    let came = plan::rows_in(at)?;
    if came < COMPARED.value.0 as f64 || left + 0.5 < came || at.children().count() < 2 {
        return None;
    }
    let time = match tree {
        true => at.time()?,
        false => at.ancestors().last().unwrap_or(*at).time().unwrap_or_default(),
    };
    let saving = plan::part(time, 0.3, 0.7, 1.0);
    Some(
        at.finding(plan::severity(at, saving), format!("{} went into a temporary table to drop duplicates, and none was one", Rows(came as u64)))
            .measured("rows compared", Rows(came as u64), "rows of the branches")
            .measured("rows left", Rows(left as u64), "rows of the union")
            .saves(saving)
            .fix(plan::rewrite("Write UNION ALL where the branches cannot return the same row: they are disjoint by a condition, or each carries a constant of its own")),
    )
}

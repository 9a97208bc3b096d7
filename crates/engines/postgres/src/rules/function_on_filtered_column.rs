use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Rows, Rule};
use dbwright_plan::prescribe::index_for;
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Around, Demand};

use super::plan::{self, Discarding, KEPT, REMOVED, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "function-on-filtered-column",
    title: "A function or conversion around a column keeps its index from being used",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &KEPT, &WORTH, &WORTH_TIME],
    explains: &["selective-seq-scan", "plan-row-underestimate", "plan-row-overestimate"],
    wrong_when: "the expression is what is meant and the query runs rarely",
    do_not: "add an index on the bare column: it does not serve the expression",
    lesson: include_str!("function_on_filtered_column.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(at, catalog)).collect())
}

fn finding(at: At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let Discarding { condition, removed, kept, .. } = plan::discarding(&at)?;
    let expr = Expr::parse(condition.text.as_str(), Dialect::Postgres);
    let terms = predicate::terms(&expr, Dialect::Postgres);
    // A plain column beside it can be indexed: then that is the advice.
    let plain = terms
        .iter()
        .any(|term| term.around == Around::Nothing && (term.demand.is_equality() || term.demand.is_range()));
    let term = terms.iter().find(|term| {
        !matches!(term.around, Around::Nothing | Around::Relabel)
            && matches!(term.demand, Demand::Equal | Demand::In | Demand::Range | Demand::Prefix)
    })?;
    if plain {
        return None;
    }
    let column = &term.column.name;
    let (what, advice) = match &term.around {
        Around::Cast(to) => (
            format!("{column} is converted to {to} before it is compared"),
            format!(
                "Send the parameter in the column's own type instead of {to}: an integer column compared with a numeric or text parameter is converted row by row (in JDBC setLong, not setBigDecimal; in ORMs a typed parameter)"
            ),
        ),
        Around::Function(name) if matches!(&**name, "date_trunc" | "date" | "to_char" | "extract" | "date_part") => (
            format!("{column} goes through {name}() before it is compared"),
            format!(
                "Compare the bare column with the bounds: {column} >= start AND {column} < end, with an index on {column}"
            ),
        ),
        Around::Function(name) => (
            format!("{column} goes through {name}() before it is compared"),
            format!("Compare the bare column, or store what {name}() gives in a generated column"),
        ),
        Around::Operator(operator) => (
            format!("{column} is computed with ({operator}) before it is compared"),
            format!("Move the computation to the other side, so that {column} stands alone"),
        ),
        Around::Nothing | Around::Relabel => return None,
    };
    let saving = plan::part(at.time()?, 0.5, 0.95, 1.0);
    let finding = at
        .finding(
            plan::severity(&at, saving),
            format!(
                "{what}, so no index on it can be used: {} were read to keep {}",
                Rows((removed + kept) as u64),
                Rows(kept as u64)
            ),
        )
        .measured("rows thrown away", Rows(removed as u64), "Rows Removed by Filter × Actual Loops")
        .saves(saving)
        .fix(plan::rewrite(advice));
    let by_expression = !matches!(term.around, Around::Cast(_));
    match index_for(&at, &[], catalog, Dialect::Postgres).filter(|index| by_expression && index.exists.is_none()) {
        Some(index) => Some(
            finding.fix(
                index
                    .fix(Dialect::Postgres)
                    .also_costs("ANALYZE the table after it, so that the expression has statistics"),
            ),
        ),
        None => Some(finding),
    }
}

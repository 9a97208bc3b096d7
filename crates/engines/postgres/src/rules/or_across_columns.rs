use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Rows, Rule};
use dbwright_plan::prescribe::{Index, indexes_for_alternatives};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate;

use super::plan::{self, Discarding, KEPT, REMOVED, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "or-across-columns",
    title: "An OR over different columns reads the whole table",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &KEPT, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "one of the alternatives keeps a large part of the rows by itself",
    do_not: "make one index on all the columns: it serves only the first of them",
    lesson: include_str!("or_across_columns.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(at, catalog)).collect())
}

fn finding(at: At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let Discarding { condition, removed, kept, .. } = plan::discarding(&at)?;
    let expr = Expr::parse(condition.text.as_str(), Dialect::Postgres);
    let alternatives = expr.conjuncts().into_iter().find_map(|part| match part {
        Expr::Or(alternatives) => Some(alternatives),
        _ => None,
    })?;
    // Each alternative must be one that an index could serve by itself.
    let mut columns = Vec::new();
    for alternative in alternatives {
        let terms = predicate::terms(alternative, Dialect::Postgres);
        let term = terms.into_iter().find(|term| {
            (term.demand.is_equality() || term.demand.is_range())
                && matches!(term.around, predicate::Around::Nothing | predicate::Around::Relabel)
                && !matches!(term.operand, predicate::Operand::Columns(_) | predicate::Operand::SubPlan(_))
        })?;
        if !columns.contains(&term.column.name) {
            columns.push(term.column.name.clone());
        }
    }
    if columns.len() < 2 {
        return None;
    }
    let indexes = indexes_for_alternatives(&at, &[condition.text.as_str()], catalog, Dialect::Postgres)?;
    let saving = plan::part(at.time()?, 0.4, 0.9, 1.0);
    let finding = at
        .finding(
            plan::severity(&at, saving),
            format!(
                "{} were read to keep {}: the alternatives name {}, and a bitmap of all needs an index on each",
                Rows((removed + kept) as u64),
                Rows(kept as u64),
                columns.join(" and ")
            ),
        )
        .measured("rows thrown away", Rows(removed as u64), "Rows Removed by Filter × Actual Loops")
        .saves(saving);
    let fix = Index::fix_all(&indexes, Dialect::Postgres).map(|fix| {
        fix.also_costs("all of the alternatives need theirs: one that is missing, and the whole table is read")
    });
    let finding = fix.into_iter().fold(finding, |finding, fix| finding.fix(fix));
    Some(finding.fix(plan::rewrite("Or ask for each alternative by itself and combine them with UNION")))
}

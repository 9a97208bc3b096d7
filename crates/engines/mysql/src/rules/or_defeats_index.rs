use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Rows, Rule};
use dbwright_plan::prescribe::{Index, indexes_for_alternatives};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Around, Term};

use super::plan::{self, Access, KEPT, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "or-defeats-index",
    title: "OR over different columns makes a whole scan",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &KEPT, &WORTH, &WORTH_TIME],
    explains: &["row-estimate-off"],
    wrong_when: "the branches together match a large part of the table",
    do_not: "add one index over both columns: an index of two columns serves an AND, not an OR",
    lesson: include_str!("or_defeats_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access, catalog)).collect())
}

fn finding(access: &Access<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    if !access.whole() || !access.discards() {
        return None;
    }
    let parsed: Vec<Expr> = access.tests().iter().map(|text| Expr::parse(text, Dialect::MySql)).collect();
    let plain =
        |term: &Term<'_>| term.around == Around::Nothing && (term.demand.is_equality() || term.demand.is_range());
    if parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::MySql)).any(|term| plain(&term)) {
        return None;
    }
    let branches = parsed.iter().flat_map(Expr::conjuncts).find_map(|part| match part {
        Expr::Or(branches) => Some(branches),
        _ => None,
    })?;
    let mut columns: Vec<&str> = Vec::new();
    for branch in branches {
        // every branch needs an index of its own
        let terms = predicate::terms(branch, Dialect::MySql);
        let column = terms.iter().find(|term| plain(term)).map(|term| &term.column.name)?;
        if !columns.contains(&column.as_ref()) {
            columns.push(column);
        }
    }
    if columns.len() < 2 {
        return None;
    }
    let share = access.share()?;
    let saving = access.time().map(|time| plan::part(time, 0.3, 0.9, 1.0));
    let table = access.at.node().relation.as_ref()?;
    let cause = format!(
        "{} of {table} were read to keep {} ({share}): either of {} may match, and no single index finds both",
        Rows(access.read as u64),
        Rows(access.kept as u64),
        columns.join(", "),
    );
    let finding = access.finding(cause, saving);
    let indexes = indexes_for_alternatives(&access.at, &access.tests(), catalog, Dialect::MySql)?;
    let finding = match Index::fix_all(&indexes, Dialect::MySql) {
        Some(fix) => {
            let fix = fix.also_costs("every branch needs its own; the server then merges the indexes");
            finding.fix(plan::named_as_in_query(fix, &access.at, table, catalog))
        }
        None => finding,
    };
    Some(finding.fix(plan::rewrite(
        "Write one SELECT for each branch and join them with UNION (UNION ALL where a row cannot match twice): each uses its own index",
    )))
}

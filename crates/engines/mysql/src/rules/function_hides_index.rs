use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Product, Rows, Rule, Undo};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Around, Demand, Operand, Term};

use super::plan::{self, Access, KEPT, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "function-hides-index",
    title: "A function or arithmetic around a column keeps every index on it from being used",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &KEPT, &WORTH, &WORTH_TIME],
    explains: &["full-scan-selective-filter", "row-estimate-off"],
    wrong_when: "the expression is what is meant and the query runs rarely",
    do_not: "add an index on the bare column: it does not serve the expression",
    lesson: include_str!("function_hides_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access)).collect())
}

fn finding(access: &Access<'_>) -> Option<Finding> {
    if !access.whole() || !access.discards() {
        return None;
    }
    let parsed: Vec<Expr> = access.tests().iter().map(|text| Expr::parse(text, Dialect::MySql)).collect();
    let terms: Vec<Term<'_>> = parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::MySql)).collect();
    // a plain column beside it can be indexed: then that is the advice
    let plain =
        |term: &Term<'_>| term.around == Around::Nothing && (term.demand.is_equality() || term.demand.is_range());
    let hidden = |term: &&Term<'_>| {
        matches!(term.around, Around::Function(_) | Around::Operator(_) | Around::Cast(_))
            && matches!(term.demand, Demand::Equal | Demand::In | Demand::Range | Demand::Prefix)
            && matches!(term.operand, Operand::Constant(_) | Operand::Parameter(_))
    };
    let term = terms.iter().find(hidden)?;
    if terms.iter().any(plain) {
        return None;
    }
    let column = &term.column.name;
    let of = match &term.around {
        Around::Function(name) => format!("{name}()"),
        Around::Cast(to) => format!("a conversion to {to}"),
        _ => "arithmetic".to_owned(),
    };
    let share = access.share()?;
    let saving = access.time().map(|time| plan::part(time, 0.5, 0.95, 1.0));
    let cause = format!(
        "{column} goes through {of} before it is compared, so no index on it can be used: {} were read to keep {} ({share})",
        Rows(access.read as u64),
        Rows(access.kept as u64),
    );
    let date = matches!(&term.around, Around::Function(name) if DATES.contains(&name.to_ascii_lowercase().as_str()))
        || matches!(&term.around, Around::Cast(to) if to.eq_ignore_ascii_case("date"));
    let advice = match date {
        true => format!(
            "Compare the bare column with the bounds: {column} >= start AND {column} < end, with an index on {column}"
        ),
        false => format!("Move the computation to the other side of the comparison, so that {column} stands alone"),
    };
    let mut finding = access.finding(cause, saving).fix(plan::rewrite(advice));
    let table = access.at.node().relation.as_ref()?;
    if let (Product::MySQL, Some(text)) = (access.at.plan.product, term.side.to_index_sql(Dialect::MySql)) {
        let (name, qualified) =
            (Dialect::MySql.quote(format!("{column}_expression_idx")), Dialect::MySql.qualified(table));
        finding = finding.fix(
            Fix::sql(
                format!("ALTER TABLE {qualified} ADD INDEX {name} (({text}));"),
                Undo::Statement(format!("ALTER TABLE {qualified} DROP INDEX {name};")),
            )
            .lock("metadata lock for a moment at start and end (reads and writes go on between)")
            .cost("MySQL 8.0.13 and later; the query must use the very same expression"),
        );
    }
    Some(finding)
}

/// Functions that take a part of a date.
const DATES: [&str; 8] = ["date", "year", "month", "day", "to_days", "date_format", "dayofmonth", "quarter"];

use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rows, Rule, Undo};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Around, Demand, Term};

use super::plan::{self, Access, KEPT, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "like-with-leading-wildcard",
    title: "LIKE with a wildcard in front reads every row",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &KEPT, &WORTH, &WORTH_TIME],
    explains: &["full-scan-selective-filter", "row-estimate-off"],
    wrong_when: "the search is rare, or the column is short and the table in memory",
    do_not: "add an ordinary index on the column: it is sorted by how values begin",
    lesson: include_str!("like_with_leading_wildcard.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access)).collect())
}

fn finding(access: &Access<'_>) -> Option<Finding> {
    // an index that is read whole for the pattern is no better
    if !access.whole() || !access.discards() {
        return None;
    }
    let parsed: Vec<Expr> = access.tests().iter().map(|text| Expr::parse(text, Dialect::MySql)).collect();
    let terms: Vec<Term<'_>> = parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::MySql)).collect();
    let plain =
        |term: &Term<'_>| term.around == Around::Nothing && (term.demand.is_equality() || term.demand.is_range());
    let pattern = |term: &&Term<'_>| matches!(term.demand, Demand::Pattern | Demand::UnknownPattern);
    let term = terms.iter().find(pattern)?;
    if terms.iter().any(plain) {
        return None;
    }
    let column = &term.column.name;
    let share = access.share()?;
    let saving = access.time().map(|time| plan::part(time, 0.3, 0.9, 1.0));
    let cause = format!(
        "LIKE on {column} was tested on {} to keep {} ({share}): an index is sorted by how values begin, and the pattern does not say",
        Rows(access.read as u64),
        Rows(access.kept as u64),
    );
    let table = Dialect::MySql.qualified(access.at.node().relation.as_ref()?);
    let (name, quoted) = (Dialect::MySql.quote(format!("{column}_words")), Dialect::MySql.quote(column));
    Some(access.finding(cause, saving).fix(
        Fix::sql(
            format!("ALTER TABLE {table} ADD FULLTEXT INDEX {name} ({quoted});"),
            Undo::Statement(format!("ALTER TABLE {table} DROP INDEX {name};")),
        )
        .lock("SHARED (reads go on, writes wait until it is built)")
        .cost(format!("then search whole words with MATCH ({quoted}) AGAINST ('word'); for parts of words add WITH PARSER ngram (MySQL). The first such index of a table rebuilds it")),
    ))
}

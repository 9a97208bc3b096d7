use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rows, Rule, Undo};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Around, Demand};

use super::plan::{self, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "filesort-of-many-rows",
    title: "Many rows are sorted that an index could deliver in order",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the query returns most of the table: reading it in index order costs more than the sort",
    do_not: "raise sort_buffer_size for the whole server: every session allocates it, and the sort stays",
    lesson: include_str!("filesort_of_many_rows.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    node.actual?;
    if node.operator != Operator::Sort || node.sort_keys.is_empty() {
        return None;
    }
    let rows = plan::rows_in(at)?;
    let time = at.time()?;
    let spilled = node.extra.number("r_sort_passes").is_some_and(|passes| passes > 0.0);
    if rows < READ.value.0 as f64 || time.value < WORTH.value.0 * at.execution()? {
        return None;
    }
    let keys = node.sort_keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(", ");
    let saving = plan::part(time, 0.3, 0.9, 1.0);
    let how = if spilled { " with merge passes on disk" } else { "" };
    let finding = at
        .finding(plan::severity(at, saving), format!("{} were sorted{how} by {keys}", Rows(rows as u64)))
        .measured("rows sorted", Rows(rows as u64), "actual rows of the sort's input")
        .saves(saving);
    // an index can give the order when the keys are columns of one table that is read below it, directly
    let tables: Vec<At<'_>> =
        at.subtree().filter(|below| below.node().operator.is_scan() && below.node().relation.is_some()).collect();
    let direct = at.inputs().next().is_some_and(|input| {
        let scan = if input.node().operator == Operator::Filter { input.inputs().next() } else { Some(input) };
        scan.is_some_and(|scan| tables.first().is_some_and(|table| table.place == scan.place))
    });
    let columns: Option<Vec<Key>> = node.sort_keys.iter().map(|key| Key::of(key.as_str())).collect();
    let relation = tables.first().and_then(|scan| scan.node().relation.clone());
    if let (Some(columns), Some(table), true) = (columns, relation, direct && tables.len() == 1) {
        // equalities may lead: within them the order stays
        let tests = plan::Access::of(tables[0]).map(|access| access.tests()).unwrap_or_default();
        let parsed: Vec<Expr> = tests.iter().map(|text| Expr::parse(text, Dialect::MySql)).collect();
        let terms = parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::MySql));
        let equal = terms.filter(|term| term.around == Around::Nothing && term.demand == Demand::Equal);
        let mut parts: Vec<String> = equal.map(|term| Dialect::MySql.quote(&term.column.name)).collect();
        parts.dedup();
        parts.extend(
            columns.iter().map(|key| key.text.clone()).filter(|text| !parts.contains(text)).collect::<Vec<_>>(),
        );
        let (qualified, name) =
            (Dialect::MySql.qualified(&table), Dialect::MySql.quote(format!("{}_order_idx", table.name)));
        return Some(finding.fix(
            Fix::sql(
                format!("ALTER TABLE {qualified} ADD INDEX {name} ({}), ALGORITHM=INPLACE, LOCK=NONE;", parts.join(", ")),
                Undo::Statement(format!("ALTER TABLE {qualified} DROP INDEX {name};")),
            )
            .lock("metadata lock for a moment at start and end (reads and writes go on between)")
            .cost("it pays with a LIMIT, or when it covers the columns the query reads; otherwise rows are looked up one by one in its order"),
        ));
    }
    Some(finding.fix(plan::rewrite(
        "Sort fewer rows: filter or LIMIT before the sort (in a derived table), and join what is only displayed afterwards",
    )))
}

/// A column of a sort as a part of an index.
struct Key {
    text: String,
}

impl Key {
    /// `None` for an expression.
    fn of(key: &str) -> Option<Key> {
        let (column, direction) = match key.trim().rsplit_once(' ') {
            Some((column, word)) if word.eq_ignore_ascii_case("desc") => (column, " DESC"),
            Some((column, word)) if word.eq_ignore_ascii_case("asc") => (column, ""),
            _ => (key.trim(), ""),
        };
        let plain = column.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '`' | '$'));
        let name = column.rsplit('.').next()?.trim_matches('`');
        (plain && !name.is_empty()).then(|| Key { text: format!("{}{direction}", Dialect::MySql.quote(name)) })
    }
}

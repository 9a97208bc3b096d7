use std::collections::BTreeMap;

use dbwright_model::catalog::{Column, Table};
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::width;
use crate::sections::innodb::InnoDb;

pub(super) const RULE: Rule = Rule {
    id: "legacy-charset",
    title: "Text that cannot hold every character",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Schema,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the columns hold codes in ASCII only and are joined with nothing else",
    do_not: "change it with ALTER DATABASE: that concerns tables made later only",
    lesson: include_str!("legacy_charset.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let tables = &case.get::<Catalog>()?.tables;
    let collation = usual(tables);
    let pages = case.get::<InnoDb>().ok();
    let widest = |table: &Table| {
        let pages = pages.and_then(|innodb| innodb.tables.iter().find(|pages| pages.table == table.name));
        match pages.map(|pages| pages.row_format.to_ascii_lowercase()).as_deref() {
            Some("compact" | "redundant") => 767,
            _ => 3072,
        }
    };
    Ok(tables.iter().filter_map(|table| finding(tables, table, collation, widest(table))).collect())
}

fn legacy(column: &Column) -> bool {
    matches!(column.charset.as_deref(), Some("latin1" | "utf8" | "utf8mb3"))
}

/// The collation that most utf8mb4 columns have, so that what is converted compares with them.
fn usual(tables: &[Table]) -> Option<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for column in tables.iter().flat_map(|table| &table.columns) {
        if let (Some("utf8mb4"), Some(collation)) = (column.charset.as_deref(), &column.collation) {
            *counts.entry(collation).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(collation, _)| collation)
}

fn finding(tables: &[Table], table: &Table, collation: Option<&str>, widest: u64) -> Option<Finding> {
    let columns: Vec<&Column> = table.columns.iter().filter(|column| legacy(column)).collect();
    let first = columns.first()?;
    let mut sets: Vec<&str> = columns.iter().filter_map(|column| column.charset.as_deref()).collect();
    sets.sort_unstable();
    sets.dedup();
    let others = if columns.len() > 1 { format!(" and {} more columns", columns.len() - 1) } else { String::new() };
    let cause = format!(
        "{}.{}{others} in {}: an emoji or a name beyond it is refused, or becomes `?` where sql_mode is not strict",
        table.name,
        first.name,
        sets.join(" and ")
    );
    let names: Vec<String> = columns.iter().map(|column| column.name.to_string()).collect();
    let found = Finding::new(Severity::Info, Subject::table(&table.name), cause)
        .catalog("columns", names.join(", "), "information_schema.columns.character_set_name")
        .weight(table.rows.map_or(0.0, |rows| rows.0 as f64));
    // A key over four bytes a character must fit; text in foreign keys changes on both sides or not at all.
    let fits =
        table.indexes.iter().all(|index| width::index_bytes(table, index).is_none_or(|bytes| bytes * 4 <= widest));
    if !fits || columns.iter().any(|column| width::tied(tables, table, &column.name)) {
        return Some(found);
    }
    let name = Dialect::MySql.qualified(&table.name);
    let collate = collation.map(|collation| format!(" COLLATE {collation}")).unwrap_or_default();
    Some(
        found.fix(
            Fix::sql(
                format!("ALTER TABLE {name} CONVERT TO CHARACTER SET utf8mb4{collate};"),
                Undo::Impossible("keep what SHOW CREATE TABLE says before: columns may differ, and new characters would be lost on the way back".into()),
            )
            .lock("SHARED: reads go on, writes wait until the table is written anew")
            .disk(table.total_size())
            .cost("a TEXT column becomes MEDIUMTEXT; tables that are joined with it by text should follow soon")
            .verify(format!("SHOW FULL COLUMNS FROM {name};")),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{catalog, column, index, recent, table};
    use super::*;

    fn text(name: &str, type_name: &str, charset: &str) -> Column {
        Column { charset: Some(charset.into()), collation: Some(format!("{charset}_x")), ..column(name, type_name) }
    }

    fn found(columns: Vec<Column>) -> Vec<Finding> {
        let mut orders = table(1000);
        orders.columns.extend(columns);
        orders.indexes.push(index("by_name", &["name"]));
        check(&catalog(recent(), vec![orders])).unwrap()
    }

    #[test]
    fn fires_once_for_a_table() {
        let found = found(vec![
            text("name", "varchar(100)", "latin1"),
            text("note", "text", "utf8mb3"),
            text("new", "varchar(9)", "utf8mb4"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].cause.contains("latin1 and utf8mb3"));
        assert_eq!(
            found[0].fixes[0].statement,
            "ALTER TABLE shop.orders CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_x;"
        );
    }

    #[test]
    fn fires_without_a_fix_where_an_index_grows_too_wide() {
        assert!(found(vec![text("name", "varchar(769)", "latin1")])[0].fixes.is_empty());
    }

    #[test]
    fn silent_on_utf8mb4() {
        assert!(found(vec![text("name", "varchar(100)", "utf8mb4")]).is_empty());
    }

    #[test]
    fn silent_on_ascii_and_binary() {
        assert!(found(vec![text("name", "char(36)", "ascii"), text("b", "char(9)", "binary")]).is_empty());
    }
}

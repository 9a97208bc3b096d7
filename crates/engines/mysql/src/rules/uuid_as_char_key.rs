use dbwright_model::catalog::{Column, Table};
use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rows, Rule, Severity, Subject, Undo,
};
use dbwright_sql::Dialect;

use super::{account, width};

static ROWS: Limit<Rows> =
    Limit { what: "rows", value: Rows(1000), source: "a smaller table fits into a few pages either way" };

pub(super) const RULE: Rule = Rule {
    id: "uuid-as-char-key",
    title: "A primary key of UUIDs written out as text",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Schema,
    harm: Harm::Waste,
    limits: &[&ROWS],
    explains: &["wide-primary-key"],
    wrong_when: "the 36 characters are not UUIDs",
    do_not: "change the type of one side of a join only: text and binary never match, without any error",
    lesson: include_str!("uuid_as_char_key.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let tables = &case.get::<Catalog>()?.tables;
    Ok(tables
        .iter()
        .filter(|table| table.engine.eq_ignore_ascii_case("innodb"))
        .filter_map(|table| finding(case, tables, table))
        .collect())
}

fn finding(case: &Case, tables: &[Table], table: &Table) -> Option<Finding> {
    let rows = table.rows.filter(|rows| *rows >= ROWS.value)?;
    let [part] = table.primary_key()?.parts.as_slice() else { return None };
    let column = table.column(part.column.as_ref()?.as_str())?;
    let type_name = column.type_name.to_ascii_lowercase();
    if !matches!(width::word(&type_name), "char" | "varchar") || width::length(&type_name) != Some(36) {
        return None;
    }
    let others = table.indexes.len() - 1;
    let copies = match others {
        0 => "the table".to_owned(),
        1 => "the table and its other index".to_owned(),
        n => format!("the table and each of its {n} other indexes"),
    };
    let cause = format!(
        "{}.{} holds UUIDs as {}: 36 bytes where 16 do, in {copies}, for {rows} rows",
        table.name,
        column.name,
        type_name.to_ascii_uppercase()
    );
    let found = Finding::new(Severity::Info, Subject::table(&table.name), cause)
        .grade(Grade::Derived)
        .catalog("type of the key", column.type_name.clone(), "information_schema.columns.column_type")
        .estimated("rows", rows, "information_schema.tables.table_rows")
        .weight((rows.0 * (others as u64 + 1)) as f64);
    Some(found.fix(fix(case, tables, table, column)))
}

fn fix(case: &Case, tables: &[Table], table: &Table, column: &Column) -> Fix {
    let name = Dialect::MySql.quote(&column.name);
    let on = Dialect::MySql.qualified(&table.name);
    if account::maria(case) && case.server.version.at_least(10, 7) && !width::tied(tables, table, &column.name) {
        return Fix::sql(
            format!("ALTER TABLE {on} MODIFY COLUMN {name} UUID NOT NULL;"),
            Undo::Statement(format!("ALTER TABLE {on} MODIFY COLUMN {name} {} NOT NULL;", column.type_name.to_ascii_uppercase())),
        )
        .lock("SHARED: reads go on, writes wait until the table is written anew")
        .disk(table.total_size())
        .cost("fails and changes nothing if a value is no UUID; a DEFAULT or comment of the column must be written again in the statement")
        .verify(format!("SHOW CREATE TABLE {on};"));
    }
    let (code, cost) = match account::maria(case) {
        true => (
            format!("{name} UUID NOT NULL PRIMARY KEY"),
            "columns that refer to it change with it, in the same deployment",
        ),
        false => (
            format!("{name} BINARY(16) NOT NULL PRIMARY KEY   -- write UUID_TO_BIN(?, 1), read BIN_TO_UUID({name}, 1)"),
            "the application reads and writes through the two functions; columns that refer to it change with it",
        ),
    };
    Fix::of(FixKind::Code, code, Undo::NotNeeded("for a new table, filled from the old one".into())).cost(cost)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{catalog, column, index, mariadb, recent, table};
    use super::*;

    fn found(case: Case, type_name: &str, rows: u64) -> Vec<Finding> {
        let mut documents = table(rows);
        documents.columns = vec![column("id", type_name), column("body", "text")];
        documents.indexes.push(index("by_body", &["body"]));
        check(&catalog(case, vec![documents])).unwrap()
    }

    #[test]
    fn fires_on_mariadb_with_its_own_type() {
        let found = found(mariadb(), "char(36)", 1000);
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE shop.orders MODIFY COLUMN id UUID NOT NULL;");
    }

    #[test]
    fn fires_on_mysql_with_binary() {
        let found = found(recent(), "varchar(36)", 1000);
        assert!(found[0].fixes[0].statement.contains("BINARY(16)"));
        assert!(found[0].cause.contains("its other index"));
    }

    #[test]
    fn silent_on_other_keys() {
        assert!(found(recent(), "binary(16)", 5000).is_empty());
        assert!(found(mariadb(), "uuid", 5000).is_empty());
        assert!(found(recent(), "char(26)", 5000).is_empty());
    }

    #[test]
    fn silent_on_small_tables() {
        assert!(found(recent(), "char(36)", 999).is_empty());
    }
}

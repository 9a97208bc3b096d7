use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Severity, Subject, Undo};
use dbwright_model::{Bytes, Catalog};
use dbwright_sql::Dialect;

use crate::sections::innodb::InnoDb;

static ROWS: Limit<Rows> =
    Limit { what: "rows", value: Rows(1000), source: "in a smaller table the format makes no difference" };

pub(super) const RULE: Rule = Rule {
    id: "row-format-old",
    title: "A table in a row format of old versions",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Schema,
    harm: Harm::Hygiene,
    limits: &[&ROWS],
    explains: &[],
    wrong_when: "the table is never altered and holds no long values",
    do_not: "go to ROW_FORMAT=COMPRESSED for space: it keeps pages twice in memory and is on its way out",
    lesson: include_str!("row_format_old.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let old = case.get::<InnoDb>()?.tables.iter().filter(|table| {
        let format = table.row_format.to_ascii_lowercase();
        matches!(format.as_str(), "redundant" | "compact") && table.rows >= ROWS.value
    });
    Ok(old
        .map(|table| {
            let format = table.row_format.to_ascii_uppercase();
            let cause = format!(
                "{} is in row format {format}: indexes end at 767 bytes, and each long value leaves 768 bytes of itself in the row's page",
                table.table
            );
            let name = Dialect::MySql.qualified(&table.table);
            let size = catalog.table(&table.table).map_or(Bytes(0), |known| known.total_size());
            Finding::new(Severity::Info, Subject::table(&table.table), cause)
                .catalog("row_format", table.row_format.clone(), "information_schema.tables.row_format")
                .weight(table.rows.0 as f64)
                .fix(
                    Fix::sql(
                        format!("ALTER TABLE {name} ROW_FORMAT = DYNAMIC;"),
                        Undo::Statement(format!("ALTER TABLE {name} ROW_FORMAT = {format};")),
                    )
                    .lock("none for most of it (written anew online), exclusive for a moment at begin and end")
                    .disk(size)
                    .verify(format!(
                        "SELECT row_format FROM information_schema.tables WHERE table_schema = {} AND table_name = {};",
                        Dialect::MySql.literal(&table.table.schema),
                        Dialect::MySql.literal(&table.table.name)
                    )),
                )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{catalog, recent, table};
    use super::*;
    use crate::sections::innodb::TablePages;

    fn found(format: &str, rows: u64) -> Vec<Finding> {
        let orders = table(rows);
        let pages = TablePages {
            table: orders.name.clone(),
            row_format: format.into(),
            rows: Rows(rows),
            ..TablePages::default()
        };
        check(&catalog(recent(), vec![orders]).with(&InnoDb { tables: vec![pages], ..InnoDb::default() })).unwrap()
    }

    #[test]
    fn fires_on_compact() {
        let found = found("Compact", 1000);
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE shop.orders ROW_FORMAT = DYNAMIC;");
    }

    #[test]
    fn fires_on_redundant() {
        assert!(found("Redundant", 5000)[0].cause.contains("REDUNDANT"));
    }

    #[test]
    fn silent_on_dynamic_and_compressed() {
        assert!(found("Dynamic", 5000).is_empty());
        assert!(found("Compressed", 5000).is_empty());
    }

    #[test]
    fn silent_on_small_ones() {
        assert!(found("Compact", 999).is_empty());
    }
}

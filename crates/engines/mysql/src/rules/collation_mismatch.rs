use std::collections::BTreeMap;

use dbwright_model::catalog::{Column, Table};
use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rows, Rule, Severity, Subject, Undo,
};
use dbwright_sql::Dialect;

use super::width;

static ROWS: Limit<Rows> = Limit {
    what: "rows of either table that make it a warning",
    value: Rows(1000),
    source: "reading a smaller table whole goes unnoticed",
};

pub(super) const RULE: Rule = Rule {
    id: "collation-mismatch",
    title: "Columns that belong together compare by different rules",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Schema,
    harm: Harm::Slowdown,
    limits: &[&ROWS],
    explains: &[],
    wrong_when: "the columns share a name but are never compared",
    do_not: "write COLLATE into each join: it makes the error go away, and the index unusable",
    lesson: include_str!("collation_mismatch.md"),
    check,
};

/// A text column with its table.
type Place<'a> = (&'a Table, &'a Column);

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut groups: BTreeMap<(String, String), Vec<Place>> = BTreeMap::new();
    for table in &catalog.tables {
        for column in table.columns.iter().filter(|column| column.collation.is_some()) {
            let name = column.name.to_string().to_ascii_lowercase();
            if name.len() > 3 && name.ends_with("_id") {
                groups.entry((table.name.schema.to_string(), name)).or_default().push((table, column));
            }
        }
    }
    let mut findings: Vec<Finding> = groups.values().flat_map(|places| strangers(catalog, places)).collect();
    // Keys made while foreign_key_checks was off.
    for table in &catalog.tables {
        for key in &table.foreign_keys {
            let Some(parent) = catalog.table(&key.references) else { continue };
            for (from, to) in key.columns.iter().zip(&key.referenced_columns) {
                let (Some(from), Some(to)) = (table.column(from.as_str()), parent.column(to.as_str())) else {
                    continue;
                };
                let (Some(left), Some(right)) = (&from.collation, &to.collation) else { continue };
                if left != right {
                    findings.push(finding(catalog, (table, from), (parent, to)));
                }
            }
        }
    }
    findings.sort_by(|a, b| a.subject.cmp(&b.subject));
    findings.dedup_by(|a, b| a.subject == b.subject);
    Ok(findings)
}

/// Those that differ from what most of the places have.
fn strangers(catalog: &Catalog, places: &[Place]) -> Vec<Finding> {
    let count = |collation: &Option<String>| places.iter().filter(|place| place.1.collation == *collation).count();
    // Among equals the wider character set, then the first table.
    let usual = places
        .iter()
        .rev()
        .max_by_key(|place| (count(&place.1.collation), place.1.charset.as_deref() == Some("utf8mb4")));
    let Some(usual) = usual else { return vec![] };
    places
        .iter()
        .filter(|place| place.1.collation != usual.1.collation)
        .map(|place| finding(catalog, *place, *usual))
        .collect()
}

fn finding(catalog: &Catalog, (table, column): Place, (other, twin): Place) -> Finding {
    let own = column.collation.as_deref().unwrap_or_default();
    let its = twin.collation.as_deref().unwrap_or_default();
    let binary = own.ends_with("_bin") || its.ends_with("_bin");
    let effect = match column.charset == twin.charset {
        true if binary => "a join between them cannot use the index of the side that is not binary",
        true => "a join between them fails with error 1267 (illegal mix of collations)",
        false => "a join between them converts each value of one side, whose index is of no use then",
    };
    let cause = format!("{}.{} is {own}, {}.{} is {its}: {effect}", table.name, column.name, other.name, twin.name);
    let large = [table, other].iter().any(|table| table.rows.is_none_or(|rows| rows >= ROWS.value));
    let severity = if large { Severity::Warn } else { Severity::Info };
    let found = Finding::new(severity, Subject::part(SubjectKind::Column, &table.name, &column.name), cause)
        .grade(Grade::Derived)
        .catalog("collation", own, "information_schema.columns.collation_name")
        .catalog("collation of its counterpart", its, "information_schema.columns.collation_name")
        .weight(table.rows.map_or(0.0, |rows| rows.0 as f64));
    // The whole table at once, which keeps defaults and comments; only where nothing else in it would change its rules.
    let texts = || table.columns.iter().filter(|column| column.collation.is_some());
    let alike = texts().all(|text| text.collation == column.collation);
    let tied = texts().any(|text| width::tied(&catalog.tables, table, &text.name));
    match (&column.charset, &twin.charset) {
        (Some(old), Some(new)) if alike && !tied => {
            let name = Dialect::MySql.qualified(&table.name);
            found.fix(
                Fix::sql(
                    format!("ALTER TABLE {name} CONVERT TO CHARACTER SET {new} COLLATE {its};"),
                    Undo::Statement(format!("ALTER TABLE {name} CONVERT TO CHARACTER SET {old} COLLATE {own};")),
                )
                .lock("SHARED: reads go on, writes wait until the table is written anew")
                .disk(table.total_size())
                .cost("values that differ only in what the new rules ignore become equal: a unique index then stops the statement")
                .verify(format!("SHOW FULL COLUMNS FROM {name};")),
            )
        }
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{ForeignKey, ObjectName};

    use super::super::fixtures::{catalog, column, recent, table};
    use super::*;

    fn with(name: &str, key: &str, charset: &str, collation: &str) -> Table {
        let text =
            Column { charset: Some(charset.into()), collation: Some(collation.into()), ..column(key, "varchar(20)") };
        Table { name: ObjectName::new("shop", name), columns: vec![text], ..table(1000) }
    }

    fn found(tables: Vec<Table>) -> Vec<Finding> {
        check(&catalog(recent(), tables)).unwrap()
    }

    #[test]
    fn fires_on_the_one_that_differs() {
        let found = found(vec![
            with("a", "order_id", "utf8mb4", "utf8mb4_0900_ai_ci"),
            with("b", "order_id", "utf8mb4", "utf8mb4_0900_ai_ci"),
            with("c", "order_id", "utf8mb4", "utf8mb4_general_ci"),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject.name, "shop.c.order_id");
        assert!(found[0].cause.contains("1267"));
        assert_eq!(
            found[0].fixes[0].statement,
            "ALTER TABLE shop.c CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;"
        );
    }

    #[test]
    fn fires_on_the_narrower_character_set() {
        let found = found(vec![
            with("a", "order_id", "latin1", "latin1_swedish_ci"),
            with("b", "order_id", "utf8mb4", "utf8mb4_general_ci"),
        ]);
        assert_eq!(found[0].subject.name, "shop.a.order_id");
        assert!(found[0].cause.contains("converts"));
    }

    #[test]
    fn fires_on_a_foreign_key_without_a_fix() {
        let mut child = with("child", "parent", "utf8mb4", "utf8mb4_general_ci");
        child.foreign_keys = vec![ForeignKey {
            columns: vec!["parent".into()],
            references: ObjectName::new("shop", "parents"),
            referenced_columns: vec!["code".into()],
            ..ForeignKey::default()
        }];
        let found = found(vec![child, with("parents", "code", "utf8mb4", "utf8mb4_bin")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].fixes.is_empty() && found[0].cause.contains("not binary"));
    }

    #[test]
    fn silent_on_equal_rules_and_other_names() {
        assert!(
            found(vec![
                with("a", "order_id", "utf8mb4", "utf8mb4_general_ci"),
                with("b", "order_id", "utf8mb4", "utf8mb4_general_ci"),
                with("c", "note", "utf8mb4", "utf8mb4_bin"),
                with("d", "note", "utf8mb4", "utf8mb4_general_ci"),
            ])
            .is_empty()
        );
    }

    #[test]
    fn silent_on_numbers_and_across_schemas() {
        let mut other = with("a", "order_id", "utf8mb4", "utf8mb4_bin");
        other.name = ObjectName::new("archive", "a");
        let mut numbers = table(1000);
        numbers.columns.push(column("order_id", "bigint"));
        assert!(found(vec![other, numbers, with("b", "order_id", "utf8mb4", "utf8mb4_general_ci")]).is_empty());
    }
}

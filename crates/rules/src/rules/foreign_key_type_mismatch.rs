use dbwright_model::catalog::TableKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, SubjectKind, Undo,
};

use crate::ddl;

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-type-mismatch",
    title: "A foreign key column has another type than the key it points to",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; MySQL and MariaDB refuse most such keys",
    area: Area::Schema,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "the referenced key can never grow past what the referencing type holds",
    do_not: "widen the column with a plain ALTER TABLE on a big table: it rewrites the table under an exclusive lock",
    lesson: include_str!("foreign_key_type_mismatch.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let dialect = ddl::dialect(case);
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| table.kind != TableKind::Partition) {
        for key in &table.foreign_keys {
            let Some(parent) = catalog.table(&key.references) else { continue };
            for (name, above) in key.columns.iter().zip(&key.referenced_columns) {
                let (Some(column), Some(referenced)) = (table.column(name.as_str()), parent.column(above.as_str()))
                else {
                    continue;
                };
                if family(&column.type_name) == family(&referenced.type_name) {
                    continue;
                }
                let narrower = (1..width(&referenced.type_name)).contains(&width(&column.type_name));
                let severity = if narrower { Severity::Warn } else { Severity::Info };
                let effect = match narrower {
                    true => "inserts fail once the key above outgrows it",
                    false => "comparisons convert, and joins may not use the index",
                };
                let cause = format!(
                    "{name} is {} but points to {}.{above}, which is {}: {effect}",
                    column.type_name, key.references, referenced.type_name
                );
                let qualified = dialect.qualified(&table.name);
                let (change, back) = match case.engine() {
                    Engine::MySql => ("MODIFY COLUMN", "MODIFY COLUMN"),
                    _ => ("ALTER COLUMN", "ALTER COLUMN"),
                };
                let middle = if case.engine() == Engine::MySql { "" } else { " TYPE" };
                let column_name = dialect.quote(name);
                let fix = Fix::sql(
                    format!("ALTER TABLE {qualified} {change} {column_name}{middle} {};", referenced.type_name),
                    Undo::Statement(format!(
                        "ALTER TABLE {qualified} {back} {column_name}{middle} {};",
                        column.type_name
                    )),
                )
                .lock("ACCESS EXCLUSIVE while the table is rewritten (reads and writes wait)")
                .cost("on a big table: add a second column, fill it in batches, swap the names");
                findings.push(
                    Finding::new(severity, Subject::part(SubjectKind::Constraint, &table.name, &key.name), cause)
                        .catalog("type here", column.type_name.as_str(), "catalog: columns")
                        .catalog("type above", referenced.type_name.as_str(), "catalog: columns")
                        .fix(fix)
                        .weight(table.rows.map_or(0.0, |rows| rows.0 as f64)),
                );
            }
        }
    }
    Ok(findings)
}

/// Types that compare without conversion count as one.
fn family(type_name: &str) -> String {
    let base = type_name.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
    match base.as_str() {
        "text" | "varchar" | "character varying" => "text".into(),
        // A display width is no part of the type.
        _ if base.ends_with("int") => {
            type_name.to_ascii_lowercase().replace(|c: char| c.is_ascii_digit() || "()".contains(c), "")
        }
        _ => base,
    }
}

/// Bytes of an integer type; 0 for others.
fn width(type_name: &str) -> u8 {
    let name = type_name.to_ascii_lowercase();
    match name.split(['(', ' ']).next().unwrap_or_default() {
        "tinyint" => 1,
        "smallint" => 2,
        "mediumint" => 3,
        "int" | "integer" => 4,
        "bigint" => 8,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{catalog, foreign_key, mysql, postgres, table};

    fn case_of(here: &str, above: &str) -> Catalog {
        let mut parent = table("customers", &["id"]);
        parent.columns[0].type_name = above.into();
        let mut child = table("orders", &["customer_id"]);
        child.columns[0].type_name = here.into();
        child.foreign_keys = vec![foreign_key("fk", &["customer_id"], "customers")];
        catalog(vec![parent, child])
    }

    #[test]
    fn fires_when_the_column_is_narrower() {
        let found = check(&postgres(&case_of("integer", "bigint"))).unwrap();
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Warn, "public.orders.fk"));
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE public.orders ALTER COLUMN customer_id TYPE bigint;");
    }

    #[test]
    fn fires_softly_when_it_is_of_another_kind() {
        assert_eq!(check(&postgres(&case_of("numeric", "bigint"))).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_types_agree() {
        assert!(check(&postgres(&case_of("bigint", "bigint"))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_only_length_or_display_width_differ() {
        assert!(check(&postgres(&case_of("character varying(20)", "text"))).unwrap().is_empty());
        assert!(check(&mysql(&case_of("int(10)", "int(11)"))).unwrap().is_empty());
    }
}

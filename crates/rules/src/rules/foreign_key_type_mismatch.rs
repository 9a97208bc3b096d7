use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, SubjectKind, Undo,
};

use crate::ddl;
use crate::partitions::is_part;

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-type-mismatch",
    title: "A foreign key column has another type than the key it points to",
    engines: &[Engine::Postgres],
    versions: "all; InnoDB refuses such keys",
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
    for table in catalog.tables.iter().filter(|table| !is_part(table)) {
        for key in &table.foreign_keys {
            let Some(parent) = catalog.table(&key.references) else { continue };
            for (name, above) in key.columns.iter().zip(&key.referenced_columns) {
                let (Some(column), Some(referenced)) = (table.column(name.as_str()), parent.column(above.as_str()))
                else {
                    continue;
                };
                let Some((severity, effect)) = judge(&column.type_name, &referenced.type_name) else { continue };
                let cause = format!(
                    "{name} is {} but points to {}.{above}, which is {}: {effect}",
                    column.type_name, key.references, referenced.type_name
                );
                let (qualified, quoted) = (dialect.qualified(&table.name), dialect.quote(name));
                let to = |type_name: &str| format!("ALTER TABLE {qualified} ALTER COLUMN {quoted} TYPE {type_name};");
                let fix = Fix::sql(to(&referenced.type_name), Undo::Statement(to(&column.type_name)))
                    .lock("ACCESS EXCLUSIVE while the table is rewritten (reads and writes wait)")
                    .cost("on a big table: add a second column, fill it in batches, swap the names");
                findings.push(
                    Finding::new(severity, Subject::part(SubjectKind::Constraint, &table.name, &key.name), cause)
                        .catalog("type here", column.type_name.as_str(), "pg_attribute.atttypid")
                        .catalog("type above", referenced.type_name.as_str(), "pg_attribute.atttypid")
                        .fix(fix)
                        .weight(table.rows.map_or(0.0, |rows| rows.0 as f64)),
                );
            }
        }
    }
    Ok(findings)
}

/// What differs, when it does harm. Types that are not known here (domains, extensions' own) are not judged.
fn judge(here: &str, above: &str) -> Option<(Severity, &'static str)> {
    match (kind(here)?, kind(above)?) {
        // All integers compare with one another through any index; only the range matters.
        (Kind::Integer(here), Kind::Integer(above)) => {
            (here < above).then_some((Severity::Warn, "inserts fail once the key above outgrows it"))
        }
        (here, above) => (here != above).then_some((
            Severity::Info,
            "every comparison converts this column, so a delete above cannot use an index on it",
        )),
    }
}

/// Types that compare without conversion are of one kind.
#[derive(PartialEq)]
enum Kind {
    /// With its bytes.
    Integer(u8),
    Numeric,
    Text,
    /// Blanks at the end do not count.
    Padded,
    Date,
    Timestamp,
    TimestampWithZone,
}

fn kind(type_name: &str) -> Option<Kind> {
    let name = type_name.to_ascii_lowercase();
    Some(match name.split('(').next()?.trim() {
        "smallint" => Kind::Integer(2),
        "integer" => Kind::Integer(4),
        "bigint" => Kind::Integer(8),
        "numeric" => Kind::Numeric,
        "text" | "character varying" | "varchar" => Kind::Text,
        "character" | "char" => Kind::Padded,
        "date" => Kind::Date,
        "timestamp with time zone" => Kind::TimestampWithZone,
        "timestamp without time zone" => Kind::Timestamp,
        "timestamp" if name.ends_with("with time zone") => Kind::TimestampWithZone,
        "timestamp" => Kind::Timestamp,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{catalog, foreign_key, postgres, table};

    fn look(here: &str, above: &str) -> Vec<Finding> {
        let mut parent = table("customers", &["id"]);
        parent.columns[0].type_name = above.into();
        let mut child = table("orders", &["customer_id"]);
        child.columns[0].type_name = here.into();
        child.foreign_keys = vec![foreign_key("fk", &["customer_id"], "customers")];
        check(&postgres(&catalog(vec![parent, child]))).unwrap()
    }

    #[test]
    fn fires_when_the_column_is_narrower() {
        let found = look("integer", "bigint");
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Warn, "public.orders.fk"));
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE public.orders ALTER COLUMN customer_id TYPE bigint;");
    }

    #[test]
    fn fires_softly_when_it_is_of_another_kind() {
        assert_eq!(look("bigint", "numeric(20,0)")[0].severity, Severity::Info);
        assert_eq!(look("character(3)", "text")[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_types_agree_but_for_their_length() {
        assert!(look("bigint", "bigint").is_empty());
        assert!(look("character varying(20)", "text").is_empty());
        assert!(look("timestamp(3) with time zone", "timestamp with time zone").is_empty());
    }

    #[test]
    fn silent_when_wider_than_the_key_or_of_a_type_of_its_own() {
        assert!(look("bigint", "integer").is_empty());
        assert!(look("positive_id", "bigint").is_empty());
    }
}

use dbwright_model::catalog::TableKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Severity, Share, Subject,
    SubjectKind, Undo,
};

use crate::ddl;

static WARN: Limit<Share> = Limit {
    what: "share of the key's range used up (warn)",
    value: Share(0.5),
    source: "postgres.ai and MySQL's sys schema users plan the change at half: it takes weeks on a big table",
};
static ERROR: Limit<Share> = Limit {
    what: "share of the key's range used up (error)",
    value: Share(0.8),
    source: "postgres-checkup, PgHero (90 %): months at most are left",
};

pub(super) const RULE: Rule = Rule {
    id: "key-exhaustion",
    title: "A key column is running out of numbers",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Schema,
    harm: Harm::Outage,
    limits: &[&WARN, &ERROR],
    explains: &["sequence-near-end"],
    wrong_when: "the numbers were pushed up once by a bulk load and hardly grow any more",
    do_not: "restart the counter at 1 or at a negative number without checking every table that points to the key",
    lesson: include_str!("key_exhaustion.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let dialect = ddl::dialect(case);
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| table.kind != TableKind::Partition) {
        for column in &table.columns {
            let Some(counter) = &column.counter else { continue };
            let Some(used) = Share::of(counter.last as f64, counter.limit as f64) else { continue };
            if used.0 < WARN.value.0 {
                continue;
            }
            let severity = if used.0 >= ERROR.value.0 { Severity::Error } else { Severity::Warn };
            let left = Count(counter.limit.saturating_sub(counter.last));
            let cause = format!(
                "{}.{} ({}) has used {used} of its numbers; after {left} more every insert fails",
                table.name, column.name, column.type_name
            );
            let qualified = dialect.qualified(&table.name);
            let name = dialect.quote(&column.name);
            let fix = match case.engine() {
                Engine::MySql => Fix::sql(
                    format!("ALTER TABLE {qualified} MODIFY COLUMN {name} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT;"),
                    Undo::Impossible("values past the old limit would not fit back".into()),
                )
                .lock("the table is copied and writes wait: use gh-ost or pt-online-schema-change on a big one"),
                _ => {
                    let mut statement = format!("ALTER TABLE {qualified} ALTER COLUMN {name} TYPE bigint;");
                    if let Some(sequence) = &counter.sequence {
                        statement += &format!("\nALTER SEQUENCE {} AS bigint;", dialect.qualified(sequence));
                    }
                    Fix::sql(statement, Undo::Impossible("values past the old limit would not fit back".into()))
                        .lock("ACCESS EXCLUSIVE while the table is rewritten (reads and writes wait)")
                        .cost("on a big table: add a bigint column, keep it filled by a trigger, backfill in batches, swap; widen the columns that reference it first")
                }
            };
            let mut finding =
                Finding::new(severity, Subject::part(SubjectKind::Column, &table.name, &column.name), cause)
                    .measured("last value", Count(counter.last), "catalog: key counter")
                    .catalog("largest value", Count(counter.limit), "catalog: column type and counter")
                    .fix(fix)
                    .weight(used.0);
            let narrow: Vec<String> = catalog
                .tables
                .iter()
                .flat_map(|other| other.foreign_keys.iter().map(move |key| (other, key)))
                .filter(|(_, key)| key.references == table.name && key.referenced_columns.contains(&column.name))
                .map(|(other, key)| format!("{}.{}", other.name, key.name))
                .collect();
            if !narrow.is_empty() {
                finding = finding.catalog(
                    "columns that point to it must be widened first",
                    narrow.join(", "),
                    "catalog: foreign keys",
                );
            }
            findings.push(finding.grade(Grade::Measured));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{KeyCounter, ObjectName};

    use super::*;
    use crate::example::{catalog, mysql, postgres, table};

    const INT4: u64 = i32::MAX as u64;

    fn at(last: u64, limit: u64) -> Catalog {
        let mut t = table("events", &["id"]);
        t.columns[0].type_name = "integer".into();
        t.columns[0].counter =
            Some(KeyCounter { last, limit, sequence: Some(ObjectName::new("public", "events_id_seq")) });
        catalog(vec![t])
    }

    #[test]
    fn fires_as_error_near_the_end() {
        let found = check(&postgres(&at(1_932_735_282, INT4))).unwrap();
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Error, "public.events.id"));
        assert!(found[0].fixes[0].statement.contains("ALTER SEQUENCE public.events_id_seq AS bigint"));
    }

    #[test]
    fn fires_as_warning_from_half_on() {
        let found = check(&mysql(&at(160, 255))).unwrap();
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].fixes[0].statement.contains("BIGINT UNSIGNED"));
    }

    #[test]
    fn silent_below_half() {
        assert!(check(&postgres(&at(INT4 / 2 - 10, INT4))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_wide_or_without_counter() {
        assert!(check(&postgres(&at(1_932_735_282, i64::MAX as u64))).unwrap().is_empty());
        assert!(check(&postgres(&catalog(vec![table("t", &["id"])]))).unwrap().is_empty());
    }
}

use dbwright_model::catalog::{ForeignKey, Table, TableKind};
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Grade, Harm, Limit, Rows, Rule, Severity, Subject, SubjectKind,
};

use crate::ddl;

static ROWS: Limit<Rows> = Limit {
    what: "the referencing table has at least so many rows (warn)",
    value: Rows(10_000),
    source: "below it a full scan takes about a millisecond",
};
static TINY: Limit<Rows> = Limit {
    what: "tables with fewer rows are not mentioned",
    value: Rows(1000),
    source: "they fit in a few pages: an index would not be used",
};

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-without-index",
    title: "A foreign key has no index on its own side",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; InnoDB makes the index by itself, so in MySQL and MariaDB only other storage engines can lack it",
    area: Area::Indexes,
    harm: Harm::Slowdown,
    limits: &[&ROWS, &TINY],
    explains: &[],
    wrong_when: "rows of the referenced table are never deleted and their key never changes, and nothing joins along the key",
    do_not: "drop the foreign key to make deletes fast: the rows it protects are then orphaned one by one",
    lesson: include_str!("foreign_key_without_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| table.kind != TableKind::Partition) {
        // A partitioned parent has no rows of its own.
        let rows = match table.kind {
            TableKind::Partitioned => Some(partition_rows(catalog, table)),
            _ => table.rows,
        };
        for key in table.foreign_keys.iter().filter(|key| !covered(table, key)) {
            let Some(rows) = rows.filter(|rows| rows.0 >= TINY.value.0) else { continue };
            let severity = if rows.0 >= ROWS.value.0 { Severity::Warn } else { Severity::Info };
            let columns: Vec<&str> = key.columns.iter().map(AsRef::as_ref).collect();
            let cause = format!(
                "every DELETE or key change in {} scans all of {} ({rows}), because no index of it begins with {}",
                key.references,
                table.name,
                columns.join(", ")
            );
            let mut finding =
                Finding::new(severity, Subject::part(SubjectKind::Constraint, &table.name, &key.name), cause)
                    .grade(Grade::Derived)
                    .catalog("referencing column", columns.join(", "), "catalog: foreign keys and indexes")
                    .estimated("rows scanned", rows, "catalog: row estimate")
                    .fix(ddl::create_index(case, table, &columns))
                    .weight(rows.0 as f64);
            let parent = catalog.table(&key.references).and_then(|parent| parent.usage.as_ref());
            if let Some(deleted) = parent.and_then(|usage| usage.deleted).filter(|deleted| deleted.0 > 0) {
                finding = finding.grade(Grade::Measured).measured(
                    "rows deleted above",
                    deleted,
                    "catalog: usage of the referenced table",
                );
            }
            findings.push(finding);
        }
    }
    Ok(findings)
}

fn partition_rows(catalog: &Catalog, table: &Table) -> Rows {
    catalog.tables.iter().filter(|part| part.parent.as_ref() == Some(&table.name)).filter_map(|part| part.rows).sum()
}

/// Whether a usable index over all rows begins with the key's columns, in any order.
fn covered(table: &Table, key: &ForeignKey) -> bool {
    table.indexes.iter().filter(|index| !index.invalid && index.predicate.is_none()).any(|index| {
        let leading: Vec<_> = index.parts.iter().take(key.columns.len()).map(|part| part.column.as_ref()).collect();
        leading.len() == key.columns.len() && key.columns.iter().all(|column| leading.contains(&Some(column)))
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{Index, TableUsage};

    use super::*;
    use crate::example::{catalog, foreign_key, index, postgres, table};

    fn look(change: impl Fn(&mut Table)) -> Vec<Finding> {
        let mut orders = table("orders", &["id", "customer_id"]);
        orders.foreign_keys = vec![foreign_key("orders_customer_id_fkey", &["customer_id"], "customers")];
        change(&mut orders);
        check(&postgres(&catalog(vec![table("customers", &["id"]), orders]))).unwrap()
    }

    #[test]
    fn fires_with_the_index_to_make() {
        let found = look(|_| ());
        assert_eq!(found[0].subject.name, "public.orders.orders_customer_id_fkey");
        assert_eq!(found[0].severity, Severity::Warn);
        assert_eq!(
            found[0].fixes[0].statement,
            "CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id);"
        );
    }

    #[test]
    fn fires_when_the_only_index_is_partial_or_invalid() {
        let partial = Index { predicate: Some("id > 5".into()), ..index("i", &["customer_id"]) };
        let invalid = Index { invalid: true, ..index("j", &["customer_id"]) };
        assert_eq!(look(|t| t.indexes = vec![partial.clone(), invalid.clone()]).len(), 1);
    }

    #[test]
    fn fires_as_measured_when_rows_above_were_deleted() {
        let mut customers = table("customers", &["id"]);
        customers.usage = Some(TableUsage { deleted: Some(Rows(50)), ..TableUsage::default() });
        let mut orders = table("orders", &["customer_id"]);
        orders.foreign_keys = vec![foreign_key("fk", &["customer_id"], "customers")];
        assert_eq!(check(&postgres(&catalog(vec![customers, orders]))).unwrap()[0].grade, Grade::Measured);
    }

    #[test]
    fn silent_when_an_index_begins_with_the_columns_in_any_order() {
        assert!(look(|t| t.indexes = vec![index("i", &["customer_id", "id"])]).is_empty());
        assert!(
            look(|t| {
                t.foreign_keys = vec![foreign_key("fk", &["a", "b"], "customers")];
                t.indexes = vec![index("i", &["b", "a", "c"])];
            })
            .is_empty()
        );
    }

    #[test]
    fn silent_on_tiny_tables() {
        assert!(look(|t| t.rows = Some(Rows(300))).is_empty());
    }
}

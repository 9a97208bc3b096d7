use dbwright_model::catalog::{ForeignKey, Index, Table};
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Grade, Harm, Limit, Rows, Rule, Seconds, Severity, Subject,
    SubjectKind,
};

use crate::ddl;
use crate::partitions::{Partitions, is_part};

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

static WINDOW: Limit<Seconds> = Limit {
    what: "when nothing was deleted or changed above for so long, it is only worth knowing",
    value: Seconds::days(35.0),
    source: "a month and its end-of-month jobs",
};

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-without-index",
    title: "A foreign key has no index on its own side",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; InnoDB makes the index by itself, so in MySQL and MariaDB only other storage engines can lack it",
    area: Area::Indexes,
    harm: Harm::Slowdown,
    limits: &[&ROWS, &TINY, &WINDOW],
    explains: &[],
    wrong_when: "rows of the referenced table are never deleted and their key never changes, and nothing joins along the key",
    do_not: "drop the foreign key to make deletes fast: the rows it protects are then orphaned one by one",
    lesson: include_str!("foreign_key_without_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let partitions = Partitions::of(catalog);
    let window = catalog.usage_since.map(|since| Seconds(case.server.now.duration_since(since).as_secs_f64()));
    let long = window.is_some_and(|window| window >= WINDOW.value);
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| !is_part(table)) {
        let rows = partitions.rows(table);
        for key in table.foreign_keys.iter().filter(|key| !covered(table, key)) {
            let Some(rows) = rows.filter(|rows| rows.0 >= TINY.value.0) else { continue };
            let above = catalog.table(&key.references).and_then(|above| above.usage.as_ref());
            let changed = above.and_then(|usage| Some(Rows(usage.deleted?.0 + usage.updated?.0)));
            // Nothing has scanned it yet, and in all that time nothing was going to.
            let quiet = long && changed == Some(Rows(0));
            let severity = if rows.0 >= ROWS.value.0 && !quiet { Severity::Warn } else { Severity::Info };
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
            if let Some(deleted) = above.and_then(|usage| usage.deleted).filter(|deleted| deleted.0 > 0) {
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

/// Whether a usable index over all rows begins with the key's columns, in any order.
fn covered(table: &Table, key: &ForeignKey) -> bool {
    table.indexes.iter().filter(|index| !index.invalid && index.predicate.is_none()).any(|index| {
        let leading: Vec<_> = index.parts.iter().take(key.columns.len()).map(|part| part.column.as_ref()).collect();
        finds_rows(index)
            && leading.len() == key.columns.len()
            && key.columns.iter().all(|column| leading.contains(&Some(column)))
    })
}

/// A block range or text index does not lead to the rows with one value.
fn finds_rows(index: &Index) -> bool {
    ["btree", "hash"].iter().any(|method| index.method.eq_ignore_ascii_case(method))
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
    fn fires_softly_when_nothing_above_ever_changes() {
        let mut countries = table("countries", &["id"]);
        countries.usage = Some(TableUsage { deleted: Some(Rows(0)), updated: Some(Rows(0)), ..TableUsage::default() });
        let mut orders = table("orders", &["country"]);
        orders.foreign_keys = vec![foreign_key("fk", &["country"], "countries")];
        let mut catalog = catalog(vec![countries, orders]);
        catalog.usage_since = Some("2026-11-20T00:00:00Z".parse().unwrap());
        assert_eq!(check(&postgres(&catalog)).unwrap()[0].severity, Severity::Warn, "four days say little");
        catalog.usage_since = Some("2026-09-01T00:00:00Z".parse().unwrap());
        assert_eq!(check(&postgres(&catalog)).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn fires_when_the_only_index_is_a_block_range_index() {
        let ranges = Index { method: "brin".into(), ..index("i", &["customer_id"]) };
        assert_eq!(look(|t| t.indexes = vec![ranges.clone()]).len(), 1);
    }

    #[test]
    fn fires_under_another_name_when_the_usual_one_is_taken() {
        let partial = Index { predicate: Some("id > 5".into()), ..index("orders_customer_id_idx", &["customer_id"]) };
        let found = look(|t| t.indexes = vec![partial.clone()]);
        assert!(found[0].fixes[0].statement.contains("CONCURRENTLY orders_customer_id_idx1 ON"));
    }

    #[test]
    fn silent_on_tiny_tables() {
        assert!(look(|t| t.rows = Some(Rows(300))).is_empty());
    }
}

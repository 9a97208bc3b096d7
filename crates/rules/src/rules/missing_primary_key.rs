use dbwright_model::catalog::{Index, Table, TableKind};
use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Severity, Subject, Undo,
};

use crate::ddl;
use crate::partitions::{Partitions, is_part};

static ROWS: Limit<Rows> = Limit {
    what: "a table of at least so many rows is a warning, a smaller one worth knowing",
    value: Rows(100_000),
    source: "pg-index-health and PMM flag every table; below this size nothing hurts yet",
};
static EMPTY: Limit<Rows> = Limit {
    what: "tables with fewer rows are not mentioned",
    value: Rows(10),
    source: "own choice: settings and markers kept in a table",
};

pub(super) const RULE: Rule = Rule {
    id: "missing-primary-key",
    title: "A table has no primary key",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Schema,
    harm: Harm::Hygiene,
    limits: &[&ROWS, &EMPTY],
    explains: &[],
    wrong_when: "the table is a staging area or an append-only log that is only ever read and dropped whole",
    do_not: "declare a set of columns the key only because they happen to be unique today",
    lesson: include_str!("missing_primary_key.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let partitions = Partitions::of(catalog);
    let mut findings = Vec::new();
    for table in &catalog.tables {
        let holds_rows = matches!(table.kind, TableKind::Table | TableKind::Partitioned);
        // Storage engines that cannot have one, or hold no rows of their own.
        let able = !matches!(table.engine.as_str(), "CSV" | "ARCHIVE" | "FEDERATED" | "BLACKHOLE" | "MRG_MYISAM");
        // InnoDB orders the rows by a unique index without nulls as if it were the key, and replicas find them by it.
        let as_good = case.engine() == Engine::MySql && strict_unique(table).is_some();
        if !holds_rows || is_part(table) || !able || table.primary_key().is_some() || as_good {
            continue;
        }
        let counted = partitions.rows(table);
        if counted.is_some_and(|rows| rows.0 < EMPTY.value.0) {
            continue;
        }
        let rows = counted.unwrap_or_default();
        let severity = if rows.0 >= ROWS.value.0 { Severity::Warn } else { Severity::Info };
        let effect = match case.engine() {
            Engine::MySql => {
                "row-based replicas scan the whole table for every changed row, and InnoDB adds a hidden key nobody can use"
            }
            _ => "rows cannot be told apart, logical replication cannot update them, and duplicates come in unseen",
        };
        let cause = format!("{} has no primary key: {effect}", table.name);
        let finding =
            Finding::new(severity, Subject::table(&table.name), cause).weight(rows.0 as f64).fix(fix(case, table));
        findings.push(match counted {
            Some(rows) => finding.estimated("rows", rows, "catalog: row estimate"),
            None => finding.estimated("rows", "never counted", "catalog: row estimate"),
        });
    }
    Ok(findings)
}

/// A unique index over all rows whose columns take no nulls: a primary key but for the name.
fn strict_unique(table: &Table) -> Option<&Index> {
    table.indexes.iter().find(|index| {
        let columns = index.columns();
        index.unique
            && !index.invalid
            && index.predicate.is_none()
            && columns.is_some_and(|columns| {
                columns.iter().all(|name| table.column(name.as_str()).is_some_and(|column| !column.nullable))
            })
    })
}

fn fix(case: &Case, table: &Table) -> Fix {
    let dialect = ddl::dialect(case);
    let qualified = dialect.qualified(&table.name);
    let key = strict_unique(table);
    // A column of the usual name may be there already.
    let id = ["id", "row_id", "key_id"].into_iter().find(|name| table.column(name).is_none()).unwrap_or("dbwright_id");
    match (case.engine(), key) {
        (Engine::MySql, _) => Fix::sql(
            format!("ALTER TABLE {qualified} ADD COLUMN {id} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST, ALGORITHM=INPLACE, LOCK=SHARED;"),
            Undo::Statement(format!("ALTER TABLE {qualified} DROP COLUMN {id};")),
        )
        .lock("writes wait while the table is rebuilt (an AUTO_INCREMENT column cannot be added with LOCK=NONE)"),
        (_, Some(index)) if index.constraint.is_none() && table.kind == TableKind::Table => {
            let name = dialect.quote(&index.name);
            Fix::sql(
                format!("ALTER TABLE {qualified} ADD PRIMARY KEY USING INDEX {name};"),
                Undo::Statement(format!(
                    "ALTER TABLE {qualified} DROP CONSTRAINT {name};{}",
                    // The index goes with the constraint.
                    index.definition.as_ref().map_or(String::new(), |definition| format!(" {definition};"))
                )),
            )
            .lock("ACCESS EXCLUSIVE for a moment: the unique index is there already")
        }
        (_, Some(index)) => {
            let columns: Vec<String> = index.columns().unwrap_or_default().iter().map(|name| dialect.quote(name)).collect();
            let constraint = dialect.quote(format!("{}_pkey", table.name.name));
            Fix::sql(
                format!("ALTER TABLE {qualified} ADD CONSTRAINT {constraint} PRIMARY KEY ({});", columns.join(", ")),
                Undo::Statement(format!("ALTER TABLE {qualified} DROP CONSTRAINT {constraint};")),
            )
            .lock("ACCESS EXCLUSIVE while the index is built (reads and writes wait)")
        }
        (_, None) if table.kind == TableKind::Partitioned => Fix::of(
            FixKind::Code,
            format!("ALTER TABLE {qualified} ADD PRIMARY KEY (…) over the columns that tell rows apart and all columns it is partitioned by"),
            Undo::NotNeeded("the constraint can be dropped again".into()),
        )
        .lock("ACCESS EXCLUSIVE while an index is built on every partition (reads and writes wait)"),
        (_, None) => Fix::sql(
            format!("ALTER TABLE {qualified} ADD COLUMN {id} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;"),
            Undo::Statement(format!("ALTER TABLE {qualified} DROP COLUMN {id};")),
        )
        .lock("ACCESS EXCLUSIVE while the table is rewritten (reads and writes wait)")
        .cost("a natural key is better when there is one: make its columns NOT NULL, build a unique index CONCURRENTLY, then ADD PRIMARY KEY USING INDEX"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{catalog, index, mysql, postgres, primary, table};

    fn look(t: Table) -> Vec<Finding> {
        check(&postgres(&catalog(vec![t]))).unwrap()
    }

    #[test]
    fn fires_and_promotes_a_unique_index() {
        let mut t = table("t", &["a"]);
        t.indexes = vec![Index { unique: true, ..index("t_a_key", &["a"]) }];
        let found = look(t);
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Warn, "public.t"));
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE public.t ADD PRIMARY KEY USING INDEX t_a_key;");
    }

    #[test]
    fn fires_softly_on_a_small_table_and_adds_a_column() {
        let mut t = table("t", &["a"]);
        t.rows = Some(Rows(500));
        assert_eq!(look(t.clone())[0].severity, Severity::Info);
        assert!(check(&mysql(&catalog(vec![t]))).unwrap()[0].fixes[0].statement.contains("AUTO_INCREMENT"));
    }

    #[test]
    fn fires_with_a_column_name_that_is_free() {
        let statement = look(table("t", &["id", "a"]))[0].fixes[0].statement.clone();
        assert!(statement.contains("ADD COLUMN row_id bigint"), "{statement}");
    }

    #[test]
    fn fires_on_a_partitioned_table_whose_key_must_hold_the_partitioning_columns() {
        let mut t = table("t", &["a"]);
        t.kind = TableKind::Partitioned;
        assert_eq!(look(t)[0].fixes[0].kind, FixKind::Code);
    }

    #[test]
    fn silent_with_a_primary_key() {
        let mut t = table("t", &["a"]);
        t.indexes = vec![primary("t_pkey", &["a"])];
        assert!(look(t).is_empty());
    }

    #[test]
    fn silent_on_mysql_with_a_unique_key_that_takes_no_nulls() {
        let mut t = table("t", &["a"]);
        t.indexes = vec![Index { unique: true, ..index("t_a_key", &["a"]) }];
        assert!(check(&mysql(&catalog(vec![t.clone()]))).unwrap().is_empty());
        t.columns[0].nullable = true;
        assert_eq!(check(&mysql(&catalog(vec![t]))).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_partitions_and_markers() {
        let mut part = table("t", &["a"]);
        part.kind = TableKind::Partition;
        assert!(look(part).is_empty());
        let mut marker = table("t", &["a"]);
        marker.rows = Some(Rows(1));
        assert!(look(marker).is_empty());
    }
}

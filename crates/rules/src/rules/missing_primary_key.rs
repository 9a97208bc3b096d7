use dbwright_model::catalog::{Index, Table, TableKind};
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Severity, Subject, Undo,
};

use crate::ddl;

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
    let mut findings = Vec::new();
    for table in &catalog.tables {
        let holds_rows = matches!(table.kind, TableKind::Table | TableKind::Partitioned);
        // Storage engines that cannot have one, or hold no rows of their own.
        let able = !matches!(table.engine.as_str(), "CSV" | "ARCHIVE" | "FEDERATED" | "BLACKHOLE" | "MRG_MYISAM");
        if !holds_rows
            || !able
            || table.primary_key().is_some()
            || table.rows.is_some_and(|rows| rows.0 < EMPTY.value.0)
        {
            continue;
        }
        let rows = table.rows.unwrap_or_default();
        let severity = if rows.0 >= ROWS.value.0 { Severity::Warn } else { Severity::Info };
        let effect = match case.engine() {
            Engine::MySql => {
                "row-based replicas scan the whole table for every changed row, and InnoDB adds a hidden key nobody can use"
            }
            _ => "rows cannot be told apart, logical replication cannot update them, and duplicates come in unseen",
        };
        let cause = format!("{} has no primary key: {effect}", table.name);
        let mut finding = Finding::new(severity, Subject::table(&table.name), cause)
            .estimated("rows", rows, "catalog: row estimate")
            .weight(rows.0 as f64)
            .fix(fix(case, table));
        if table.rows.is_none() {
            finding = finding.estimated("rows", "never counted", "catalog: row estimate");
        }
        findings.push(finding);
    }
    Ok(findings)
}

fn fix(case: &Case, table: &Table) -> Fix {
    let dialect = ddl::dialect(case);
    let qualified = dialect.qualified(&table.name);
    let strict = |index: &&Index| {
        let columns = index.columns();
        index.unique
            && !index.invalid
            && index.predicate.is_none()
            && columns.is_some_and(|columns| {
                columns.iter().all(|name| table.column(name.as_str()).is_some_and(|column| !column.nullable))
            })
    };
    let key = table.indexes.iter().find(strict);
    match (case.engine(), key) {
        (Engine::MySql, Some(index)) => {
            let columns: Vec<String> = index.columns().unwrap_or_default().iter().map(|name| dialect.quote(name)).collect();
            Fix::sql(
                format!("ALTER TABLE {qualified} ADD PRIMARY KEY ({}), ALGORITHM=INPLACE, LOCK=NONE;", columns.join(", ")),
                Undo::Statement(format!("ALTER TABLE {qualified} DROP PRIMARY KEY;")),
            )
            .lock("metadata lock for a moment; the table is rebuilt while reads and writes go on")
        }
        (Engine::MySql, None) => Fix::sql(
            format!("ALTER TABLE {qualified} ADD COLUMN id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST, ALGORITHM=INPLACE, LOCK=SHARED;"),
            Undo::Statement(format!("ALTER TABLE {qualified} DROP COLUMN id;")),
        )
        .lock("writes wait while the table is rebuilt (an AUTO_INCREMENT column cannot be added with LOCK=NONE)"),
        (_, Some(index)) if index.constraint.is_none() && table.kind == TableKind::Table => {
            let name = dialect.quote(&index.name);
            Fix::sql(
                format!("ALTER TABLE {qualified} ADD PRIMARY KEY USING INDEX {name};"),
                Undo::Statement(format!("ALTER TABLE {qualified} DROP CONSTRAINT {name};")),
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
        (_, None) => Fix::sql(
            format!("ALTER TABLE {qualified} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;"),
            Undo::Statement(format!("ALTER TABLE {qualified} DROP COLUMN id;")),
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
    fn silent_with_a_primary_key() {
        let mut t = table("t", &["a"]);
        t.indexes = vec![primary("t_pkey", &["a"])];
        assert!(look(t).is_empty());
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

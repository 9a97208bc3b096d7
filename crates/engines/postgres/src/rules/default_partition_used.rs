use dbwright_model::catalog::ObjectName;
use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Severity, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::sections::tables::Tables;

static MANY: Limit<Rows> = Limit {
    what: "rows in the default partition that make it a warning",
    value: Rows(100_000),
    source: "adding a partition scans them all under an exclusive lock: about a tenth of a second (measured, 12–18)",
};

pub(super) const RULE: Rule = Rule {
    id: "default-partition-used",
    title: "Rows fall into the default partition",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Schema,
    harm: Harm::Hygiene,
    limits: &[&MANY],
    explains: &[],
    wrong_when: "the default partition is meant to hold the many small cases, and the listed ones are the exceptions",
    do_not: "create the missing partition in working hours without looking: it scans the default partition under an exclusive lock and fails if a row belongs there",
    lesson: include_str!("default_partition_used.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut findings = Vec::new();
    for table in case.get::<Tables>()?.tables.iter().filter(|table| table.default_partition) {
        let rows = Rows(table.live.0.max(table.rows.unwrap_or_default().0));
        if rows.0 == 0 {
            continue;
        }
        let parent: Option<&ObjectName> = catalog.table(&table.name).and_then(|known| known.parent.as_ref());
        let (name, severity) = (
            Dialect::Postgres.qualified(&table.name),
            if rows.0 >= MANY.value.0 { Severity::Warn } else { Severity::Info },
        );
        let above = parent.map_or_else(|| "its parent".to_owned(), |parent| Dialect::Postgres.qualified(parent));
        let cause = format!(
            "{rows} fit no other partition of {above}: adding the missing one scans them all while everybody waits"
        );
        findings.push(
            Finding::new(severity, Subject::table(&table.name), cause)
                .measured("rows", rows, "pg_stat_user_tables.n_live_tup")
                .weight(rows.0 as f64)
                .fix(
                    Fix::of(
                        FixKind::Code,
                        format!(
                            "in one transaction: ALTER TABLE {above} DETACH PARTITION {name}; create the partitions that the rows of {name} \
                             belong to; INSERT INTO {above} SELECT * FROM {name}; TRUNCATE {name}; ALTER TABLE {above} ATTACH PARTITION {name} DEFAULT"
                        ),
                        Undo::NotNeeded("roll the transaction back".into()),
                    )
                    .lock("ACCESS EXCLUSIVE on the partitioned table while it runs"),
                ),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::Table;

    use super::*;
    use crate::rules::fixtures::{case, catalog, table};
    use crate::sections::tables::TableFacts;

    fn found(rows: u64, default_partition: bool) -> Vec<Finding> {
        let facts = TableFacts { default_partition, ..table("log_default", rows) };
        let known =
            Table { name: facts.name.clone(), parent: Some(ObjectName::new("public", "log")), ..Table::default() };
        check(&case(vec![facts]).with(&catalog(vec![known]))).unwrap()
    }

    #[test]
    fn fires_on_stray_rows() {
        let found = found(1_000, true);
        assert_eq!(found[0].severity, Severity::Info);
        assert!(found[0].fixes[0].statement.contains("ALTER TABLE public.log DETACH PARTITION public.log_default"));
    }

    #[test]
    fn fires_louder_on_many() {
        assert_eq!(found(100_000, true)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_when_it_is_empty() {
        assert!(found(0, true).is_empty());
    }

    #[test]
    fn silent_on_other_partitions() {
        assert!(found(1_000_000, false).is_empty());
    }
}

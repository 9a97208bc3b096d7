use dbwright_model::catalog::{Index, Table};
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Count, Engine, Finding, Grade, Harm, Limit, NotEvaluated, Rule, Seconds,
    Severity, Subject, Why,
};

use crate::ddl;
use crate::partitions::Partitions;

static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(35.0),
    source: "a month and its end-of-month jobs; pganalyze uses the same 35 days",
};
static SIZE: Limit<Bytes> = Limit {
    what: "the index is bigger than",
    value: Bytes::kib(32),
    source: "pganalyze: smaller ones cost next to nothing",
};

pub(super) const RULE: Rule = Rule {
    id: "unused-index",
    title: "Nothing has used the index",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; MySQL and MariaDB with performance_schema on",
    area: Area::Indexes,
    harm: Harm::Waste,
    limits: &[&WINDOW, &SIZE],
    explains: &[],
    wrong_when: "a replica, a yearly job or a rare emergency query uses it; each server counts only its own scans",
    do_not: "drop indexes right after a restart or a reset of the counters, or those that enforce uniqueness or serve foreign keys",
    lesson: include_str!("unused_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let now = case.server.now;
    let Some(since) = catalog.usage_since else {
        return Err(NotEvaluated::new(Why::Window, "the age of the index counters is unknown"));
    };
    let age = Seconds(now.duration_since(since).as_secs_f64());
    if age.0 < WINDOW.value.0 {
        return Err(NotEvaluated::new(
            Why::Window,
            format!("index counters cover {age}; an index is called unused after {}", WINDOW.value),
        ));
    }
    let partitions = Partitions::of(catalog);
    let mut findings = Vec::new();
    for table in &catalog.tables {
        for index in table.indexes.iter().filter(|index| droppable(index) && !serves_a_foreign_key(table, index)) {
            // The parts of an index on a partitioned table cannot be dropped alone.
            if partitions.attached(table, index) {
                continue;
            }
            let (Some(size), Some(Count(0))) = (partitions.size(table, index), partitions.scans(table, index)) else {
                continue;
            };
            if size <= SIZE.value {
                continue;
            }
            let cause =
                format!("{} was not scanned once in {age}, and costs {size} and a write at every change", index.name);
            let mut finding = Finding::new(Severity::Info, Subject::index(&table.name, &index.name), cause)
                .measured("scans", Count(0), "catalog: index usage")
                .measured("counters cover", age, "catalog: statistics reset")
                .measured("size", size, "catalog: index size")
                .weight(size.0 as f64);
            if catalog.has_replicas {
                finding = finding.grade(Grade::Suspected).wrong_when(
                    "a replica reads through it: run the same check there first, each server counts only its own scans",
                );
            }
            if let Some(hide) = ddl::hide_index(case, table, index) {
                finding = finding.fix(hide);
            }
            findings.push(finding.fix(ddl::drop_index(case, table, index)));
        }
    }
    Ok(findings)
}

fn droppable(index: &Index) -> bool {
    !index.unique && !index.invalid && index.constraint.is_none() && !index.replica_identity
}

/// Referential checks scan by it without being counted on every engine, and would lock or scan the table without it.
fn serves_a_foreign_key(table: &Table, index: &Index) -> bool {
    table.foreign_keys.iter().any(|key| {
        let leading: Vec<_> =
            index.parts.iter().take(key.columns.len()).filter_map(|part| part.column.as_ref()).collect();
        leading.len() == key.columns.len() && key.columns.iter().all(|column| leading.contains(&column))
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{ObjectName, TableKind};

    use super::*;
    use crate::example::{catalog, foreign_key, index, postgres, table};

    /// A partitioned table with two partitions; the index was scanned so often in the second.
    fn partitioned(scans: u64) -> Vec<String> {
        let of = |name: &str, kind, scans| {
            let mut t = table(name, &["a"]);
            t.kind = kind;
            t.parent = (kind == TableKind::Partition).then(|| ObjectName::new("public", "t"));
            t.indexes = vec![Index { scans, ..index(&format!("{name}_a"), &["a"]) }];
            t
        };
        let mut tables = vec![
            of("t", TableKind::Partitioned, None),
            of("t_1", TableKind::Partition, Some(Count(0))),
            of("t_2", TableKind::Partition, Some(Count(scans))),
        ];
        tables[0].indexes[0].size = None;
        let since = Some("2026-10-01T00:00:00Z".parse().unwrap());
        let found = check(&postgres(&Catalog { usage_since: since, ..catalog(tables) })).unwrap();
        found.into_iter().map(|finding| finding.fixes[0].statement.clone()).collect()
    }

    #[test]
    fn fires_once_for_all_partitions() {
        assert_eq!(partitioned(0), ["DROP INDEX public.t_a;"]);
    }

    #[test]
    fn silent_when_one_partition_uses_it() {
        assert!(partitioned(1).is_empty());
    }

    fn idle_table() -> Table {
        let mut t = table("t", &["a", "b"]);
        t.indexes = vec![Index { scans: Some(Count(0)), ..index("t_a", &["a"]) }];
        t
    }

    fn look(t: Table, since: &str, replicas: bool) -> Checked {
        let catalog = Catalog { usage_since: Some(since.parse().unwrap()), has_replicas: replicas, ..catalog(vec![t]) };
        check(&postgres(&catalog))
    }

    #[test]
    fn fires_after_a_quiet_month() {
        let found = look(idle_table(), "2026-10-01T00:00:00Z", false).unwrap();
        assert_eq!(found[0].subject.name, "public.t_a");
        assert_eq!(found[0].grade, Grade::Measured);
    }

    #[test]
    fn fires_as_a_suspicion_when_replicas_may_use_it() {
        assert_eq!(look(idle_table(), "2026-10-01T00:00:00Z", true).unwrap()[0].grade, Grade::Suspected);
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert_eq!(look(idle_table(), "2026-11-01T00:00:00Z", false).unwrap_err().why, Why::Window);
    }

    #[test]
    fn silent_for_unique_small_and_foreign_key_indexes() {
        let mut t = idle_table();
        t.foreign_keys = vec![foreign_key("fk", &["a"], "p")];
        assert!(look(t, "2026-10-01T00:00:00Z", false).unwrap().is_empty());
        let mut t = idle_table();
        t.indexes[0].unique = true;
        assert!(look(t, "2026-10-01T00:00:00Z", false).unwrap().is_empty());
        let mut t = idle_table();
        t.indexes[0].size = Some(Bytes::kib(16));
        assert!(look(t, "2026-10-01T00:00:00Z", false).unwrap().is_empty());
    }
}

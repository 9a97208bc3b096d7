use dbwright_model::catalog::{Index, ObjectName, Table, TableKind};
use dbwright_model::{Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::{Dialect, Remake};

pub(super) const RULE: Rule = Rule {
    id: "invalid-index",
    title: "An index is invalid",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Indexes,
    harm: Harm::Waste,
    limits: &[],
    explains: &[],
    wrong_when: "it is being built right now from a session that cannot be seen",
    do_not: "set indisvalid in pg_index by hand: the index lacks entries, and queries through it would lose rows",
    lesson: include_str!("invalid_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut findings = Vec::new();
    for table in &case.get::<Catalog>()?.tables {
        findings.extend(table.indexes.iter().filter(|index| index.invalid).map(|index| finding(table, index)));
    }
    Ok(findings)
}

/// What a concurrent rebuild leaves when it fails: the new index, or the old one that could not be dropped.
fn leftover(name: &str) -> bool {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    bare.ends_with("_ccnew") || bare.ends_with("_ccold")
}

fn finding(table: &Table, index: &Index) -> Finding {
    let name = Dialect::Postgres.qualified(&ObjectName { schema: table.name.schema.clone(), name: index.name.clone() });
    let size = index.size.unwrap_or(Bytes(0));
    let subject = Subject::index(&table.name, index.name.as_str());
    let unknown = || Remake { first: None, undo: Undo::NotNeeded("no query could use it".into()) };
    let again = Remake::of(Dialect::Postgres, table, index).unwrap_or_else(unknown);
    let drop = Fix::sql(again.before(format!("DROP INDEX CONCURRENTLY {name};")), again.undo)
        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on); waits for transactions older than itself");
    let rebuild =
        Fix::sql(format!("REINDEX INDEX CONCURRENTLY {name};"), Undo::NotNeeded("it was of no use before".into()))
            .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on); waits for transactions older than itself")
            .cost("reads the table twice; for a unique index, remove the duplicates first or it fails again");
    let found = |severity, cause: String| {
        Finding::new(severity, subject.clone(), cause)
            .catalog("indisvalid", "false", "pg_index.indisvalid")
            .weight(size.0 as f64)
    };
    if table.kind == TableKind::Partitioned {
        return found(
            Severity::Info,
            "the index of this partitioned table is not valid until every partition has a matching one attached".into(),
        )
        .fix(Fix::of(
            dbwright_model::finding::FixKind::Code,
            format!(
                "create the index on each partition that lacks it, then ALTER INDEX {name} ATTACH PARTITION that index"
            ),
            Undo::NotNeeded("attaching takes nothing away".into()),
        ));
    }
    if leftover(index.name.as_str()) {
        let cause = format!(
            "a concurrent rebuild failed and left this index of {size}: every write maintains it, no query uses it"
        );
        return found(Severity::Warn, cause).fix(drop);
    }
    let cause = format!(
        "a concurrent build of this index failed: its {size} are maintained by every write and used by no query"
    );
    let found = found(Severity::Warn, cause);
    match index.constraint.is_some() || index.primary {
        true => found.fix(rebuild),
        false => found.fix(rebuild).fix(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{case_of, catalog, indexed};

    fn found(change: impl FnOnce(&mut Table)) -> Vec<Finding> {
        let mut table = indexed("orders", &["state"]);
        table.indexes[0].invalid = true;
        change(&mut table);
        check(&case_of(15).with(&catalog(vec![table]))).unwrap()
    }

    #[test]
    fn fires_on_a_failed_build() {
        let found = found(|_| ());
        assert_eq!(found[0].subject.name, "public.orders_state_idx");
        assert_eq!(found[0].fixes[0].statement, "REINDEX INDEX CONCURRENTLY public.orders_state_idx;");
        assert_eq!(found[0].fixes.len(), 2);
    }

    #[test]
    fn fires_on_what_a_rebuild_left() {
        let found = found(|table| table.indexes[0].name = "orders_state_idx_ccnew1".into());
        assert_eq!(found[0].fixes[0].statement, "DROP INDEX CONCURRENTLY public.orders_state_idx_ccnew1;");
    }

    #[test]
    fn fires_without_a_drop_when_a_constraint_needs_it() {
        let found = found(|table| table.indexes[0].constraint = Some("orders_state_key".into()));
        assert_eq!(found[0].fixes.len(), 1);
    }

    #[test]
    fn silent_when_valid() {
        assert!(found(|table| table.indexes[0].invalid = false).is_empty());
    }

    #[test]
    fn silent_as_a_warning_on_a_partitioned_parent() {
        assert_eq!(found(|table| table.kind = TableKind::Partitioned)[0].severity, Severity::Info);
    }
}

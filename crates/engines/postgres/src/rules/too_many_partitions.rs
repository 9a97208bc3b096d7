use dbwright_model::catalog::ObjectName;
use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo,
};
use std::collections::BTreeMap;

static MANY: Limit<Count> = Limit {
    what: "partitions of one table",
    value: Count(1000),
    source: "planning handles a few thousand well only when most can be pruned (Table Partitioning, best practices)",
};

pub(super) const RULE: Rule = Rule {
    id: "too-many-partitions",
    title: "A table has very many partitions",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Schema,
    harm: Harm::Slowdown,
    limits: &[&MANY],
    explains: &[],
    wrong_when: "every query names the partition key, so that all but a few partitions are pruned",
    do_not: "drop the partitioning altogether: dropping old data by partition is what it is good for",
    lesson: include_str!("too_many_partitions.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut partitions: BTreeMap<&ObjectName, u64> = BTreeMap::new();
    for parent in case.get::<Catalog>()?.tables.iter().filter_map(|table| table.parent.as_ref()) {
        *partitions.entry(parent).or_default() += 1;
    }
    Ok(partitions
        .into_iter()
        .filter(|(_, partitions)| *partitions >= MANY.value.0)
        .map(|(parent, partitions)| {
            let cause = format!(
                "{} partitions: each query that cannot be narrowed to some locks and plans them all, and every session keeps their descriptions",
                Count(partitions)
            );
            Finding::new(Severity::Info, Subject::table(parent), cause)
                .catalog("partitions", Count(partitions), "pg_inherits.inhparent")
                .weight(partitions as f64)
                .fix(Fix::of(
                    FixKind::Code,
                    "make new partitions coarser (months instead of days), and detach old ones: ALTER TABLE … DETACH PARTITION … CONCURRENTLY (14+)",
                    Undo::NotNeeded("partitions can be attached again".into()),
                ))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::Table;

    use super::*;
    use crate::rules::fixtures::{case_of, catalog};

    fn found(partitions: u64) -> Vec<Finding> {
        let parent = ObjectName::new("public", "log");
        let part = |n| Table {
            name: ObjectName::new("public", format!("log_{n}")),
            parent: Some(parent.clone()),
            ..Table::default()
        };
        check(&case_of(15).with(&catalog((0..partitions).map(part).collect()))).unwrap()
    }

    #[test]
    fn fires_at_a_thousand() {
        assert_eq!(found(1000)[0].subject.name, "public.log");
    }

    #[test]
    fn fires_beyond() {
        assert_eq!(found(2500).len(), 1);
    }

    #[test]
    fn silent_just_below() {
        assert!(found(999).is_empty());
    }

    #[test]
    fn silent_on_many_tables_that_are_no_partitions() {
        let plain = |n| Table { name: ObjectName::new("public", format!("t{n}")), ..Table::default() };
        assert!(check(&case_of(15).with(&catalog((0..2000).map(plain).collect()))).unwrap().is_empty());
    }
}

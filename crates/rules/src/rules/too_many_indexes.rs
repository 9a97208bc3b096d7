use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Severity, Subject, Undo,
};

use crate::partitions::is_part;

static MANY: Limit<Count> = Limit {
    what: "more indexes on a table than",
    value: Count(10),
    source: "PMM and pghealth; each insert writes every one of them",
};

pub(super) const RULE: Rule = Rule {
    id: "too-many-indexes",
    title: "A table has very many indexes",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Indexes,
    harm: Harm::Waste,
    limits: &[&MANY],
    explains: &[],
    wrong_when: "the table is read in many ways and hardly written (a catalogue, a warehouse dimension)",
    do_not: "merge single-column indexes into one wide one without looking at the order in which queries use the columns",
    lesson: include_str!("too_many_indexes.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| !is_part(table)) {
        let count = table.indexes.len() as u64;
        if count <= MANY.value.0 {
            continue;
        }
        let size: Bytes = table.indexes.iter().filter_map(|index| index.size).sum();
        let cause = format!(
            "{} has {count} indexes ({size}): every insert writes all of them, and so does every update that moves the row",
            table.name
        );
        let unused = table.indexes.iter().filter(|index| index.scans.is_some_and(|scans| scans.0 == 0)).count();
        findings.push(
            Finding::new(Severity::Info, Subject::table(&table.name), cause)
                .grade(Grade::Derived)
                .catalog("indexes", Count(count), "catalog: indexes")
                .measured("not scanned so far", Count(unused as u64), "catalog: index usage")
                .fix(Fix::of(
                    FixKind::Code,
                    "review: which queries need which; start with duplicate-index, redundant-index and unused-index",
                    Undo::NotNeeded("nothing is changed".into()),
                ))
                .weight(count as f64),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{catalog, index, mysql, postgres, table};

    fn with(count: usize) -> Catalog {
        let mut t = table("t", &["a"]);
        t.indexes = (0..count).map(|n| index(&format!("i{n:02}"), &["a"])).collect();
        catalog(vec![t])
    }

    #[test]
    fn fires_above_ten() {
        assert_eq!(check(&postgres(&with(11))).unwrap()[0].subject.name, "public.t");
    }

    #[test]
    fn fires_on_every_engine() {
        assert_eq!(check(&mysql(&with(25))).unwrap()[0].weight, 25.0);
    }

    #[test]
    fn silent_at_ten() {
        assert!(check(&postgres(&with(10))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_partitions() {
        let mut catalog = with(11);
        catalog.tables[0].kind = dbwright_model::catalog::TableKind::Partition;
        assert!(check(&postgres(&catalog)).unwrap().is_empty());
    }
}

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dbwright_model::catalog::{Index, Table};
use dbwright_model::{Area, Bytes, Case, Catalog, Checked, Engine, Finding, Harm, Limit, Rule, Severity, Subject};

use crate::ddl;
use crate::partitions::{Partitions, is_part};

static SIZE: Limit<Bytes> = Limit {
    what: "size of the copy (warn)",
    value: Bytes::mib(1),
    source: "own choice: below it the copy costs nothing that shows",
};

pub(super) const RULE: Rule = Rule {
    id: "duplicate-index",
    title: "Two indexes are the same",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Indexes,
    harm: Harm::Waste,
    limits: &[&SIZE],
    explains: &[],
    wrong_when: "one of the two is about to replace the other (a rebuild under a new name that is still going on)",
    do_not: "drop the one that a constraint stands on: the constraint goes with it, or the statement fails",
    lesson: include_str!("duplicate_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut findings = Vec::new();
    let partitions = Partitions::of(catalog);
    for table in catalog.tables.iter().filter(|table| !is_part(table)) {
        for (index, keep) in copies(&partitions, table) {
            let size = partitions.size(table, index).unwrap_or(Bytes(0));
            let severity = if size >= SIZE.value { Severity::Warn } else { Severity::Info };
            let cause = format!(
                "{} has the same key as {}: it costs {size} and a write at every change, and answers nothing more",
                index.name, keep.name
            );
            findings.push(
                Finding::new(severity, Subject::index(&table.name, &index.name), cause)
                    .catalog("same key as", keep.name.as_str(), "catalog: index definitions")
                    .measured("size", size, "catalog: index size")
                    .fix(ddl::drop_index(case, table, index))
                    .weight(size.0 as f64),
            );
        }
    }
    Ok(findings)
}

/// The indexes that may go, each with the one of the same key to keep.
pub(super) fn copies<'c>(partitions: &Partitions<'c>, table: &'c Table) -> Vec<(&'c Index, &'c Index)> {
    let mut alike: BTreeMap<String, Vec<&Index>> = BTreeMap::new();
    for index in table.indexes.iter().filter(|index| !index.invalid) {
        alike.entry(key(index)).or_default().push(index);
    }
    let mut copies = Vec::new();
    for mut same in alike.into_values().filter(|same| same.len() > 1) {
        // The one to keep first: what a constraint or replication stands on, then the strict, then the one in use.
        same.sort_by_key(|index| {
            let used = partitions.scans(table, index).map_or(0, |scans| scans.0);
            let stands = (index.primary, index.constraint.is_some(), index.replica_identity, index.unique);
            (Reverse(stands), Reverse(used), index.name.clone())
        });
        let Some((keep, rest)) = same.split_first() else { continue };
        // A unique index forbids something that a plain one allows.
        let free =
            |index: &&&Index| index.constraint.is_none() && !index.replica_identity && (keep.unique || !index.unique);
        copies.extend(rest.iter().filter(free).map(|index| (*index, *keep)));
    }
    copies
}

/// Everything that makes two indexes answer the same questions.
fn key(index: &Index) -> String {
    format!("{}|{:?}|{:?}|{:?}", index.method, index.parts, index.include, index.predicate)
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::IndexPart;

    use super::*;
    use crate::example::{catalog, index, mysql, postgres, primary, table};

    fn dropped(indexes: Vec<Index>) -> Vec<String> {
        let mut t = table("t", &["id", "a", "b"]);
        t.indexes = indexes;
        let findings = check(&postgres(&catalog(vec![t]))).unwrap();
        findings.into_iter().map(|finding| finding.subject.name).collect()
    }

    #[test]
    fn fires_on_the_copy_that_no_constraint_stands_on() {
        assert_eq!(dropped(vec![index("t_id_idx", &["id"]), primary("t_pkey", &["id"])]), ["public.t_id_idx"]);
    }

    #[test]
    fn fires_on_every_copy_but_one_and_says_how_to_undo() {
        let mut t = table("t", &["a"]);
        t.indexes = vec![index("one", &["a"]), index("three", &["a"]), index("two", &["a"])];
        let found = check(&mysql(&catalog(vec![t]))).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[0].fixes[0].statement.starts_with("ALTER TABLE public.t DROP INDEX three"));
    }

    #[test]
    fn silent_when_order_options_or_predicate_differ() {
        let mut descending = index("down", &["a"]);
        descending.parts[0].descending = true;
        let mut partial = index("some", &["a"]);
        partial.predicate = Some("b IS NULL".into());
        let mut pattern = index("pattern", &[]);
        pattern.parts = vec![IndexPart { options: "text_pattern_ops".into(), ..IndexPart::column("a") }];
        assert!(dropped(vec![index("plain", &["a"]), descending, partial, pattern]).is_empty());
    }

    #[test]
    fn fires_softly_on_a_small_copy() {
        let mut t = table("t", &["a"]);
        t.indexes = ["one", "two"].map(|name| Index { size: Some(Bytes::kib(16)), ..index(name, &["a"]) }).to_vec();
        assert_eq!(check(&postgres(&catalog(vec![t]))).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_both_are_constraints() {
        let unique = |name: &str| Index { primary: false, ..primary(name, &["a"]) };
        assert!(dropped(vec![unique("t_a_key"), unique("t_a_key1")]).is_empty());
    }
}

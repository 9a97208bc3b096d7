use std::collections::BTreeSet;

use dbwright_model::catalog::{Index, Table};
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Engine, Finding, Grade, Harm, Limit, Name, Ratio, Rule, Severity, Subject,
};

use super::duplicate_index::copies;
use crate::ddl;
use crate::partitions::{Partitions, is_part};

/// Above this, range scans of the wider index cost noticeably more pages than scans of the narrow one.
static WIDER: Limit<Ratio> = Limit {
    what: "a wider index more than so many times as big makes it a suspicion only",
    value: Ratio(4.0),
    source: "own arithmetic: a range scan reads leaf pages in proportion to entry size",
};

pub(super) const RULE: Rule = Rule {
    id: "redundant-index",
    title: "An index is the beginning of another one",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Indexes,
    harm: Harm::Waste,
    limits: &[&WIDER],
    explains: &[],
    wrong_when: "the narrow index is scanned in long ranges and the wider one is much bigger, or it fits in cache and the other does not",
    do_not: "drop the wider one instead: it serves queries the narrow one cannot",
    lesson: include_str!("redundant_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let partitions = Partitions::of(catalog);
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| !is_part(table)) {
        // A copy of another index is spoken of as such.
        let copies: BTreeSet<&Name> = copies(&partitions, table).into_iter().map(|(copy, _)| &copy.name).collect();
        for index in table.indexes.iter().filter(|index| !copies.contains(&index.name)) {
            let droppable = !index.unique && !index.invalid && index.constraint.is_none() && !index.replica_identity;
            let Some(wider) = droppable.then(|| covering(table, index)).flatten() else { continue };
            let size = partitions.size(table, index).unwrap_or(Bytes(0));
            let cause = format!(
                "{} is the beginning of {}, which answers the same questions: it costs {size} and a write at every change",
                index.name, wider.name
            );
            let ratio = wider.size.filter(|_| size.0 > 0).map(|wide| Ratio(wide.0 as f64 / size.0 as f64));
            let much_wider = ratio.is_some_and(|ratio| ratio.0 > WIDER.value.0);
            let mut finding = Finding::new(Severity::Info, Subject::index(&table.name, &index.name), cause)
                .grade(if much_wider { Grade::Suspected } else { Grade::Derived })
                .catalog("contained in", wider.name.as_str(), "catalog: index definitions")
                .measured("size", size, "catalog: index size")
                .weight(size.0 as f64);
            if let Some(ratio) = ratio {
                finding = finding.measured("the wider one is as big as", ratio, "catalog: index size");
            }
            if let Some(scans) = partitions.scans(table, index) {
                finding = finding.measured("scans of it", scans, "catalog: index usage");
            }
            if let Some(hide) = ddl::hide_index(case, table, index) {
                finding = finding.fix(hide);
            }
            findings.push(finding.fix(ddl::drop_index(case, table, index)));
        }
    }
    Ok(findings)
}

/// A usable index of the same kind whose key begins with this one's and goes on.
fn covering<'t>(table: &'t Table, index: &Index) -> Option<&'t Index> {
    table.indexes.iter().find(|wider| {
        wider.parts.len() > index.parts.len()
            && wider.parts.starts_with(&index.parts)
            && !wider.invalid
            && index.method.eq_ignore_ascii_case("btree")
            && wider.method.eq_ignore_ascii_case("btree")
            && wider.predicate == index.predicate
            // What the narrow one carries along must be in the wider one too.
            && index.include.iter().all(|name| {
                wider.include.contains(name) || wider.parts.iter().any(|part| part.column.as_ref() == Some(name))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{catalog, index, mysql, postgres, primary, table};

    fn found(indexes: Vec<Index>) -> Vec<Finding> {
        let mut t = table("t", &["a", "b"]);
        t.indexes = indexes;
        check(&postgres(&catalog(vec![t]))).unwrap()
    }

    #[test]
    fn fires_on_the_beginning_of_another_index() {
        let found = found(vec![index("a", &["a"]), index("ab", &["a", "b"])]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject.name, "public.a");
        assert!(found[0].fixes[0].statement.contains("CONCURRENTLY public.a"));
    }

    #[test]
    fn fires_with_a_safe_trial_where_indexes_can_be_hidden() {
        let mut t = table("t", &["a", "b"]);
        t.indexes = vec![index("a", &["a"]), primary("PRIMARY", &["a", "b"])];
        let found = check(&mysql(&catalog(vec![t]))).unwrap();
        assert!(found[0].fixes[0].statement.ends_with("INVISIBLE;"));
    }

    #[test]
    fn fires_once_when_there_are_copies() {
        let found = found(vec![index("a", &["a"]), index("a_again", &["a"]), index("ab", &["a", "b"])]);
        assert_eq!(found.iter().map(|finding| finding.subject.name.as_str()).collect::<Vec<_>>(), ["public.a"]);
    }

    #[test]
    fn silent_when_unique_or_in_another_order_or_partial() {
        let unique = Index { unique: true, ..index("a", &["a"]) };
        let partial = Index { predicate: Some("a > 0".into()), ..index("p", &["b"]) };
        assert!(found(vec![unique, index("ab", &["a", "b"])]).is_empty());
        assert!(found(vec![index("b", &["b"]), index("ab", &["a", "b"])]).is_empty());
        assert!(found(vec![partial, index("ba", &["b", "a"])]).is_empty());
    }

    #[test]
    fn fires_as_a_suspicion_when_the_wider_one_is_much_bigger() {
        let huge = Index { size: Some(Bytes::mib(200)), ..index("ab", &["a", "b"]) };
        assert_eq!(found(vec![index("a", &["a"]), huge])[0].grade, Grade::Suspected);
    }

    #[test]
    fn silent_when_of_another_kind() {
        let hash = Index { method: "hash".into(), ..index("a", &["a"]) };
        assert!(found(vec![hash, index("ab", &["a", "b"])]).is_empty());
    }
}

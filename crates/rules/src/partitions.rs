//! Partitioned tables as one: a rule speaks about the table people know, with the numbers of all its parts.

use std::collections::{BTreeMap, BTreeSet};

use dbwright_model::catalog::{Index, ObjectName, Table, TableKind};
use dbwright_model::{Bytes, Catalog, Count, Rows};

/// Whether the table is a part of another one, at whatever depth: what is said about that one is said about it.
pub(crate) fn is_part(table: &Table) -> bool {
    table.parent.is_some() || table.kind == TableKind::Partition
}

/// Which tables are parts of which.
pub(crate) struct Partitions<'c> {
    catalog: &'c Catalog,
    below: BTreeMap<&'c ObjectName, Vec<&'c Table>>,
}

impl<'c> Partitions<'c> {
    pub(crate) fn of(catalog: &'c Catalog) -> Partitions<'c> {
        let mut below: BTreeMap<&ObjectName, Vec<&Table>> = BTreeMap::new();
        for table in &catalog.tables {
            if let Some(parent) = &table.parent {
                below.entry(parent).or_default().push(table);
            }
        }
        Partitions { catalog, below }
    }

    /// The tables that hold the rows: itself, or the partitions at the ends of its branches.
    pub(crate) fn leaves(&self, table: &'c Table) -> Vec<&'c Table> {
        let mut seen = BTreeSet::new();
        let mut open = vec![table];
        let mut leaves = Vec::new();
        while let Some(table) = open.pop() {
            match table.kind {
                // A bundle may have been made by hand: a table below itself is looked at once.
                _ if !seen.insert(&table.name) => {}
                TableKind::Partitioned => open.extend(self.below.get(&table.name).into_iter().flatten()),
                _ => leaves.push(table),
            }
        }
        leaves
    }

    /// Its rows, in all partitions together; `None` when any was never counted.
    pub(crate) fn rows(&self, table: &'c Table) -> Option<Rows> {
        self.leaves(table).iter().map(|leaf| leaf.rows).sum_known()
    }

    /// The size of the index, in all partitions together.
    pub(crate) fn size(&self, table: &'c Table, index: &'c Index) -> Option<Bytes> {
        self.copies(table, index).map(|copy| copy?.size).sum_known()
    }

    /// The scans of the index, in all partitions together.
    pub(crate) fn scans(&self, table: &'c Table, index: &'c Index) -> Option<Count> {
        self.copies(table, index).map(|copy| copy?.scans).sum_known()
    }

    fn copies(&self, table: &'c Table, index: &'c Index) -> impl Iterator<Item = Option<&'c Index>> {
        let partitioned = table.kind == TableKind::Partitioned;
        self.leaves(table).into_iter().map(move |leaf| match partitioned {
            true => leaf.indexes.iter().find(|copy| alike(copy, index)),
            false => Some(index),
        })
    }

    /// Whether the index is the local part of an index on a table above, and lives and dies with that one.
    pub(crate) fn attached(&self, table: &Table, index: &Index) -> bool {
        let mut seen = BTreeSet::new();
        let mut above = table.parent.as_ref();
        while let Some(parent) = above.filter(|name| seen.insert(*name)).and_then(|name| self.catalog.table(name)) {
            if parent.indexes.iter().any(|other| alike(other, index)) {
                return true;
            }
            above = parent.parent.as_ref();
        }
        false
    }
}

/// Whether two indexes are the same but for their names and tables.
fn alike(a: &Index, b: &Index) -> bool {
    a.parts == b.parts
        && a.method == b.method
        && a.unique == b.unique
        && a.predicate == b.predicate
        && a.include == b.include
}

/// The sum, unless a part of it is unknown.
trait SumKnown<T> {
    fn sum_known(self) -> Option<T>;
}

impl<T, I> SumKnown<T> for I
where
    I: Iterator<Item = Option<T>>,
    T: std::iter::Sum,
{
    fn sum_known(self) -> Option<T> {
        let known: Option<Vec<T>> = self.collect();
        known.filter(|parts| !parts.is_empty()).map(|parts| parts.into_iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{catalog, index, table};

    fn part(name: &str, parent: &str, kind: TableKind) -> Table {
        let mut part = table(name, &["a"]);
        part.kind = kind;
        part.parent = (!parent.is_empty()).then(|| ObjectName::new("public", parent));
        part.indexes = vec![index(&format!("{name}_a"), &["a"])];
        part
    }

    fn tree() -> Catalog {
        catalog(vec![
            part("t", "", TableKind::Partitioned),
            part("t_1", "t", TableKind::Partition),
            part("t_2", "t", TableKind::Partitioned),
            part("t_2_1", "t_2", TableKind::Partition),
        ])
    }

    #[test]
    fn numbers_add_up_over_all_levels() {
        let catalog = tree();
        let partitions = Partitions::of(&catalog);
        let top = &catalog.tables[0];
        assert_eq!(partitions.rows(top), Some(Rows(2_000_000)));
        assert_eq!(partitions.size(top, &top.indexes[0]), Some(Bytes::mib(40)));
        assert_eq!(partitions.scans(top, &top.indexes[0]), None, "unknown in a part is unknown");
        assert!(partitions.attached(&catalog.tables[3], &catalog.tables[3].indexes[0]));
        assert!(!partitions.attached(top, &top.indexes[0]));
    }

    #[test]
    fn a_circle_ends() {
        let mut catalog = tree();
        catalog.tables[0].parent = Some(ObjectName::new("public", "t_2"));
        let partitions = Partitions::of(&catalog);
        assert_eq!(partitions.leaves(&catalog.tables[0]).len(), 2);
        assert!(!partitions.attached(&catalog.tables[0], &index("x", &["b"])));
    }
}

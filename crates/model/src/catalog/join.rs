//! One catalog from what several sources tell of it: a table definition here, an index there, a row count elsewhere.

use std::collections::HashMap;

use super::{Catalog, Column, ObjectName, Table, TableKind, TableUsage};
use crate::privacy::Name;

/// Where a name without a schema is looked for first when several schemas have it.
const USUAL: &str = "public";

impl Catalog {
    /// Joins fragments, in any order. Tables meet by name, also where only one of two sources tells the schema; an index
    /// of a table that nobody describes makes a table with just that index. What is told first stays.
    pub fn joined(fragments: impl IntoIterator<Item = Catalog>) -> Catalog {
        let mut whole = Catalog::default();
        let (mut placed, mut loose) = (Vec::new(), Vec::new());
        for fragment in fragments {
            whole.ignores.extend(fragment.ignores);
            whole.has_replicas |= fragment.has_replicas;
            whole.usage_since = whole.usage_since.max(fragment.usage_since);
            for table in fragment.tables {
                if table.name.schema.is_empty() { &mut loose } else { &mut placed }.push(table);
            }
        }
        let mut known = Known::default();
        for table in placed.into_iter().chain(loose) {
            match known.find(&table.name).and_then(|at| whole.tables.get_mut(at)) {
                Some(first) => first.learn(table),
                None => {
                    known.add(&table.name, whole.tables.len());
                    whole.tables.push(table);
                }
            }
        }
        let names: Vec<ObjectName> = whole.tables.iter().map(|table| table.name.clone()).collect();
        for table in &mut whole.tables {
            table.settle();
            // tables that are referred to without their schema
            let references = table.foreign_keys.iter_mut().map(|key| &mut key.references);
            for name in references.chain(table.parent.as_mut()) {
                if let Some(told) = known.find(name).and_then(|at| names.get(at)) {
                    *name = told.clone();
                }
            }
        }
        whole.tables.sort_by(|a, b| a.name.cmp(&b.name));
        whole
    }
}

/// Which tables there are, by name within any schema.
#[derive(Default)]
struct Known(HashMap<Name, Vec<(Name, usize)>>);

impl Known {
    fn add(&mut self, name: &ObjectName, at: usize) {
        self.0.entry(name.name.clone()).or_default().push((name.schema.clone(), at));
    }

    fn find(&self, name: &ObjectName) -> Option<usize> {
        let named = self.0.get(&name.name)?;
        let of = |schema: &str| named.iter().find(|(known, _)| *known == *schema).map(|(_, at)| *at);
        of(name.schema.as_str()).or_else(|| match named.as_slice() {
            [(_, only)] if name.schema.is_empty() => Some(*only),
            _ if name.schema.is_empty() => of(USUAL),
            _ => None,
        })
    }
}

impl Table {
    /// Takes over what another source knows of the same table.
    fn learn(&mut self, other: Table) {
        if self.name.schema.is_empty() {
            self.name.schema = other.name.schema;
        }
        if self.kind == TableKind::Table {
            self.kind = other.kind;
        }
        if self.engine.is_empty() {
            self.engine = other.engine;
        }
        self.parent = self.parent.take().or(other.parent);
        self.rows = self.rows.or(other.rows);
        self.data_size = self.data_size.or(other.data_size);
        self.index_size = self.index_size.or(other.index_size);
        self.overflow_size = self.overflow_size.or(other.overflow_size);
        for column in other.columns {
            match self.columns.iter_mut().find(|known| known.name == column.name) {
                Some(known) => known.learn(column),
                None => self.columns.push(column),
            }
        }
        for index in other.indexes {
            match self.indexes.iter_mut().find(|known| known.name == index.name) {
                Some(known) => {
                    known.size = known.size.or(index.size);
                    known.scans = known.scans.or(index.scans);
                    known.invalid |= index.invalid;
                }
                None => self.indexes.push(index),
            }
        }
        for key in other.foreign_keys {
            if self.foreign_keys.iter().all(|known| known.name != key.name) {
                self.foreign_keys.push(key);
            }
        }
        self.usage = match (self.usage.take(), other.usage) {
            (Some(mut usage), Some(other)) => {
                usage.learn(other);
                Some(usage)
            }
            (one, other) => one.or(other),
        };
    }

    /// Brings what several sources told into the order a catalog has.
    fn settle(&mut self) {
        self.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        self.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        let key: Vec<Name> = self.primary_key().into_iter().flat_map(|key| key.columns()).flatten().cloned().collect();
        for column in self.columns.iter_mut().filter(|column| key.contains(&column.name)) {
            column.nullable = false;
        }
    }
}

impl Column {
    fn learn(&mut self, other: Column) {
        if self.type_name.is_empty() {
            self.type_name = other.type_name;
        }
        self.nullable &= other.nullable;
        self.generated_key |= other.generated_key;
        self.counter = self.counter.take().or(other.counter);
        self.collation = self.collation.take().or(other.collation);
        self.charset = self.charset.take().or(other.charset);
        self.statistics = self.statistics.take().or(other.statistics);
    }
}

impl TableUsage {
    fn learn(&mut self, other: TableUsage) {
        self.full_scans = self.full_scans.or(other.full_scans);
        self.full_scan_rows = self.full_scan_rows.or(other.full_scan_rows);
        self.index_scans = self.index_scans.or(other.index_scans);
        self.inserted = self.inserted.or(other.inserted);
        self.updated = self.updated.or(other.updated);
        self.deleted = self.deleted.or(other.deleted);
        self.dead = self.dead.or(other.dead);
        self.changed_since_analyze = self.changed_since_analyze.or(other.changed_since_analyze);
        self.analyzed = self.analyzed.or(other.analyzed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Index, IndexPart};
    use super::*;
    use crate::units::Rows;

    fn with_index(schema: &str, table: &str, index: &str) -> Catalog {
        let index = Index { name: index.into(), parts: vec![IndexPart::column("a")], ..Index::default() };
        let table = Table { name: ObjectName::new(schema, table), indexes: vec![index], ..Table::default() };
        Catalog { tables: vec![table], ..Catalog::default() }
    }

    fn with_column(schema: &str, table: &str) -> Catalog {
        let column = Column { name: "a".into(), type_name: "bigint".into(), nullable: true, ..Column::default() };
        let name = ObjectName::new(schema, table);
        let table = Table { name, columns: vec![column], rows: Some(Rows(7)), ..Table::default() };
        Catalog { tables: vec![table], ..Catalog::default() }
    }

    #[test]
    fn an_index_meets_its_table_in_any_order() {
        let parts = [with_index("", "orders", "b"), with_column("public", "orders"), with_index("", "orders", "a")];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let whole = Catalog::joined(order.map(|at| parts[at].clone()));
            let [table] = whole.tables.as_slice() else { panic!("{whole:?}") };
            assert_eq!(table.name, ObjectName::new("public", "orders"));
            assert_eq!(table.indexes.iter().map(|index| index.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
            assert_eq!((table.columns.len(), table.rows), (1, Some(Rows(7))));
        }
    }

    #[test]
    fn tables_of_two_schemas_stay_apart() {
        let whole = Catalog::joined([with_column("a", "t"), with_column("b", "t"), with_index("", "t", "i")]);
        assert_eq!(whole.tables.len(), 3, "nobody knows which of the two");
        let whole = Catalog::joined([with_column("a", "t"), with_column("public", "t"), with_index("", "t", "i")]);
        assert_eq!(whole.tables.iter().map(|table| table.indexes.len()).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_parent_is_found_in_its_schema() {
        let mut part = with_column("", "p1");
        part.tables[0].parent = Some(ObjectName::new("", "p"));
        let whole = Catalog::joined([part, with_column("app", "p")]);
        let part = whole.table(&ObjectName::new("", "p1")).unwrap();
        assert_eq!(part.parent, Some(ObjectName::new("app", "p")));
    }

    #[test]
    fn a_primary_key_takes_no_nulls() {
        let mut key = with_index("", "t", "t_pkey");
        key.tables[0].indexes[0].primary = true;
        let whole = Catalog::joined([with_column("", "t"), key]);
        assert!(!whole.tables[0].columns[0].nullable);
    }
}

//! What the catalog has already.

use dbwright_model::catalog::{Catalog, Index as Known, IndexPart, Table, TableKind};

use super::{Index, Method};

impl Index {
    /// Compares with the indexes of the table, and learns what statements have to respect: names, partitions.
    pub(super) fn settle(&mut self, catalog: &Catalog, table: &Table) {
        let usable: Vec<&Known> =
            table.indexes.iter().filter(|known| !known.invalid && self.is_kind_of(known)).collect();
        let named = |known: &&Known| known.name.as_str().to_owned();
        self.exists = usable.iter().find(|known| self.is_served_by(known)).map(named);
        if self.exists.is_none() {
            let leading = usable.iter().filter(|known| self.goes_on_from(known));
            self.replaces = leading.max_by_key(|known| known.parts.len()).map(named);
        }
        // a partition is indexed with its whole table
        let parent = table.parent.as_ref().filter(|_| table.kind == TableKind::Partition);
        if let Some(parent) = parent {
            self.table = parent.clone();
        }
        self.partitioned = parent.is_some() || table.kind == TableKind::Partitioned;
        let parts = catalog.tables.iter().filter(|part| part.parent.as_ref() == Some(&self.table));
        let parts: Vec<_> = parts.collect();
        if self.partitioned && parts.iter().all(|part| part.kind != TableKind::Partitioned) {
            self.partitions = parts.iter().map(|part| part.name.clone()).collect();
        }
        let here = catalog.tables.iter().filter(|other| other.name.schema == table.name.schema);
        for other in here {
            self.taken.push(other.name.name.clone());
            self.taken.extend(other.indexes.iter().map(|known| known.name.clone()));
        }
    }

    fn is_kind_of(&self, known: &Known) -> bool {
        let method = match self.method {
            Method::BTree => "btree",
            Method::Gin => "gin",
            Method::Gist => "gist",
        };
        known.method.eq_ignore_ascii_case(method)
            && known
                .predicate
                .as_ref()
                .is_none_or(|held| self.only.as_ref().is_some_and(|only| same(held.as_str(), only)))
    }

    /// Whether an existing index begins with these keys; those compared for equality in any order.
    fn is_served_by(&self, known: &Known) -> bool {
        if known.parts.len() < self.keys.len() {
            return false;
        }
        let (equal, rest) = self.keys.split_at(self.equal.min(self.keys.len()));
        let (first, then) = known.parts.split_at(equal.len());
        let directions = |flip: bool| rest.iter().zip(then).all(|(key, part)| fits(key, part, flip));
        equal.iter().all(|key| first.iter().any(|part| holds(key, part)))
            && (directions(false) || directions(true))
            && self.include.iter().all(|column| {
                known.include.iter().any(|name| *name == **column)
                    || known.parts.iter().any(|part| part.column.as_ref().is_some_and(|name| *name == **column))
            })
    }

    /// Whether these keys begin with all of an existing index, so that it is not needed beside.
    fn goes_on_from(&self, known: &Known) -> bool {
        let alone = !known.unique && !known.primary && known.constraint.is_none() && !known.replica_identity;
        let leading = known.parts.len() < self.keys.len()
            && self.keys.iter().zip(&known.parts).all(|(key, part)| fits(key, part, false));
        let whole = self.only.is_none() || known.predicate.is_some();
        let carried = known
            .include
            .iter()
            .all(|column| self.has(column.as_str()) || self.include.iter().any(|have| *column == **have));
        alone && leading && whole && carried
    }
}

/// Whether a part of an index is that key, whatever its direction.
fn holds(key: &super::Key, part: &IndexPart) -> bool {
    let pattern = ["text_pattern_ops", "gin_trgm_ops"].into_iter().filter(|class| key.text.contains(class));
    let class = pattern.into_iter().all(|class| part.options.contains(class.trim_start_matches("text_")));
    let plain = part.options.contains("_ops") && !key.text.contains("_ops");
    let whole = part.prefix.is_none() || key.text.contains('(');
    let same_thing = match (&part.column, &part.expression) {
        (Some(column), _) => !key.expression && *column == *key.column,
        (None, Some(expression)) => key.expression && same(expression.as_str(), bare(&key.text)),
        (None, None) => false,
    };
    same_thing && class && !plain && whole
}

fn fits(key: &super::Key, part: &IndexPart, flip: bool) -> bool {
    holds(key, part) && (key.text.contains(" DESC") != flip) == part.descending
}

/// The key without operator class and direction.
fn bare(text: &str) -> &str {
    let text = text.split(" NULLS ").next().unwrap_or(text);
    let text = text.trim_end_matches(" DESC");
    text.trim_end_matches(" text_pattern_ops").trim_end_matches(" gin_trgm_ops")
}

/// Whether two texts say the same but for blanks, parentheses and case.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '`' | '"'));
        kept.collect::<String>().to_lowercase().replace("::text", "")
    };
    plain(one) == plain(other)
}

//! Gathering statements by table.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dbwright_model::access::{Growth, Hint, HintKind, JoinAccess, Load, TableAccess};
use dbwright_model::catalog::ObjectName;
use dbwright_model::workload::Query;
use dbwright_model::{Catalog, Count, Name, Seconds};
use dbwright_sql::Dialect;
use dbwright_sql::statement::{Other, Role, Statement, Under, Wait};

use super::columns::Columns;
use super::pattern::Patterns;
use super::{is_of_server, name_of};

/// Tables so far.
pub(super) struct Tables {
    dialect: Dialect,
    tables: BTreeMap<ObjectName, Gathered>,
}

/// One table so far.
#[derive(Default)]
struct Gathered {
    access: TableAccess,
    patterns: Patterns,
    columns: Columns,
    joins: BTreeMap<(ObjectName, Vec<(String, String)>), Load>,
    hints: BTreeMap<HintKind, Load>,
}

impl Tables {
    pub(super) fn new(dialect: Dialect) -> Tables {
        Tables { dialect, tables: BTreeMap::new() }
    }

    /// Adds what a statement does. It counts once for each table, however often it names it.
    pub(super) fn add(&mut self, statement: &Statement, query: &Query, load: Load) {
        let names: Vec<ObjectName> =
            statement.relations.iter().map(|relation| name_of(relation, query, self.dialect)).collect();
        let mut seen: BTreeSet<(&ObjectName, Option<Role>)> = BTreeSet::new();
        let mut done: BTreeSet<(&ObjectName, String)> = BTreeSet::new();
        // rows are those of the table that is written, or of the only one
        let written = statement.relations.iter().position(|relation| relation.role != Role::Read);
        let main = written.or_else(|| (names.len() == 1).then_some(0));
        for (at, (relation, name)) in statement.relations.iter().zip(&names).enumerate() {
            if is_of_server(name, self.dialect) {
                continue;
            }
            let load = Load { rows: load.rows.filter(|_| main == Some(at)), ..load };
            let table = self.tables.entry(name.clone()).or_default();
            if seen.insert((name, None)) {
                table.access.total += load;
                if relation.role != Role::Read
                    && let Some(errors) = query.errors
                {
                    table.access.errors = Some(table.access.errors.unwrap_or_default() + errors);
                }
            }
            if seen.insert((name, Some(relation.role))) {
                *match relation.role {
                    Role::Read => &mut table.access.reads,
                    Role::Insert => &mut table.access.inserts,
                    Role::Update | Role::Merge => &mut table.access.updates,
                    Role::Delete => &mut table.access.deletes,
                } += load;
            }
            for hint in hints(relation).into_iter().filter(|hint| done.insert((name, format!("{hint:?}")))) {
                *table.hints.entry(hint).or_default() += load;
            }
            if let Some((key, pattern)) = Patterns::of(statement, at)
                && done.insert((name, key.clone()))
            {
                table.patterns.add(key, pattern, query, load);
            }
            let mut partners: BTreeMap<usize, BTreeSet<(String, String)>> = BTreeMap::new();
            for predicate in relation.predicates.iter().filter(|predicate| predicate.under == Under::All) {
                if let (Other::Column { relation, column }, [own], "=") =
                    (&predicate.other, predicate.columns.as_slice(), predicate.operator.as_str())
                {
                    partners.entry(*relation).or_default().insert((own.clone(), column.clone()));
                }
            }
            for (partner, columns) in partners {
                let Some(partner) = names.get(partner) else { continue };
                let columns: Vec<(String, String)> = columns.into_iter().collect();
                if !done.insert((name, format!("{partner} {columns:?}"))) {
                    continue;
                }
                *table.joins.entry((partner.clone(), columns)).or_default() += Load { rows: None, ..load };
            }
        }
        // columns count once for a table too
        let mut by_table: BTreeMap<&ObjectName, Vec<usize>> = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            by_table.entry(name).or_default().push(at);
        }
        for (name, uses) in by_table {
            if let Some(table) = self.tables.get_mut(name) {
                table.columns.add(statement, &uses, load);
            }
        }
    }

    /// The tables, by time, then by name.
    pub(super) fn finish(self, catalog: Option<&Catalog>) -> Vec<TableAccess> {
        let mut tables: Vec<TableAccess> =
            self.tables.into_iter().map(|(name, table)| table.finish(name, catalog)).collect();
        tables.sort_by(|one, other| {
            by_time(one.total.time, other.total.time).then_with(|| one.object_name().cmp(&other.object_name()))
        });
        tables
    }
}

/// The larger time first.
pub(super) fn by_time(one: Seconds, other: Seconds) -> std::cmp::Ordering {
    other.0.total_cmp(&one.0)
}

impl Gathered {
    fn finish(self, name: ObjectName, catalog: Option<&Catalog>) -> TableAccess {
        let stored = catalog.and_then(|catalog| Some((catalog, catalog.table(&name)?)));
        let growth = stored.and_then(|(catalog, table)| {
            let usage = table.usage.as_ref()?;
            let growth = Growth {
                since: catalog.usage_since,
                inserted: usage.inserted,
                updated: usage.updated,
                deleted: usage.deleted,
            };
            (growth.inserted.is_some() || growth.deleted.is_some()).then_some(growth)
        });
        let mut joins: Vec<JoinAccess> = self
            .joins
            .into_iter()
            .map(|((partner, pairs), load)| {
                let (columns, theirs) =
                    pairs.into_iter().map(|(own, other)| (Name::from(own), Name::from(other))).unzip();
                JoinAccess { schema: partner.schema, name: partner.name, columns, theirs, load }
            })
            .collect();
        // stable: those that cost the same stay by name
        joins.sort_by(|one, other| by_time(one.load.time, other.load.time));
        let mut hints: Vec<Hint> = self.hints.into_iter().map(|(kind, load)| Hint { kind, load }).collect();
        hints.sort_by_key(|hint| Reverse(hint.load.calls.0));
        TableAccess {
            schema: name.schema,
            name: name.name,
            rows: stored.and_then(|(_, table)| table.rows),
            size: stored.map(|(_, table)| table.total_size()).filter(|size| size.0 > 0),
            growth,
            patterns: self.patterns.finish(),
            joins,
            columns: self.columns.finish(),
            hints,
            ..self.access
        }
    }
}

fn hints(relation: &dbwright_sql::statement::Relation) -> Vec<HintKind> {
    let mut found = Vec::new();
    if let Some(lock) = relation.lock {
        found.push(if lock.share { HintKind::ForShare } else { HintKind::ForUpdate });
        match lock.wait {
            Wait::Skip => found.push(HintKind::SkipLocked),
            Wait::Fail => found.push(HintKind::NoWait),
            Wait::Wait => {}
        }
    }
    if relation.upsert {
        found.push(HintKind::Upsert);
    }
    if !relation.from_itself.is_empty() {
        found.push(HintKind::Increment);
    }
    found
}

/// Counts added up.
pub(super) fn count(into: &mut Count, more: Count) {
    *into = *into + more;
}

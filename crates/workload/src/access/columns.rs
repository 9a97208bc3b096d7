//! How columns are used.

use std::collections::{BTreeMap, BTreeSet};

use dbwright_model::Name;
use dbwright_model::access::{ColumnAccess, Load};
use dbwright_sql::statement::{Role, Statement};

use super::pattern::{Use, use_of};
use super::table::{by_time, count};

/// Columns of a table so far.
#[derive(Default)]
pub(super) struct Columns(BTreeMap<String, ColumnAccess>);

/// What a statement may do with a column; it counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Does {
    Name,
    Equal,
    Range,
    Search,
    Filter,
    Join,
    Sort,
    Group,
    Aggregate,
    Insert,
    Update,
}

impl Columns {
    /// Adds a statement that uses the table in these places.
    pub(super) fn add(&mut self, statement: &Statement, uses: &[usize], load: Load) {
        let mut does: BTreeSet<(&str, Does)> = BTreeSet::new();
        for at in uses {
            let Some(relation) = statement.relations.get(*at) else { continue };
            for predicate in &relation.predicates {
                let what = match use_of(statement, relation, predicate) {
                    Some(Use::Equal) => Does::Equal,
                    Some(Use::Joined) => Does::Join,
                    Some(Use::Range | Use::Prefix) => Does::Range,
                    Some(Use::Search) => Does::Search,
                    Some(Use::Filter) => Does::Filter,
                    // the row is handed to a query inside
                    None => Does::Join,
                };
                does.extend(predicate.columns.iter().map(|column| (column.as_str(), what)));
            }
            let written = match relation.role {
                Role::Insert => Does::Insert,
                _ => Does::Update,
            };
            does.extend(relation.written.iter().map(|column| (column.as_str(), written)));
            does.extend(relation.read.iter().map(|column| (column.as_str(), Does::Name)));
            for sort in statement.ordering_of(*at) {
                does.extend(sort.key.expr.columns().into_iter().map(|column| (column.name.as_str(), Does::Sort)));
            }
            for key in statement.grouping_of(*at) {
                does.extend(key.expr.columns().into_iter().map(|column| (column.name.as_str(), Does::Group)));
            }
            for aggregate in statement.blocks.iter().flat_map(|block| &block.aggregates) {
                if let Some((_, column)) = aggregate.column.as_ref().filter(|(relation, _)| relation == at) {
                    does.insert((column, Does::Aggregate));
                }
            }
        }
        let named: BTreeSet<&str> = does.iter().map(|(column, _)| *column).collect();
        for column in named {
            let known = self.0.entry(column.to_owned()).or_default();
            known.load += Load { rows: None, ..load };
        }
        for (column, what) in does {
            let Some(column) = self.0.get_mut(column) else { continue };
            let counted = match what {
                Does::Name => continue,
                Does::Equal => &mut column.equal,
                Does::Range => &mut column.range,
                Does::Search => &mut column.search,
                Does::Filter => &mut column.filter,
                Does::Join => &mut column.join,
                Does::Sort => &mut column.sort,
                Does::Group => &mut column.group,
                Does::Aggregate => &mut column.aggregate,
                Does::Insert => &mut column.inserted,
                Does::Update => &mut column.updated,
            };
            count(counted, load.calls);
        }
    }

    /// The columns, hottest first, then by name.
    pub(super) fn finish(self) -> Vec<ColumnAccess> {
        let mut columns: Vec<ColumnAccess> =
            self.0.into_iter().map(|(name, column)| ColumnAccess { name: Name::from(name), ..column }).collect();
        columns.sort_by(|one, other| by_time(one.load.time, other.load.time));
        columns
    }
}

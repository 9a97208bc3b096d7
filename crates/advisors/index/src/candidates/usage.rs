//! One use of a table in a statement, as indexes see it.

use dbwright_model::Name;
use dbwright_model::candidate::{CandidateKey, KeyOf};
use dbwright_model::catalog::{Column, Table};
use dbwright_sql::Dialect;
use dbwright_sql::predicate::{Around, Demand};
use dbwright_sql::statement::{Clause, Other, Position, Predicate, Relation, Role, Sort, Statement, Under};

use super::Surroundings;

/// A key with the way in which the statement asks for it.
pub(super) type Keys = Vec<CandidateKey>;

/// One use of a table.
pub(super) struct Usage<'u> {
    /// The table.
    pub table: &'u Table,
    /// The use.
    pub relation: &'u Relation,
    /// Compared with one value known before the table is read.
    pub equal: Keys,
    /// Compared with several.
    pub several: Keys,
    /// Compared with columns of other relations, by relation; in the order written.
    pub joins: Vec<(Partner, Keys)>,
    /// Compared with bounds.
    pub ranges: Keys,
    /// What its rows are sorted by, as far as an index of it alone gives that.
    pub order: Keys,
    /// What they are grouped by, when all of it is of this table.
    pub grouping: Keys,
    /// All columns that are read, when an index that has them all spares reading the rows.
    pub needed: Option<Vec<&'u Column>>,
}

/// What a column is joined with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Partner {
    /// A relation of the statement.
    Relation(usize),
    /// Anything else that yields values: a query inside, an expression.
    Other,
}

impl<'u> Usage<'u> {
    /// Reads one use; `None` where no index would be looked at.
    pub(super) fn of(statement: &'u Statement, position: usize, around: Surroundings<'u>) -> Option<Usage<'u>> {
        let relation = statement.relations.get(position)?;
        let table = around.catalog.table(&relation.name)?;
        if relation.role == Role::Insert || is_tiny(table) {
            return None;
        }
        let mut usage = Usage {
            table,
            relation,
            equal: vec![],
            several: vec![],
            joins: vec![],
            ranges: vec![],
            order: vec![],
            grouping: vec![],
            needed: needed(statement, relation, table, around.dialect),
        };
        for predicate in &relation.predicates {
            usage.demand(predicate, around.dialect);
        }
        usage.sorted(&statement.ordering_of(position), around.dialect);
        let grouping = statement.grouping_of(position);
        let columns: Option<Keys> =
            grouping.iter().map(|key| plain(key.column.as_deref()?, table, around.dialect)).collect();
        usage.grouping = columns.unwrap_or_default();
        Some(usage)
    }

    fn demand(&mut self, predicate: &Predicate, dialect: Dialect) {
        let must =
            predicate.under == Under::All && matches!(predicate.clause, Clause::Where | Clause::Join | Clause::Semi);
        let bare = matches!(predicate.around, Around::Nothing | Around::Relabel);
        let ([column], true, true) = (&*predicate.columns, must, bare) else { return };
        let Some(key) = plain(column, self.table, dialect) else { return };
        let partner = match &predicate.other {
            Other::Nothing | Other::Constant(_) | Other::Parameter => None,
            Other::Column { relation, .. } => Some(Partner::Relation(*relation)),
            Other::Expression | Other::Block(_) => Some(Partner::Other),
        };
        match (predicate.demand, partner) {
            (Demand::Equal | Demand::In, Some(partner)) => self.join(partner, key),
            (Demand::In, None) => push(&mut self.several, key),
            (demand, None) if demand.is_equality() => push(&mut self.equal, key),
            (demand, _) if demand.is_range() => push(&mut self.ranges, key),
            _ => {}
        }
    }

    fn join(&mut self, partner: Partner, key: CandidateKey) {
        match self.joins.iter_mut().find(|(known, _)| *known == partner) {
            Some((_, keys)) => push(keys, key),
            None => self.joins.push((partner, vec![key])),
        }
    }

    /// The sort keys, turned so that the first goes up: an index is read from either end.
    fn sorted(&mut self, sorts: &[&Sort], dialect: Dialect) {
        let turn = sorts.first().is_some_and(|sort| sort.descending);
        for sort in sorts {
            let Some(mut key) = sort.key.column.as_deref().and_then(|column| plain(column, self.table, dialect)) else {
                break;
            };
            if self.equal.contains(&key) {
                continue;
            }
            key.descending = sort.descending != turn;
            if dialect == Dialect::Postgres {
                let first = sort.nulls_first.unwrap_or(sort.descending) != turn;
                key.nulls_first = Some(first).filter(|first| *first != key.descending);
            }
            push(&mut self.order, key);
        }
    }
}

/// Adds a key unless its column is there already.
pub(super) fn push(keys: &mut Keys, key: CandidateKey) {
    if keys.iter().all(|known| known.of != key.of) {
        keys.push(key);
    }
}

/// The column as a key with the defaults of its type, when the table has it.
fn plain(name: &str, table: &Table, dialect: Dialect) -> Option<CandidateKey> {
    let column = column(name, table, dialect)?;
    Some(CandidateKey::of(KeyOf::Column(column.name.clone())))
}

/// The table's column that a statement calls so.
pub(super) fn column<'t>(name: &str, table: &'t Table, dialect: Dialect) -> Option<&'t Column> {
    table.columns.iter().find(|column| match dialect {
        Dialect::Postgres => column.name == *name,
        Dialect::MySql => column.name.as_str().eq_ignore_ascii_case(name),
    })
}

/// The columns that are read, when an index that has them all would do: none is written or locked, and not all are read.
fn needed<'t>(
    statement: &Statement,
    relation: &Relation,
    table: &'t Table,
    dialect: Dialect,
) -> Option<Vec<&'t Column>> {
    // `EXISTS (SELECT * …)` reads nothing but what it compares
    let position = statement.blocks.get(relation.block).map(|block| block.position);
    let all = relation.read_all && !matches!(position, Some(Position::Exists | Position::NotExists));
    if all || relation.role != Role::Read || relation.lock.is_some() {
        return None;
    }
    relation.read.iter().map(|name| column(name, table, dialect)).collect()
}

/// Reading all of it is as fast as going through an index: a few pages.
fn is_tiny(table: &Table) -> bool {
    const BYTES: u64 = 5 * 8192;
    const ROWS: u64 = 100;
    table.data_size.is_some_and(|size| size.0 <= BYTES && table.rows.is_some())
        || table.rows.is_some_and(|rows| rows.0 <= ROWS)
}

/// The names of columns in keys.
pub(super) fn columns_of(keys: &[CandidateKey]) -> impl Iterator<Item = &Name> {
    keys.iter().flat_map(|key| key.of.columns())
}

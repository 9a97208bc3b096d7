//! Whole statements: which relations one uses, and what it demands of each.
//!
//! [`understand`] resolves aliases, common table expressions, derived tables and views down to stored relations, and says of
//! each by which predicates it is read, what is grouped, sorted and written. Columns that stand alone are attributed by the
//! scope, and by [`Names`] where a catalog is known; those that cannot be are listed in [`Statement::unresolved`]. A text
//! that is not understood is an error with its place, never a statement without relations.
//!
//! The parser is `sqlparser`, for both dialects; what servers accept and it does not is respelled before (`spelling/`).
//! Measured with version 0.64 (`tests/statements.rs`), statements that the server's own grammar accepts:
//!
//! | corpus | statements | understood | literals taken out | as shapes | sqlparser alone | squawk-syntax 2.68 |
//! |---|---|---|---|---|---|---|
//! | PostgreSQL 15 regression suite, SELECT … MERGE | 20,957 | 99.7 % | 99.5 % | 99.6 % | 97.1 % | 99.99 % |
//! | MariaDB 10.11 main suite, SELECT … REPLACE | 42,813 | 99.7 % | 99.7 % | 99.7 % | 96.7 % | – |
//! | `pg_stat_statements` of 18 after that suite | 7,242 | 99.7 % | | | | |
//! | `DIGEST_TEXT` of MySQL 9.7 for that suite | 18,543 | 99.7 % | | | | |
//! | TPC-DS, with variants, in both dialects | 118 | 100 % | 100 % | 100 % | 100 % | 100 % |
//! | queries of the lessons, both dialects | 500 | 100 % | 100 % | 100 % | 100 % | 100 % (PostgreSQL) |
//!
//! The relations found in PostgreSQL's suite are those that PostgreSQL's own parser (`libpg_query`) finds, in all but 8 of
//! 20,878. Of 6,857 of its queries PostgreSQL makes views: the columns found are those the views depend on (`pg_depend`), in
//! all but 5.
//!
//! `squawk-syntax` knows more of PostgreSQL and nothing of MySQL; with it there would be two trees to read. It builds in
//! 22 s of processor time, `sqlparser` in 78 s (release).

mod conditions;
mod facts;
mod from;
mod keys;
mod lower;
mod names;
mod parse;
mod query;
mod scope;
mod spelling;
mod write;

use dbwright_model::catalog::ObjectName;

use crate::Dialect;
use crate::expression::Expr;
use crate::predicate::{Around, Demand};
pub use facts::Fact;
pub use lower::is_aggregate;
pub use names::{CatalogNames, Names, NoNames};
pub use parse::NotUnderstood;

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `SELECT`, `VALUES`, `TABLE`.
    Select,
    /// `INSERT`, `REPLACE`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
    /// No query: `BEGIN`, `VACUUM`, DDL. Its first word, in upper case; nothing else is read.
    Other(String),
}

/// A statement, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it does.
    pub kind: Kind,
    /// Every use of a stored relation, in the order written.
    pub relations: Vec<Relation>,
    /// Its query blocks; an outer one stands before those inside it. The first is the statement itself.
    pub blocks: Vec<Block>,
    /// Columns that could not be attributed to a relation, as written, each once.
    pub unresolved: Vec<String>,
}

/// One use of a stored relation.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// Its name; the schema is empty when neither the statement nor [`Names`] tells.
    pub name: ObjectName,
    /// What the statement calls it, when not by its name.
    pub alias: Option<String>,
    /// The block that it stands in.
    pub block: usize,
    /// What is done with it.
    pub role: Role,
    /// It may have no row for the others: the inner side of an outer join.
    pub optional: bool,
    /// What is demanded of its columns.
    pub predicates: Vec<Predicate>,
    /// Columns that are read, each once, in the order written.
    pub read: Vec<String>,
    /// All columns are read: `*`.
    pub read_all: bool,
    /// Columns that are written; empty for `DELETE`, and for an `INSERT` without a list over an unknown table.
    pub written: Vec<String>,
    /// Those of them that are written from what they were: `SET n = n + 1`.
    pub from_itself: Vec<String>,
    /// An `INSERT` that updates where the key exists: `ON CONFLICT`, `ON DUPLICATE KEY`, `REPLACE`.
    pub upsert: bool,
    /// Its rows are locked.
    pub lock: Option<Lock>,
}

/// What is done with a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It is read.
    Read,
    /// Rows are added.
    Insert,
    /// Rows are changed.
    Update,
    /// Rows are removed.
    Delete,
    /// Any of these, by condition.
    Merge,
}

/// A clause that locks rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lock {
    /// `FOR SHARE` or weaker; otherwise `FOR UPDATE`.
    pub share: bool,
    /// What happens where another holds the lock.
    pub wait: Wait,
}

/// What happens where another holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wait {
    /// The statement waits.
    Wait,
    /// It fails: `NOWAIT`.
    Fail,
    /// It goes on without those rows: `SKIP LOCKED`.
    Skip,
}

/// A demand on columns of one relation.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// What is demanded.
    pub demand: Demand,
    /// The operator as written, in lower case: `=`, `between`, `@>`; a function's name where that is the condition.
    pub operator: String,
    /// The columns it stands on, in the order written: one, but for conditions over several.
    pub columns: Vec<String>,
    /// What stands around the column.
    pub around: Around,
    /// The side with the columns, these without qualifier: the column, or an expression that an index may hold.
    pub side: Expr,
    /// What it is compared with.
    pub other: Other,
    /// What stands above it.
    pub under: Under,
    /// Where it is written.
    pub clause: Clause,
    /// In which block; not the relation's own where a query inside depends on its row.
    pub block: usize,
}

/// What columns are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Other {
    /// Nothing: `IS NULL`, a flag.
    Nothing,
    /// A value in the statement.
    Constant(Expr),
    /// A value known at execution, or a literal that was taken out.
    Parameter,
    /// A column of another relation: a join.
    Column {
        /// Which relation, in [`Statement::relations`].
        relation: usize,
        /// Its column.
        column: String,
    },
    /// Something else that differs from row to row.
    Expression,
    /// The result of a query block, in [`Statement::blocks`].
    Block(usize),
}

/// What stands above a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Under {
    /// It must hold.
    All,
    /// It or another branch of that `OR` must hold.
    Any {
        /// Which `OR`, counted over the statement.
        group: usize,
        /// Which branch of it.
        branch: usize,
    },
    /// Below `NOT`.
    Not,
}

/// Where a condition is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clause {
    /// `WHERE`.
    Where,
    /// `ON`, `USING`, `NATURAL`.
    Join,
    /// `IN (SELECT …)`: the column that the query yields.
    Semi,
    /// `HAVING`.
    Having,
    /// `ORDER BY` a distance.
    Order,
    /// `ON CONFLICT (…)`.
    Conflict,
}

/// A query block: one `SELECT`, or the part of a statement that is like it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// The block around it.
    pub parent: Option<usize>,
    /// How it is used there.
    pub position: Position,
    /// It uses columns of a block around it.
    pub correlated: bool,
    /// `DISTINCT`.
    pub distinct: bool,
    /// What is grouped by.
    pub grouping: Vec<Key>,
    /// What is sorted by.
    pub ordering: Vec<Sort>,
    /// How many rows are asked for.
    pub limit: Option<Bound>,
    /// How many are passed over.
    pub offset: Option<Bound>,
    /// Aggregates that it computes.
    pub aggregates: Vec<Aggregate>,
    /// What it yields.
    pub outputs: Vec<Output>,
    /// Sources in its `FROM`, also those that are not stored.
    pub sources: usize,
    /// Sources that no condition ties to the others: a cross join.
    pub untied: usize,
    /// Whether it has a condition at all: `WHERE`, `HAVING`.
    pub conditional: bool,
}

/// How a block is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// It is the statement.
    #[default]
    Statement,
    /// A common table expression.
    With,
    /// A derived table, or a view.
    From,
    /// One side of `UNION`, `INTERSECT`, `EXCEPT`.
    Arm,
    /// What `INSERT` and `MERGE` take rows from.
    Source,
    /// `EXISTS (…)`.
    Exists,
    /// `NOT EXISTS (…)`.
    NotExists,
    /// `IN (…)`, `= ANY (…)`.
    In,
    /// `NOT IN (…)`, `<> ALL (…)`.
    NotIn,
    /// A value.
    Scalar,
}

/// How many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// So many.
    Rows(u64),
    /// Not known before execution.
    Unknown,
}

/// An expression that is grouped or sorted by.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The relation its columns are of; `None` when they are of several, of none, or computed.
    pub relation: Option<usize>,
    /// The column, when it is just that.
    pub column: Option<String>,
    /// The expression, columns without qualifier.
    pub expr: Expr,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// By what.
    pub key: Key,
    /// Downwards.
    pub descending: bool,
    /// Where nulls go, when that is written.
    pub nulls_first: Option<bool>,
}

/// An aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    /// Its function, in lower case.
    pub function: String,
    /// The relation and column it stands on, when it is just that.
    pub column: Option<(usize, String)>,
    /// `DISTINCT`.
    pub distinct: bool,
}

/// A column that a block yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// All columns of a relation, or of everything in `FROM`.
    All(Option<usize>),
    /// A column of a relation.
    Column {
        /// Which relation.
        relation: usize,
        /// Its column.
        column: String,
    },
    /// Anything computed.
    Computed,
}

/// Understands a statement.
///
/// # Errors
/// The text is not one statement of that dialect, or it is cut off.
pub fn understand(text: &str, dialect: Dialect, names: &dyn Names) -> Result<Statement, NotUnderstood> {
    if let Some(word) = parse::other(text, dialect) {
        return Ok(Statement { kind: Kind::Other(word), relations: vec![], blocks: vec![], unresolved: vec![] });
    }
    let tree = parse::parse(text, dialect)?;
    Ok(query::read(&tree, dialect, names))
}

impl Statement {
    /// The sort keys of the block that a relation stands in, as far as an index of it alone could give the order: from the
    /// first on, all of that relation.
    pub fn ordering_of(&self, relation: usize) -> Vec<&Sort> {
        let Some(block) = self.relations.get(relation).and_then(|used| self.blocks.get(used.block)) else {
            return vec![];
        };
        let of = |sort: &&Sort| sort.key.relation == Some(relation);
        match block.ordering.iter().all(|sort| of(&sort)) {
            true => block.ordering.iter().collect(),
            false => block.ordering.iter().take_while(of).collect(),
        }
    }

    /// The grouping of the block that a relation stands in, when all of it is of that relation.
    pub fn grouping_of(&self, relation: usize) -> Vec<&Key> {
        let Some(block) = self.relations.get(relation).and_then(|used| self.blocks.get(used.block)) else {
            return vec![];
        };
        match block.grouping.iter().all(|key| key.relation == Some(relation)) {
            true => block.grouping.iter().collect(),
            false => vec![],
        }
    }

    /// Whether any row of a stored relation is written.
    pub fn writes(&self) -> bool {
        self.relations.iter().any(|relation| relation.role != Role::Read)
    }
}

#[cfg(test)]
mod tests;

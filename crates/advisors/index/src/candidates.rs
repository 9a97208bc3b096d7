//! Indexes that could serve a statement.

use dbwright_model::Candidate;
use dbwright_model::Version;
use dbwright_model::catalog::Catalog;
use dbwright_model::indexing::Indexing;
use dbwright_model::values::Values;
use dbwright_sql::Dialect;

use crate::load::Load;

/// What candidates are made from.
#[derive(Clone, Copy)]
pub struct Surroundings<'s> {
    /// The tables, with sizes, statistics and existing indexes.
    pub catalog: &'s Catalog,
    /// Values of columns, as far as they may be seen.
    pub values: &'s Values,
    /// Whose SQL.
    pub dialect: Dialect,
    /// The server's version.
    pub version: Version,
    /// What the engine can.
    pub indexing: &'s dyn Indexing,
    /// Extensions that are installed or can be (`pg_trgm`, `btree_gist`).
    pub extensions: &'s [String],
}

/// Candidates with, for each statement of the load, which of them could serve it.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// Each once, in a fixed order; none equals an existing index.
    pub all: Vec<Candidate>,
    /// For each query of the load: positions in `all`, ascending.
    pub of_query: Vec<Vec<usize>>,
}

/// Makes candidates for a load.
pub fn candidates(load: &Load, _around: Surroundings<'_>) -> Candidates {
    Candidates { all: Vec::new(), of_query: vec![Vec::new(); load.queries.len()] }
}

//! Indexes that could serve a statement.

mod btree;
mod relevance;
mod standing;
mod usage;

use std::collections::{BTreeMap, BTreeSet};

use dbwright_model::candidate::Candidate;
use dbwright_model::catalog::Catalog;
use dbwright_model::indexing::Indexing;
use dbwright_model::values::Values;
use dbwright_model::{Name, Version};
use dbwright_sql::Dialect;

use crate::load::Load;
use btree::Shared;
use usage::{Usage, columns_of};

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
    /// For each of them: the existing index, no constraint's, that it goes on from and could take the place of.
    pub extends: Vec<Option<Name>>,
    /// For each query of the load: positions in `all`, ascending.
    pub of_query: Vec<Vec<usize>>,
}

/// Makes candidates for a load.
pub fn candidates(load: &Load, around: Surroundings<'_>) -> Candidates {
    let usages: Vec<Vec<Usage<'_>>> = load
        .queries
        .iter()
        .map(|query| {
            let positions = 0..query.statement.relations.len();
            positions.filter_map(|position| Usage::of(&query.statement, position, around)).collect()
        })
        .collect();
    let shared = shared(&usages);
    let mut all = BTreeSet::new();
    for usage in usages.iter().flatten() {
        all.extend(btree::candidates(usage, &shared, around.dialect));
    }
    let tables: BTreeMap<_, _> = usages.iter().flatten().map(|usage| (&usage.table.name, usage.table)).collect();
    let kept = |candidate: &Candidate| {
        let table = tables.get(&candidate.table)?;
        let new = !standing::is_served(candidate, table) && around.indexing.can(candidate, table, around.version);
        new.then(|| standing::extended(candidate, table).cloned())
    };
    let (all, extends): (Vec<_>, Vec<_>) =
        all.into_iter().filter_map(|candidate| kept(&candidate).map(|extends| (candidate, extends))).unzip();
    let of_query = usages.iter().map(|used| {
        let serves = |candidate: &Candidate| used.iter().any(|usage| relevance::could_serve(candidate, usage));
        all.iter().enumerate().filter(|(_, candidate)| serves(candidate)).map(|(at, _)| at).collect()
    });
    let of_query = of_query.collect();
    Candidates { all, extends, of_query }
}

/// How many uses compare each column for equality.
fn shared(usages: &[Vec<Usage<'_>>]) -> Shared {
    let mut shared = Shared::new();
    for usage in usages.iter().flatten() {
        let joins = usage.joins.iter().flat_map(|(_, keys)| keys);
        let compared: Vec<_> = usage.equal.iter().chain(&usage.several).chain(joins).cloned().collect();
        for name in columns_of(&compared) {
            *shared.entry((usage.table.name.clone(), name.clone())).or_default() += 1;
        }
    }
    shared
}

#[cfg(test)]
mod tests;

//! Indexes that stand already, as candidates see them.

use dbwright_model::Name;
use dbwright_model::candidate::{AccessMethod, Candidate, CandidateKey, KeyOf};
use dbwright_model::catalog::{Index, IndexPart, Table};

/// Whether an index that stands does all that the candidate would: it begins with the candidate's keys, and has its columns.
pub(super) fn is_served(candidate: &Candidate, table: &Table) -> bool {
    table.indexes.iter().any(|index| serves(index, candidate))
}

fn serves(index: &Index, candidate: &Candidate) -> bool {
    if index.invalid || index.method != candidate.method.word() || index.predicate.is_some() {
        return false;
    }
    let has = |column: &Name| {
        index.include.contains(column) || index.parts.iter().any(|part| part.column.as_ref() == Some(column))
    };
    if !candidate.include.iter().all(has) {
        return false;
    }
    if candidate.method == AccessMethod::BTree && begins(index, &candidate.keys) {
        return true;
    }
    // one row at most for those keys: further ones sort nothing
    let unique = index.unique
        && candidate.keys.len() >= index.parts.len()
        && begins(index, &candidate.keys[..index.parts.len()]);
    unique && (candidate.include.is_empty() || candidate.columns().all(has))
}

/// Whether an index begins with those keys, read from either end.
fn begins(index: &Index, keys: &[CandidateKey]) -> bool {
    let turned = index.parts.first().zip(keys.first()).is_some_and(|(part, key)| part.descending != key.descending);
    index.parts.len() >= keys.len() && index.parts.iter().zip(keys).all(|(part, key)| same(part, key, turned))
}

/// Whether a part of an index is that key; `turned` when the index is read from its other end.
fn same(part: &IndexPart, key: &CandidateKey, turned: bool) -> bool {
    let of = match &key.of {
        KeyOf::Column(column) => part.column.as_ref() == Some(column),
        KeyOf::Expression { .. } => false,
    };
    let plain = part.options.is_empty() && key.class.is_none() && key.collation.is_none() && key.nulls_first.is_none();
    of && plain && part.prefix == key.prefix && (part.descending != key.descending) == turned
}

/// The index that a candidate goes on from, so that it takes its place: all its keys, then more; no constraint hangs on it.
pub(super) fn extended<'t>(candidate: &Candidate, table: &'t Table) -> Option<&'t Name> {
    let goes_on = |index: &&Index| {
        let free = index.constraint.is_none() && !index.unique && !index.primary && !index.replica_identity;
        let parts = index.parts.len();
        free && !index.invalid
            && index.predicate.is_none()
            && candidate.predicate.is_none()
            && index.method == candidate.method.word()
            && parts <= candidate.keys.len()
            && begins(index, &candidate.keys[..parts])
            && index.include.iter().all(|column| candidate.columns().any(|has| has == column))
    };
    table.indexes.iter().filter(goes_on).max_by_key(|index| index.parts.len()).map(|index| &index.name)
}

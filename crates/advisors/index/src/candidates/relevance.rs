//! Which candidates could serve which use of a table.

use dbwright_model::Name;
use dbwright_model::candidate::{AccessMethod, Candidate, KeyOf};

use super::usage::{Usage, columns_of};

/// Whether a planner could make any use of the candidate: its first key is asked for, or it has all that is read.
pub(super) fn could_serve(candidate: &Candidate, usage: &Usage<'_>) -> bool {
    if candidate.table != usage.table.name {
        return false;
    }
    let Some(first) = candidate.keys.first() else { return false };
    let asked = usage.equal.iter().chain(&usage.several).chain(usage.joins.iter().flat_map(|(_, keys)| keys));
    let asked = asked.chain(&usage.ranges).chain(&usage.grouping).chain(usage.order.first());
    let mut asked = asked.map(|key| &key.of);
    candidate.method == AccessMethod::BTree && (asked.any(|of| *of == first.of) || covers(candidate, usage))
}

/// Whether the candidate has every column that is read.
fn covers(candidate: &Candidate, usage: &Usage<'_>) -> bool {
    let Some(needed) = &usage.needed else { return false };
    let plain = candidate.keys.iter().filter(|key| matches!(key.of, KeyOf::Column(_)) && key.prefix.is_none());
    let plain: Vec<_> = plain.cloned().collect();
    let has = |name: &Name| columns_of(&plain).any(|key| key == name) || candidate.include.contains(name);
    !needed.is_empty() && needed.iter().all(|column| has(&column.name))
}

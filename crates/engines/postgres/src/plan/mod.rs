//! Plans of PostgreSQL and its kin, in every format `EXPLAIN` writes.
//!
//! Every reader makes the same raw form, [`Fields`](dbwright_model::plan::Fields) named as `EXPLAIN (FORMAT JSON)` names
//! them; [`interpret`] knows what they mean.

mod interpret;
mod json;
mod operator;

use dbwright_model::artefact::Recogniser;

pub(crate) use interpret::interpret;

/// What this room recognises in a text.
pub(crate) const RECOGNISERS: &[Recogniser] = &[json::RECOGNISER];

//! Plans of PostgreSQL and its kin, in every format `EXPLAIN` writes.
//!
//! Every reader makes the same raw form, [`Fields`](dbwright_model::plan::Fields) named as `EXPLAIN (FORMAT JSON)` names
//! them; `interpret` knows what they mean.

mod citus;
mod describe;
mod found;
mod interpret;
mod json;
mod keyword;
mod lines;
mod measure;
mod names;
mod operator;
pub(crate) mod operators;
mod order;
mod slot;
mod surroundings;
mod text;
mod write;
mod xml;
mod yaml;

use dbwright_model::artefact::{Artefact, Input, Recogniser};
use dbwright_model::plan::Plan;

use crate::artefacts;
pub use describe::describe;
pub(crate) use interpret::interpret;
pub use write::as_text;

/// The plan in what `EXPLAIN (FORMAT JSON)` returned.
pub(crate) fn of_json(text: &str) -> Option<Plan> {
    let piece = (json::RECOGNISER.find)(&Input::new("-", text)).into_iter().next()?;
    match piece.artefact {
        Ok(Artefact::Plan(plan)) => Some(Plan { found_at: None, ..*plan }),
        _ => None,
    }
}
/// What this room recognises in a text.
pub(crate) const RECOGNISERS: &[Recogniser] = &[
    json::RECOGNISER,
    text::RECOGNISER,
    yaml::RECOGNISER,
    xml::RECOGNISER,
    artefacts::ddl::RECOGNISER,
    artefacts::describe::RECOGNISER,
    artefacts::query::RECOGNISER,
    artefacts::settings::RECOGNISER,
    artefacts::statistics::RECOGNISER,
];

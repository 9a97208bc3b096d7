//! Plans of MySQL and MariaDB, in every format they print: tabular (also of `ANALYZE`), JSON of both products and both
//! of MySQL's versions, trees.
//!
//! The tabular format and JSON version 1 go through [`nested`], trees and JSON version 2 through [`operation`].

mod branch;
mod figures;
mod json;
mod json2;
mod nested;
mod operation;
pub(crate) mod operators;
pub(crate) mod query;
mod recognise;
mod table;
mod tabular;
mod tree;

use dbwright_model::SqlText;
use dbwright_model::artefact::{Artefact, Input, Recogniser};
use dbwright_model::plan::Plan;

use crate::artefacts;

/// Puts the names of tables where the plan has aliases only, as far as its query tells them.
pub(crate) fn name_tables(plan: &mut Plan) {
    if plan.query.is_some() {
        query::resolve(plan);
    }
}

/// The plan in what `EXPLAIN` returned. `query` is the query as the server understood it: it tells the tables behind
/// aliases.
pub(crate) fn of_answer(text: &str, query: Option<&str>) -> Option<Plan> {
    let piece = (recognise::RECOGNISER.find)(&Input::new("-", text)).into_iter().next()?;
    let Ok(Artefact::Plan(plan)) = piece.artefact else { return None };
    let mut plan = Plan { found_at: None, query: query.map(SqlText::from), ..*plan };
    query::resolve(&mut plan);
    Some(plan)
}
/// What this room recognises in a text.
pub(crate) const RECOGNISERS: &[Recogniser] = &[
    recognise::RECOGNISER,
    artefacts::ddl::RECOGNISER,
    artefacts::query::RECOGNISER,
    artefacts::show::RECOGNISER,
    artefacts::variables::RECOGNISER,
];

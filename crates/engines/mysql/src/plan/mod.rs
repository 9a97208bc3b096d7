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
mod query;
mod recognise;
mod table;
mod tabular;
mod tree;

use dbwright_model::artefact::Recogniser;

use crate::artefacts;

/// What this room recognises in a text.
pub(crate) const RECOGNISERS: &[Recogniser] = &[
    recognise::RECOGNISER,
    artefacts::ddl::RECOGNISER,
    artefacts::query::RECOGNISER,
    artefacts::show::RECOGNISER,
    artefacts::variables::RECOGNISER,
];

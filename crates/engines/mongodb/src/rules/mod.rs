//! The rules only MongoDB needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

/// The rules of MongoDB.
pub static RULES: &[Rule] = &[];

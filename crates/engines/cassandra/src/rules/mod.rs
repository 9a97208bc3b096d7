//! x
use dbwright_model::Rule;
/// The rules.
pub static RULES: &[Rule] = &[];

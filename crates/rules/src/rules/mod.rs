//! The neutral rules: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod duplicate_index;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod redundant_index;
mod unused_index;

/// Rules over the neutral vocabulary, for every engine they name.
pub static RULES: &[Rule] = &[
    duplicate_index::RULE,
    foreign_key_type_mismatch::RULE,
    foreign_key_without_index::RULE,
    redundant_index::RULE,
    unused_index::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

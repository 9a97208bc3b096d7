//! The neutral rules: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod blocked_session;
mod connections_mostly_idle;
mod connections_near_limit;
mod duplicate_index;
mod failed_transaction_open;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod full_scan_heavy_table;
mod idle_in_transaction;
mod key_exhaustion;
mod long_transaction;
mod missing_primary_key;
mod redundant_index;
mod too_many_indexes;
mod unused_index;

/// Rules over the neutral vocabulary, for every engine they name.
pub static RULES: &[Rule] = &[
    blocked_session::RULE,
    connections_mostly_idle::RULE,
    connections_near_limit::RULE,
    duplicate_index::RULE,
    failed_transaction_open::RULE,
    foreign_key_type_mismatch::RULE,
    foreign_key_without_index::RULE,
    full_scan_heavy_table::RULE,
    idle_in_transaction::RULE,
    key_exhaustion::RULE,
    long_transaction::RULE,
    missing_primary_key::RULE,
    redundant_index::RULE,
    too_many_indexes::RULE,
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

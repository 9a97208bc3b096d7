//! The neutral rules: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod blocked_session;
mod connections_mostly_idle;
mod connections_near_limit;
mod digest_table_overflowing;
mod dominant_query;
mod duplicate_index;
mod failed_transaction_open;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod full_scan_heavy_table;
mod idle_in_transaction;
mod key_exhaustion;
mod long_transaction;
mod minor_release_behind;
mod missing_primary_key;
mod query_errors_often;
mod query_examines_many_rows;
mod query_without_index;
mod redundant_index;
mod slow_frequent_query;
mod spilling_query;
mod too_many_indexes;
mod unstable_query;
mod unused_index;
mod version_end_of_life;

/// Rules over the neutral vocabulary, for every engine they name.
pub static RULES: &[Rule] = &[
    blocked_session::RULE,
    connections_mostly_idle::RULE,
    connections_near_limit::RULE,
    digest_table_overflowing::RULE,
    dominant_query::RULE,
    duplicate_index::RULE,
    failed_transaction_open::RULE,
    foreign_key_type_mismatch::RULE,
    foreign_key_without_index::RULE,
    full_scan_heavy_table::RULE,
    idle_in_transaction::RULE,
    key_exhaustion::RULE,
    long_transaction::RULE,
    minor_release_behind::RULE,
    missing_primary_key::RULE,
    query_errors_often::RULE,
    query_examines_many_rows::RULE,
    query_without_index::RULE,
    redundant_index::RULE,
    slow_frequent_query::RULE,
    spilling_query::RULE,
    too_many_indexes::RULE,
    unstable_query::RULE,
    unused_index::RULE,
    version_end_of_life::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

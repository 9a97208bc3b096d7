//! The rules only Cassandra needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod coordinator_stalled;
mod digest_mismatched;
mod lightweight_transaction_rounds;
mod logged_batch_written;
mod many_sstables_read;
mod ranges_scanned;
mod secondary_index_scatter;
mod seen;
mod speculative_retry_used;
#[cfg(test)]
mod testing;
mod tombstones_read;

/// The rules of Cassandra.
pub static RULES: &[Rule] = &[
    coordinator_stalled::RULE,
    digest_mismatched::RULE,
    lightweight_transaction_rounds::RULE,
    logged_batch_written::RULE,
    many_sstables_read::RULE,
    ranges_scanned::RULE,
    secondary_index_scatter::RULE,
    speculative_retry_used::RULE,
    tombstones_read::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_well_made() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

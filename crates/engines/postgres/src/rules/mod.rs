//! The rules only PostgreSQL needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

#[cfg(test)]
mod bench;
mod cache_hit_low;
mod change;
mod checksum_failures;
mod checksums_off;
mod collation_version_mismatch;
mod connection_churn;
mod deadlocks_frequent;
mod fsync_off;
mod rollbacks_frequent;
mod sessions_abandoned;
mod temp_files_heavy;
mod window;

/// PostgreSQL's own rules.
pub static RULES: &[Rule] = &[
    cache_hit_low::RULE,
    checksum_failures::RULE,
    checksums_off::RULE,
    collation_version_mismatch::RULE,
    connection_churn::RULE,
    deadlocks_frequent::RULE,
    fsync_off::RULE,
    rollbacks_frequent::RULE,
    sessions_abandoned::RULE,
    temp_files_heavy::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

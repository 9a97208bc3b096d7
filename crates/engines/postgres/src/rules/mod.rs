//! The rules only PostgreSQL needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod access;
mod activity_text_short;
mod archive_backlog;
mod archiving_failing;
mod archiving_off;
mod backend_fsyncs;
mod background_writer_stops;
#[cfg(test)]
mod bench;
mod cache_hit_low;
mod change;
mod checkpoint_timeout_short;
mod checkpoints_forced;
mod checksum_failures;
mod checksums_off;
mod collation_version_mismatch;
mod connection_churn;
mod deadlocks_frequent;
mod developer_setting_on;
mod effective_cache_size_below_buffers;
mod excerpt;
mod extension_outdated;
#[cfg(test)]
pub(crate) mod fixtures;
mod fsync_off;
mod full_page_images_dominate;
mod full_page_writes_off;
mod hba_plaintext_password;
mod hba_trust;
mod huge_pages_off;
mod inactive_replication_slot;
mod jit_dominates_query;
mod jit_for_short_queries;
mod log_line_prefix_thin;
mod logging_gaps;
mod max_connections_high;
mod memory_overcommitted;
mod missing;
mod pages_per_row_high;
mod password_equals_role;
mod password_expiring;
mod password_md5;
mod pg_stat_statements_evicting;
mod pg_stat_statements_missing;
mod planner_method_disabled;
mod planning_dominates_query;
mod prepared_transaction_forgotten;
mod public_can_create;
mod published_table_without_identity;
mod random_page_cost_for_disks;
mod replication_lag;
mod restart_pending;
mod rollbacks_frequent;
mod security_definer_search_path;
mod sessions_abandoned;
mod shared_buffers_default;
mod slot_retention_unlimited;
mod standby_query_conflicts;
mod statistics_collection_off;
mod subscription_disabled;
mod subscription_errors;
mod superuser_login_roles;
mod superuser_reserved_missing;
mod synchronous_commit_off;
mod synchronous_standby_missing;
mod temp_files_heavy;
mod timeouts_missing;
mod tls_off;
mod track_io_timing_off;
mod untrusted_language;
mod wal_buffers_full;
mod wal_directory_large;
mod wal_heavy_query;
mod wal_level_minimal;
mod window;
mod write_granted_to_public;
mod xmin_horizon_held;

/// PostgreSQL's own rules.
pub static RULES: &[Rule] = &[
    activity_text_short::RULE,
    archive_backlog::RULE,
    archiving_failing::RULE,
    archiving_off::RULE,
    backend_fsyncs::RULE,
    background_writer_stops::RULE,
    cache_hit_low::RULE,
    checkpoint_timeout_short::RULE,
    checkpoints_forced::RULE,
    checksum_failures::RULE,
    checksums_off::RULE,
    collation_version_mismatch::RULE,
    connection_churn::RULE,
    deadlocks_frequent::RULE,
    developer_setting_on::RULE,
    effective_cache_size_below_buffers::RULE,
    extension_outdated::RULE,
    fsync_off::RULE,
    full_page_images_dominate::RULE,
    full_page_writes_off::RULE,
    hba_plaintext_password::RULE,
    hba_trust::RULE,
    huge_pages_off::RULE,
    inactive_replication_slot::RULE,
    jit_dominates_query::RULE,
    jit_for_short_queries::RULE,
    log_line_prefix_thin::RULE,
    logging_gaps::RULE,
    max_connections_high::RULE,
    memory_overcommitted::RULE,
    pages_per_row_high::RULE,
    password_equals_role::RULE,
    password_expiring::RULE,
    password_md5::RULE,
    pg_stat_statements_evicting::RULE,
    pg_stat_statements_missing::RULE,
    planner_method_disabled::RULE,
    planning_dominates_query::RULE,
    prepared_transaction_forgotten::RULE,
    public_can_create::RULE,
    published_table_without_identity::RULE,
    random_page_cost_for_disks::RULE,
    replication_lag::RULE,
    restart_pending::RULE,
    rollbacks_frequent::RULE,
    security_definer_search_path::RULE,
    sessions_abandoned::RULE,
    shared_buffers_default::RULE,
    slot_retention_unlimited::RULE,
    standby_query_conflicts::RULE,
    statistics_collection_off::RULE,
    subscription_disabled::RULE,
    subscription_errors::RULE,
    superuser_login_roles::RULE,
    superuser_reserved_missing::RULE,
    synchronous_commit_off::RULE,
    synchronous_standby_missing::RULE,
    temp_files_heavy::RULE,
    timeouts_missing::RULE,
    tls_off::RULE,
    track_io_timing_off::RULE,
    untrusted_language::RULE,
    wal_buffers_full::RULE,
    wal_directory_large::RULE,
    wal_heavy_query::RULE,
    wal_level_minimal::RULE,
    write_granted_to_public::RULE,
    xmin_horizon_held::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

//! The rules only PostgreSQL needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod access;
mod alignment_waste;
mod archive_backlog;
mod archiving_failing;
mod archiving_off;
mod autovacuum_disabled_on_table;
mod autovacuum_off;
mod autovacuum_saturated;
mod autovacuum_throttled;
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
mod column_type_smell;
mod connection_churn;
mod constraint_not_validated;
mod dead_rows_not_vacuumed;
mod deadlocks_frequent;
mod default_partition_used;
mod disabled_trigger;
mod extension_outdated;
#[cfg(test)]
pub(crate) mod fixtures;
mod freeze_debt;
mod fsync_off;
mod full_page_images_dominate;
mod hba_plaintext_password;
mod hba_trust;
mod inactive_replication_slot;
mod index_bloat;
mod index_low_cardinality;
mod index_on_mostly_null;
mod insert_only_never_vacuumed;
mod invalid_index;
mod jit_dominates_query;
mod low_hot_updates;
mod never_analyzed;
mod orphaned_temp_table;
mod pages_per_row_high;
mod password_equals_role;
mod password_expiring;
mod password_md5;
mod pg_stat_statements_evicting;
mod pg_stat_statements_missing;
mod planning_dominates_query;
mod public_can_create;
mod published_table_without_identity;
mod replication_lag;
mod rollbacks_frequent;
mod security_definer_search_path;
mod sequence_near_end;
mod sessions_abandoned;
mod slot_retention_unlimited;
mod stale_statistics;
mod standby_query_conflicts;
mod subscription_disabled;
mod subscription_errors;
mod superuser_login_roles;
mod synchronous_standby_missing;
mod table_bloat;
mod temp_files_heavy;
mod tls_off;
mod toast_bloat;
mod too_many_partitions;
mod unlogged_table;
mod untrusted_language;
mod vacuum_index_passes;
mod wal_buffers_full;
mod wal_directory_large;
mod wal_heavy_query;
mod wal_level_minimal;
mod window;
mod wraparound_near;
mod write_granted_to_public;

/// PostgreSQL's own rules.
pub static RULES: &[Rule] = &[
    alignment_waste::RULE,
    archive_backlog::RULE,
    archiving_failing::RULE,
    archiving_off::RULE,
    autovacuum_disabled_on_table::RULE,
    autovacuum_off::RULE,
    autovacuum_saturated::RULE,
    autovacuum_throttled::RULE,
    backend_fsyncs::RULE,
    background_writer_stops::RULE,
    cache_hit_low::RULE,
    checkpoint_timeout_short::RULE,
    checkpoints_forced::RULE,
    checksum_failures::RULE,
    checksums_off::RULE,
    collation_version_mismatch::RULE,
    column_type_smell::RULE,
    connection_churn::RULE,
    constraint_not_validated::RULE,
    dead_rows_not_vacuumed::RULE,
    deadlocks_frequent::RULE,
    default_partition_used::RULE,
    disabled_trigger::RULE,
    extension_outdated::RULE,
    freeze_debt::RULE,
    fsync_off::RULE,
    full_page_images_dominate::RULE,
    hba_plaintext_password::RULE,
    hba_trust::RULE,
    inactive_replication_slot::RULE,
    index_bloat::RULE,
    index_low_cardinality::RULE,
    index_on_mostly_null::RULE,
    insert_only_never_vacuumed::RULE,
    invalid_index::RULE,
    jit_dominates_query::RULE,
    low_hot_updates::RULE,
    never_analyzed::RULE,
    orphaned_temp_table::RULE,
    pages_per_row_high::RULE,
    password_equals_role::RULE,
    password_expiring::RULE,
    password_md5::RULE,
    pg_stat_statements_evicting::RULE,
    pg_stat_statements_missing::RULE,
    planning_dominates_query::RULE,
    public_can_create::RULE,
    published_table_without_identity::RULE,
    replication_lag::RULE,
    rollbacks_frequent::RULE,
    security_definer_search_path::RULE,
    sequence_near_end::RULE,
    sessions_abandoned::RULE,
    slot_retention_unlimited::RULE,
    stale_statistics::RULE,
    standby_query_conflicts::RULE,
    subscription_disabled::RULE,
    subscription_errors::RULE,
    superuser_login_roles::RULE,
    synchronous_standby_missing::RULE,
    table_bloat::RULE,
    temp_files_heavy::RULE,
    tls_off::RULE,
    toast_bloat::RULE,
    too_many_partitions::RULE,
    unlogged_table::RULE,
    untrusted_language::RULE,
    vacuum_index_passes::RULE,
    wal_buffers_full::RULE,
    wal_directory_large::RULE,
    wal_heavy_query::RULE,
    wal_level_minimal::RULE,
    wraparound_near::RULE,
    write_granted_to_public::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

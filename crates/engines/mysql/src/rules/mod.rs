//! The rules only MySQL and MariaDB need: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod account;
mod anonymous_account;
mod any_host_account;
mod available_index_unused;
#[cfg(test)]
mod bench;
mod binary_log_off;
mod binlog_cache_spills;
mod binlog_format_not_row;
mod binlog_retention;
mod buffer_pool_default;
mod buffer_pool_small;
mod buffer_pool_waits;
mod change;
mod checkpoint_age_high;
mod clients_aborted;
mod collation_mismatch;
mod condition_never_true;
mod connection_limit_high;
mod connections_aborted;
mod cross_product_join;
mod dependent_subquery;
mod derived_table_materialized;
mod doublewrite_off;
mod empty_password;
mod excess;
mod file_privilege;
mod filesort_of_many_rows;
mod filtered_low;
#[cfg(test)]
mod fixtures;
mod flush_log_at_commit_relaxed;
mod flush_neighbors_on;
mod force_recovery_on;
mod full_scan_on_null_key;
mod full_scan_selective_filter;
mod function_hides_index;
mod general_log_on;
mod group_member_not_online;
mod gtid_off;
mod hidden_index_left;
mod history_list_long;
mod implicit_conversion;
mod index_intersection;
mod innodb_deadlocks_frequent;
mod io_capacity_low;
mod join_without_index;
mod joins_without_index;
mod large_in_list;
mod lateral_rematerialized;
mod legacy_charset;
mod like_with_leading_wildcard;
mod local_infile_on;
mod lock_wait_timeout_long;
mod log_buffer_waits;
mod log_output_table;
mod lookup_loops_high;
mod memory_overcommitted_by_sessions;
mod non_innodb_table;
mod not_in_with_nulls;
mod offset_large;
mod old_row_versions_read;
mod old_tls_protocol;
mod open_files_near_limit;
mod or_defeats_index;
mod order_index_discards_rows;
mod pages_read_from_disk;
mod partitions_not_pruned;
mod password_equals_user;
mod per_session_buffers_large;
mod performance_schema_off;
mod plan;
mod query_cache_on;
mod range_checked_each_record;
mod redo_log_small;
mod remote_admin_account;
mod replica_errors_skipped;
mod replica_lagging_behind;
mod replica_not_read_only;
mod replica_single_threaded;
mod replica_stopped;
mod row_estimate_off;
mod row_format_old;
mod row_lock_waits;
mod rowid_filter_inefficient;
mod secure_file_priv_empty;
mod semijoin_materializes_table;
mod semijoin_weedout;
mod setting;
mod slow_log_off;
mod sort_merge_passes;
mod sql_mode_not_strict;
mod sync_binlog_relaxed;
mod table_cache_misses;
mod table_fragmented;
mod table_scanned_per_row;
mod temp_tables_on_disk;
mod temporary_table_on_group_by;
mod test_database;
mod threads_churning;
mod tls_not_required;
mod uncacheable_subquery;
mod union_removes_nothing;
mod uuid_as_char_key;
mod weak_auth_plugin;
mod wide_primary_key;
mod width;

/// Their own rules.
pub static RULES: &[Rule] = &[
    anonymous_account::RULE,
    any_host_account::RULE,
    available_index_unused::RULE,
    binary_log_off::RULE,
    binlog_cache_spills::RULE,
    binlog_format_not_row::RULE,
    binlog_retention::RULE,
    buffer_pool_default::RULE,
    buffer_pool_small::RULE,
    buffer_pool_waits::RULE,
    checkpoint_age_high::RULE,
    clients_aborted::RULE,
    collation_mismatch::RULE,
    condition_never_true::RULE,
    connection_limit_high::RULE,
    connections_aborted::RULE,
    cross_product_join::RULE,
    dependent_subquery::RULE,
    derived_table_materialized::RULE,
    doublewrite_off::RULE,
    empty_password::RULE,
    file_privilege::RULE,
    filesort_of_many_rows::RULE,
    filtered_low::RULE,
    flush_log_at_commit_relaxed::RULE,
    flush_neighbors_on::RULE,
    force_recovery_on::RULE,
    full_scan_on_null_key::RULE,
    full_scan_selective_filter::RULE,
    function_hides_index::RULE,
    general_log_on::RULE,
    group_member_not_online::RULE,
    gtid_off::RULE,
    hidden_index_left::RULE,
    history_list_long::RULE,
    implicit_conversion::RULE,
    index_intersection::RULE,
    innodb_deadlocks_frequent::RULE,
    io_capacity_low::RULE,
    join_without_index::RULE,
    joins_without_index::RULE,
    large_in_list::RULE,
    lateral_rematerialized::RULE,
    legacy_charset::RULE,
    like_with_leading_wildcard::RULE,
    local_infile_on::RULE,
    lock_wait_timeout_long::RULE,
    log_buffer_waits::RULE,
    log_output_table::RULE,
    lookup_loops_high::RULE,
    memory_overcommitted_by_sessions::RULE,
    non_innodb_table::RULE,
    not_in_with_nulls::RULE,
    offset_large::RULE,
    old_row_versions_read::RULE,
    old_tls_protocol::RULE,
    open_files_near_limit::RULE,
    or_defeats_index::RULE,
    order_index_discards_rows::RULE,
    pages_read_from_disk::RULE,
    partitions_not_pruned::RULE,
    password_equals_user::RULE,
    per_session_buffers_large::RULE,
    performance_schema_off::RULE,
    query_cache_on::RULE,
    range_checked_each_record::RULE,
    redo_log_small::RULE,
    remote_admin_account::RULE,
    replica_errors_skipped::RULE,
    replica_lagging_behind::RULE,
    replica_not_read_only::RULE,
    replica_single_threaded::RULE,
    replica_stopped::RULE,
    row_estimate_off::RULE,
    row_format_old::RULE,
    row_lock_waits::RULE,
    rowid_filter_inefficient::RULE,
    secure_file_priv_empty::RULE,
    semijoin_materializes_table::RULE,
    semijoin_weedout::RULE,
    slow_log_off::RULE,
    sort_merge_passes::RULE,
    sql_mode_not_strict::RULE,
    sync_binlog_relaxed::RULE,
    table_cache_misses::RULE,
    table_fragmented::RULE,
    table_scanned_per_row::RULE,
    temp_tables_on_disk::RULE,
    temporary_table_on_group_by::RULE,
    test_database::RULE,
    threads_churning::RULE,
    tls_not_required::RULE,
    uncacheable_subquery::RULE,
    union_removes_nothing::RULE,
    uuid_as_char_key::RULE,
    weak_auth_plugin::RULE,
    wide_primary_key::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

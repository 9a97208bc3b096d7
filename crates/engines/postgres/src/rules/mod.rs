//! The rules only PostgreSQL needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod access;
mod activity_text_short;
mod alignment_waste;
mod archive_backlog;
mod archiving_failing;
mod archiving_off;
mod autovacuum_disabled_on_table;
mod autovacuum_off;
mod autovacuum_saturated;
mod autovacuum_throttled;
mod autovacuum_work_mem_inherits;
mod backend_fsyncs;
mod background_writer_stops;
#[cfg(test)]
mod bench;
mod bitmap_and_discards;
mod cache_hit_low;
mod cartesian_join;
mod change;
mod checkpoint_completion_target_low;
mod checkpoint_timeout_short;
mod checkpoints_forced;
mod checksum_failures;
mod checksums_off;
mod cold_cache;
mod collation_version_mismatch;
mod column_type_smell;
mod configuration_file_error;
mod connection_churn;
mod constraint_not_validated;
mod count_reads_everything;
mod cte_materialized;
mod cte_rescanned;
mod dead_rows_not_vacuumed;
mod dead_rows_scanned;
mod deadlocks_frequent;
mod default_partition_used;
mod default_selectivity_guess;
mod developer_setting_on;
mod disabled_trigger;
mod distinct;
mod distinct_after_fanout;
mod effective_cache_size_below_buffers;
mod excerpt;
mod existing_index_unused;
mod extension_outdated;
#[cfg(test)]
pub(crate) mod fixtures;
mod foreign_scan_filters_here;
mod freeze_debt;
mod fsync_off;
mod full_page_images_dominate;
mod full_page_writes_off;
mod function_on_filtered_column;
mod function_per_row;
mod generic_plan_trap;
mod hash_aggregate_spilled;
mod hash_skew;
mod hash_spilled;
mod hba_plaintext_password;
mod hba_trust;
mod heap_fetches_many;
mod huge_pages_off;
mod inactive_replication_slot;
mod index_bloat;
mod index_filter_discards;
mod index_low_cardinality;
mod index_not_covering;
mod index_on_mostly_null;
mod index_recheck_discards;
mod index_searched_many_times;
mod inner_full_scan_in_loop;
mod insert_only_never_vacuumed;
mod invalid_index;
mod io_bound_scan;
mod jit_dominates_query;
mod jit_for_short_queries;
mod jit_overhead;
mod join_reads_whole_table;
mod large_offset;
mod log_line_prefix_thin;
mod logging_gaps;
mod lossy_bitmap;
mod low_hot_updates;
mod made_under;
mod max_connections_high;
mod memoize_thrashing;
mod memory_overcommitted;
mod missing;
mod nested_loop_join_filter;
mod nested_loop_many_loops;
mod never_analyzed;
mod not_in_subplan;
mod one_time_filter_false;
mod optional_parameter_or;
mod or_across_columns;
mod order_index_without_filter;
mod orphaned_temp_table;
mod page_images_in_change;
mod pages_dirtied_by_read;
mod pages_per_row_high;
mod parallel_not_used;
mod parallel_overhead;
mod partition_pruning_missed;
mod partitionwise_join_off;
mod password_equals_role;
mod password_expiring;
mod password_md5;
mod pg_stat_statements_evicting;
mod pg_stat_statements_missing;
mod plan;
mod plan_estimate;
mod plan_node_disabled;
mod plan_row_overestimate;
mod plan_row_underestimate;
mod planner_method_disabled;
mod planner_setting_steers;
mod planning_dominates_query;
mod planning_time_high;
mod prepared_transaction_forgotten;
mod public_can_create;
mod published_table_without_identity;
mod random_page_cost_for_disks;
mod replication_lag;
mod restart_pending;
mod rollbacks_frequent;
mod security_definer_search_path;
mod selective_seq_scan;
mod sequence_near_end;
mod serialization_costly;
mod sessions_abandoned;
mod setting;
mod setting_overridden;
mod shared_buffers_default;
mod slot_retention_unlimited;
mod sort_of_whole_table;
mod sort_spilled;
mod stale_statistics;
mod standby_query_conflicts;
mod statistics_collection_off;
mod subplan_repeated;
mod subscription_disabled;
mod subscription_errors;
mod superuser_login_roles;
mod superuser_reserved_missing;
mod synchronous_commit_off;
mod synchronous_standby_missing;
mod table_bloat;
mod temp_files_heavy;
mod temporary_file_reads;
mod time_outside_plan;
mod timeouts_missing;
mod tls_off;
mod toast_bloat;
mod too_many_partitions;
mod top_rows_of_many;
mod track_io_timing_off;
mod trigger_time_high;
mod unlogged_table;
mod untrusted_language;
mod vacuum_index_passes;
mod wal_buffers_full;
mod wal_directory_large;
mod wal_heavy_query;
mod wal_level_minimal;
mod window;
mod work_mem_excessive;
mod worker_skew;
mod workers_not_launched;
mod wraparound_near;
mod write_granted_to_public;
mod xmin_horizon_held;

/// PostgreSQL's own rules.
pub static RULES: &[Rule] = &[
    activity_text_short::RULE,
    alignment_waste::RULE,
    archive_backlog::RULE,
    archiving_failing::RULE,
    archiving_off::RULE,
    autovacuum_disabled_on_table::RULE,
    autovacuum_off::RULE,
    autovacuum_saturated::RULE,
    autovacuum_throttled::RULE,
    autovacuum_work_mem_inherits::RULE,
    backend_fsyncs::RULE,
    background_writer_stops::RULE,
    bitmap_and_discards::RULE,
    cache_hit_low::RULE,
    cartesian_join::RULE,
    checkpoint_completion_target_low::RULE,
    checkpoint_timeout_short::RULE,
    checkpoints_forced::RULE,
    checksum_failures::RULE,
    checksums_off::RULE,
    cold_cache::RULE,
    collation_version_mismatch::RULE,
    column_type_smell::RULE,
    configuration_file_error::RULE,
    connection_churn::RULE,
    constraint_not_validated::RULE,
    count_reads_everything::RULE,
    cte_materialized::RULE,
    cte_rescanned::RULE,
    dead_rows_not_vacuumed::RULE,
    dead_rows_scanned::RULE,
    deadlocks_frequent::RULE,
    default_partition_used::RULE,
    default_selectivity_guess::RULE,
    developer_setting_on::RULE,
    disabled_trigger::RULE,
    distinct_after_fanout::RULE,
    effective_cache_size_below_buffers::RULE,
    existing_index_unused::RULE,
    extension_outdated::RULE,
    foreign_scan_filters_here::RULE,
    freeze_debt::RULE,
    fsync_off::RULE,
    full_page_images_dominate::RULE,
    full_page_writes_off::RULE,
    function_on_filtered_column::RULE,
    function_per_row::RULE,
    generic_plan_trap::RULE,
    hash_aggregate_spilled::RULE,
    hash_skew::RULE,
    hash_spilled::RULE,
    hba_plaintext_password::RULE,
    hba_trust::RULE,
    heap_fetches_many::RULE,
    huge_pages_off::RULE,
    inactive_replication_slot::RULE,
    index_bloat::RULE,
    index_filter_discards::RULE,
    index_low_cardinality::RULE,
    index_not_covering::RULE,
    index_on_mostly_null::RULE,
    index_recheck_discards::RULE,
    index_searched_many_times::RULE,
    inner_full_scan_in_loop::RULE,
    insert_only_never_vacuumed::RULE,
    invalid_index::RULE,
    io_bound_scan::RULE,
    jit_dominates_query::RULE,
    jit_for_short_queries::RULE,
    jit_overhead::RULE,
    join_reads_whole_table::RULE,
    large_offset::RULE,
    log_line_prefix_thin::RULE,
    logging_gaps::RULE,
    lossy_bitmap::RULE,
    low_hot_updates::RULE,
    max_connections_high::RULE,
    memoize_thrashing::RULE,
    memory_overcommitted::RULE,
    nested_loop_join_filter::RULE,
    nested_loop_many_loops::RULE,
    never_analyzed::RULE,
    not_in_subplan::RULE,
    one_time_filter_false::RULE,
    optional_parameter_or::RULE,
    or_across_columns::RULE,
    order_index_without_filter::RULE,
    orphaned_temp_table::RULE,
    page_images_in_change::RULE,
    pages_dirtied_by_read::RULE,
    pages_per_row_high::RULE,
    parallel_not_used::RULE,
    parallel_overhead::RULE,
    partition_pruning_missed::RULE,
    partitionwise_join_off::RULE,
    password_equals_role::RULE,
    password_expiring::RULE,
    password_md5::RULE,
    pg_stat_statements_evicting::RULE,
    pg_stat_statements_missing::RULE,
    plan_node_disabled::RULE,
    plan_row_overestimate::RULE,
    plan_row_underestimate::RULE,
    planner_method_disabled::RULE,
    planner_setting_steers::RULE,
    planning_dominates_query::RULE,
    planning_time_high::RULE,
    prepared_transaction_forgotten::RULE,
    public_can_create::RULE,
    published_table_without_identity::RULE,
    random_page_cost_for_disks::RULE,
    replication_lag::RULE,
    restart_pending::RULE,
    rollbacks_frequent::RULE,
    security_definer_search_path::RULE,
    selective_seq_scan::RULE,
    sequence_near_end::RULE,
    serialization_costly::RULE,
    sessions_abandoned::RULE,
    setting_overridden::RULE,
    shared_buffers_default::RULE,
    slot_retention_unlimited::RULE,
    sort_of_whole_table::RULE,
    sort_spilled::RULE,
    stale_statistics::RULE,
    standby_query_conflicts::RULE,
    statistics_collection_off::RULE,
    subplan_repeated::RULE,
    subscription_disabled::RULE,
    subscription_errors::RULE,
    superuser_login_roles::RULE,
    superuser_reserved_missing::RULE,
    synchronous_commit_off::RULE,
    synchronous_standby_missing::RULE,
    table_bloat::RULE,
    temp_files_heavy::RULE,
    temporary_file_reads::RULE,
    time_outside_plan::RULE,
    timeouts_missing::RULE,
    tls_off::RULE,
    toast_bloat::RULE,
    too_many_partitions::RULE,
    top_rows_of_many::RULE,
    track_io_timing_off::RULE,
    trigger_time_high::RULE,
    unlogged_table::RULE,
    untrusted_language::RULE,
    vacuum_index_passes::RULE,
    wal_buffers_full::RULE,
    wal_directory_large::RULE,
    wal_heavy_query::RULE,
    wal_level_minimal::RULE,
    work_mem_excessive::RULE,
    worker_skew::RULE,
    workers_not_launched::RULE,
    wraparound_near::RULE,
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

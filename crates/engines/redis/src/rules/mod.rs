//! The rules only Redis and Valkey need: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod aof_write_failed;
mod append_fsync_always;
mod big_key;
mod client_output_buffer_large;
mod cluster_state_not_ok;
mod connections_churning;
mod dangerous_commands_allowed;
mod debug_command_enabled;
mod default_user_nopass;
mod encoding_past_limit;
mod evicting_with_poor_hit_ratio;
mod expiry_synchronized;
mod fixes;
mod fork_slow;
mod hot_slots;
mod key_names_long;
mod key_overhead_high;
mod keys_without_ttl;
mod latency_monitor_off;
mod maxmemory_unset;
mod memory_fragmentation;
mod memory_near_limit;
mod multiple_databases;
mod noeviction_rejecting_writes;
mod persistence_off_with_durable_keys;
mod persistence_stale;
mod primary_without_persistence_with_replicas;
mod rdb_save_failed;
mod rejected_connections;
mod replica_lagging;
mod replica_link_down;
mod replica_writable;
mod replication_backlog_small;
mod script_cache_large;
mod slots_uncovered;
mod slow_commands;
mod slowlog_misconfigured;
mod small_strings_many;
mod stream_unbounded;
mod swapped_out;
#[cfg(test)]
mod testing;
mod unprotected_server;
mod volatile_policy_without_ttls;

/// The rules of Redis and Valkey.
pub static RULES: &[Rule] = &[
    aof_write_failed::RULE,
    append_fsync_always::RULE,
    big_key::RULE,
    client_output_buffer_large::RULE,
    cluster_state_not_ok::RULE,
    connections_churning::RULE,
    dangerous_commands_allowed::RULE,
    debug_command_enabled::RULE,
    default_user_nopass::RULE,
    encoding_past_limit::RULE,
    evicting_with_poor_hit_ratio::RULE,
    expiry_synchronized::RULE,
    fork_slow::RULE,
    hot_slots::RULE,
    key_names_long::RULE,
    key_overhead_high::RULE,
    keys_without_ttl::RULE,
    latency_monitor_off::RULE,
    maxmemory_unset::RULE,
    memory_fragmentation::RULE,
    memory_near_limit::RULE,
    multiple_databases::RULE,
    noeviction_rejecting_writes::RULE,
    persistence_off_with_durable_keys::RULE,
    persistence_stale::RULE,
    primary_without_persistence_with_replicas::RULE,
    rdb_save_failed::RULE,
    rejected_connections::RULE,
    replica_lagging::RULE,
    replica_link_down::RULE,
    replica_writable::RULE,
    replication_backlog_small::RULE,
    script_cache_large::RULE,
    slots_uncovered::RULE,
    slow_commands::RULE,
    slowlog_misconfigured::RULE,
    small_strings_many::RULE,
    stream_unbounded::RULE,
    swapped_out::RULE,
    unprotected_server::RULE,
    volatile_policy_without_ttls::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

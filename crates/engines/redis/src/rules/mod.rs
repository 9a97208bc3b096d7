//! The rules only Redis and Valkey need: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod big_key;
mod encoding_past_limit;
mod evicting_with_poor_hit_ratio;
mod expiry_synchronized;
mod fixes;
mod key_names_long;
mod key_overhead_high;
mod keys_without_ttl;
mod maxmemory_unset;
mod memory_fragmentation;
mod memory_near_limit;
mod noeviction_rejecting_writes;
mod small_strings_many;
mod stream_unbounded;
mod swapped_out;
#[cfg(test)]
mod testing;
mod volatile_policy_without_ttls;

/// The rules of Redis and Valkey.
pub static RULES: &[Rule] = &[
    big_key::RULE,
    encoding_past_limit::RULE,
    evicting_with_poor_hit_ratio::RULE,
    expiry_synchronized::RULE,
    key_names_long::RULE,
    key_overhead_high::RULE,
    keys_without_ttl::RULE,
    maxmemory_unset::RULE,
    memory_fragmentation::RULE,
    memory_near_limit::RULE,
    noeviction_rejecting_writes::RULE,
    small_strings_many::RULE,
    stream_unbounded::RULE,
    swapped_out::RULE,
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

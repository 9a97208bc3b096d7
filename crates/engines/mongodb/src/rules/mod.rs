//! The rules only MongoDB needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod blocking_sort;
mod collection_scan;
mod fetch_for_projection;
mod geo_near_wide;
mod group_spilled_to_disk;
mod index_forced;
mod index_keys_wasted;
mod large_in_array;
mod large_skip;
mod lookup_without_index;
mod low_read_efficiency;
mod many_candidate_plans;
mod match_late;
mod negation_reads_index;
mod or_branch_without_index;
mod orphans_filtered;
mod plan_replanned;
mod residual_filter_on_fetch;
mod scatter_gather;
mod seen;
mod shard_skew;
mod sort_direction_mismatch;
mod sort_spilled_to_disk;
#[cfg(test)]
mod testing;
mod text_matches_read_whole;
mod unanchored_regex;
mod unwind_explosion;

/// The rules of MongoDB.
pub static RULES: &[Rule] = &[
    blocking_sort::RULE,
    collection_scan::RULE,
    fetch_for_projection::RULE,
    geo_near_wide::RULE,
    group_spilled_to_disk::RULE,
    index_forced::RULE,
    index_keys_wasted::RULE,
    large_in_array::RULE,
    large_skip::RULE,
    lookup_without_index::RULE,
    low_read_efficiency::RULE,
    many_candidate_plans::RULE,
    match_late::RULE,
    negation_reads_index::RULE,
    or_branch_without_index::RULE,
    orphans_filtered::RULE,
    plan_replanned::RULE,
    residual_filter_on_fetch::RULE,
    scatter_gather::RULE,
    shard_skew::RULE,
    sort_direction_mismatch::RULE,
    sort_spilled_to_disk::RULE,
    text_matches_read_whole::RULE,
    unanchored_regex::RULE,
    unwind_explosion::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_well_made() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

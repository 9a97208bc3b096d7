//! The rules only Elasticsearch and OpenSearch need: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod aggregation_builds_many_buckets;
mod deep_paging;
mod fetch_phase_heavy;
mod hot_query_clause;
mod many_small_shards;
mod rewrite_heavy;
mod script_in_score;
mod search_shard_skew;
mod seen;
mod terms_expanded;
#[cfg(test)]
mod testing;
mod time_not_profiled;

/// The rules of Elasticsearch and OpenSearch.
pub static RULES: &[Rule] = &[
    aggregation_builds_many_buckets::RULE,
    deep_paging::RULE,
    fetch_phase_heavy::RULE,
    hot_query_clause::RULE,
    many_small_shards::RULE,
    rewrite_heavy::RULE,
    script_in_score::RULE,
    search_shard_skew::RULE,
    terms_expanded::RULE,
    time_not_profiled::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_well_made() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

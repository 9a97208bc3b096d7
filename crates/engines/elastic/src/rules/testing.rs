//! Profiles for the tests of rules: recorded from OpenSearch 2.19.1 by `scripts/record-search-profiles.sh`, or as
//! Elasticsearch 8 writes them.

use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::plan::Plans;
use dbwright_model::{Case, Finding, Product, Redaction, Rule, Server, Version};
use dbwright_sql::Dialect;

pub(super) const DEEP_PAGE: &str = include_str!("../../recorded/deep-page.json");
pub(super) const DEEP_PAGE_REQUEST: &str = include_str!("../../recorded/deep-page.request.json");
pub(super) const FETCH_HEAVY: &str = include_str!("../../recorded/fetch-heavy.json");
pub(super) const MATCH: &str = include_str!("../../recorded/match.json");
pub(super) const PREFIX: &str = include_str!("../../recorded/prefix.json");
pub(super) const REGEXP: &str = include_str!("../../recorded/regexp.json");
pub(super) const SCRIPT_SCORE: &str = include_str!("../../recorded/script-score.json");
pub(super) const SHARDS: &str = include_str!("../../recorded/shards.json");
pub(super) const TERMS_FEW: &str = include_str!("../../recorded/terms-few.json");
pub(super) const TERMS_MANY: &str = include_str!("../../recorded/terms-many.json");
pub(super) const WILDCARD: &str = include_str!("../../recorded/wildcard.json");

/// What the rule says of the profiles in a text.
pub(super) fn check(rule: &Rule, text: &str) -> Vec<Finding> {
    let mut plans = Plans::default();
    for piece in crate::plan::RECOGNISERS.iter().flat_map(|recogniser| (recogniser.find)(&Input::new("test", text))) {
        if let Ok(Artefact::Plan(mut plan)) = piece.artefact {
            dbwright_plan::account(&mut plan);
            dbwright_plan::redact(&mut plan, Dialect::MySql, Redaction::Literals);
            plans.plans.push(*plan);
        }
    }
    assert!(!plans.plans.is_empty(), "no profile in {text}");
    let server = Server::new(Product::OpenSearch, Version::new(2, 19, 0));
    (rule.check)(&Case::new(server, Redaction::Literals).with(&plans)).unwrap()
}

/// An answer of Elasticsearch 8 that took so long, with these shards.
pub(super) fn answer(took: u32, shards: &str) -> String {
    format!(
        "{{\"took\": {took}, \"hits\": {{\"total\": {{\"value\": 9, \"relation\": \"eq\"}}, \"hits\": []}}, \"profile\": {{\"shards\": [{shards}]}}}}"
    )
}

/// A shard whose query, rewrite and fetch took so many milliseconds.
pub(super) fn shard(number: u32, query: u32, rewrite: u32, fetch: u32) -> String {
    format!(
        "{{\"id\": \"[n][logs][{number}]\", \"node_id\": \"n\", \"shard_id\": {number}, \"index\": \"logs\", \"searches\": [{{\"query\": [{{\"type\": \"TermQuery\", \"description\": \"a:b\", \"time_in_nanos\": {query}000000, \"breakdown\": {{\"next_doc\": {query}000000, \"next_doc_count\": 90, \"advance_count\": 0, \"score_count\": 89, \"build_scorer\": 1}}}}], \"rewrite_time\": {rewrite}000000, \"collector\": []}}], \"aggregations\": [], \"fetch\": {{\"type\": \"fetch\", \"description\": \"\", \"time_in_nanos\": {fetch}000000, \"breakdown\": {{\"load_stored_fields\": {fetch}000000, \"load_stored_fields_count\": 500}}, \"children\": []}}}}"
    )
}

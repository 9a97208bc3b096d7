use proptest::prelude::*;

use super::*;

/// Recorded from OpenSearch 2.19.1 by `scripts/record-search-profiles.sh`.
const RECORDED: &[(&str, &str)] = &[
    ("match", include_str!("../../recorded/match.json")),
    ("script-score", include_str!("../../recorded/script-score.json")),
    ("shards", include_str!("../../recorded/shards.json")),
    ("terms-few", include_str!("../../recorded/terms-few.json")),
    ("fetch-heavy", include_str!("../../recorded/fetch-heavy.json")),
];

fn plans(text: &str) -> Vec<Plan> {
    let pieces = find(&Input::new("t", text));
    pieces
        .into_iter()
        .filter_map(|piece| match piece.artefact {
            Ok(Artefact::Plan(plan)) => Some(*plan),
            _ => None,
        })
        .collect()
}

fn tree(plan: &Plan) -> String {
    plan.walk().map(|(id, node)| format!("{}{}\n", "  ".repeat(plan.depth(id)), node.name)).collect()
}

fn recorded(name: &str) -> Plan {
    let (_, text) = RECORDED.iter().find(|(known, _)| *known == name).unwrap();
    plans(text).remove(0)
}

#[test]
fn a_recorded_profile_is_a_tree() {
    let plan = recorded("match");
    assert_eq!(
        tree(&plan),
        "search\n  shard\n    rewrite\n    BooleanQuery\n      TermQuery\n      TermQuery\n    SimpleTopScoreDocCollector\n"
    );
    assert_eq!(plan.product, Product::OpenSearch);
    assert_eq!(plan.execution.unwrap(), plan.root().actual.unwrap().total.unwrap());
    let query = &plan[NodeId(3)];
    assert_eq!(query.conditions[0].text, "+body:'w17' #kind:'k1'");
    assert!(query.extra.get("breakdown").unwrap().group().unwrap().number("create_weight").is_some());
    assert_eq!(plan[NodeId(1)].relation.as_ref().unwrap().to_string(), "lesson");
}

#[test]
fn every_shard_has_its_branch() {
    let plan = recorded("shards");
    assert_eq!(plan.children(NodeId::ROOT).count(), 24);
}

#[test]
fn aggregations_and_scripts_are_seen() {
    let plan = recorded("terms-few");
    assert!(tree(&plan).contains("GlobalOrdinalsStringTermsAggregator\n      AvgAggregator"));
    let script = recorded("script-score");
    let node = script.nodes.iter().find(|node| &*node.name == "ScriptScoreQuery").unwrap();
    assert_eq!(node.extra.bool("script"), Some(true));
    assert!(!node.conditions[0].text.as_str().contains("sqrt"));
}

#[test]
fn a_request_before_the_answer_belongs_to_it() {
    let text = format!(
        "GET /lesson/_search\n{{\"profile\":true,\"from\":9900,\"size\":100,\"query\":{{\"match\":{{\"body\":\"x\"}}}}}}\n\n{}",
        RECORDED[0].1
    );
    let pieces = find(&Input::new("t", &text));
    assert_eq!((pieces.len(), pieces[0].lines.start), (1, 0));
    let plan = plans(&text).remove(0);
    assert_eq!(plan.extra.number("request from"), Some(9900.0));
    assert!(plan.query.unwrap().as_str().contains("match: {body: 'x'}"));
}

#[test]
fn elasticsearch_profiles_the_fetch() {
    let text = r#"{"took": 9, "hits": {"total": {"value": 3, "relation": "eq"}, "hits": []}, "profile": {"shards": [{"id": "[n][logs][0]", "node_id": "n", "shard_id": 0, "index": "logs", "cluster": "(local)",
      "searches": [{"query": [{"type": "TermQuery", "description": "a:b", "time_in_nanos": 1000000, "breakdown": {"next_doc_count": 4, "advance_count": 0, "score_count": 3}}], "rewrite_time": 900, "collector": [{"name": "QueryPhaseCollector", "reason": "search_query_phase", "time_in_nanos": 2000000, "children": [{"name": "SimpleTopScoreDocCollector", "reason": "search_top_hits", "time_in_nanos": 1500000}]}]}],
      "aggregations": [], "fetch": {"type": "fetch", "description": "", "time_in_nanos": 4000000, "breakdown": {"load_stored_fields": 3000000}, "children": [{"type": "FetchSourcePhase", "description": "", "time_in_nanos": 100000}]}}]}}"#;
    let plan = plans(text).remove(0);
    assert_eq!(plan.product, Product::Elasticsearch);
    assert!(tree(&plan).ends_with("    fetch\n      FetchSourcePhase\n"));
    assert_eq!(plan[NodeId(1)].actual.unwrap().total.unwrap().0, 0.0060009);
}

#[test]
fn no_literal_survives_redaction() {
    let text = r#"{"profile": true, "query": {"bool": {"must": [{"match": {"body": "zebra1"}}, {"range": {"n": {"gte": 73141}}}]}}}
{"took": 9, "hits": {"total": 3, "hits": [{"_id": "zebra2"}]}, "profile": {"shards": [{"id": "[n][logs][0]",
      "searches": [{"query": [{"type": "BooleanQuery", "description": "+body:zebra3 +(title:\"zebra4 x\" n:[73142 TO 73143]) #k:{zebra5 TO *} u:/zebra6/ w:*zebra7*", "time_in_nanos": 5, "breakdown": {}},
        {"type": "ScriptScoreQuery", "description": "script_score (body:zebra8, script: {Script{type=inline, idOrCode='return zebra9', params={a=zebra10}}}", "time_in_nanos": 5, "breakdown": {}},
        {"type": "TermInSetQuery", "description": "user:(zebra11 zebra12)", "time_in_nanos": 5, "breakdown": {}}], "rewrite_time": 9, "collector": []}],
      "aggregations": [{"type": "FiltersAggregator", "description": "kinds", "time_in_nanos": 5, "breakdown": {}, "debug": {"filters": [{"query": "kind:zebra13"}]}}]}]}}"#;
    let mut plan = plans(text).remove(0);
    dbwright_plan::redact(&mut plan, dbwright_sql::Dialect::MySql, dbwright_model::Redaction::Literals);
    let shown = format!("{plan:?}");
    let at = shown.find("zebra").or(shown.find("7314"));
    assert_eq!(at.map(|at| &shown[at.saturating_sub(60)..at + 20]), None);
    assert!(shown.contains("body") && shown.contains("kinds"));
}

#[test]
fn other_answers_are_left_alone() {
    assert!(plans(r#"{"took": 3, "hits": {"hits": []}, "x": "time_in_nanos", "y": "\"profile\""}"#).is_empty());
}

proptest! {
    #[test]
    fn any_cut_and_any_byte_is_survived(which in 0..RECORDED.len(), cut in 0.0..1.0f64, at in 0.0..1.0f64, byte in 0u8..128) {
        let mut bytes = RECORDED[which].1.as_bytes().to_vec();
        let (cut, at) = ((cut * bytes.len() as f64) as usize, (at * bytes.len() as f64) as usize);
        bytes[at] = byte;
        bytes.truncate(cut);
        for plan in plans(&String::from_utf8_lossy(&bytes)) {
            prop_assert!(!plan.nodes.is_empty());
        }
    }
}

//! Profiles of searches: what `_search` answers with `"profile": true`.

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Actual, Condition, ConditionKind, Fields, Link, Node, NodeId, Operator, Plan, Value};
use dbwright_model::{Product, Seconds};
use dbwright_reading::json::{self, Cut};

use crate::description;

/// What this room recognises.
pub static RECOGNISERS: &[Recogniser] = &[Recogniser {
    id: "elastic-profile",
    reads: "an Elasticsearch or OpenSearch profile (what _search answers with \"profile\": true; with the request before it)",
    find,
}];

/// Levels of a query that are read; queries nest a few dozen deep at most.
const DEEPEST: usize = 200;

fn find(input: &Input<'_>) -> Vec<Piece> {
    if !input.text.contains("time_in_nanos") || !input.text.contains("\"profile\"") {
        return Vec::new();
    }
    let base = input.text.as_ptr() as usize;
    let starts: Vec<usize> = input.lines.iter().map(|line| (line.as_ptr() as usize).saturating_sub(base)).collect();
    let mut pieces = Vec::new();
    // The request before the answer, and where it starts.
    let mut request: Option<(usize, usize, Fields)> = None;
    let mut line = 0;
    while let (Some(text), Some(start)) = (input.lines.get(line), starts.get(line)) {
        let blank = text.len() - text.trim_start().len();
        let from = start + blank;
        let read = if text.trim_start().starts_with('{') { input.text.get(from..).and_then(json::read) } else { None };
        let Some(read) = read else {
            if !text.trim().is_empty() && !is_request_line(text) {
                request = None;
            }
            line += 1;
            continue;
        };
        let last = starts.partition_point(|start| *start < from + read.end).max(line + 1);
        if let Value::Group(fields) = read.value {
            let asked = request.take().filter(|(_, end, _)| *end <= line);
            match plan(&fields, asked.as_ref().map(|(_, _, fields)| fields)) {
                Some(mut plan) => {
                    match read.cut {
                        Some(Cut::Short) => plan.missing.push("the text ends inside the profile".into()),
                        Some(Cut::Foreign) => {
                            plan.missing.push("the profile breaks off at something that is no JSON".into())
                        }
                        None => {}
                    }
                    let first = asked.map_or(line, |(first, _, _)| first);
                    let artefact = Ok(Artefact::Plan(Box::new(plan)));
                    pieces.push(Piece { lines: first..last, confidence: Confidence::Certain, artefact });
                }
                None => {
                    let first = if line > 0 && is_request_line(input.lines[line - 1]) { line - 1 } else { line };
                    request = is_request(&fields).then_some((first, last, fields));
                }
            }
        }
        line = last;
    }
    pieces
}

/// `GET /orders/_search`, as consoles write it.
fn is_request_line(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("GET ") || line.starts_with("POST ")) && line.contains("_search") || line.starts_with('#')
}

fn is_request(fields: &Fields) -> bool {
    ["query", "aggs", "aggregations", "knn", "profile"].iter().any(|name| fields.get(name).is_some())
        && fields.get("took").is_none()
}

/// The plan in an answer; `None` when it has no profile.
fn plan(answer: &Fields, request: Option<&Fields>) -> Option<Plan> {
    // Asynchronous searches wrap the answer.
    let answer = answer.get("response").and_then(Value::group).unwrap_or(answer);
    let profile = answer.get("profile").and_then(Value::group)?;
    let shards = match profile.get("shards")? {
        Value::List(shards) => shards,
        _ => return None,
    };
    let shards: Vec<&Fields> = shards.iter().filter_map(Value::group).collect();
    let product = match shards.iter().any(|shard| shard.get("inbound_network_time_in_millis").is_some()) {
        true => Product::OpenSearch,
        false => Product::Elasticsearch,
    };
    let hits = answer.get("hits").and_then(Value::group);
    let mut root = Node::new(Operator::ShardMerge, "search");
    let took = answer.number("took").map(Seconds::millis);
    root.actual = Some(Actual {
        startup: None,
        total: took,
        rows: hits.and_then(|hits| hits.get("hits")).map(|hits| hits.items().len() as f64),
        loops: 1.0,
        examined: hits.and_then(total_hits),
        keys: None,
    });
    let mut plan = Plan::new(product, "json", root);
    plan.execution = took;
    for (name, value) in answer
        .iter()
        .filter(|(name, _)| matches!(*name, "timed_out" | "_shards" | "num_reduce_phases" | "terminated_early"))
    {
        plan.extra.set(name, value.clone());
    }
    if let Some(request) = request {
        for (name, value) in request.iter().filter(|(_, value)| matches!(value, Value::Number(_) | Value::Bool(_))) {
            plan.extra.set(format!("request {name}"), value.clone());
        }
        plan.query = Some(written(request).into());
    }
    for shard in &shards {
        add_shard(&mut plan, shard);
    }
    if plan.nodes.len() == 1 {
        plan.missing.push("the profile names no shard that searched".into());
    }
    Some(plan)
}

fn total_hits(hits: &Fields) -> Option<f64> {
    match hits.get("total")? {
        Value::Group(total) => total.number("value"),
        total => total.number(),
    }
}

/// A request on one line, its texts quoted singly.
fn written(request: &Fields) -> String {
    // Bounded by the reader's depth.
    fn value(out: &mut String, what: &Value) {
        match what {
            Value::Null => out.push_str("null"),
            Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
            Value::Number(number) => out.push_str(&number.to_string()),
            Value::Text(text) => {
                out.push('\'');
                out.push_str(&text.as_str().replace('\\', "\\\\").replace('\'', "\\'"));
                out.push('\'');
            }
            Value::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    value(out, item);
                }
                out.push(']');
            }
            Value::Group(fields) => {
                out.push('{');
                for (at, (name, inner)) in fields.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    out.push_str(name);
                    out.push_str(": ");
                    value(out, inner);
                }
                out.push('}');
            }
        }
    }
    let mut out = String::new();
    value(&mut out, &Value::Group(request.clone()));
    out
}

/// A shard with its phases: rewriting, the query, collecting, aggregating, fetching.
fn add_shard(plan: &mut Plan, shard: &Fields) {
    let (index, number) = identity(shard);
    let mut node = Node::new(Operator::Append, "shard");
    node.label = number.map(|number| format!("shard {number}").into());
    node.relation = index.map(|index| ObjectName::new("", index));
    node.link = Link::Member;
    for (name, value) in
        shard.iter().filter(|(name, _)| !matches!(*name, "searches" | "aggregations" | "fetch" | "dfs"))
    {
        node.extra.set(name, value.clone());
    }
    let searches: Vec<&Fields> =
        shard.get("searches").map_or(&[][..], Value::items).iter().filter_map(Value::group).collect();
    let nanos = |fields: &Fields, name: &str| fields.number(name).unwrap_or(0.0);
    let list = |fields: &'_ Fields, name: &str| -> f64 {
        let items = fields.get(name).map_or(&[][..], Value::items);
        items.iter().filter_map(Value::group).map(|item| nanos(item, "time_in_nanos")).sum()
    };
    let mut total = list(shard, "aggregations");
    let fetch = shard.get("fetch").and_then(Value::group);
    total += fetch.map_or(0.0, |fetch| nanos(fetch, "time_in_nanos"));
    for search in &searches {
        // Collecting calls the query for its scores: the two overlap and only the longer is sure.
        total += nanos(search, "rewrite_time") + list(search, "query").max(list(search, "collector"));
    }
    node.actual = Some(timed(total));
    let at = plan.push(NodeId::ROOT, node);
    for search in &searches {
        if let Some(rewrite) = search.number("rewrite_time") {
            let mut node = Node::new(Operator::Other, "rewrite");
            node.link = Link::Outer;
            node.actual = Some(timed(rewrite));
            plan.push(at, node);
        }
        for name in ["query", "collector"] {
            add_all(plan, at, search.get(name));
        }
    }
    add_all(plan, at, shard.get("dfs"));
    add_all(plan, at, shard.get("aggregations"));
    add_all(plan, at, shard.get("fetch"));
}

/// The index and the number of a shard: `[node][index][3]`.
fn identity(shard: &Fields) -> (Option<&str>, Option<String>) {
    let id = shard.text("id").unwrap_or_default();
    let parts: Vec<&str> = id.trim_start_matches('[').trim_end_matches(']').split("][").collect();
    let index = shard.text("index").or_else(|| parts.get(1).copied());
    let number = shard.number("shard_id").map(|number| number.to_string());
    (index, number.or_else(|| parts.get(2).map(|number| (*number).to_owned())))
}

fn timed(nanos: f64) -> Actual {
    Actual {
        startup: None,
        total: Some(Seconds(nanos.max(0.0) / 1e9)),
        rows: None,
        loops: 1.0,
        examined: None,
        keys: None,
    }
}

/// Adds profiled parts and everything below them, without recursion.
fn add_all(plan: &mut Plan, parent: NodeId, parts: Option<&Value>) {
    let mut open: Vec<(NodeId, usize, &Fields)> = parts
        .map_or(&[][..], Value::items)
        .iter()
        .rev()
        .filter_map(Value::group)
        .map(|part| (parent, 0, part))
        .collect();
    while let Some((parent, depth, part)) = open.pop() {
        let Some(node) = node(part) else { continue };
        let id = plan.push(parent, node);
        if depth >= DEEPEST {
            continue;
        }
        let children = part.get("children").map_or(&[][..], Value::items);
        open.extend(children.iter().rev().filter_map(Value::group).map(|child| (id, depth + 1, child)));
    }
}

/// A part of the profile as a node.
fn node(part: &Fields) -> Option<Node> {
    let name = part.text("type").or(part.text("name"))?;
    let breakdown = part.get("breakdown").and_then(Value::group);
    let mut node = Node::new(operator(name, part), name);
    node.link = Link::Outer;
    let count = |name: &str| breakdown.and_then(|breakdown| breakdown.number(name));
    let mut actual = timed(part.number("time_in_nanos").unwrap_or(0.0));
    // What a query step matched: documents it was moved to, and those scored.
    actual.rows = count("score_count").filter(|count| *count > 0.0).or_else(|| count("collect_count"));
    actual.examined = match (count("next_doc_count"), count("advance_count")) {
        (Some(next), Some(advance)) => Some(next + advance),
        _ => None,
    };
    node.actual = Some(actual);
    for (name, value) in part.iter() {
        match (name, value) {
            ("type" | "name" | "children" | "time_in_nanos" | "time", _) => {}
            ("description", Value::Text(text)) => {
                let text = text.as_str();
                if node.operator == Operator::HashAggregate {
                    node.group_keys.push(text.into());
                } else {
                    node.conditions.push(Condition {
                        kind: ConditionKind::Index,
                        text: description::quoted(text).into(),
                        removed: None,
                    });
                    if description::leads_with_anything(text) {
                        node.extra.set("leads with anything", true);
                    }
                    if text.contains("Script{") {
                        node.extra.set("script", true);
                    }
                }
            }
            (name, value) => node.extra.set(name, kept(value)),
        }
    }
    Some(node)
}

/// What is kept as it is; texts that are queries have their values quoted. As deep as the reader lets values be.
fn kept(value: &Value) -> Value {
    match value {
        Value::Text(text) if text.as_str().contains(':') => Value::from(description::quoted(text.as_str())),
        Value::List(items) => Value::List(items.iter().map(kept).collect()),
        Value::Group(fields) => {
            Value::Group(Fields(fields.0.iter().map(|(name, value)| (name.clone(), kept(value))).collect()))
        }
        other => other.clone(),
    }
}

fn operator(name: &str, part: &Fields) -> Operator {
    match name {
        "MatchAllDocsQuery" => Operator::FullScan,
        "BooleanQuery" | "DisjunctionMaxQuery" => Operator::BitmapCombine,
        "ConstantScoreQuery" | "BoostQuery" => Operator::Filter,
        "fetch" | "FetchSourcePhase" => Operator::Fetch,
        _ if name.contains("BlockJoin") || name.contains("Nested") && name.ends_with("Query") => Operator::Join,
        _ if name.contains("Script") || name.contains("FunctionScore") => Operator::Custom,
        _ if name.ends_with("Aggregator") => Operator::HashAggregate,
        _ if name.contains("TopScoreDoc") || name.contains("TopField") => Operator::Sort,
        _ if name.contains("Collector") || part.get("reason").is_some() => Operator::Result,
        _ if name.ends_with("Phase") => Operator::Project,
        _ if name.contains("Query") || name.contains("Wrapper") => Operator::IndexScan,
        _ => Operator::Other,
    }
}

#[cfg(test)]
mod tests;

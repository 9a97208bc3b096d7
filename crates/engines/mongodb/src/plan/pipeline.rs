//! Stages of an aggregation pipeline that the executor did not take over: `{ $group: …, nReturned: … }`.

use dbwright_model::plan::{Actual, ConditionKind, Fields, Link, Node, Operator, Value};

use super::stage::{self, condition, sort_keys};
use super::tree::{Below, Context, Part};
use crate::notation::show;

/// The node of a stage and what hangs below it besides the stage before.
pub(super) fn node<'a>(fields: &'a Fields, context: &Context<'a>) -> Option<(Node, Below<'a>)> {
    let (name, body) = fields.iter().find(|(name, _)| name.starts_with('$'))?;
    let mut node = Node::new(stage::operator(name), name);
    let mut below: Below<'a> = Vec::new();
    let inner = Context { shard: None, of_shard: None, ..context.clone() };
    let mut keep = true;
    let group = body.group();
    match name {
        "$cursor" | "$geoNearCursor" => {
            below.push((Link::Outer, Part::Explain(group?), Some(Context { counts: None, ..inner.clone() })));
            keep = false;
        }
        "$match" => node.conditions.push(condition(ConditionKind::Filter, show(body))),
        "$sort" => {
            let pattern = group.and_then(|body| body.get("sortKey")).and_then(Value::group).or(group);
            node.sort_keys = pattern.map(sort_keys).unwrap_or_default();
            if let Some(limit) = group.and_then(|body| body.get("limit")) {
                node.extra.set("limitAmount", limit.clone());
            }
        }
        "$group" => {
            let keys = group.and_then(|body| body.get("_id"));
            node.group_keys = match keys {
                Some(Value::Group(keys)) if !keys.iter().any(|(name, _)| name.starts_with('$')) => {
                    keys.iter().map(|(name, value)| format!("{name}: {}", path(value)).into()).collect()
                }
                Some(Value::Null) | None => Vec::new(),
                Some(single) => vec![path(single).into()],
            };
        }
        "$lookup" | "$graphLookup" | "$unionWith" | "$merge" | "$out" => {
            let text = |name: &str| group.and_then(|body| body.text(name));
            let target = text("from").or(text("coll")).or(text("into")).or(body.text());
            node.relation = target.map(|name| match context.namespace.and_then(|space| space.split_once('.')) {
                Some((database, _)) if !name.contains('.') => stage::collection(&format!("{database}.{name}")),
                _ => stage::collection(&format!(".{name}")),
            });
            if name == "$lookup" {
                node.join = Some("Left".into());
                if let (Some(local), Some(foreign)) = (text("localField"), text("foreignField")) {
                    let equality = format!("{local} = {}.{foreign}", text("from").unwrap_or("?"));
                    node.conditions.push(condition(ConditionKind::Hash, equality));
                }
            }
            // A union explains its own pipeline.
            match group.and_then(|body| body.get("pipeline")) {
                Some(Value::List(stages)) if name == "$unionWith" && explained(stages) => {
                    below.push((Link::Member, Part::Pipeline { stages, source: None }, Some(inner.clone())));
                    keep = false;
                }
                _ => {}
            }
        }
        "$facet" => {
            for (_, stages) in group.into_iter().flat_map(Fields::iter) {
                if let Value::List(stages) = stages
                    && explained(stages)
                {
                    below.push((Link::Member, Part::Pipeline { stages, source: None }, Some(inner.clone())));
                }
            }
        }
        _ => {}
    }
    match body {
        _ if !keep => {}
        Value::Number(_) | Value::Bool(_) => node.extra.set(name, body.clone()),
        body => node.extra.set(name, show(body)),
    }
    for (other, value) in fields.iter().filter(|(other, _)| *other != name) {
        node.extra.set(other, stage::kept(other, value));
    }
    figures(&mut node, fields);
    node.work = stage::work(&node, fields);
    let unanchored = if name == "$match" { stage::unanchored(Some(body)) } else { Vec::new() };
    if !unanchored.is_empty() {
        node.extra.set("unanchored", unanchored.into_iter().map(Value::from).collect::<Vec<_>>());
    }
    Some((node, below))
}

/// A field's path is a name, not a literal: `$c.city` stands without quotes.
fn path(value: &Value) -> String {
    value.text().filter(|text| text.starts_with('$')).map_or_else(|| show(value), ToOwned::to_owned)
}

/// Whether a list of stages says what they did, rather than what was asked.
fn explained(stages: &[Value]) -> bool {
    let says = |stage: &Value| {
        stage.group().is_some_and(|stage| stage.get("nReturned").is_some() || stage.get("$cursor").is_some())
    };
    stages.iter().any(says)
}

fn figures(node: &mut Node, fields: &Fields) {
    let rows = fields.number("nReturned");
    let total = stage::time(fields);
    if rows.is_none() && total.is_none() {
        return;
    }
    let join = node.operator == Operator::Join;
    let read = |name: &str| fields.number(name).filter(|_| join);
    node.actual = Some(Actual {
        startup: None,
        total,
        rows,
        loops: 1.0,
        examined: read("totalDocsExamined"),
        keys: read("totalKeysExamined"),
    });
    for name in ["nReturned", "executionTimeMillisEstimate"] {
        node.extra.take(name);
    }
}

//! Documents of `system.profile` and lines of the slow-query log.

use dbwright_model::plan::{Actual, ConditionKind, Fields, Node, Operator, Plan, Value};
use dbwright_model::{Product, Seconds};

use super::stage::{self, collection, command, condition};
use super::tree::{Part, build};
use crate::notation::show;

/// Whether a document is one of these.
pub(super) fn is(fields: &Fields) -> bool {
    let body = body(fields);
    body.text("planSummary").is_some() || (body.get("execStats").is_some() && body.get("op").is_some())
}

/// The attributes of a log line, or the document itself.
fn body(fields: &Fields) -> &Fields {
    fields.get("attr").and_then(Value::group).filter(|_| fields.get("msg").is_some()).unwrap_or(fields)
}

/// The plan: the stages where they came along, otherwise one node with what the summary says.
pub(super) fn read(fields: &Fields) -> Option<Plan> {
    if !is(fields) {
        return None;
    }
    let body = body(fields);
    let namespace = body.text("ns");
    let executed = body.get("execStats").and_then(Value::group).filter(|stage| stage.get("stage").is_some());
    let mut plan = match executed {
        Some(stage) => {
            let mut plan = build(Part::Stage(stage))?;
            for node in plan.nodes.iter_mut().filter(|node| node.relation.is_none() && stage::touches(&node.name)) {
                node.relation = namespace.map(collection);
            }
            plan
        }
        None => Plan::new(Product::MongoDB, "json", summary(body, namespace)?),
    };
    plan.query = body.get("command").and_then(Value::group).and_then(command).map(Into::into);
    plan.execution = body.number("millis").or(body.number("durationMillis")).map(Seconds::millis);
    for (name, value) in
        body.iter().filter(|(name, _)| !matches!(*name, "execStats" | "locks" | "storage" | "flowControl"))
    {
        let name = match name {
            "keysExamined" => "totalKeysExamined",
            "docsExamined" => "totalDocsExamined",
            "nreturned" => "nReturned",
            "ns" => "namespace",
            other => other,
        };
        plan.extra.set(name, stage::kept(name, value));
    }
    for name in ["locks", "storage", "flowControl"] {
        if let Some(value) = body.get(name) {
            plan.extra.set(name, show(value));
        }
    }
    Some(plan)
}

/// A node of `IXSCAN { a: 1, b: -1 }`, `COLLSCAN`, `IXSCAN { a: 1 }, IXSCAN { b: 1 }`.
fn summary(body: &Fields, namespace: Option<&str>) -> Option<Node> {
    let summary = body.text("planSummary")?;
    let name: String = summary.chars().take_while(|c| c.is_ascii_uppercase() || matches!(c, '_' | '0'..='9')).collect();
    let mut node = Node::new(stage::operator(&name), if name.is_empty() { summary } else { &name });
    node.relation = namespace.map(collection);
    let (docs, keys) = (body.number("docsExamined"), body.number("keysExamined"));
    if node.operator == Operator::IndexScan && docs == Some(0.0) {
        node.operator = Operator::IndexOnlyScan;
    }
    if let Some(pattern) = summary.find('{').and_then(|at| dbwright_reading::shell::read(&summary[at..])) {
        node.extra.set("keyPattern", pattern.value);
    }
    let asked = body.get("command").and_then(Value::group);
    if let Some(filter) = asked.and_then(|command| command.get("filter").or(command.get("query")).or(command.get("q")))
    {
        let unanchored = stage::unanchored(Some(filter));
        if !unanchored.is_empty() {
            node.extra.set("unanchored", unanchored.into_iter().map(Value::from).collect::<Vec<_>>());
        }
        node.conditions.push(condition(ConditionKind::Filter, show(filter)));
    }
    let rows = body.number("nreturned").or(body.number("nReturned"));
    if rows.is_some() || docs.is_some() || keys.is_some() {
        let total = body.number("millis").or(body.number("durationMillis")).map(Seconds::millis);
        node.actual = Some(Actual { startup: None, total, rows, loops: 1.0, examined: docs, keys });
    }
    node.extra.set("planSummary", summary);
    Some(node)
}

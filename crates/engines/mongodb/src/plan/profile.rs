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

/// A slow-query line of MongoDB before 4.4, which is no document: `… COMMAND [conn1] command shop.orders command: find
/// { … } planSummary: COLLSCAN keysExamined:0 … 310ms`.
pub(super) fn old_line(line: &str) -> Option<Fields> {
    let (head, tail) = line.split_once(" planSummary: ")?;
    let head = head.split_once("] ")?.1;
    let mut words = head.split_whitespace();
    let (_, namespace) = (words.next()?, words.next().filter(|name| name.contains('.'))?);
    let mut fields = Fields::default();
    fields.set("op", "command");
    fields.set("ns", namespace);
    if let Some(Value::Group(command)) =
        head.find('{').and_then(|at| dbwright_reading::shell::read(&head[at..])).map(|document| document.value)
    {
        fields.set("command", command);
    }
    let figures = tail.find(" keysExamined:").or_else(|| tail.find(" docsExamined:")).unwrap_or(tail.len());
    fields.set("planSummary", tail[..figures].trim());
    for word in tail[figures..].split(" locks:").next().unwrap_or_default().split_whitespace() {
        if let Some((name, value)) = word.split_once(':') {
            match value.parse::<f64>() {
                Ok(number) => fields.set(name, number),
                Err(_) => fields.set(name, value),
            }
        }
    }
    let last = tail.split_whitespace().next_back().and_then(|word| word.strip_suffix("ms"));
    if let Some(millis) = last.and_then(|millis| millis.parse::<f64>().ok()) {
        fields.set("millis", millis);
    }
    Some(fields)
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
    // A cursor is read on by a command that does not repeat the query.
    let commands = ["command", "originatingCommand"].map(|name| body.get(name).and_then(Value::group));
    if let Some(filter) = commands.into_iter().flatten().find_map(filter) {
        let unanchored = stage::unanchored(Some(filter));
        if !unanchored.is_empty() {
            node.extra.set("unanchored", unanchored.into_iter().map(Value::from).collect::<Vec<_>>());
        }
        node.conditions.push(condition(ConditionKind::Filter, show(filter)));
    }
    let sort = commands.into_iter().flatten().find_map(|command| command.get("sort")).and_then(Value::group);
    if body.bool("hasSortStage") == Some(true) {
        node.sort_keys = sort.map(stage::sort_keys).unwrap_or_default();
    }
    let rows = body.number("nreturned").or(body.number("nReturned"));
    if rows.is_some() || docs.is_some() || keys.is_some() {
        let total = body.number("millis").or(body.number("durationMillis")).map(Seconds::millis);
        node.actual = Some(Actual { startup: None, total, rows, loops: 1.0, examined: docs, keys });
    }
    node.extra.set("planSummary", summary);
    Some(node)
}

/// What a command selects by.
fn filter(command: &Fields) -> Option<&Value> {
    let first = || command.get("pipeline")?.items().first()?.group()?.get("$match");
    command.get("filter").or(command.get("query")).or(command.get("q")).or_else(first)
}

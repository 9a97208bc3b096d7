//! The explain document as a whole.

use dbwright_model::plan::{Fields, Node, Operator, Plan, Value};
use dbwright_model::{Seconds, Version};

use super::stage::{CHILDREN, command, operator};
use super::tree::{Part, build};
use crate::notation::show;

/// Whether a document says it is explain output.
pub(super) fn is(fields: &Fields) -> bool {
    let group = |name: &&str| matches!(fields.get(name), Some(Value::Group(_)));
    ["queryPlanner", "winningPlan", "executionStats", "executionStages"].iter().any(group)
        || stages(fields).is_some()
        || shards(fields)
        || fields.text("stage").is_some_and(|stage| operator(stage) != Operator::Other)
}

/// Stages of a pipeline, one of which reads from a cursor.
fn stages(fields: &Fields) -> Option<&[Value]> {
    let Some(Value::List(stages)) = fields.get("stages") else { return None };
    let named = |stage: &Value| stage.group().is_some_and(|stage| stage.iter().any(|(name, _)| name.starts_with('$')));
    (!stages.is_empty() && stages.iter().all(named)).then_some(stages)
}

/// Shards, each with an explain document of its own.
fn shards(fields: &Fields) -> bool {
    let Some(Value::Group(shards)) = fields.get("shards") else { return false };
    !shards.is_empty()
        && shards.iter().all(|(_, shard)| {
            shard.group().is_some_and(|shard| shard.get("queryPlanner").is_some() || shard.get("stages").is_some())
        })
}

/// The plan; `None` when the document has none.
pub(super) fn read(fields: &Fields) -> Option<Plan> {
    if !is(fields) {
        return None;
    }
    let root = if fields.text("stage").is_some() { Part::Stage(fields) } else { Part::Explain(fields) };
    let mut plan = build(root)?;
    let planner = planner(fields);
    let statistics = fields.get("executionStats").and_then(Value::group);
    let command_of = fields.get("command").and_then(Value::group);
    plan.query = command_of.and_then(command).map(Into::into);
    plan.since = version(fields);
    plan.execution = statistics
        .and_then(|statistics| statistics.number("executionTimeMillis"))
        .or(fields.number("executionTimeMillis"))
        .map(Seconds::millis)
        .or_else(|| shards(fields).then(|| slowest_shard(fields)).flatten())
        .or_else(|| plan.root().actual.and_then(|actual| actual.total));
    plan.planning = planner
        .and_then(|planner| planner.number("optimizationTimeMillis").map(Seconds::millis))
        .filter(|time| time.0 >= 0.0);
    for (name, value) in planner.into_iter().flat_map(Fields::iter) {
        match name {
            "winningPlan" => {
                if let Some(text) = value.group().and_then(|plan| plan.get("slotBasedPlan")) {
                    plan.extra.set("slotBasedPlan", text.clone());
                }
                if let Some(cached) = value.group().and_then(|plan| plan.bool("isCached")) {
                    plan.extra.set("isCached", cached);
                }
            }
            "rejectedPlans" => {
                plan.extra.set(name, value.items().iter().filter_map(Value::group).map(sketch).collect::<Vec<_>>())
            }
            _ => plan.extra.set(name, super::stage::kept(name, value)),
        }
    }
    for (name, value) in statistics.into_iter().flat_map(Fields::iter) {
        match name {
            "executionStages" => {}
            "allPlansExecution" => {
                let tried = value.items().iter().filter_map(Value::group).map(trial).collect::<Vec<_>>();
                plan.extra.set(name, tried);
            }
            _ => plan.extra.set(name, super::stage::kept(name, value)),
        }
    }
    const READ: [&str; 6] = ["queryPlanner", "executionStats", "stages", "shards", "winningPlan", "executionStages"];
    let whole = fields.text("stage").is_none();
    for (name, value) in fields.iter().filter(|(name, _)| whole && !READ.contains(name) && !name.starts_with('$')) {
        plan.extra.set(name, super::stage::kept(name, value));
    }
    if let Some(statistics) = statistics {
        one_reader(&mut plan, statistics);
    }
    if statistics.is_none() && !plan.analyzed() {
        plan.missing.push("it was planned, not executed: explain('executionStats') says what it did".into());
    }
    Some(plan)
}

/// Servers that only speak MongoDB's protocol count for the whole, not for each stage: where one stage reads, all is its.
fn one_reader(plan: &mut Plan, statistics: &Fields) {
    let reads = |node: &&mut Node| node.operator.is_scan() && node.children.is_empty();
    let mut readers = plan.nodes.iter_mut().filter(reads);
    let (Some(reader), None) = (readers.next(), readers.next()) else { return };
    let Some(actual) = &mut reader.actual else { return };
    if actual.examined.is_none() && reader.operator == Operator::FullScan {
        actual.examined = statistics.number("totalDocsExamined");
    }
    if actual.keys.is_none() && reader.operator != Operator::FullScan {
        actual.keys = statistics.number("totalKeysExamined");
    }
}

/// The planner's section: of the document, of the first cursor of a pipeline, of the first shard.
pub(super) fn planner(fields: &Fields) -> Option<&Fields> {
    let mut fields = fields;
    // A shard may hold a pipeline, whose cursor holds the section: three steps at most.
    for _ in 0..4 {
        if let Some(planner) = fields.get("queryPlanner").and_then(Value::group) {
            return Some(planner);
        }
        let cursor = stages(fields).and_then(|stages| {
            stages
                .iter()
                .filter_map(Value::group)
                .find_map(|stage| stage.get("$cursor").or(stage.get("$geoNearCursor")))
        });
        let shard =
            || fields.get("shards").and_then(Value::group).and_then(|shards| shards.0.first()).map(|(_, shard)| shard);
        fields = cursor.or_else(shard)?.group()?;
    }
    None
}

fn slowest_shard(fields: &Fields) -> Option<Seconds> {
    let shards = fields.get("shards").and_then(Value::group)?;
    let time = |shard: &Value| {
        let shard = shard.group()?;
        let whole =
            shard.get("executionStats").and_then(Value::group).and_then(|stats| stats.number("executionTimeMillis"));
        let last = || stages(shard)?.last()?.group()?.number("executionTimeMillisEstimate");
        whole.or_else(last)
    };
    shards.iter().filter_map(|(_, shard)| time(shard)).reduce(f64::max).map(Seconds::millis)
}

/// The server's version, or the oldest one that explains so.
fn version(fields: &Fields) -> Option<Version> {
    let named = fields.get("serverInfo").and_then(Value::group).and_then(|server| server.text("version"));
    let shard = || {
        let (_, shard) = fields.get("shards")?.group()?.0.first()?;
        shard.group()?.get("serverInfo")?.group()?.text("version")
    };
    if let Some(version) = named.or_else(shard).and_then(|version| version.parse().ok()) {
        return Some(version);
    }
    (fields.text("explainVersion") == Some("2")).then_some(Version::new(5, 1, 0))
}

/// A plan in a line: its stages from the top, with the indexes they use.
fn sketch(fields: &Fields) -> Value {
    let mut line = Vec::new();
    let mut index = None;
    let mut open = vec![fields];
    while let Some(stage) = open.pop() {
        if let Some(name) = stage.text("stage") {
            line.push(match stage.text("indexName") {
                Some(index) => format!("{name} {index}"),
                None => name.to_owned(),
            });
            index = index.or(stage.text("indexName"));
        }
        let below = CHILDREN.iter().filter_map(|name| stage.get(name)).flat_map(|value| value.items());
        let below: Vec<&Fields> = below.filter_map(Value::group).collect();
        open.extend(below.into_iter().rev());
    }
    let mut short = Fields::default();
    short.set("stages", line.join(" < "));
    if let Some(index) = index {
        short.set("indexName", index);
    }
    Value::Group(short)
}

/// What a candidate did while plans were tried.
fn trial(fields: &Fields) -> Value {
    let mut short = match fields.get("executionStages").and_then(Value::group).map(sketch) {
        Some(Value::Group(short)) => short,
        _ => Fields::default(),
    };
    for (name, value) in fields.iter().filter(|(name, _)| *name != "executionStages") {
        short.set(
            name,
            match value {
                Value::Group(_) | Value::List(_) => Value::from(show(value)),
                other => other.clone(),
            },
        );
    }
    if let Some(works) = fields.get("executionStages").and_then(Value::group).and_then(|stage| stage.get("works")) {
        short.set("works", works.clone());
    }
    Value::Group(short)
}

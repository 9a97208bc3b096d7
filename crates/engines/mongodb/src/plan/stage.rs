//! One stage of the executor as a node: `{ stage: 'IXSCAN', keyPattern: …, nReturned: … }`.

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Actual, Condition, ConditionKind, Fields, Node, Operator, Value, Work};
use dbwright_model::{Bytes, Seconds};

use super::bounds;
use crate::notation::{key, number, quoted, show, show_fields};

/// What holds the stages below a stage.
pub(super) const CHILDREN: [&str; 9] = [
    "inputStage",
    "inputStages",
    "outerStage",
    "innerStage",
    "thenStage",
    "elseStage",
    "branchStages",
    "shards",
    "queryPlan",
];

/// Groups whose fields describe the plan; other groups hold the query's data and are kept as text.
const STRUCTURE: [&str; 12] = [
    "keyPattern",
    "multiKeyPaths",
    "sortPattern",
    "indexKeyPattern",
    "indexesUsed",
    "maxAccumulatorMemoryUsageBytes",
    "maxFunctionMemoryUsageBytes",
    "spillingStats",
    "serverInfo",
    "serverParameters",
    "memoryTracking",
    "costEstimate",
];

/// The operator a stage is.
pub(super) fn operator(stage: &str) -> Operator {
    use Operator as O;
    match stage {
        "COLLSCAN" | "VIRTUAL_SCAN" => O::FullScan,
        "IXSCAN"
        | "CLUSTERED_IXSCAN"
        | "IDHACK"
        | "EXPRESS_IXSCAN"
        | "EXPRESS_CLUSTERED_IXSCAN"
        | "GEO_NEAR_2D"
        | "GEO_NEAR_2DSPHERE"
        | "TEXT_MATCH"
        | "TEXT_OR"
        | "TEXT" => O::IndexScan,
        "COUNT_SCAN" | "DISTINCT_SCAN" => O::IndexOnlyScan,
        "FETCH" => O::Fetch,
        "SORT" | "$sort" => O::Sort,
        "SORT_MERGE" => O::MergeAppend,
        "OR" => O::Union,
        "AND_SORTED" | "AND_HASH" => O::BitmapCombine,
        "LIMIT" | "$limit" => O::Limit,
        "SHARDING_FILTER" | "MATCH" | "$match" => O::Filter,
        "SHARD_MERGE" | "SINGLE_SHARD" | "SHARD_MERGE_SORT" | "$mergeCursors" => O::ShardMerge,
        "COUNT" | "$count" => O::Aggregate,
        "GROUP" | "$group" | "$bucket" | "$bucketAuto" | "$sortByCount" => O::HashAggregate,
        "EQ_LOOKUP" | "EQ_LOOKUP_UNWIND" | "$lookup" | "$graphLookup" => O::Join,
        "HASH_JOIN_EMBEDDING" => O::HashJoin,
        "NESTED_LOOP_JOIN_EMBEDDING" | "INDEXED_NESTED_LOOP_JOIN_EMBEDDING" => O::NestedLoop,
        "UNWIND" | "$unwind" | "$densify" | "UNPACK_TS_BUCKET" | "$_internalUnpackBucket" => O::ProjectSet,
        "WINDOW" | "$setWindowFields" | "$_internalSetWindowFields" => O::Window,
        "UPDATE" | "DELETE" | "BATCHED_DELETE" | "EXPRESS_UPDATE" | "EXPRESS_DELETE" | "UPSERT" | "$out" | "$merge" => {
            O::Modify
        }
        "$unionWith" | "$facet" => O::Append,
        "$sample" | "SAMPLE_FROM_TIMESERIES_BUCKET" => O::SampleScan,
        "SPOOL" => O::Materialize,
        "EOF" | "RECORD_STORE_FAST_COUNT" | "FAKE" | "MOCK" | "QUEUED_DATA" | "$documents" => O::Result,
        "RETURN_KEY" | "SORT_KEY_GENERATOR" | "REPLACE_ROOT" | "$project" | "$addFields" | "$set" | "$unset"
        | "$replaceRoot" | "$replaceWith" => O::Project,
        _ if stage.starts_with("PROJECTION") => O::Project,
        _ => O::Other,
    }
}

/// Whether a stage touches the collection or one of its indexes.
pub(super) fn touches(stage: &str) -> bool {
    matches!(operator(stage), Operator::FullScan | Operator::IndexScan | Operator::IndexOnlyScan | Operator::Fetch)
        || matches!(operator(stage), Operator::Modify if !stage.starts_with('$'))
        || stage == "RECORD_STORE_FAST_COUNT"
}

/// `shop.orders.items` as database and collection.
pub(super) fn collection(namespace: &str) -> ObjectName {
    match namespace.split_once('.') {
        Some((database, name)) => ObjectName::new(database, name),
        None => ObjectName::new("", namespace),
    }
}

/// The node of a stage, without what hangs below it.
pub(super) fn node(stage: &str, fields: &Fields, namespace: Option<&str>) -> Node {
    let mut node = Node::new(operator(stage), stage);
    let space = fields.text("nss").or(fields.text("namespace")).or(namespace);
    if touches(stage)
        && let Some(space) = space
    {
        node.relation = Some(collection(space));
    }
    let mut points = Vec::new();
    for (name, value) in fields.iter() {
        let taken = match name {
            "stage" | "nss" | "namespace" => true,
            _ if CHILDREN.contains(&name) => !matches!(value, Value::Text(_) | Value::Number(_)),
            "indexName" => value.text().map(|index| node.index = Some(index.into())).is_some(),
            "filter" | "predicate" => {
                let shown = value.text().map_or_else(|| show(value), ToOwned::to_owned);
                if !matches!(value.group(), Some(fields) if fields.is_empty()) {
                    node.conditions.push(condition(ConditionKind::Filter, shown));
                }
                true
            }
            "indexBounds" => {
                let normal = bounds::normal(value);
                if let Some(fields) = normal.group() {
                    node.conditions.push(condition(ConditionKind::Index, bounds::readable(fields)));
                    points = bounds::points(fields);
                }
                node.extra.set(name, normal);
                true
            }
            "keyPattern" if value.text().is_some() => {
                // EXPRESS stages print it as text.
                let read = value.text().and_then(dbwright_reading::shell::read).map(|document| document.value);
                node.extra.set(name, read.unwrap_or_else(|| value.clone()));
                true
            }
            "transformBy" => {
                node.output = vec![show(&switches(value)).into()];
                true
            }
            _ => false,
        };
        if !taken {
            node.extra.set(name, kept(name, value));
        }
    }
    if let Some(pattern) = fields.get("sortPattern").and_then(Value::group) {
        node.sort_keys = sort_keys(pattern);
    }
    clustered(&mut node, fields);
    figures(&mut node, fields);
    node.work = work(&node, fields);
    if !points.is_empty() {
        node.extra.set("pointBounds", points);
    }
    let unanchored = unanchored(fields.get("filter"));
    if !unanchored.is_empty() {
        node.extra.set("unanchored", unanchored.into_iter().map(Value::from).collect::<Vec<_>>());
    }
    node
}

/// `a`, `b DESC`: what is sorted by.
pub(super) fn sort_keys(pattern: &Fields) -> Vec<dbwright_model::SqlText> {
    let shown = |(name, order): (&str, &Value)| match order.number() {
        Some(order) if order < 0.0 => format!("{name} DESC"),
        Some(_) => name.to_owned(),
        None => format!("{}: {}", key(name), show(order)),
    };
    pattern.iter().map(|field| shown(field).into()).collect()
}

/// A projection's ones and zeros as yes and no: they are no literals.
fn switches(projection: &Value) -> Value {
    let Some(fields) = projection.group() else { return projection.clone() };
    let switch = |value: &Value| match value {
        Value::Number(number) if *number == 0.0 || *number == 1.0 => Value::Bool(*number != 0.0),
        other => other.clone(),
    };
    Value::Group(Fields(fields.0.iter().map(|(name, value)| (name.clone(), switch(value))).collect()))
}

/// A condition without a count.
pub(super) fn condition(kind: ConditionKind, text: String) -> Condition {
    Condition { kind, text: text.into(), removed: None }
}

/// What is kept under its own name: figures and structure as they are, data as text.
pub(super) fn kept(name: &str, value: &Value) -> Value {
    match value {
        Value::Group(_) | Value::List(_) if STRUCTURE.contains(&name) => value.clone(),
        Value::Group(fields) if fields.iter().all(|(_, value)| matches!(value, Value::Number(_) | Value::Bool(_))) => {
            value.clone()
        }
        Value::Group(_) | Value::List(_) => Value::from(show(value)),
        other => other.clone(),
    }
}

/// A clustered collection's scan: between two record ids, or of everything.
fn clustered(node: &mut Node, fields: &Fields) {
    if !node.name.contains("CLUSTERED") && &*node.name != "COLLSCAN" {
        return;
    }
    let end = |name: &str| fields.get(name).map(show);
    match (end("minRecord"), end("maxRecord")) {
        (None, None) if &*node.name == "CLUSTERED_IXSCAN" => node.operator = Operator::FullScan,
        (None, None) => {}
        (low, high) => {
            let text =
                format!("_id: [{}, {}]", low.as_deref().unwrap_or("MinKey"), high.as_deref().unwrap_or("MaxKey"));
            node.conditions.push(condition(ConditionKind::Index, text));
            for name in ["minRecord", "maxRecord"] {
                node.extra.take(name);
            }
        }
    }
}

/// Rows, time, and what was read for them. Figures of a stage are totals, so it counts as executed once.
fn figures(node: &mut Node, fields: &Fields) {
    let returned = fields.number("nReturned").or(fields.number("n").filter(|_| fields.get("works").is_some()));
    let time = time(fields);
    if returned.is_none() && time.is_none() {
        return;
    }
    let idle = [("works", 0.0), ("opens", 0.0)].iter().any(|(name, none)| fields.number(name) == Some(*none));
    let examined = fields.number("docsExamined").or(fields.number("totalDocsExamined"));
    let keys = fields.number("keysExamined").or(fields.number("totalKeysExamined"));
    node.actual = Some(Actual {
        startup: None,
        total: time,
        rows: returned,
        loops: if idle && returned.unwrap_or(0.0) == 0.0 { 0.0 } else { 1.0 },
        examined,
        keys,
    });
    for name in [
        "nReturned",
        "executionTimeMillisEstimate",
        "executionTimeMicros",
        "executionTimeNanos",
        "docsExamined",
        "totalDocsExamined",
        "keysExamined",
        "totalKeysExamined",
    ] {
        node.extra.take(name);
    }
    let read = match node.operator {
        Operator::FullScan | Operator::Fetch => examined,
        Operator::IndexScan | Operator::IndexOnlyScan => keys,
        _ => None,
    };
    if let (Some(read), Some(returned)) = (read, returned) {
        for condition in node.conditions.iter_mut().filter(|condition| condition.kind == ConditionKind::Filter) {
            condition.removed = Some((read - returned).max(0.0));
        }
    }
}

/// The finest time a stage says it took, with everything below it.
pub(super) fn time(fields: &Fields) -> Option<Seconds> {
    let units = [
        ("executionTimeNanos", 1e-9),
        ("executionTimeMicros", 1e-6),
        ("executionTimeMillisEstimate", 1e-3),
        ("executionTimeMillis", 1e-3),
    ];
    units.iter().find_map(|(name, unit)| Some(Seconds((fields.number(name)? * unit).max(0.0))))
}

/// Memory and disk of sorts, groups and joins.
pub(super) fn work(node: &Node, fields: &Fields) -> Option<Work> {
    let used_disk = fields.bool("usedDisk");
    let bytes = |name: &str| fields.number(name).filter(|n| *n >= 0.0).map(|n| Bytes(n as u64));
    let peak = bytes("peakTrackedMemBytes");
    let accumulators = fields.get("maxAccumulatorMemoryUsageBytes").and_then(Value::group);
    let accumulated: Option<f64> =
        accumulators.map(|fields| fields.iter().filter_map(|(_, value)| value.number()).sum());
    let held = bytes("totalDataSizeSorted").or(bytes("totalDataSizeSortedBytesEstimate"));
    let spilled = bytes("spilledDataStorageSize").or(bytes("spilledBytes"));
    let memory = peak.or(accumulated.map(|sum| Bytes(sum.max(0.0) as u64))).or(held);
    if used_disk.is_none() && memory.is_none() && spilled.is_none() {
        return None;
    }
    let disk = match used_disk {
        Some(true) => spilled.or(held).or(memory),
        _ => spilled.filter(|spilled| spilled.0 > 0),
    };
    let method = match node.operator {
        Operator::Sort if fields.number("limitAmount").is_some_and(|limit| limit > 0.0) => Some("top-N".into()),
        _ => fields.text("type").or(fields.text("strategy")).map(Into::into),
    };
    let batches = fields.number("spills").filter(|spills| *spills >= 0.0).map(|spills| spills as u64 + 1);
    Some(Work { method, memory, disk, batches, planned_batches: None })
}

/// Fields a filter compares with a regular expression that no range of an index can stand for. Said apart, because the
/// expression itself is a literal that may be taken out.
pub(super) fn unanchored(filter: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<(&str, &Value)> = filter.map(|filter| ("", filter)).into_iter().collect();
    while let Some((field, value)) = open.pop() {
        match value {
            Value::List(items) => open.extend(items.iter().map(|item| (field, item))),
            Value::Group(fields) => {
                if let Some(pattern) = fields.get("$regex") {
                    let text = pattern.text().or_else(|| pattern.group().and_then(|inner| inner.text("$regex")));
                    let folds = fields.text("$options").is_some_and(|options| options.contains('i'));
                    let anchored = text.is_some_and(|text| text.starts_with('^') || text.starts_with("\\A"));
                    if text.is_some_and(|text| text != "?")
                        && (!anchored || folds)
                        && !found.iter().any(|known| known == field)
                    {
                        found.push(field.to_owned());
                    }
                    continue;
                }
                for (name, value) in fields.iter() {
                    open.push((if name.starts_with('$') { field } else { name }, value));
                }
            }
            _ => {}
        }
    }
    found
}

/// The command as a person types it.
pub(super) fn command(command: &Fields) -> Option<String> {
    let (verb, what) = command.iter().find(|(name, _)| *name != "$db" && *name != "lsid")?;
    let name = what.text();
    let collection =
        name.map(
            |name| if key(name) == name { format!("db.{name}") } else { format!("db.getCollection({})", quoted(name)) },
        );
    let part = |name: &str| command.get(name).filter(|value| !matches!(value, Value::Null));
    let shown = |name: &str| part(name).map_or_else(|| "{}".to_owned(), show);
    let call = |name: &str| part(name).map_or(String::new(), |value| format!(".{name}({})", show(value)));
    let collection = match collection {
        Some(collection) => collection,
        None => return Some(format!("db.runCommand({})", show_fields(command))),
    };
    Some(match verb {
        "find" => {
            let projection = part("projection").map_or(String::new(), |value| format!(", {}", show(value)));
            let limit = part("limit")
                .and_then(Value::number)
                .map_or(String::new(), |limit| format!(".limit({})", number(limit)));
            let skip =
                part("skip").and_then(Value::number).map_or(String::new(), |skip| format!(".skip({})", number(skip)));
            format!("{collection}.find({}{projection}){}{skip}{limit}{}", shown("filter"), call("sort"), call("hint"))
        }
        "aggregate" => format!("{collection}.aggregate({})", part("pipeline").map_or("[]".to_owned(), show)),
        "count" => format!("{collection}.countDocuments({})", shown("query")),
        "distinct" => format!("{collection}.distinct({}, {})", shown("key"), shown("query")),
        _ => format!("db.runCommand({})", show_fields(command)),
    })
}

#[cfg(test)]
mod tests {
    use dbwright_reading::shell;

    use super::*;

    fn fields(text: &str) -> Fields {
        match shell::read(text).unwrap().value {
            Value::Group(fields) => fields,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_stage_keeps_everything_it_said() {
        let stage = fields(
            "{ stage: 'IXSCAN', nReturned: 7, executionTimeMillisEstimate: 2, works: 9, keysExamined: 8, seeks: 1,
               filter: { b: { $regex: 'x$' } }, keyPattern: { a: 1, b: -1 }, indexName: 'a_1_b_-1', isMultiKey: false,
               indexBounds: { a: [ '[\"x\", \"x\"]' ], b: [ '[MaxKey, MinKey]' ] } }",
        );
        let node = node("IXSCAN", &stage, Some("shop.orders"));
        assert_eq!(node.relation.as_ref().unwrap().to_string(), "shop.orders");
        let conditions: Vec<&str> = node.conditions.iter().map(|condition| condition.text.as_str()).collect();
        assert_eq!(conditions, ["{ b: { $regex: 'x$' } }", "a: ['x', 'x'], b: [MaxKey, MinKey]"]);
        assert_eq!(node.conditions[0].removed, Some(1.0));
        let names: Vec<&str> = node.extra.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["works", "seeks", "keyPattern", "isMultiKey", "indexBounds", "pointBounds", "unanchored"]);
    }

    #[test]
    fn commands_are_shown_as_typed() {
        let find = fields(
            "{ find: 'orders', filter: { a: 1 }, sort: { b: -1 }, limit: 5, projection: { _id: 0 }, $db: 'shop' }",
        );
        assert_eq!(command(&find).unwrap(), "db.orders.find({ a: 1 }, { _id: 0 }).sort({ b: -1 }).limit(5)");
        let aggregate = fields("{ aggregate: 'o-x', pipeline: [ { $match: { a: 'b' } } ], cursor: {} }");
        assert_eq!(command(&aggregate).unwrap(), "db.getCollection('o-x').aggregate([ { $match: { a: 'b' } } ])");
    }
}

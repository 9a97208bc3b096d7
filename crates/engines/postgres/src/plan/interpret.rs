//! What the fields of a plan mean: raw form to [`Plan`].

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{
    Actual, Buffers, Condition, ConditionKind, Estimate, Fields, Jit, Link, Node, NodeId, Operator, Plan,
    Serialization, Trigger, Value, Work, Worker, Workers,
};
use dbwright_model::{Bytes, Name, Product, Seconds, SqlText, Version};

use super::operator::Kind;

/// Levels of nesting kept of what the model has no name for.
const DEPTH: usize = 60;

/// It holds no operator: it is not a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it holds no operator")]
pub(crate) struct NotAPlan;

/// Makes a plan of its raw form.
///
/// The raw form is one object as `EXPLAIN (FORMAT JSON)` writes it: `Plan`, and beside it `Planning`, `Planning Time`,
/// `Triggers`, `JIT`, `Serialization`, `Execution Time`, `Settings`, `Query Identifier`, `Query Text`…; a `Plan` holds
/// `Node Type`, everything about the operator, and `Plans`. An operator alone (an object with `Node Type`) will do. Units
/// are as printed: milliseconds, kB.
///
/// What other formats do not print may be missing: `Parent Relationship` is taken from the operator above and
/// `Subplan Name`; an `Alias` that is the relation's own name; flags that are off; counts that are zero (`Rows Removed by
/// Filter` of an executed operator with a filter, buffers of an operator in a plan that has buffers anywhere). Numbers may
/// come as text. `Node Type` may be the text format's own word (`HashAggregate`, `Insert`). Fields nobody knows are kept.
///
/// # Errors
/// There is no operator in it.
pub(crate) fn interpret(fields: Fields, format: &str) -> Result<Plan, NotAPlan> {
    let mut around = Fields::default();
    let mut root = None;
    if fields.get("Plan").is_none() && fields.get("Node Type").is_some() {
        root = Some(fields);
    } else {
        for (name, value) in fields.0 {
            match (&*name, value) {
                ("Plan", Value::Group(plan)) if root.is_none() => root = Some(plan),
                (_, value) => around.0.push((name, value)),
            }
        }
    }
    let mut since = Since::default();
    since.text = format == "text";
    let (root, inputs) = node(root.ok_or(NotAPlan)?, None, &mut since);
    let mut plan = Plan::new(Product::PostgreSQL, format, root);
    // the operators above the next one, what still hangs below each, and how many inputs of it came
    let mut open = vec![(NodeId::ROOT, inputs.into_iter(), 0)];
    while let Some((parent, inputs, came)) = open.last_mut() {
        let parent = *parent;
        match inputs.next() {
            Some(Value::Group(fields)) => {
                let (child, inputs) = node(fields, Some((&plan[parent], *came)), &mut since);
                *came += usize::from(child.link.is_input());
                let child = plan.push(parent, child);
                open.push((child, inputs.into_iter(), 0));
            }
            Some(other) => plan[parent].extra.set("Plans", shallow(other)),
            None => {
                open.pop();
            }
        }
    }
    surroundings(&mut plan, around, &mut since);
    complete(&mut plan, &since);
    plan.since = since.version;
    Ok(plan)
}

/// The oldest version that prints what was seen, and which figures it prints everywhere.
#[derive(Debug, Default)]
struct Since {
    /// It is the text format, which does not print zero counts.
    text: bool,
    version: Option<Version>,
    /// Buffers were printed somewhere.
    buffers: bool,
    /// What was written to the write-ahead log was printed somewhere.
    wal: bool,
    /// Times of shared and local pages are apart (17 and later).
    apart: bool,
    /// Times of pages of temporary files were printed somewhere (15 and later).
    temporary: bool,
    /// Any time of a page.
    times: bool,
}

impl Since {
    fn at_least(&mut self, major: u32) {
        let version = match major {
            9 => Version::new(9, 6, 0),
            major => Version::new(major, 0, 0),
        };
        if self.version.is_none_or(|known| !known.at_least(version.major, version.minor)) {
            self.version = Some(version);
        }
    }

    /// What a field's name tells.
    fn saw(&mut self, name: &str) {
        self.wal |= name.starts_with("WAL ");
        match name {
            "Disabled" | "Index Searches" | "Window" | "WAL Buffers Full" => self.at_least(18),
            "Storage" | "Maximum Storage" | "Serialization" | "Memory Used" => self.at_least(17),
            "Async Capable" | "Cache Key" | "Cache Mode" => self.at_least(14),
            "WAL Records" | "Planned Partitions" | "HashAgg Batches" | "Presorted Key" | "Planning" => {
                self.at_least(13)
            }
            "Settings" => self.at_least(12),
            "JIT" | "Subplans Removed" => self.at_least(11),
            "Workers Planned" | "Parallel Aware" => self.at_least(9),
            _ => {}
        }
    }
}

/// Makes one operator of its fields; gives what hangs below it as it is.
fn node(fields: Fields, parent: Option<(&Node, usize)>, since: &mut Since) -> (Node, Vec<Value>) {
    let mut inputs = Vec::new();
    let mut node = Node::default();
    let mut measures = Measures::default();
    let mut removed: Vec<(ConditionKind, f64, Box<str>)> = Vec::new();
    let (mut node_type, mut strategy, mut operation, mut relationship) = (None, None, None, None);
    let (mut schema, mut relation) = (None, None);
    let mut estimate = Estimate::default();
    let mut workers = Workers::default();
    for (name, value) in fields.0 {
        since.saw(&name);
        let kept = match &*name {
            "Node Type" => text(&mut node_type, value),
            "Strategy" => text(&mut strategy, value),
            "Operation" => text(&mut operation, value),
            "Parent Relationship" => text(&mut relationship, value),
            "Subplan Name" => text(&mut node.label, value),
            "Parallel Aware" => flag(&mut node.parallel, value),
            "Plans" => match value {
                Value::List(plans) => {
                    inputs.extend(plans);
                    None
                }
                single => {
                    inputs.push(single);
                    None
                }
            },
            "Join Type" => text(&mut node.join, value),
            "Relation Name" | "Function Name" | "Table Function Name" | "CTE Name" | "Tuplestore Name"
                if relation.is_none() =>
            {
                text(&mut relation, value)
            }
            "Schema" => text(&mut schema, value),
            "Alias" => name_of(&mut node.alias, value),
            "Index Name" => name_of(&mut node.index, value),
            "Startup Cost" => number(&mut estimate.startup_cost, value),
            "Total Cost" => number(&mut estimate.total_cost, value),
            "Plan Rows" => number(&mut estimate.rows, value),
            "Plan Width" => number(&mut estimate.width, value),
            "Workers Planned" => count(&mut workers.planned, value),
            "Workers Launched" => count(&mut workers.launched, value),
            "Workers" => per_worker(&mut node.per_worker, value, since),
            "Output" => list(&mut node.output, value),
            "Sort Key" => list(&mut node.sort_keys, value),
            "Presorted Key" => list(&mut node.presorted_keys, value),
            "Group Key" => list(&mut node.group_keys, value),
            // off, or what is always so
            "Async Capable" | "Disabled" | "Single Copy" if off(&value) => None,
            "Partial Mode" if value.text() == Some("Simple") => None,
            "Scan Direction" if value.text() == Some("Forward") => None,
            "Subplans Removed" | "Exact Heap Blocks" | "Lossy Heap Blocks" | "Tuples Inserted" | "Tuples Updated"
            | "Tuples Deleted" | "Tuples Skipped"
                if value.number() == Some(0.0)
                    && (operation.as_deref() == Some("Merge") || !name.starts_with("Tuples")) =>
            {
                None
            }
            _ => match (condition(&name), removes(&name)) {
                (Some(kind), _) => match value {
                    Value::Text(text) => {
                        node.conditions.push(Condition { kind, text, removed: None });
                        None
                    }
                    other => Some(other),
                },
                (_, Some(kind)) => match value.number() {
                    Some(rows) => {
                        removed.push((kind, rows, name.clone()));
                        None
                    }
                    None => Some(value),
                },
                _ => measures.take(&name, value, since),
            },
        };
        if let Some(value) = kept {
            node.extra.0.push((name, shallow(value)));
        }
    }
    let written: Box<str> = node_type.unwrap_or_default();
    let (plain, behind_strategy, behind_operation) = super::operator::behind(&written);
    let kind = Kind {
        node_type: plain,
        strategy: strategy.as_deref().or(behind_strategy),
        operation: operation.as_deref().or(behind_operation),
        provider: node.extra.text("Custom Plan Provider"),
    };
    node.operator = kind.operator();
    node.name = kind.name().into();
    node.relation =
        relation.map(|relation| ObjectName::new(Name::new(schema.take().unwrap_or_default()), Name::new(relation)));
    if let Some(schema) = schema {
        node.extra.set("Schema", &*schema);
    }
    if node.alias.is_none() {
        node.alias = node.relation.as_ref().map(|relation| relation.name.clone());
    }
    node.link = link(relationship.as_deref(), node.label.as_deref(), parent);
    node.estimate = (estimate != Estimate::default()).then_some(estimate);
    node.workers = (workers != Workers::default()).then_some(workers);
    node.actual = measures.actual();
    node.buffers = measures.buffers;
    node.work = work(&mut measures.work, &mut node.extra, &node.name);
    node.per_worker.iter_mut().for_each(|worker| {
        let took = worker.work.take().unwrap_or_default();
        worker.work = work(&mut Some(took), &mut worker.extra, &node.name);
    });
    for (kind, rows, name) in removed {
        // an index scan tests its index condition again
        let on = |kind| node.conditions.iter().position(|condition| condition.kind == kind);
        let at = on(kind).or_else(|| on(ConditionKind::Index).filter(|_| kind == ConditionKind::Recheck));
        match at.and_then(|at| node.conditions.get_mut(at)) {
            // the text format prints a zero only where some were removed, but less than half a row a loop
            Some(condition) => condition.removed = Some(if since.text && rows == 0.0 { -0.0 } else { rows }),
            None => node.extra.set(name, rows),
        }
    }
    (node, inputs)
}

/// How an operator hangs on the one above, of which so many inputs came before; some formats do not say.
fn link(written: Option<&str>, label: Option<&str>, parent: Option<(&Node, usize)>) -> Link {
    let Some((parent, came)) = parent else { return Link::Root };
    if label.is_some_and(|label| label.starts_with("CTE ")) {
        return Link::Cte;
    }
    match written {
        Some("Outer") => return Link::Outer,
        Some("Inner") => return Link::Inner,
        Some("Member" | "child" | "children") => return Link::Member,
        Some("Subquery") => return Link::Subquery,
        Some("InitPlan") => return Link::InitPlan,
        Some("SubPlan") => return Link::SubPlan,
        _ => {}
    }
    match label {
        Some(label) if label.starts_with("InitPlan") => return Link::InitPlan,
        Some(label) if label.contains("SubPlan") => return Link::SubPlan,
        _ => {}
    }
    match parent.operator {
        Operator::Append
        | Operator::MergeAppend
        | Operator::BitmapCombine
        | Operator::Custom
        | Operator::ShardMerge => Link::Member,
        Operator::SubqueryScan => Link::Subquery,
        operator => {
            let two = operator.is_join() || matches!(operator, Operator::Recursion | Operator::SetOperation);
            match two && came > 0 {
                true => Link::Inner,
                false => Link::Outer,
            }
        }
    }
}

/// What nodes and workers have in common.
#[derive(Debug, Default)]
struct Measures {
    startup: Option<f64>,
    total: Option<f64>,
    rows: Option<f64>,
    loops: Option<f64>,
    buffers: Option<Buffers>,
    work: Option<Work>,
}

impl Measures {
    /// Takes a field that is a measure; gives any other back.
    fn take(&mut self, name: &str, value: Value, since: &mut Since) -> Option<Value> {
        match name {
            "Actual Startup Time" => return number(&mut self.startup, value),
            "Actual Total Time" => return number(&mut self.total, value),
            "Actual Rows" => return number(&mut self.rows, value),
            "Actual Loops" => return number(&mut self.loops, value),
            _ => {}
        }
        if name.ends_with(" Blocks") || name.ends_with(" Time") {
            return match value.number().is_some_and(|figure| page_figure(&mut self.buffers, name, figure, since)) {
                true => None,
                false => Some(value),
            };
        }
        let kilobytes = |slot: &mut Option<Bytes>, value: Value| match value.number() {
            Some(kb) => {
                *slot = Some(Bytes((kb * 1024.0) as u64));
                None
            }
            None => Some(value),
        };
        let mut fresh = Work::default();
        let work = self.work.as_mut().unwrap_or(&mut fresh);
        let kept = match name {
            "Sort Method" => text(&mut work.method, value),
            "Peak Memory Usage" => kilobytes(&mut work.memory, value),
            "Disk Usage" => kilobytes(&mut work.disk, value),
            "HashAgg Batches" | "Hash Batches" => count(&mut work.batches, value),
            "Original Hash Batches" | "Planned Partitions" => count(&mut work.planned_batches, value),
            // which of the two it is, another field says
            _ => Some(value),
        };
        if self.work.is_none() && fresh != Work::default() {
            self.work = Some(fresh);
        }
        kept
    }

    fn actual(&self) -> Option<Actual> {
        let loops = self.loops?;
        // never executed: the zeros that some formats print are no measurements
        let ran = |figure: Option<f64>| figure.filter(|_| loops > 0.0);
        let time = |ms: Option<f64>| ran(ms).map(|ms| Seconds(ms / 1000.0));
        Some(Actual {
            startup: time(self.startup),
            total: time(self.total),
            rows: ran(self.rows),
            loops,
            ..Actual::default()
        })
    }
}

/// Puts a figure about pages where it belongs; `false` when it is none.
fn page_figure(buffers: &mut Option<Buffers>, name: &str, figure: f64, since: &mut Since) -> bool {
    let mut fresh = Buffers::default();
    let into = buffers.as_mut().unwrap_or(&mut fresh);
    let pages = match name {
        "Shared Hit Blocks" => &mut into.shared_hit,
        "Shared Read Blocks" => &mut into.shared_read,
        "Shared Dirtied Blocks" => &mut into.shared_dirtied,
        "Shared Written Blocks" => &mut into.shared_written,
        "Local Hit Blocks" => &mut into.local_hit,
        "Local Read Blocks" => &mut into.local_read,
        "Local Dirtied Blocks" => &mut into.local_dirtied,
        "Local Written Blocks" => &mut into.local_written,
        "Temp Read Blocks" => &mut into.temp_read,
        "Temp Written Blocks" => &mut into.temp_written,
        _ => {
            let time = match name {
                "Shared I/O Read Time" | "I/O Read Time" => &mut into.read_time,
                "Shared I/O Write Time" | "I/O Write Time" => &mut into.write_time,
                "Local I/O Read Time" => &mut into.local_read_time,
                "Local I/O Write Time" => &mut into.local_write_time,
                "Temp I/O Read Time" => &mut into.temp_read_time,
                "Temp I/O Write Time" => &mut into.temp_write_time,
                _ => return false,
            };
            *time = Some(Seconds(figure / 1000.0));
            since.times = true;
            since.apart |= name.starts_with("Shared") || name.starts_with("Local");
            since.temporary |= name.starts_with("Temp");
            buffers.get_or_insert(fresh);
            return true;
        }
    };
    *pages = figure as u64;
    since.buffers = true;
    buffers.get_or_insert(fresh);
    true
}

/// What an operator worked with: some fields say it in two parts, or in a group.
fn work(work: &mut Option<Work>, extra: &mut Fields, operator: &str) -> Option<Work> {
    let mut work = work.take().unwrap_or_default();
    let kilobytes = |extra: &mut Fields, name: &str| extra.take(name)?.number().map(|kb| Bytes((kb * 1024.0) as u64));
    for (space, kind) in [("Sort Space Used", "Sort Space Type"), ("Maximum Storage", "Storage")] {
        if extra.number(space).is_none() {
            continue;
        }
        match extra.text(kind) {
            Some("Memory") => work.memory = kilobytes(extra, space),
            Some("Disk") => work.disk = kilobytes(extra, space),
            _ => continue,
        }
        extra.take(kind);
    }
    if let Some(original) = extra.number("Original Hash Buckets")
        && extra.number("Hash Buckets") == Some(original)
    {
        extra.take("Original Hash Buckets");
    }
    match operator {
        "Hash" if work.batches.is_some() => work.planned_batches = work.planned_batches.or(work.batches),
        "HashAggregate" | "MixedAggregate" => {
            work.planned_batches.take_if(|planned| *planned == 0);
            if work.batches.is_none_or(|batches| batches <= 1) {
                work.disk.take_if(|disk| disk.0 == 0);
            }
        }
        "Incremental Sort" => {
            for groups in ["Full-sort Groups", "Pre-sorted Groups"] {
                let Some(groups) = extra.get(groups).and_then(Value::group) else { continue };
                for (slot, space) in [(&mut work.memory, "Sort Space Memory"), (&mut work.disk, "Sort Space Disk")] {
                    let space = groups.get(space).and_then(Value::group);
                    let peak = space.and_then(|space| space.number("Peak Sort Space Used"));
                    let bytes = peak.map(|kb| (kb * 1024.0) as u64);
                    *slot = slot.map(|known| known.0).max(bytes).map(Bytes);
                }
            }
        }
        _ => {}
    }
    (work != Work::default()).then_some(work)
}

/// What workers did. Old versions print the list twice, with other figures.
fn per_worker(workers: &mut Vec<Worker>, value: Value, since: &mut Since) -> Option<Value> {
    let items = match value {
        Value::List(items) => items,
        single @ Value::Group(_) => vec![single],
        Value::Null => return None,
        other => return Some(other),
    };
    for item in items {
        let Value::Group(mut fields) = item else { continue };
        let number =
            fields.take("Worker Number").and_then(|number| number.number()).unwrap_or(workers.len() as f64) as u64;
        let mut measures = Measures::default();
        let mut extra = Fields::default();
        for (name, value) in fields.0 {
            since.saw(&name);
            if matches!(&*name, "Exact Heap Blocks" | "Lossy Heap Blocks") && value.number() == Some(0.0) {
                continue;
            }
            if let Some(value) = measures.take(&name, value, since) {
                extra.0.push((name, shallow(value)));
            }
        }
        let worker = match workers.iter_mut().find(|worker| worker.number == number) {
            Some(worker) => worker,
            None => {
                workers.push(Worker { number, ..Worker::default() });
                let Some(worker) = workers.last_mut() else { continue };
                worker
            }
        };
        worker.actual = worker.actual.or(measures.actual());
        worker.buffers = worker.buffers.or(measures.buffers);
        worker.work = worker.work.take().or(measures.work);
        worker.extra.0.append(&mut extra.0);
    }
    None
}

/// What stands around the tree.
fn surroundings(plan: &mut Plan, fields: Fields, since: &mut Since) {
    let ms = |slot: &mut Option<Seconds>, value: Value| match value.number() {
        Some(ms) => {
            *slot = Some(Seconds(ms / 1000.0));
            None
        }
        None => Some(value),
    };
    for (name, value) in fields.0 {
        since.saw(&name);
        let kept = match &*name {
            "Planning Time" => ms(&mut plan.planning, value),
            "Execution Time" | "Total Runtime" => ms(&mut plan.execution, value),
            "Query Text" => match value {
                Value::Text(query) => {
                    plan.query = Some(query);
                    None
                }
                other => Some(other),
            },
            "Triggers" => match value {
                Value::Null => None,
                Value::List(triggers) => {
                    plan.triggers.extend(triggers.into_iter().filter_map(trigger));
                    None
                }
                other => Some(other),
            },
            "JIT" => match jit(value) {
                Ok(jit) => {
                    plan.jit = Some(jit);
                    None
                }
                Err(other) => Some(other),
            },
            "Serialization" => match value {
                Value::Group(fields) => {
                    plan.serialization = Some(serialization(fields));
                    None
                }
                other => Some(other),
            },
            "Settings" => match value {
                Value::Group(settings) => {
                    let text = |value: Value| match value {
                        Value::Number(number) => Value::from(number.to_string()),
                        Value::Bool(on) => Value::from(on.to_string()),
                        other => shallow(other),
                    };
                    plan.settings.0.extend(settings.0.into_iter().map(|(name, value)| (name, text(value))));
                    None
                }
                other => Some(other),
            },
            "Planning" => match value {
                Value::Group(fields) => {
                    since.buffers |= fields.iter().any(|(name, _)| name.ends_with(" Blocks"));
                    (!fields.is_empty()).then_some(Value::Group(fields))
                }
                other => Some(other),
            },
            _ => Some(value),
        };
        if let Some(value) = kept {
            plan.extra.0.push((name, shallow(value)));
        }
    }
}

fn trigger(value: Value) -> Option<Trigger> {
    let Value::Group(fields) = value else { return None };
    let name = |field: &str| fields.text(field).map(Name::from);
    Some(Trigger {
        name: name("Trigger Name").unwrap_or_default(),
        constraint: name("Constraint Name"),
        relation: name("Relation").map(|relation| ObjectName::new(name("Schema").unwrap_or_default(), relation)),
        time: fields.number("Time").map(|ms| Seconds(ms / 1000.0)),
        calls: fields.number("Calls").unwrap_or_default(),
    })
}

fn jit(value: Value) -> Result<Jit, Value> {
    let Value::Group(fields) = value else { return Err(value) };
    let mut jit = Jit::default();
    for (name, mut value) in fields.0 {
        match &*name {
            "Functions" if value.number().is_some() => jit.functions = value.number().unwrap_or_default(),
            "Timing" => {
                if let Value::Group(timing) = &mut value {
                    jit.time = timing.take("Total").and_then(|total| total.number()).map(|ms| Seconds(ms / 1000.0));
                }
                jit.extra.0.push((name, shallow(value)));
            }
            _ => jit.extra.0.push((name, shallow(value))),
        }
    }
    Ok(jit)
}

fn serialization(fields: Fields) -> Serialization {
    let mut serialization = Serialization::default();
    for (name, value) in fields.0 {
        match (&*name, value.number()) {
            ("Time", Some(ms)) => serialization.time = Some(Seconds(ms / 1000.0)),
            ("Output Volume", Some(kb)) => serialization.output = Some(Bytes((kb * 1024.0) as u64)),
            _ => serialization.extra.0.push((name, shallow(value))),
        }
    }
    serialization
}

/// Fills in what a format leaves out because it is zero.
fn complete(plan: &mut Plan, since: &Since) {
    let times = |buffers: &mut Buffers| {
        let zero = |slot: &mut Option<Seconds>, printed: bool| {
            if printed {
                slot.get_or_insert(Seconds(0.0));
            }
        };
        zero(&mut buffers.read_time, since.times);
        zero(&mut buffers.write_time, since.times);
        zero(&mut buffers.local_read_time, since.apart);
        zero(&mut buffers.local_write_time, since.apart);
        zero(&mut buffers.temp_read_time, since.temporary || since.apart);
        zero(&mut buffers.temp_write_time, since.temporary || since.apart);
    };
    // what feeds a ModifyTable was called a member up to 13, also where there was one only
    for at in 0..plan.nodes.len() {
        let node = &plan.nodes[at];
        if node.operator != Operator::Modify {
            continue;
        }
        let inputs: Vec<NodeId> = plan.inputs(NodeId(at as u32)).map(|(input, _)| input).collect();
        let link = if inputs.len() == 1 { Link::Outer } else { Link::Member };
        inputs.into_iter().for_each(|input| plan[input].link = link);
    }
    let full = since.version.is_some_and(|version| version.major >= 18);
    let wal = |extra: &mut Fields| {
        for name in ["WAL Records", "WAL FPI", "WAL Bytes", "WAL Buffers Full"] {
            if since.wal && (full || name != "WAL Buffers Full") && extra.get(name).is_none() {
                extra.set(name, 0.0);
            }
        }
    };
    for node in &mut plan.nodes {
        wal(&mut node.extra);
        if since.buffers {
            node.buffers.get_or_insert_default();
        }
        node.buffers.iter_mut().for_each(times);
        for worker in &mut node.per_worker {
            if since.buffers && worker.actual.is_some() {
                worker.buffers.get_or_insert_default();
            }
            worker.buffers.iter_mut().for_each(times);
            if worker.actual.is_some() {
                wal(&mut worker.extra);
            }
        }
        if node.actual.is_none() {
            continue;
        }
        // an index that gives the rows in an order only, or a bitmap, does not test again
        let tested = matches!(node.operator, Operator::IndexScan | Operator::IndexOnlyScan);
        for condition in &mut node.conditions {
            let counted = match condition.kind {
                ConditionKind::Filter
                | ConditionKind::JoinFilter
                | ConditionKind::Recheck
                | ConditionKind::Conflict => true,
                ConditionKind::Index => tested,
                _ => false,
            };
            if counted {
                condition.removed.get_or_insert(0.0);
            }
        }
    }
}

/// The condition a field's name stands for.
pub(super) fn condition(name: &str) -> Option<ConditionKind> {
    CONDITIONS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// Conditions by their names.
pub(super) const CONDITIONS: &[(&str, ConditionKind)] = &[
    ("Index Cond", ConditionKind::Index),
    ("Recheck Cond", ConditionKind::Recheck),
    ("Order By", ConditionKind::Order),
    ("TID Cond", ConditionKind::Tid),
    ("One-Time Filter", ConditionKind::OneTime),
    ("Run Condition", ConditionKind::Run),
    ("Hash Cond", ConditionKind::Hash),
    ("Merge Cond", ConditionKind::Merge),
    ("Join Filter", ConditionKind::JoinFilter),
    ("Filter", ConditionKind::Filter),
    ("Cache Key", ConditionKind::CacheKey),
    ("Conflict Filter", ConditionKind::Conflict),
];

/// The condition whose removed rows a field counts.
fn removes(name: &str) -> Option<ConditionKind> {
    match name.strip_prefix("Rows Removed by ")? {
        "Filter" => Some(ConditionKind::Filter),
        "Join Filter" => Some(ConditionKind::JoinFilter),
        "Index Recheck" => Some(ConditionKind::Recheck),
        "Conflict Filter" => Some(ConditionKind::Conflict),
        _ => None,
    }
}

/// These give back the value they cannot take.
fn text(slot: &mut Option<Box<str>>, value: Value) -> Option<Value> {
    match (value.text(), slot.is_none()) {
        (Some(text), true) => {
            *slot = Some(text.into());
            None
        }
        _ => Some(value),
    }
}

fn name_of(slot: &mut Option<Name>, value: Value) -> Option<Value> {
    match value.text() {
        Some(text) => {
            *slot = Some(text.into());
            None
        }
        None => Some(value),
    }
}

fn number(slot: &mut Option<f64>, value: Value) -> Option<Value> {
    match value.number() {
        Some(number) => {
            *slot = Some(number);
            None
        }
        None => Some(value),
    }
}

fn count(slot: &mut Option<u64>, value: Value) -> Option<Value> {
    match value.number() {
        Some(number) if number >= 0.0 => {
            *slot = Some(number as u64);
            None
        }
        _ => Some(value),
    }
}

fn flag(slot: &mut bool, value: Value) -> Option<Value> {
    match truth(&value) {
        Some(truth) => {
            *slot = truth;
            None
        }
        None => Some(value),
    }
}

fn list(slot: &mut Vec<SqlText>, value: Value) -> Option<Value> {
    match value {
        Value::List(items) if items.iter().all(|item| item.text().is_some()) => {
            slot.extend(items.into_iter().filter_map(|item| match item {
                Value::Text(text) => Some(text),
                _ => None,
            }));
            None
        }
        Value::Text(text) => {
            slot.push(text);
            None
        }
        other => Some(other),
    }
}

fn truth(value: &Value) -> Option<bool> {
    value.bool().or_else(|| match value.text()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    })
}

fn off(value: &Value) -> bool {
    truth(value) == Some(false)
}

/// The value with what is nested too deeply left out: it will be walked by recursion.
fn shallow(value: Value) -> Value {
    if !matches!(value, Value::List(_) | Value::Group(_)) {
        return value;
    }
    shallow_to(value, DEPTH)
}

fn shallow_to(value: Value, depth: usize) -> Value {
    match value {
        Value::List(_) | Value::Group(_) if depth == 0 => {
            dbwright_reading::json::dismantle(value);
            Value::Null
        }
        Value::List(items) => Value::List(items.into_iter().map(|item| shallow_to(item, depth - 1)).collect()),
        Value::Group(fields) => Value::Group(Fields(
            fields.0.into_iter().map(|(name, value)| (name, shallow_to(value, depth - 1))).collect(),
        )),
        single => single,
    }
}

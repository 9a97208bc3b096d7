//! A plan in its raw form: the inverse of [`interpret`](super::interpret).

use dbwright_model::plan::{
    Actual, Buffers, ConditionKind, Fields, Jit, Link, Node, NodeId, Operator, Plan, Value, Work, Workers,
};
use dbwright_model::{Bytes, Seconds, SqlText};

use super::names::CONDITIONS;
use super::operator::behind;
use super::order::{AROUND, ORDER, UNKNOWN, UNKNOWN_AROUND};

/// The whole plan as one object, as `EXPLAIN (FORMAT JSON)` prints it; defaults that some formats leave out are there.
/// It is as deep as the plan: drop it with [`dismantle`](dbwright_reading::json::dismantle).
pub fn describe(plan: &Plan) -> Fields {
    let about = About::of(plan);
    // children stand behind their parents, so they are ready when their parent is made
    let mut ready: Vec<Option<Fields>> = vec![None; plan.nodes.len()];
    for (id, node) in plan.walk().rev() {
        let mut fields = about.node(plan, id);
        let plans: Vec<Value> = node
            .children
            .iter()
            .filter_map(|child| ready.get_mut(child.0 as usize)?.take())
            .map(Value::Group)
            .collect();
        if !plans.is_empty() {
            fields.set("Plans", plans);
        }
        if let Some(slot) = ready.get_mut(id.0 as usize) {
            *slot = Some(fields);
        }
    }
    let mut whole = Fields::default();
    let root = ready.first_mut().and_then(Option::take).unwrap_or_default();
    if let Some(query) = &plan.query {
        whole.set("Query Text", Value::Text(query.clone()));
    }
    whole.set("Plan", root);
    whole.0.extend(around(plan).0);
    whole
}

/// What a plan shows about itself as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// Operators were timed.
    timed: bool,
    /// Costs were printed.
    costs: bool,
    /// It is of this major version or newer.
    since: u32,
}

impl About {
    pub(super) fn of(plan: &Plan) -> About {
        About {
            timed: plan.nodes.iter().any(|node| node.actual.is_some_and(|actual| actual.total.is_some())),
            costs: plan.nodes.iter().any(|node| node.estimate.is_some()),
            since: plan.since.map_or(0, |version| version.major),
        }
    }

    /// One operator without what hangs below it, in the order the server prints the fields.
    pub(super) fn node(&self, plan: &Plan, id: NodeId) -> Fields {
        let node = &plan[id];
        let mut fields = Fields::default();
        let (node_type, strategy, operation) = behind(&node.name);
        fields.set("Node Type", node_type);
        optional(&mut fields, "Strategy", strategy);
        if node_type == "Aggregate" && node.extra.get("Partial Mode").is_none() {
            fields.set("Partial Mode", "Simple");
        }
        optional(&mut fields, "Operation", operation);
        optional(&mut fields, "Parent Relationship", relationship(plan, node, self.since));
        optional(&mut fields, "Subplan Name", node.label.as_deref());
        fields.set("Parallel Aware", node.parallel);
        if self.since >= 14 && node.extra.get("Async Capable").is_none() {
            fields.set("Async Capable", false);
        }
        if matches!(node_type, "Index Scan" | "Index Only Scan") && node.extra.get("Scan Direction").is_none() {
            fields.set("Scan Direction", "Forward");
        }
        optional(&mut fields, "Index Name", node.index.as_ref().map(|name| name.as_str()));
        if let Some(relation) = &node.relation {
            let name = match node_type {
                "Function Scan" => "Function Name",
                "Table Function Scan" => "Table Function Name",
                "CTE Scan" | "WorkTable Scan" => "CTE Name",
                "Named Tuplestore Scan" => "Tuplestore Name",
                _ => "Relation Name",
            };
            fields.set(name, relation.name.as_str());
            if !relation.schema.is_empty() {
                fields.set("Schema", relation.schema.as_str());
            }
        }
        optional(&mut fields, "Alias", node.alias.as_ref().map(|name| name.as_str()));
        optional(&mut fields, "Join Type", node.join.as_deref());
        let estimate = node.estimate.unwrap_or_default();
        optional(&mut fields, "Startup Cost", estimate.startup_cost);
        optional(&mut fields, "Total Cost", estimate.total_cost);
        optional(&mut fields, "Plan Rows", estimate.rows);
        optional(&mut fields, "Plan Width", estimate.width);
        self.actual(&mut fields, node.actual);
        if self.since >= 18 && node.extra.get("Disabled").is_none() {
            fields.set("Disabled", false);
        }
        for (name, list) in [
            ("Output", &node.output),
            ("Sort Key", &node.sort_keys),
            ("Presorted Key", &node.presorted_keys),
            ("Group Key", &node.group_keys),
        ] {
            texts(&mut fields, name, list);
        }
        for condition in &node.conditions {
            let name = CONDITIONS.iter().find(|(_, kind)| *kind == condition.kind).map_or("Filter", |(name, _)| name);
            fields.set(name, Value::Text(condition.text.clone()));
            optional(&mut fields, removed(condition.kind), condition.removed);
        }
        let Workers { planned, launched } = node.workers.unwrap_or_default();
        optional(&mut fields, "Workers Planned", planned.map(|count| count as f64));
        optional(&mut fields, "Workers Launched", launched.map(|count| count as f64));
        self.work(&mut fields, node.work.as_ref(), node);
        buffers(&mut fields, node.buffers.as_ref(), self.since);
        let workers: Vec<Value> = node
            .per_worker
            .iter()
            .map(|worker| {
                let mut fields = Fields::default();
                fields.set("Worker Number", worker.number as f64);
                self.actual(&mut fields, worker.actual);
                self.work(&mut fields, worker.work.as_ref(), node);
                fields.0.extend(worker.extra.0.iter().cloned());
                buffers(&mut fields, worker.buffers.as_ref(), self.since);
                Value::Group(in_order(fields))
            })
            .collect();
        if !workers.is_empty() {
            fields.set("Workers", workers);
        }
        fields.0.extend(node.extra.0.iter().cloned());
        self.defaults(&mut fields, node, node_type);
        in_order(fields)
    }

    fn actual(&self, fields: &mut Fields, actual: Option<Actual>) {
        let Some(actual) = actual else { return };
        let never = actual.loops == 0.0;
        let time = |time: Option<Seconds>| time.map(ms).or((never && self.timed).then_some(0.0));
        optional(fields, "Actual Startup Time", time(actual.startup));
        optional(fields, "Actual Total Time", time(actual.total));
        optional(fields, "Actual Rows", actual.rows.or(never.then_some(0.0)));
        fields.set("Actual Loops", actual.loops);
    }

    fn work(&self, fields: &mut Fields, work: Option<&Work>, node: &Node) {
        let Some(work) = work else { return };
        let count = |count: Option<u64>| count.map(|count| count as f64);
        match node.operator {
            // what it says in groups
            Operator::IncrementalSort => {}
            Operator::Sort => {
                optional(fields, "Sort Method", work.method.as_deref());
                let space = work.memory.map(|memory| (memory, "Memory")).or(work.disk.map(|disk| (disk, "Disk")));
                if let Some((space, kind)) = space {
                    fields.set("Sort Space Used", kilobytes(space));
                    fields.set("Sort Space Type", kind);
                }
            }
            Operator::HashAggregate => {
                optional(fields, "Planned Partitions", count(work.planned_batches));
                optional(fields, "HashAgg Batches", count(work.batches));
                optional(fields, "Peak Memory Usage", work.memory.map(kilobytes));
                let none = work.batches.map(|_| 0.0);
                optional(fields, "Disk Usage", work.disk.map(kilobytes).or(none));
            }
            Operator::Hash | Operator::Memoize => {
                optional(fields, "Hash Batches", count(work.batches));
                optional(fields, "Original Hash Batches", count(work.planned_batches));
                optional(fields, "Peak Memory Usage", work.memory.map(kilobytes));
            }
            _ => {
                optional(fields, "Sort Method", work.method.as_deref());
                let space = work.memory.map(|memory| (memory, "Memory")).or(work.disk.map(|disk| (disk, "Disk")));
                if let Some((space, kind)) = space {
                    fields.set("Storage", kind);
                    fields.set("Maximum Storage", kilobytes(space));
                }
            }
        }
    }

    /// What the server prints although it is off or zero.
    fn defaults(&self, fields: &mut Fields, node: &Node, node_type: &str) {
        let mut default = |name: &str, value: Value| {
            if fields.get(name).is_none() {
                fields.set(name, value);
            }
        };
        let analyzed = node.actual.is_some();
        match node_type {
            "Gather" => default("Single Copy", false.into()),
            "Append" | "Merge Append" if self.since >= 11 => default("Subplans Removed", 0.0.into()),
            "Bitmap Heap Scan" if analyzed => {
                default("Exact Heap Blocks", 0.0.into());
                default("Lossy Heap Blocks", 0.0.into());
            }
            "Aggregate" if node.operator == Operator::HashAggregate && self.since >= 13 && self.costs => {
                default("Planned Partitions", 0.0.into());
            }
            "Hash" => {
                if let Some(buckets) = node.extra.number("Hash Buckets") {
                    default("Original Hash Buckets", buckets.into());
                }
            }
            "ModifyTable" if analyzed && &*node.name == "Merge" => {
                for name in ["Tuples Inserted", "Tuples Updated", "Tuples Deleted", "Tuples Skipped"] {
                    default(name, 0.0.into());
                }
            }
            _ => {}
        }
    }
}

/// What stands beside the tree, without the query.
pub(super) fn around(plan: &Plan) -> Fields {
    let mut fields = Fields::default();
    if !plan.settings.is_empty() {
        fields.set("Settings", plan.settings.clone());
    }
    for (name, value) in &plan.extra.0 {
        fields.set(name.clone(), value.clone());
    }
    optional(&mut fields, "Planning Time", plan.planning.map(ms));
    let triggers: Vec<Value> = plan
        .triggers
        .iter()
        .map(|trigger| {
            let mut fields = Fields::default();
            if !trigger.name.is_empty() {
                fields.set("Trigger Name", trigger.name.as_str());
            }
            optional(&mut fields, "Constraint Name", trigger.constraint.as_ref().map(|name| name.as_str()));
            if let Some(relation) = &trigger.relation {
                fields.set("Relation", relation.name.as_str());
                if !relation.schema.is_empty() {
                    fields.set("Schema", relation.schema.as_str());
                }
            }
            optional(&mut fields, "Time", trigger.time.map(ms));
            fields.set("Calls", trigger.calls);
            Value::Group(fields)
        })
        .collect();
    if !triggers.is_empty() {
        fields.set("Triggers", triggers);
    }
    if let Some(jit) = &plan.jit {
        fields.set("JIT", compilation(jit));
    }
    if let Some(serialization) = &plan.serialization {
        let mut group = Fields::default();
        optional(&mut group, "Time", serialization.time.map(ms));
        optional(&mut group, "Output Volume", serialization.output.map(kilobytes));
        group.0.extend(serialization.extra.0.iter().cloned());
        fields.set("Serialization", group);
    }
    optional(&mut fields, "Execution Time", plan.execution.map(ms));
    let rank = |name: &str| AROUND.iter().position(|known| *known == name).unwrap_or(UNKNOWN_AROUND);
    fields.0.sort_by_key(|(name, _)| rank(name));
    fields
}

fn compilation(jit: &Jit) -> Fields {
    let mut group = Fields::default();
    group.set("Functions", jit.functions);
    for (name, value) in &jit.extra.0 {
        match (value, jit.time) {
            (Value::Group(timing), Some(time)) if **name == *"Timing" => {
                let mut timing = timing.clone();
                timing.set("Total", ms(time));
                group.set("Timing", timing);
            }
            _ => group.set(name.clone(), value.clone()),
        }
    }
    group
}

/// How the other formats name the place below the parent.
fn relationship(plan: &Plan, node: &Node, since: u32) -> Option<&'static str> {
    let parent = &plan[node.parent?];
    Some(match node.link {
        Link::Root => return None,
        Link::Outer if parent.operator == Operator::Modify && since < 14 => "Member",
        Link::Outer => "Outer",
        Link::Inner => "Inner",
        Link::Member if matches!(parent.operator, Operator::Custom | Operator::ShardMerge) => {
            let members = parent.children.iter().filter(|child| plan[**child].link == Link::Member).count();
            if members == 1 { "child" } else { "children" }
        }
        Link::Member => "Member",
        Link::Subquery => "Subquery",
        Link::InitPlan | Link::Cte => "InitPlan",
        Link::SubPlan => "SubPlan",
    })
}

/// The field that counts the rows a condition removed.
fn removed(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::JoinFilter => "Rows Removed by Join Filter",
        ConditionKind::Index | ConditionKind::Recheck => "Rows Removed by Index Recheck",
        ConditionKind::Conflict => "Rows Removed by Conflict Filter",
        _ => "Rows Removed by Filter",
    }
}

fn buffers(fields: &mut Fields, buffers: Option<&Buffers>, since: u32) {
    let Some(buffers) = buffers else { return };
    for (name, pages) in [
        ("Shared Hit Blocks", buffers.shared_hit),
        ("Shared Read Blocks", buffers.shared_read),
        ("Shared Dirtied Blocks", buffers.shared_dirtied),
        ("Shared Written Blocks", buffers.shared_written),
        ("Local Hit Blocks", buffers.local_hit),
        ("Local Read Blocks", buffers.local_read),
        ("Local Dirtied Blocks", buffers.local_dirtied),
        ("Local Written Blocks", buffers.local_written),
        ("Temp Read Blocks", buffers.temp_read),
        ("Temp Written Blocks", buffers.temp_written),
    ] {
        fields.set(name, pages as f64);
    }
    let apart = since >= 17 || buffers.local_read_time.is_some() || buffers.local_write_time.is_some();
    let (read, write) = match apart {
        true => ("Shared I/O Read Time", "Shared I/O Write Time"),
        false => ("I/O Read Time", "I/O Write Time"),
    };
    for (name, time) in [
        (read, buffers.read_time),
        (write, buffers.write_time),
        ("Local I/O Read Time", buffers.local_read_time),
        ("Local I/O Write Time", buffers.local_write_time),
        ("Temp I/O Read Time", buffers.temp_read_time),
        ("Temp I/O Write Time", buffers.temp_write_time),
    ] {
        optional(fields, name, time.map(ms));
    }
}

fn optional(fields: &mut Fields, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        fields.set(name, value);
    }
}

fn texts(fields: &mut Fields, name: &str, list: &[SqlText]) {
    if !list.is_empty() {
        fields.set(name, list.iter().cloned().map(Value::Text).collect::<Vec<_>>());
    }
}

/// Milliseconds as the server counts them: three digits behind the point.
fn ms(time: Seconds) -> f64 {
    (time.0 * 1e6).round() / 1e3
}

fn kilobytes(bytes: Bytes) -> f64 {
    (bytes.0 / 1024) as f64
}

/// Puts the fields of an operator into the order the server prints them in; those nobody knows stand where an
/// extension's would.
fn in_order(mut fields: Fields) -> Fields {
    let rank = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(UNKNOWN);
    fields.0.sort_by_cached_key(|(name, _)| rank(name));
    fields
}

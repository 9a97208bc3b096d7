//! What the fields of a plan mean: raw form to [`Plan`].

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{
    Buffers, Condition, ConditionKind, Estimate, Fields, Link, Node, NodeId, Operator, Plan, Value, Workers,
};
use dbwright_model::{Name, Product, Seconds, Version};

use super::measure::{Measures, per_worker, work};
use super::names::{condition, removes};
use super::operator::{Kind, behind};
use super::slot::{count, flag, list, name_of, number, off, shallow, text};
use super::surroundings::surroundings;

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
    let mut since = Since { text: format == "text", ..Since::default() };
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
pub(super) struct Since {
    /// It is the text format, which does not print zero counts.
    pub(super) text: bool,
    pub(super) version: Option<Version>,
    /// Buffers were printed somewhere.
    pub(super) buffers: bool,
    /// What was written to the write-ahead log was printed somewhere.
    pub(super) wal: bool,
    /// Times of shared and local pages are apart (17 and later).
    pub(super) apart: bool,
    /// Times of pages of temporary files were printed somewhere (15 and later).
    pub(super) temporary: bool,
    /// Any time of a page.
    pub(super) times: bool,
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
    pub(super) fn saw(&mut self, name: &str) {
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
pub(super) fn node(fields: Fields, parent: Option<(&Node, usize)>, since: &mut Since) -> (Node, Vec<Value>) {
    let mut inputs = Vec::new();
    let mut node = Node::default();
    let mut measures = Measures::default();
    let mut removed: Vec<(ConditionKind, f64, Box<str>)> = Vec::new();
    let (mut node_type, mut strategy, mut operation, mut relationship) = (None, None, None, None);
    let (mut schema, mut relation) = (None, None);
    let mut estimate = Estimate::default();
    let mut workers = Workers::default();
    let mut fields = fields.0;
    if let Some(at) = fields.iter().position(|(name, _)| **name == *"Distributed Query") {
        let (_, query) = fields.remove(at);
        super::citus::distributed(query, &mut fields, &mut inputs);
    }
    for (name, value) in fields {
        since.saw(&name);
        // everything but the operators below is walked by recursion
        let value = if &*name == "Plans" { value } else { shallow(value) };
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
            node.extra.0.push((name, value));
        }
    }
    let mut written: Box<str> = node_type.unwrap_or_default();
    // the text format puts the number behind it
    if let Some(number) = written.strip_prefix("Distributed Subplan ") {
        node.label = Some(number.into());
        written = "Distributed Subplan".into();
    }
    let (plain, behind_strategy, behind_operation) = behind(&written);
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
    node.link = link(&node.name, relationship.as_deref(), node.label.as_deref(), parent);
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
fn link(name: &str, written: Option<&str>, label: Option<&str>, parent: Option<(&Node, usize)>) -> Link {
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
        // of Citus: computed before everything else
        _ if name == "Distributed Subplan" => return Link::InitPlan,
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

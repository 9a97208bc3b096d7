//! Building the tree from nested documents, without recursion.

use std::rc::Rc;

use dbwright_model::Product;
use dbwright_model::plan::{Fields, Link, Node, NodeId, Operator, Plan, Value};

use super::{pipeline, sbe, stage};

/// A part of the explain output that becomes nodes.
#[derive(Clone)]
pub(super) enum Part<'a> {
    /// A stage of the executor.
    Stage(&'a Fields),
    /// What was planned, and what happened when it was executed.
    Pair { planner: Option<&'a Fields>, execution: Option<&'a Fields> },
    /// A whole explain document: of a shard, of a `$cursor`.
    Explain(&'a Fields),
    /// The stages of a pipeline, first one first; what feeds the first one.
    Pipeline { stages: &'a [Value], source: Option<&'a Fields> },
    /// The shards of a pipeline.
    Shards(&'a Fields),
}

/// What a part inherits from where it stands.
#[derive(Clone, Default)]
pub(super) struct Context<'a> {
    pub(super) namespace: Option<&'a str>,
    pub(super) counts: Option<Rc<sbe::ByStage>>,
    /// The shard, until a node has its name.
    pub(super) shard: Option<&'a str>,
    /// What the shard says of its execution as a whole.
    pub(super) of_shard: Option<&'a Fields>,
}

/// A part that waits for its turn.
pub(super) struct Job<'a> {
    parent: Option<NodeId>,
    link: Link,
    pub(super) part: Part<'a>,
    pub(super) context: Context<'a>,
}

/// Builds a plan of `root`; `None` when there is no stage in it.
pub(super) fn build(root: Part<'_>) -> Option<Plan> {
    let mut plan: Option<Plan> = None;
    let mut open = vec![Job { parent: None, link: Link::Root, part: root, context: Context::default() }];
    while let Some(job) = open.pop() {
        let Some((mut node, below)) = resolve(&job) else { continue };
        node.link = job.link;
        let mut context = job.context.clone();
        if let Some(shard) = context.shard.take() {
            node.label = Some(shard.into());
            if let Some(fields) = context.of_shard.take() {
                totals(&mut node, fields);
            }
        }
        let id = match (&mut plan, job.parent) {
            (None, _) => {
                plan = Some(Plan::new(Product::MongoDB, "json", node));
                NodeId::ROOT
            }
            (Some(plan), Some(parent)) => plan.push(parent, node),
            (Some(_), None) => continue,
        };
        for (link, part, inherited) in below.into_iter().rev() {
            let context = inherited.unwrap_or_else(|| context.clone());
            open.push(Job { parent: Some(id), link, part, context });
        }
    }
    let mut plan = plan?;
    settle(&mut plan);
    Some(plan)
}

/// What hangs below a node: how, what, and with which context where it is not the node's own.
pub(super) type Below<'a> = Vec<(Link, Part<'a>, Option<Context<'a>>)>;

/// The node a part starts with, and what hangs below it. Parts without a node of their own are followed down.
fn resolve<'a>(job: &Job<'a>) -> Option<(Node, Below<'a>)> {
    let mut part = job.part.clone();
    let mut context = job.context.clone();
    // Each round goes one level down a document; documents are not deep.
    loop {
        part = match part {
            Part::Explain(fields) => {
                let planner = fields.get("queryPlanner").and_then(Value::group);
                let named = super::explain::planner(fields).and_then(|planner| planner.text("namespace"));
                context.namespace = named.or(context.namespace);
                if let Some(Value::List(stages)) = fields.get("stages") {
                    Part::Pipeline { stages, source: None }
                } else if let Some(shards) = fields.get("shards").and_then(Value::group) {
                    let merger =
                        fields.get("splitPipeline").and_then(Value::group).and_then(|split| split.get("mergerPart"));
                    match merger {
                        Some(Value::List(stages)) if !stages.is_empty() => {
                            Part::Pipeline { stages, source: Some(shards) }
                        }
                        _ => Part::Shards(shards),
                    }
                } else {
                    let execution = fields.get("executionStats").and_then(Value::group);
                    let own = |name: &str| fields.get(name).is_some().then_some(fields);
                    Part::Pair {
                        planner: planner.or_else(|| own("winningPlan")),
                        execution: execution.or_else(|| own("executionStages")).or_else(|| own("execStats")),
                    }
                }
            }
            Part::Pair { planner, execution } => {
                let group = |fields: Option<&'a Fields>, name: &str| fields?.get(name)?.group();
                let planned = group(planner, "winningPlan");
                let executed = group(execution, "executionStages").or_else(|| group(execution, "execStats"));
                let executed = executed.filter(|stage| stage.get("stage").is_some());
                let shards = |stage: Option<&Fields>| stage.is_some_and(|stage| stage.get("shards").is_some());
                context.namespace = planner.and_then(|planner| planner.text("namespace")).or(context.namespace);
                if shards(planned) || shards(executed) {
                    return sharded(planned, executed, &context);
                }
                match (planned.and_then(|plan| plan.get("queryPlan")).and_then(Value::group), executed) {
                    (Some(query), Some(executed)) if slot_based(executed) => {
                        context.counts = Some(Rc::new(sbe::counts(executed)));
                        Part::Stage(query)
                    }
                    (_, Some(executed)) => Part::Stage(executed),
                    (Some(query), None) => Part::Stage(query),
                    (None, None) => Part::Stage(planned?),
                }
            }
            Part::Stage(fields) => {
                let name = fields.text("stage")?;
                let mut node = stage::node(name, fields, context.namespace);
                let counts = context.counts.as_deref().zip(fields.number("planNodeId"));
                if let Some(counts) = counts.and_then(|(counts, id)| counts.get(&(id as u64))) {
                    counts.apply(&mut node);
                }
                name_shard(&mut node, &context, &job.context);
                let below =
                    stages_below(fields).map(|(link, fields)| (link, Part::Stage(fields), Some(inner(&context))));
                let mut below: Below = below.collect();
                // A stage that holds another explain (`$lookup` of new servers).
                if let Some(explain) = fields.get("explain").and_then(Value::group) {
                    below.push((Link::Outer, Part::Explain(explain), Some(inner(&context))));
                }
                return Some((node, below));
            }
            Part::Pipeline { stages, source } => {
                let Some((last, before)) = stages.split_last() else {
                    part = Part::Shards(source?);
                    continue;
                };
                let (mut node, mut below) = pipeline::node(last.group()?, &context)?;
                name_shard(&mut node, &context, &job.context);
                if !before.is_empty() || source.is_some() {
                    below.insert(0, (Link::Outer, Part::Pipeline { stages: before, source }, Some(inner(&context))));
                }
                return Some((node, below));
            }
            Part::Shards(shards) => {
                let name = if shards.0.len() == 1 { "SINGLE_SHARD" } else { "SHARD_MERGE" };
                let below = shards.iter().filter_map(|(shard, explain)| {
                    let explain = explain.group()?;
                    let of_shard = explain.get("executionStats").and_then(Value::group);
                    let context = Context { shard: Some(shard), of_shard, counts: None, ..context.clone() };
                    Some((Link::Member, Part::Explain(explain), Some(context)))
                });
                return Some((Node::new(Operator::ShardMerge, name), below.collect()));
            }
        };
    }
}

/// A context for what is below a node that has the shard's name already.
fn inner<'a>(context: &Context<'a>) -> Context<'a> {
    Context { shard: None, of_shard: None, ..context.clone() }
}

/// Names the shard a node is the top of, when that was found on the way down to it.
fn name_shard(node: &mut Node, found: &Context<'_>, given: &Context<'_>) {
    if let (Some(shard), None) = (found.shard, given.shard) {
        node.label = Some(shard.into());
    }
}

/// The merging stage of a query over shards.
fn sharded<'a>(
    planned: Option<&'a Fields>,
    executed: Option<&'a Fields>,
    context: &Context<'a>,
) -> Option<(Node, Below<'a>)> {
    let top = executed.or(planned)?;
    let name = top.text("stage").or_else(|| planned?.text("stage")).unwrap_or("SHARD_MERGE");
    let node = stage::node(name, top, context.namespace);
    let list = |stage: Option<&'a Fields>| {
        let shards = stage.and_then(|stage| stage.get("shards")).map_or(&[][..], Value::items);
        shards.iter().filter_map(Value::group).collect::<Vec<&'a Fields>>()
    };
    let (plans, runs) = (list(planned), list(executed));
    let named = |shards: &[&'a Fields], name: Option<&str>, at: usize| {
        let same = shards.iter().find(|shard| name.is_some() && shard.text("shardName") == name);
        same.copied().or_else(|| shards.get(at).copied().filter(|_| name.is_none()))
    };
    let all = if runs.len() >= plans.len() { &runs } else { &plans };
    let below = all.iter().enumerate().map(|(at, shard)| {
        let name = shard.text("shardName");
        let execution = named(&runs, name, at);
        let planner = named(&plans, name, at);
        let context =
            Context { shard: Some(name.unwrap_or("shard")), of_shard: execution, counts: None, ..context.clone() };
        (Link::Member, Part::Pair { planner, execution }, Some(context))
    });
    Some((node, below.collect()))
}

/// The stages below a stage, in the order they are written.
fn stages_below(fields: &Fields) -> impl Iterator<Item = (Link, &Fields)> {
    let groups = fields.iter().filter(|(name, _)| stage::CHILDREN.contains(name));
    groups.flat_map(|(name, value)| {
        let items = value.items();
        let many = items.len() > 1;
        let joins = fields.text("stage").is_some_and(|stage| stage.ends_with("_JOIN_EMBEDDING"));
        items.iter().enumerate().filter_map(move |(at, item)| {
            let link = match name {
                "innerStage" => Link::Inner,
                "inputStages" if joins && at > 0 => Link::Inner,
                "inputStages" if !joins => Link::Member,
                "branchStages" | "thenStage" | "elseStage" => Link::Member,
                _ if many && !joins => Link::Member,
                _ => Link::Outer,
            };
            Some((link, item.group()?))
        })
    })
}

/// Whether these are stages of the slot-based engine.
fn slot_based(stage: &Fields) -> bool {
    stage.get("planNodeId").is_some()
        || stage.text("stage").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// What a shard says of its execution as a whole.
fn totals(node: &mut Node, shard: &Fields) {
    let mut said = Fields::default();
    for name in ["executionTimeMillis", "nReturned", "totalKeysExamined", "totalDocsExamined"] {
        if let Some(value) = shard.get(name) {
            said.set(name, value.clone());
        }
    }
    if !said.is_empty() {
        node.extra.set("shard", said);
    }
}

/// Scans are named by what is above them: an index that feeds a fetch does not cover, one without bounds is read whole.
fn settle(plan: &mut Plan) {
    for at in 0..plan.nodes.len() {
        let id = NodeId(at as u32);
        if !matches!(&*plan[id].name, "IXSCAN" | "DISTINCT_SCAN") {
            continue;
        }
        // Documents are fetched by a stage above, up to where pipelines and shards join.
        let fetched = plan.ancestors(id).any(|(_, node)| matches!(node.operator, Operator::Fetch))
            || plan[id].extra.bool("isFetching") == Some(true)
            || plan[id].extra.number("docsExamined").is_some_and(|docs| docs > 0.0);
        let bounds = plan[id].extra.get("indexBounds").and_then(Value::group);
        let first = bounds.and_then(|bounds| bounds.iter().next()).map(|(_, intervals)| intervals.items());
        let whole = first
            .is_some_and(|first| first.len() == 1 && first[0].text().is_some_and(super::bounds::is_everything))
            && plan[id].name.as_ref() == "IXSCAN";
        plan[id].operator = match (fetched, whole) {
            (true, true) => Operator::FullIndexScan,
            (true, false) => Operator::IndexScan,
            (false, _) => Operator::IndexOnlyScan,
        };
    }
}

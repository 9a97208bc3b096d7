//! What changed between partners, and what the operators without a partner mean.

use std::collections::BTreeMap;

use dbwright_model::plan::{Node, NodeId, Operator, Plan, Value};

use super::matching::{Matching, Role, role};
use super::{Change, ChangeKind, shape, times};

/// Estimates and rows that differ by less are not worth a word.
const FACTOR: f64 = 2.0;
/// Nor are differences of so few rows.
const ROWS: f64 = 10.0;

/// Everything that changed, what concerns most time first.
pub(super) fn find(before: &Plan, after: &Plan, matching: &Matching) -> Vec<Change> {
    let mut finder = Finder { before, after, matching, changes: Vec::new() };
    for (at, partner) in matching.before.iter().enumerate() {
        if let Some(partner) = partner {
            finder.pair(NodeId(at as u32), *partner);
        }
    }
    finder.unmatched();
    finder.around();
    let weight = |change: &Change| change.time.map_or(0.0, |time| (time.after.0 - time.before.0).abs());
    // what follows from a change of shape comes after it
    let follows = |change: &Change| matches!(change.kind, ChangeKind::Estimate | ChangeKind::Rows);
    finder.changes.sort_by(|a, b| follows(a).cmp(&follows(b)).then(weight(b).total_cmp(&weight(a))));
    finder.changes
}

struct Finder<'a> {
    before: &'a Plan,
    after: &'a Plan,
    matching: &'a Matching,
    changes: Vec<Change>,
}

impl Finder<'_> {
    fn push(&mut self, kind: ChangeKind, before: Option<NodeId>, after: Option<NodeId>, what: String) {
        let time = before.zip(after).and_then(|(one, other)| times(&self.before[one], &self.after[other]));
        self.changes.push(Change { kind, before, after, what, time });
    }

    fn pair(&mut self, one: NodeId, other: NodeId) {
        let (plan_before, plan_after) = (self.before, self.after);
        let (x, y) = (&plan_before[one], &plan_after[other]);
        let mut push = |kind, what| self.push(kind, Some(one), Some(other), what);
        let of = called(x);
        match role(x) {
            Role::Access if x.operator != y.operator => {
                push(
                    ChangeKind::Access,
                    format!("{of}: {} → {}", means(x, plan_before, one), means(y, plan_after, other)),
                );
            }
            Role::Access if x.index != y.index => {
                push(ChangeKind::Index, format!("{of}: {} → {}", named(x), named(y)));
            }
            Role::Join if x.operator != y.operator => {
                push(ChangeKind::JoinMethod, format!("{} → {}", x.name, y.name));
            }
            Role::Group if x.operator != y.operator => {
                push(ChangeKind::Method, format!("{} → {}", x.name, y.name));
            }
            Role::Access | Role::Join | Role::Group => {}
            _ if x.operator != y.operator => {
                push(ChangeKind::Method, format!("{} → {}", x.name, y.name));
            }
            _ => {}
        }
        if x.operator == y.operator
            && shape::conditions(x, plan_before.product) != shape::conditions(y, plan_after.product)
        {
            push(ChangeKind::Condition, format!("{of}: {} → {}", conditions(x), conditions(y)));
        }
        match (spills(x), spills(y)) {
            (false, true) => push(ChangeKind::SpillGained, format!("{of} no longer fits into memory")),
            (true, false) => push(ChangeKind::SpillLost, format!("{of} fits into memory now")),
            _ => {}
        }
        let launched = |node: &Node| node.workers.and_then(|workers| workers.launched);
        if let (Some(before), Some(after)) = (launched(x), launched(y))
            && before != after
        {
            push(ChangeKind::Workers, format!("{of}: {before} → {after} workers came"));
        }
        let expected = |node: &Node| node.estimate.and_then(|estimate| estimate.rows);
        if let Some((before, after)) = differ(expected(x), expected(y)) {
            push(ChangeKind::Estimate, format!("{of}: {before} → {after} rows expected"));
        }
        if let Some((before, after)) = differ(x.total_rows(), y.total_rows()) {
            push(ChangeKind::Rows, format!("{of}: {before} → {after} rows came"));
        }
        if role(x) == Role::Join {
            self.sides(one, other);
        }
    }

    /// Whether the inputs of a join changed sides.
    fn sides(&mut self, one: NodeId, other: NodeId) {
        let first = |plan: &Plan, id: NodeId, reads: &[u64]| {
            let mut inputs = plan.inputs(id).map(|(input, _)| reads[input.0 as usize]);
            Some((inputs.next()?, inputs.next()?))
        };
        let x = first(self.before, one, &self.matching.reads_before);
        let y = first(self.after, other, &self.matching.reads_after);
        if let (Some((outer, inner)), Some(turned)) = (x, y)
            && outer != inner
            && turned == (inner, outer)
        {
            let order = |plan: &Plan, id| tables(plan, id).join(", ");
            let what = format!(
                "the sides of {} are swapped: {} → {}",
                self.before[one].name,
                order(self.before, one),
                order(self.after, other)
            );
            self.push(ChangeKind::JoinOrder, Some(one), Some(other), what);
        }
    }

    /// Operators on one side only.
    fn unmatched(&mut self) {
        let alone = |plan: &Plan, partners: &[Option<NodeId>]| {
            let free = plan.walk().filter(|(id, _)| partners[id.0 as usize].is_none());
            free.map(|(id, _)| id).collect::<Vec<_>>()
        };
        let gone = alone(self.before, &self.matching.before);
        let new = alone(self.after, &self.matching.after);
        let joins = |plan: &Plan, ids: &[NodeId]| ids.iter().copied().find(|id| plan[*id].operator.is_join());
        let orders = (joins(self.before, &gone), joins(self.after, &new));
        if let (Some(one), Some(other)) = orders {
            let what = format!(
                "joined in another order: {} → {}",
                tables(self.before, one).join(", "),
                tables(self.after, other).join(", ")
            );
            self.push(ChangeKind::JoinOrder, Some(one), Some(other), what);
        }
        let reordered = orders.0.is_some() && orders.1.is_some();
        for (ids, plan, gained) in [(&gone, self.before, false), (&new, self.after, true)] {
            let partners = if gained { &self.matching.after } else { &self.matching.before };
            let near = nearest(plan, partners);
            for &id in ids {
                let node = &plan[id];
                let kind = match node.operator {
                    Operator::Sort | Operator::IncrementalSort if gained => ChangeKind::SortGained,
                    Operator::Sort | Operator::IncrementalSort => ChangeKind::SortLost,
                    Operator::Gather if gained => ChangeKind::ParallelGained,
                    Operator::Gather => ChangeKind::ParallelLost,
                    // they follow from the method above them
                    Operator::Hash | Operator::BitmapIndexScan | Operator::BitmapCombine => continue,
                    operator if operator.is_join() && reordered => continue,
                    _ if gained => ChangeKind::Gained,
                    _ => ChangeKind::Lost,
                };
                let what = match kind {
                    ChangeKind::ParallelGained => format!("{} runs in parallel now", below(plan, id)),
                    ChangeKind::ParallelLost => format!("{} no longer runs in parallel", below(plan, id)),
                    _ if gained => format!("{} is new", described(plan, id)),
                    _ => format!("{} is gone", described(plan, id)),
                };
                // its neighbour above that has a partner tells what it concerns
                let near = near[id.0 as usize];
                let (before, after) = match gained {
                    true => (near.map(|(_, partner)| partner), Some(id)),
                    false => (Some(id), near.map(|(_, partner)| partner)),
                };
                self.push(kind, before, after, what);
                if let (Some(change), Some((above, partner))) = (self.changes.last_mut(), near) {
                    let (one, other) = if gained { (partner, above) } else { (above, partner) };
                    change.time = times(&self.before[one], &self.after[other]);
                }
            }
        }
    }

    /// What is beside the operators.
    fn around(&mut self) {
        let compiles = |plan: &Plan| plan.jit.as_ref().is_some_and(|jit| jit.functions > 0.0);
        match (compiles(self.before), compiles(self.after)) {
            (false, true) => self.push(ChangeKind::Compilation, None, None, "code is compiled now".into()),
            (true, false) => self.push(ChangeKind::Compilation, None, None, "code is no longer compiled".into()),
            _ => {}
        }
        let mut settings: BTreeMap<&str, [Option<&Value>; 2]> = BTreeMap::new();
        for (side, plan) in [self.before, self.after].into_iter().enumerate() {
            for (name, value) in plan.settings.iter() {
                settings.entry(name).or_default()[side] = Some(value);
            }
        }
        // one side without any may simply not have been asked
        if self.before.settings.is_empty() || self.after.settings.is_empty() {
            return;
        }
        for (name, [before, after]) in settings {
            if before != after {
                let text = |value: Option<&Value>| match value {
                    Some(Value::Text(text)) => text.to_string(),
                    Some(Value::Number(number)) => number.to_string(),
                    Some(Value::Bool(value)) => value.to_string(),
                    Some(_) => "(set)".into(),
                    None => "its default".into(),
                };
                self.push(ChangeKind::Setting, None, None, format!("{name}: {} → {}", text(before), text(after)));
            }
        }
    }
}

/// The nearest operator above each that has a partner, with the partner.
fn nearest(plan: &Plan, partners: &[Option<NodeId>]) -> Vec<Option<(NodeId, NodeId)>> {
    let mut near: Vec<Option<(NodeId, NodeId)>> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let above = node.parent.and_then(|above| match partners[above.0 as usize] {
            Some(partner) => Some((above, partner)),
            None => near[above.0 as usize],
        });
        near.push(above);
    }
    near
}

fn differ(before: Option<f64>, after: Option<f64>) -> Option<(f64, f64)> {
    let (before, after) = (before?, after?);
    let (low, high) = (before.min(after).max(1.0), before.max(after));
    (high >= low * FACTOR && high - low >= ROWS).then_some((before.round(), after.round()))
}

fn spills(node: &Node) -> bool {
    let work = node.work.as_ref();
    work.is_some_and(|work| work.disk.is_some_and(|disk| disk.0 > 0) || work.batches.is_some_and(|n| n > 1))
}

/// The table, or what it is.
fn called(node: &Node) -> String {
    node.relation.as_ref().map_or_else(|| node.name.to_string(), |relation| relation.name.to_string())
}

fn named(node: &Node) -> String {
    node.index.as_ref().map_or_else(|| "no index".into(), ToString::to_string)
}

/// How a table is read.
fn means(node: &Node, plan: &Plan, id: NodeId) -> String {
    let index = node.index.as_ref().or_else(|| {
        let bitmap = node.operator == Operator::BitmapHeapScan;
        plan.subtree(id).filter(|_| bitmap).take(64).find_map(|(_, below)| below.index.as_ref())
    });
    index.map_or_else(|| node.name.to_string(), |index| format!("{} using {index}", node.name))
}

fn conditions(node: &Node) -> String {
    match node.conditions.as_slice() {
        [] => "no condition".into(),
        all => {
            let shown = all.iter().map(|condition| format!("{:?} {}", condition.kind, condition.text));
            shown.collect::<Vec<_>>().join(", ")
        }
    }
}

/// Tables below a node in the order they are joined, at most a handful.
fn tables(plan: &Plan, id: NodeId) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut open = vec![id];
    let mut steps = 0..1000;
    while let Some((id, _)) = open.pop().zip(steps.next()) {
        let node = &plan[id];
        if node.relation.is_some() {
            names.push(node.alias.as_ref().map_or_else(|| called(node), ToString::to_string));
        }
        if names.len() > 6 {
            names.truncate(6);
            names.push("…".into());
            break;
        }
        let inputs = node.children.iter().rev().filter(|child| plan[**child].link.is_input());
        open.extend(inputs.take(100));
    }
    names
}

fn below(plan: &Plan, id: NodeId) -> String {
    match tables(plan, id).as_slice() {
        [] => "a part".into(),
        names => format!("reading {}", names.join(", ")),
    }
}

fn described(plan: &Plan, id: NodeId) -> String {
    let node = &plan[id];
    let by = node.sort_keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match (node.relation.is_some(), by.is_empty()) {
        (true, _) => format!("{} on {}", node.name, called(node)),
        (false, false) => format!("{} by {by}", node.name),
        (false, true) => node.name.to_string(),
    }
}

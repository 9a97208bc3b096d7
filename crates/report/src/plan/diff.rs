//! Two plans of a query compared: what changed, what it cost, and both as one tree.

mod page;
mod text;

use std::io;

use dbwright_model::plan::{Node, NodeId, Plan};
use dbwright_model::{Seconds, Severity};
use dbwright_plan::{Change, ChangeKind, Measure, PlanDiff, Speed, compare};
use serde::Serialize;

use super::words;

/// Two plans and what differs.
#[derive(Debug, Serialize)]
pub struct PlanDifference<'a> {
    /// Where the first was found.
    before_at: String,
    /// Where the second was found.
    after_at: String,
    #[serde(flatten)]
    diff: PlanDiff,
    before: &'a Plan,
    after: &'a Plan,
}

/// Compares plans that have been through the accounting.
pub fn plan_difference<'a>(before: &'a Plan, after: &'a Plan) -> PlanDifference<'a> {
    let at = |plan: &Plan| plan.found_at.clone().unwrap_or_default();
    PlanDifference { before_at: at(before), after_at: at(after), diff: compare(before, after), before, after }
}

/// An operator slower by this factor is no longer a matter of degree.
const DISASTER: f64 = 2.0;

impl PlanDifference<'_> {
    /// How bad the change is: `error` when the second plan is at least twice as slow, `warn` when it is slower beyond
    /// noise or something no longer fits into memory, `info` when only the shape differs, nothing when it is as before.
    pub fn severity(&self) -> Option<Severity> {
        let spills = self.diff.changes.iter().any(|change| change.kind == ChangeKind::SpillGained);
        match self.diff.verdict.speed {
            Speed::Slower if self.factor().is_some_and(|factor| factor >= DISASTER) => Some(Severity::Error),
            Speed::Slower => Some(Severity::Warn),
            Speed::Alike | Speed::Unknown if spills => Some(Severity::Warn),
            Speed::Alike | Speed::Unknown if !self.diff.verdict.same_shape => Some(Severity::Info),
            _ => None,
        }
    }

    /// The figure that the plans are compared by, before and after.
    fn figures(&self) -> Option<(f64, f64)> {
        let diff = &self.diff;
        match diff.verdict.by? {
            Measure::Time => diff.time.map(|time| (time.before.0, time.after.0)),
            Measure::Pages => diff.pages.map(|pages| (pages.before.0 as f64, pages.after.0 as f64)),
            Measure::Cost => diff.cost.map(|cost| (cost.before, cost.after)),
        }
    }

    /// By how much the second is slower; below 1 when it is faster.
    fn factor(&self) -> Option<f64> {
        self.figures().filter(|(before, _)| *before > 0.0).map(|(before, after)| after / before)
    }

    /// The outcome in a sentence.
    fn verdict(&self) -> String {
        let diff = &self.diff;
        let told = |figure: f64| match diff.verdict.by {
            Some(Measure::Time) => Seconds(figure).to_string(),
            Some(Measure::Pages) => format!("{} pages", words::compact(figure)),
            _ => format!("cost {}", words::compact(figure)),
        };
        let figures =
            self.figures().map_or(String::new(), |(before, after)| format!(": {} → {}", told(before), told(after)));
        let factor = self.factor().filter(|factor| factor.is_finite() && *factor > 0.0);
        let times = |factor: f64| words::compact((factor * 10.0).round() / 10.0);
        let speed = match (diff.verdict.speed, factor) {
            (Speed::Faster, Some(factor)) => format!("faster{figures} ({} times)", times(1.0 / factor)),
            (Speed::Slower, Some(factor)) => format!("slower{figures} ({} times)", times(factor)),
            (Speed::Faster, None) => format!("faster{figures}"),
            (Speed::Slower, None) => format!("slower{figures}"),
            (Speed::Alike, _) => format!("as fast as before{figures}"),
            (Speed::Unknown, _) => "nothing to compare by: neither times nor pages nor costs".to_owned(),
        };
        let shape = if diff.verdict.same_shape { "the same shape" } else { "another shape" };
        format!("{speed}; {shape}")
    }

    /// The plans as one tree.
    fn merged(&self) -> Vec<Merged> {
        merge(self.before, self.after, &self.diff)
    }

    /// As JSON.
    pub fn json(differences: &[PlanDifference<'_>], out: &mut impl io::Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Document<'d, 'a> {
            schema: &'static str,
            plans: &'d [PlanDifference<'a>],
        }
        let document = Document { schema: "dbwright/plan-diff/1", plans: differences };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)
    }
}

/// A line of the merged tree: an operator of both plans, or of one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Merged {
    depth: usize,
    before: Option<NodeId>,
    after: Option<NodeId>,
}

/// Everything of the second plan in its order; what is gone hangs where its nearest operator with a partner is.
fn merge(before: &Plan, after: &Plan, diff: &PlanDiff) -> Vec<Merged> {
    let mut partner = vec![None; after.nodes.len()];
    let mut kept = vec![None; before.nodes.len()];
    for pair in &diff.pairs {
        partner[pair.after.0 as usize] = Some(pair.before);
        kept[pair.before.0 as usize] = Some(pair.after);
    }
    // What hangs below an operator of the second plan, and below one that is gone.
    let mut below_after: Vec<Vec<NodeId>> = vec![Vec::new(); after.nodes.len()];
    let mut below_gone: Vec<Vec<NodeId>> = vec![Vec::new(); before.nodes.len()];
    let mut roots = Vec::new();
    for &gone in &diff.gone {
        match before[gone].parent {
            Some(above) => match kept[above.0 as usize] {
                Some(above) => below_after[above.0 as usize].push(gone),
                None => below_gone[above.0 as usize].push(gone),
            },
            None => roots.push(gone),
        }
    }
    let mut lines = Vec::with_capacity(after.nodes.len() + diff.gone.len());
    let mut open: Vec<(usize, bool, NodeId)> = vec![(0, true, NodeId::ROOT)];
    open.extend(roots.into_iter().map(|gone| (0, false, gone)));
    open.reverse();
    while let Some((depth, of_after, id)) = open.pop() {
        let (children, gone): (&[NodeId], &[NodeId]) = match of_after {
            true => (&after[id].children, &below_after[id.0 as usize]),
            false => (&[], &below_gone[id.0 as usize]),
        };
        lines.push(match of_after {
            true => Merged { depth, before: partner[id.0 as usize], after: Some(id) },
            false => Merged { depth, before: Some(id), after: None },
        });
        let next =
            children.iter().map(|&id| (depth + 1, true, id)).chain(gone.iter().map(|&id| (depth + 1, false, id)));
        let next: Vec<_> = next.collect();
        open.extend(next.into_iter().rev());
    }
    lines
}

/// Own time of an operator in words, or its cost with everything below.
fn figure(node: &Node) -> String {
    let own = node.own.as_ref().and_then(|own| own.time);
    let cost = node.estimate.and_then(|estimate| estimate.total_cost).filter(|_| node.actual.is_none());
    match (own, cost) {
        _ if node.never_executed() => "–".to_owned(),
        (Some(time), _) => time.seconds().to_string(),
        (None, Some(cost)) => words::compact(cost),
        (None, None) => String::new(),
    }
}

/// A change with what it cost.
fn told(change: &Change) -> (String, Option<String>) {
    let kind = serde_json::to_value(change.kind).ok();
    let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().replace('-', " ");
    (kind, change.time.map(|time| format!("{} → {}", time.before, time.after)))
}

#[cfg(test)]
mod tests {
    use dbwright_model::Product;
    use dbwright_model::catalog::ObjectName;
    use dbwright_model::plan::{Link, Operator};

    use super::*;

    fn scan(operator: Operator, name: &str, table: &str) -> Node {
        Node { relation: Some(ObjectName::new("", table)), link: Link::Outer, ..Node::new(operator, name) }
    }

    fn plan(join: (Operator, &str), inner: Node) -> Plan {
        let mut plan = Plan::new(Product::PostgreSQL, "text", Node::new(join.0, join.1));
        plan.push(NodeId::ROOT, scan(Operator::FullScan, "Seq Scan", "a"));
        match join.0 {
            Operator::HashJoin => {
                let hash = plan.push(NodeId::ROOT, Node { link: Link::Inner, ..Node::new(Operator::Hash, "Hash") });
                plan.push(hash, inner);
            }
            _ => drop(plan.push(NodeId::ROOT, Node { link: Link::Inner, ..inner })),
        }
        plan
    }

    #[test]
    fn both_plans_are_whole_in_the_merged_tree() {
        let before = plan((Operator::HashJoin, "Hash Join"), scan(Operator::FullScan, "Seq Scan", "b"));
        let after = plan((Operator::NestedLoop, "Nested Loop"), scan(Operator::IndexScan, "Index Scan", "b"));
        for (before, after) in [(&before, &after), (&after, &before), (&before, &before)] {
            let difference = plan_difference(before, after);
            let merged = difference.merged();
            let ids = |of: fn(&Merged) -> Option<NodeId>| {
                let mut ids: Vec<NodeId> = merged.iter().filter_map(of).collect();
                ids.sort();
                ids
            };
            assert_eq!(ids(|line| line.before), (0..before.nodes.len() as u32).map(NodeId).collect::<Vec<_>>());
            assert_eq!(ids(|line| line.after), (0..after.nodes.len() as u32).map(NodeId).collect::<Vec<_>>());
            assert!(merged.windows(2).all(|pair| pair[1].depth <= pair[0].depth + 1));
        }
        assert_eq!(plan_difference(&before, &before).severity(), None);
        assert_eq!(plan_difference(&before, &after).severity(), Some(Severity::Info));
    }
}

//! Which operator of one plan is which of another: by what they read and what is below them, not by where they stand.

use std::collections::HashMap;

use dbwright_model::plan::{Node, NodeId, Operator, Plan};

use super::shape::{short, signature, subtrees};

/// Pairs of operators, and for each side where its partners are.
#[derive(Debug)]
pub(super) struct Matching {
    /// The partner of each operator of the plan before.
    pub(super) before: Vec<Option<NodeId>>,
    /// The partner of each operator of the plan after.
    pub(super) after: Vec<Option<NodeId>>,
    /// What each subtree of the plan before reads; equal for equal things.
    pub(super) reads_before: Vec<u64>,
    /// The same of the plan after.
    pub(super) reads_after: Vec<u64>,
    /// The shape is the same.
    pub(super) same: bool,
}

/// Operators that can stand for each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Access,
    Join,
    Sort,
    Group,
    Append,
    Keep,
    Project,
    One(Operator),
    Named(Box<str>),
}

pub(super) fn role(node: &Node) -> Role {
    use Operator::*;
    match node.operator {
        operator if operator.is_scan() => Role::Access,
        operator if operator.is_join() => Role::Join,
        Sort | IncrementalSort => Role::Sort,
        Aggregate | HashAggregate | Distinct => Role::Group,
        Append | MergeAppend | Union => Role::Append,
        Materialize | TemporaryTable => Role::Keep,
        Result | Project | SubqueryScan => Role::Project,
        Other | Custom | Modify => Role::Named(node.name.clone()),
        operator => Role::One(operator),
    }
}

/// Children looked at when a partner is sought below a partner.
const LOOK_AT: usize = 64;

impl Matching {
    pub(super) fn of(before: &Plan, after: &Plan) -> Matching {
        let (shapes_before, shapes_after) = (subtrees(before), subtrees(after));
        let mut matching = Matching {
            before: vec![None; before.nodes.len()],
            after: vec![None; after.nodes.len()],
            reads_before: Vec::new(),
            reads_after: Vec::new(),
            same: false,
        };
        matching.same = before.nodes.len() == after.nodes.len() && shapes_before[0] == shapes_after[0];
        if matching.same {
            (0..before.nodes.len() as u32).for_each(|at| matching.pair(NodeId(at), NodeId(at)));
        } else {
            matching.subtrees(before, after, &shapes_before, &shapes_after);
            matching.readers(before, after);
        }
        matching.reads(before, after);
        if !matching.same {
            matching.alike(before, after);
            matching.below_partners(before, after);
        }
        matching
    }

    fn pair(&mut self, before: NodeId, after: NodeId) {
        self.before[before.0 as usize] = Some(after);
        self.after[after.0 as usize] = Some(before);
    }

    fn free(&self, before: NodeId, after: NodeId) -> bool {
        self.before[before.0 as usize].is_none() && self.after[after.0 as usize].is_none()
    }

    /// Whole subtrees of the same shape, the largest first.
    fn subtrees(&mut self, before: &Plan, after: &Plan, shapes_before: &[u64], shapes_after: &[u64]) {
        let mut known: HashMap<u64, Vec<NodeId>> = HashMap::new();
        for (id, node) in after.walk().rev() {
            if reads(node) || !node.children.is_empty() {
                known.entry(shapes_after[id.0 as usize]).or_default().push(id);
            }
        }
        let mut at = 0;
        while at < before.nodes.len() {
            let id = NodeId(at as u32);
            at += 1;
            let Some(candidates) = known.get_mut(&shapes_before[id.0 as usize]) else { continue };
            while candidates.last().is_some_and(|last| self.after[last.0 as usize].is_some()) {
                candidates.pop();
            }
            let Some(partner) = candidates.pop() else { continue };
            let pairs: Vec<_> = before.subtree(id).zip(after.subtree(partner)).map(|(b, a)| (b.0, a.0)).collect();
            at = id.0 as usize + pairs.len();
            for (before, after) in pairs {
                if self.free(before, after) {
                    self.pair(before, after);
                }
            }
        }
    }

    /// What reads the same table, by whatever means: the same alias first, then the same index, then in order.
    fn readers(&mut self, before: &Plan, after: &Plan) {
        for level in 0..4 {
            let key = |node: &Node| {
                let relation = node.relation.as_ref()?.name.as_str();
                let alias = node.alias.as_ref().map_or("", |alias| alias.as_str());
                let index = node.index.as_ref().map_or("", |index| index.as_str());
                Some(match level {
                    0 => (role(node), relation.to_owned(), alias.to_owned(), index.to_owned()),
                    1 => (role(node), relation.to_owned(), alias.to_owned(), String::new()),
                    2 => (role(node), relation.to_owned(), String::new(), index.to_owned()),
                    _ => (role(node), relation.to_owned(), String::new(), String::new()),
                })
            };
            self.in_order(before, after, |_, node| key(node), |_, node| key(node));
        }
        let by_index = |node: &Node| (node.operator == Operator::BitmapIndexScan).then(|| node.index.clone()).flatten();
        self.in_order(before, after, |_, node| by_index(node), |_, node| by_index(node));
    }

    /// Pairs what has the same key, in the order printed.
    fn in_order<K: Eq + std::hash::Hash>(
        &mut self,
        before: &Plan,
        after: &Plan,
        key_before: impl Fn(NodeId, &Node) -> Option<K>,
        key_after: impl Fn(NodeId, &Node) -> Option<K>,
    ) {
        let mut waiting: HashMap<K, Vec<NodeId>> = HashMap::new();
        for (id, node) in after.walk().rev() {
            if self.after[id.0 as usize].is_none()
                && let Some(key) = key_after(id, node)
            {
                waiting.entry(key).or_default().push(id);
            }
        }
        for (id, node) in before.walk() {
            if self.before[id.0 as usize].is_none()
                && let Some(partner) = key_before(id, node).and_then(|key| waiting.get_mut(&key)?.pop())
            {
                self.pair(id, partner);
            }
        }
    }

    /// What every subtree reads, as a sum over its readers; partners count the same.
    fn reads(&mut self, before: &Plan, after: &Plan) {
        let token = |side: &str, id: NodeId| short(&format!("{side}{}", id.0));
        let sums = |plan: &Plan, token: &dyn Fn(NodeId) -> u64| {
            let mut sums = vec![0u64; plan.nodes.len()];
            for (id, node) in plan.walk().rev() {
                let at = id.0 as usize;
                if reads(node) {
                    sums[at] = sums[at].wrapping_add(token(id));
                }
                if let Some(parent) = node.parent {
                    let sum = sums[at];
                    let above = &mut sums[parent.0 as usize];
                    *above = above.wrapping_add(sum);
                }
            }
            sums
        };
        let partner = &self.after;
        self.reads_before = sums(before, &|id| token("before", id));
        self.reads_after = sums(after, &|id| match partner[id.0 as usize] {
            Some(partner) => token("before", partner),
            None => token("after", id),
        });
    }

    /// The same role over the same readers.
    fn alike(&mut self, before: &Plan, after: &Plan) {
        let (reads_before, reads_after) = (self.reads_before.clone(), self.reads_after.clone());
        for exact in [true, false] {
            let key = |plan: &Plan, node: &Node, reads: u64| {
                let own = if exact { signature(node, plan.product) } else { String::new() };
                (reads != 0 && !reads_directly(node)).then(|| (reads, role(node), own))
            };
            self.in_order(
                before,
                after,
                |id, node| key(before, node, reads_before[id.0 as usize]),
                |id, node| key(after, node, reads_after[id.0 as usize]),
            );
        }
    }

    /// What hangs on partners and has the same role.
    fn below_partners(&mut self, before: &Plan, after: &Plan) {
        if self.free(NodeId::ROOT, NodeId::ROOT) && role(before.root()) == role(after.root()) {
            self.pair(NodeId::ROOT, NodeId::ROOT);
        }
        for (id, node) in before.walk() {
            let Some(parent) = node.parent.and_then(|parent| self.before[parent.0 as usize]) else { continue };
            if self.before[id.0 as usize].is_some() || reads_directly(node) {
                continue;
            }
            let partner = after
                .children(parent)
                .take(LOOK_AT)
                .find(|(other, child)| self.after[other.0 as usize].is_none() && role(child) == role(node));
            // joins of other inputs are other joins
            if let Some((other, _)) = partner
                && role(node) != Role::Join
            {
                self.pair(id, other);
            }
        }
    }
}

/// Whether a node itself reads something with a name.
pub(super) fn reads(node: &Node) -> bool {
    node.relation.is_some()
}

fn reads_directly(node: &Node) -> bool {
    reads(node) || node.operator == Operator::BitmapIndexScan
}

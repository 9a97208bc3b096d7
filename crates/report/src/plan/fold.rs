//! Which operators get a line, and which share one.

use dbwright_model::plan::NodeId;

use super::{Drawn, Measure};

/// Plans up to this many operators are shown whole.
const WHOLE: usize = 30;
/// Lines a screen takes; what is cheap is folded until the plan fits, if it can.
const LINES: usize = 40;
/// Lines after which the rest is only counted, where nothing tells what is cheap.
const MOST: usize = 200;

/// A line of a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// How far from the root, as shown.
    pub(crate) depth: usize,
    pub(crate) what: Shown,
}

/// What a line shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shown {
    /// An operator.
    Node(NodeId),
    /// Several, not worth a line each.
    Folded { first: NodeId, nodes: usize, own: f64, executed: bool },
}

/// The lines of a plan: all of them, or what matters.
pub(crate) fn lines(drawn: &Drawn<'_>, all: bool) -> Vec<Line> {
    let count = drawn.plan.nodes.len();
    if all || count <= WHOLE {
        return Folder::new(drawn, 0.0, false).lines();
    }
    if drawn.measure == Measure::Nothing {
        let mut lines = Folder::new(drawn, 0.0, false).lines();
        if lines.len() > MOST {
            lines.truncate(MOST);
            let executed = !drawn.plan.nodes.iter().skip(MOST).all(|node| node.never_executed());
            lines.push(Line {
                depth: 1,
                what: Shown::Folded { first: NodeId(MOST as u32), nodes: count - MOST, own: 0.0, executed },
            });
        }
        return lines;
    }
    let steps = [(0.01, false), (0.01, true), (0.02, true), (0.05, true), (0.1, true)];
    let mut lines = Vec::new();
    for (share, chains) in steps {
        lines = Folder::new(drawn, share, chains).lines();
        if lines.len() <= LINES {
            break;
        }
    }
    lines
}

/// As [`lines`], but what is folded is a run of operators in the order printed.
pub(crate) fn runs(drawn: &Drawn<'_>, all: bool) -> Vec<Line> {
    let whole = all || drawn.plan.nodes.len() <= 2 * WHOLE || drawn.measure == Measure::Nothing;
    Folder::new(drawn, if whole { 0.0 } else { 0.01 }, false).lines()
}

struct Folder<'d, 'a> {
    drawn: &'d Drawn<'a>,
    /// It is shown for its own sake.
    matters: Vec<bool>,
    /// It, or something below it, is.
    kept: Vec<bool>,
    /// Whether runs of operators that only stand between two others share a line.
    chains: bool,
}

impl<'d, 'a> Folder<'d, 'a> {
    fn new(drawn: &'d Drawn<'a>, share: f64, chains: bool) -> Self {
        let plan = drawn.plan;
        let mut matters = vec![false; plan.nodes.len()];
        let mut kept = matters.clone();
        for (id, node) in plan.walk().rev() {
            let at = id.0 as usize;
            let below = node.children.iter().filter(|child| kept[child.0 as usize]).count();
            matters[at] = at == 0 || below > 1 || drawn.share(id) >= share || !drawn.findings(id).is_empty();
            kept[at] = matters[at] || below > 0;
        }
        Folder { drawn, matters, kept, chains }
    }

    fn lines(&self) -> Vec<Line> {
        let plan = self.drawn.plan;
        let mut lines = Vec::new();
        // What is still to be shown, last first: an operator, or a run of siblings that are folded.
        let mut open: Vec<(usize, Vec<NodeId>)> = vec![(0, vec![NodeId::ROOT])];
        while let Some((depth, ids)) = open.pop() {
            let Some(&id) = ids.first() else { continue };
            if !self.kept[id.0 as usize] {
                lines.push(Line { depth, what: self.folded(&ids) });
                continue;
            }
            let mut next = id;
            let mut run = Vec::new();
            while self.chains && self.thin(next) {
                run.push(next);
                match plan[next].children.iter().find(|child| self.kept[child.0 as usize]) {
                    Some(&child) => next = child,
                    None => break,
                }
            }
            if run.len() > 2 {
                lines.push(Line { depth, what: self.run(&run) });
                open.push((depth + 1, vec![next]));
                continue;
            }
            lines.push(Line { depth, what: Shown::Node(id) });
            let mut groups: Vec<Vec<NodeId>> = Vec::new();
            for &child in &plan[id].children {
                let folds = |id: NodeId| !self.kept[id.0 as usize];
                match groups.last_mut() {
                    Some(group) if folds(child) && group.first().is_some_and(|first| folds(*first)) => {
                        group.push(child)
                    }
                    _ => groups.push(vec![child]),
                }
            }
            open.extend(groups.into_iter().rev().map(|group| (depth + 1, group)));
        }
        lines
    }

    /// Whether it only stands between what is above and one thing below.
    fn thin(&self, id: NodeId) -> bool {
        !self.matters[id.0 as usize] && self.kept[id.0 as usize]
    }

    /// Whole subtrees in one line; a single operator gets its own.
    fn folded(&self, ids: &[NodeId]) -> Shown {
        let subtrees = ids.iter().flat_map(|&id| self.drawn.plan.subtree(id));
        self.sum(subtrees.map(|(id, _)| id))
    }

    /// A run of operators with what hangs on them beside the run.
    fn run(&self, run: &[NodeId]) -> Shown {
        let plan = self.drawn.plan;
        let beside = run.iter().flat_map(|&id| plan[id].children.iter().filter(|child| !self.kept[child.0 as usize]));
        let beside = beside.flat_map(|&child| plan.subtree(child).map(|(id, _)| id));
        self.sum(run.iter().copied().chain(beside))
    }

    fn sum(&self, ids: impl Iterator<Item = NodeId>) -> Shown {
        let (mut nodes, mut own, mut executed, mut first) = (0, 0.0, false, None);
        for id in ids {
            nodes += 1;
            own += self.drawn.figure(id).own;
            executed |= !self.drawn.plan[id].never_executed();
            first.get_or_insert(id);
        }
        let first = first.unwrap_or(NodeId::ROOT);
        if nodes == 1 { Shown::Node(first) } else { Shown::Folded { first, nodes, own, executed } }
    }
}

//! Where subtrees end, and how many processes shared the work of a node.

use dbwright_model::plan::{Node, Operator, Plan};

/// What the accounting asks of the tree again and again.
#[derive(Debug)]
pub(super) struct Shape {
    /// One past the last node of each subtree.
    pub(super) ends: Vec<u32>,
    /// Processes that ran the node: what its loops are spread over.
    pub(super) processes: Vec<f64>,
    /// Processes side by side in the part of the plan the node stands in: what turns the time of all of them together
    /// into time on the clock, so that the parts of a parallel section add up to it.
    pub(super) side_by_side: Vec<f64>,
}

impl Shape {
    pub(super) fn of(plan: &Plan) -> Shape {
        let count = plan.nodes.len();
        let mut ends: Vec<u32> = (1..=count as u32).collect();
        for (at, node) in plan.nodes.iter().enumerate().rev() {
            if let Some(last) = node.children.last() {
                ends[at] = ends[last.0 as usize];
            }
        }
        let mut shape = Shape { ends, processes: vec![1.0; count], side_by_side: vec![1.0; count] };
        // how often the nearest gathering node above was executed
        let mut gathered = vec![1.0; count];
        for (at, node) in plan.nodes.iter().enumerate() {
            let Some(above) = node.parent.map(|above| above.0 as usize) else { continue };
            let parent = &plan.nodes[above];
            gathered[at] = gathered[above];
            let loops = node.loops().unwrap_or(1.0);
            let (width, processes) = match parent.operator {
                Operator::Gather if node.link.is_input() => {
                    gathered[at] = parent.loops().unwrap_or(1.0).max(1.0);
                    let most = parent.workers.and_then(|workers| workers.launched).map_or(f64::MAX, |n| n as f64 + 1.0);
                    let width = workers_seen(node).unwrap_or(loops / gathered[at]).min(most).max(1.0);
                    (width, width)
                }
                Operator::ShardMerge if node.link.is_input() => (shards(plan, parent), 1.0),
                _ => {
                    let (width, above) = (shape.side_by_side[above], shape.processes[above]);
                    let spread = loops / gathered[at];
                    let processes = match workers_seen(node) {
                        Some(seen) => seen.min(width),
                        // so few loops that each process may have run it once; it cannot be more than ran its parent
                        None if spread <= width => spread.min(above),
                        None => above,
                    };
                    (width, processes.max(1.0))
                }
            };
            (shape.side_by_side[at], shape.processes[at]) = (width.max(1.0), processes);
        }
        shape
    }

    /// Whether `below` is `above` or stands below it.
    pub(super) fn contains(&self, above: u32, below: u32) -> bool {
        above <= below && below < self.ends[above as usize]
    }
}

/// Processes that ran a node as the figures of its workers tell; the leader took part when loops are left over.
fn workers_seen(node: &Node) -> Option<f64> {
    let loops = node.per_worker.iter().filter_map(|worker| worker.actual).map(|actual| actual.loops);
    let (seen, together) =
        loops.filter(|loops| *loops > 0.0).fold((0.0, 0.0), |(n, sum), loops| (n + 1.0, sum + loops));
    let leader = if node.loops()? - together > 0.5 { 1.0 } else { 0.0 };
    (seen > 0.0).then_some(seen + leader)
}

/// Shards work at the same time: together they take as long as the slowest.
fn shards(plan: &Plan, parent: &Node) -> f64 {
    let times = parent.children.iter().filter_map(|&child| {
        let actual = plan[child].actual?;
        Some(actual.total?.0 * actual.loops)
    });
    let (sum, most) = times.fold((0.0, 0.0_f64), |(sum, most), time| (sum + time, most.max(time)));
    if most > 0.0 && f64::is_finite(sum) { (sum / most).max(1.0) } else { 1.0 }
}

//! What differs between two plans of a query, and what the difference cost.

mod changes;
mod matching;
mod shape;

use dbwright_model::plan::{Node, NodeId, Plan};
use dbwright_model::{Count, Seconds, Share};
use serde::{Deserialize, Serialize};

use matching::Matching;
pub use shape::fingerprint;

/// A figure in both plans.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Delta<T> {
    /// In the first plan.
    pub before: T,
    /// In the second.
    pub after: T,
}

/// The difference between two plans.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanDiff {
    /// What to say in a word.
    pub verdict: Verdict,
    /// Operators that have a partner, as a part of those of the larger plan.
    pub matched: Share,
    /// Operators and their partners, in the order of the first plan.
    pub pairs: Vec<Pair>,
    /// Operators of the first plan without a partner.
    pub gone: Vec<NodeId>,
    /// Operators of the second plan without a partner.
    pub new: Vec<NodeId>,
    /// What changed, what cost most first.
    pub changes: Vec<Change>,
    /// Execution time, where both were executed and timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Delta<Seconds>>,
    /// Pages touched, where both say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Delta<Count>>,
    /// Cost in the planner's units, where both say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Delta<f64>>,
}

/// Two operators that do the same work, with what each took together with everything below it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// In the first plan.
    pub before: NodeId,
    /// In the second.
    pub after: NodeId,
    /// Time on the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Delta<Seconds>>,
    /// Pages touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Delta<Count>>,
    /// Cost in the planner's units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Delta<f64>>,
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What kind of thing.
    pub kind: ChangeKind,
    /// The operator in the first plan, or the one nearest to where it would stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<NodeId>,
    /// The operator in the second plan, or the one nearest to where it would stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<NodeId>,
    /// In words: `orders: Seq Scan → Index Scan using orders_pkey`.
    pub what: String,
    /// Time of the operators concerned, with everything below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Delta<Seconds>>,
}

/// Kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A table is read by other means.
    Access,
    /// Another index is used by the same means.
    Index,
    /// Two inputs are joined by another method.
    JoinMethod,
    /// Inputs are joined in another order, or the other way round.
    JoinOrder,
    /// A sort came.
    SortGained,
    /// A sort went.
    SortLost,
    /// Something no longer fits into memory.
    SpillGained,
    /// Something fits into memory now.
    SpillLost,
    /// A part runs in parallel now.
    ParallelGained,
    /// A part no longer runs in parallel.
    ParallelLost,
    /// Another number of workers came.
    Workers,
    /// A condition moved to another place or reads differently.
    Condition,
    /// Something else is done by another method: grouping, sorting, appending.
    Method,
    /// An operator came.
    Gained,
    /// An operator went.
    Lost,
    /// Code is compiled now, or no longer.
    Compilation,
    /// A setting differs.
    Setting,
    /// The planner expects another number of rows.
    Estimate,
    /// Another number of rows came.
    Rows,
}

/// What to say in a word.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The plans have the same shape.
    pub same_shape: bool,
    /// Which is faster.
    pub speed: Speed,
    /// Judged by what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Measure>,
}

impl Verdict {
    /// Whether a check of changes should fail: the second plan is slower.
    pub fn is_regression(self) -> bool {
        self.speed == Speed::Slower
    }
}

/// Which of two plans is faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speed {
    /// The second.
    Faster,
    /// The first.
    Slower,
    /// The difference is within what two runs of the same plan differ by.
    Alike,
    /// The plans have no figure in common.
    Unknown,
}

/// What plans are compared by, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Execution time.
    Time,
    /// Pages touched.
    Pages,
    /// The planner's cost.
    Cost,
}

/// Two runs of the same plan on the same machine easily differ by so much.
const NOISE: f64 = 1.2;
/// Differences below are noise whatever their ratio, in seconds.
const MOMENT: f64 = 1e-3;
/// Pages and cost do not jitter.
const EXACT: f64 = 1.05;
/// Fewer pages or units of cost say nothing.
const FEW: f64 = 10.0;

/// Compares two plans of a query. Both must have been through the accounting for their times to be compared.
pub fn compare(before: &Plan, after: &Plan) -> PlanDiff {
    let matching = Matching::of(before, after);
    let pairs: Vec<Pair> = matching
        .before
        .iter()
        .enumerate()
        .filter_map(|(at, partner)| {
            let (one, other) = (NodeId(at as u32), (*partner)?);
            let (x, y) = (&before[one], &after[other]);
            Some(Pair { before: one, after: other, time: times(x, y), pages: pages(x, y), cost: cost(x, y) })
        })
        .collect();
    let without = |partners: &[Option<NodeId>]| {
        let free = partners.iter().enumerate().filter(|(_, partner)| partner.is_none());
        free.map(|(at, _)| NodeId(at as u32)).collect::<Vec<_>>()
    };
    let time = execution(before).zip(execution(after)).map(|(before, after)| Delta { before, after });
    let time = time.or_else(|| times(before.root(), after.root()));
    let pages = pages(before.root(), after.root());
    let cost = cost(before.root(), after.root());
    let larger = before.nodes.len().max(after.nodes.len()) as f64;
    PlanDiff {
        verdict: verdict(matching.same, time, pages, cost),
        matched: Share(pairs.len() as f64 / larger),
        gone: without(&matching.before),
        new: without(&matching.after),
        changes: changes::find(before, after, &matching),
        pairs,
        time,
        pages,
        cost,
    }
}

fn verdict(
    same_shape: bool,
    time: Option<Delta<Seconds>>,
    pages: Option<Delta<Count>>,
    cost: Option<Delta<f64>>,
) -> Verdict {
    let figures = [
        (Measure::Time, time.map(|time| (time.before.0, time.after.0)), NOISE, MOMENT),
        (Measure::Pages, pages.map(|pages| (pages.before.0 as f64, pages.after.0 as f64)), EXACT, FEW),
        (Measure::Cost, cost.map(|cost| (cost.before, cost.after)), EXACT, FEW),
    ];
    let known = figures.into_iter().find_map(|(by, figures, ratio, least)| Some((by, figures?, ratio, least)));
    let Some((by, (before, after), ratio, least)) = known else {
        return Verdict { same_shape, speed: Speed::Unknown, by: None };
    };
    let speed = match (after - before).abs() >= least {
        true if after > before * ratio => Speed::Slower,
        true if before > after * ratio => Speed::Faster,
        _ => Speed::Alike,
    };
    Verdict { same_shape, speed, by: Some(by) }
}

fn execution(plan: &Plan) -> Option<Seconds> {
    plan.account.as_ref().map(|account| account.execution).or(plan.execution)
}

fn both<T, U>(before: &Node, after: &Node, of: impl Fn(&Node) -> Option<T>, unit: impl Fn(T) -> U) -> Option<Delta<U>> {
    Some(Delta { before: unit(of(before)?), after: unit(of(after)?) })
}

fn times(before: &Node, after: &Node) -> Option<Delta<Seconds>> {
    both(before, after, |node| node.own.as_ref()?.total, |total| total.seconds())
}

fn pages(before: &Node, after: &Node) -> Option<Delta<Count>> {
    both(before, after, |node| node.buffers, |buffers| Count(buffers.pages()))
}

fn cost(before: &Node, after: &Node) -> Option<Delta<f64>> {
    both(before, after, |node| node.estimate?.total_cost, |cost| cost)
}

#[cfg(test)]
mod tests;

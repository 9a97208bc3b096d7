//! What rules ask of an operator of a plan.

use dbwright_model::plan::{Interval, Link, Node, NodeId, Operator, Plan, Plans};
use dbwright_model::{Case, Finding, NotEvaluated, PlanNode, Product, Severity, Share, Subject, Why};

/// An operator in its plan.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// All plans of the case.
    pub plans: &'a Plans,
    /// The operator's plan.
    pub plan: &'a Plan,
    /// Where it is.
    pub place: PlanNode,
}

/// Every operator of every plan that was executed or may be judged by its estimates: those that never ran are left out.
///
/// # Errors
/// The case has no plans.
pub fn every(case: &Case) -> Result<impl Iterator<Item = At<'_>>, NotEvaluated> {
    Ok(places(case)?.filter(|at| !at.node().never_executed()))
}

/// Every operator of every plan, also those that never ran.
///
/// # Errors
/// The case has no plans.
pub fn places(case: &Case) -> Result<impl Iterator<Item = At<'_>>, NotEvaluated> {
    let plans = case.get::<Plans>().map_err(|reason| match reason.why {
        Why::NotCollected => NotEvaluated::not_applicable("no plan was given"),
        _ => reason,
    })?;
    Ok(plans.plans.iter().enumerate().flat_map(move |(number, plan)| {
        let place = move |node| PlanNode { plan: number as u32, node };
        plan.walk().map(move |(node, _)| At { plans, plan, place: place(node) })
    }))
}

impl<'a> At<'a> {
    /// The operator.
    pub fn node(&self) -> &'a Node {
        &self.plan[self.place.node]
    }

    /// Another operator of the same plan.
    pub fn at(&self, node: NodeId) -> At<'a> {
        At { place: PlanNode { node, ..self.place }, ..*self }
    }

    /// The operator above.
    pub fn parent(&self) -> Option<At<'a>> {
        self.node().parent.map(|parent| self.at(parent))
    }

    /// The operators above, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = At<'a>> {
        std::iter::successors(self.parent(), At::parent)
    }

    /// The operators below it that hang on it directly.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = At<'a>> + use<'a> {
        let at = *self;
        self.node().children.iter().map(move |&child| at.at(child))
    }

    /// The operators rows flow in from.
    pub fn inputs(&self) -> impl DoubleEndedIterator<Item = At<'a>> + use<'a> {
        self.children().filter(|child| child.node().link.is_input())
    }

    /// The input that is looked up for each row of the other (or hashed).
    pub fn inner(&self) -> Option<At<'a>> {
        self.inputs().find(|child| child.node().link == Link::Inner)
    }

    /// The first input.
    pub fn outer(&self) -> Option<At<'a>> {
        self.inputs().find(|child| child.node().link == Link::Outer)
    }

    /// It and everything below.
    pub fn subtree(&self) -> impl Iterator<Item = At<'a>> + use<'a> {
        let at = *self;
        self.plan.subtree(self.place.node).map(move |(node, _)| at.at(node))
    }

    /// Time it took by itself, all loops together.
    pub fn time(&self) -> Option<Interval> {
        self.node().own.as_ref()?.time
    }

    /// Time it took with everything below, all loops together.
    pub fn total(&self) -> Option<Interval> {
        self.node().own.as_ref()?.total
    }

    /// Execution time of the plan in seconds.
    pub fn execution(&self) -> Option<f64> {
        self.plan.account.as_ref().map(|account| account.execution.0).filter(|seconds| *seconds > 0.0)
    }

    /// Its own time as a part of the execution.
    pub fn share(&self) -> Option<Share> {
        Share::of(self.time()?.value, self.execution()?)
    }

    /// The time of it and everything below as a part of the execution.
    pub fn total_share(&self) -> Option<Share> {
        Share::of(self.total()?.value, self.execution()?)
    }

    /// Whether it is worth a word: with everything below it took at least 1 ms and 1 % of the execution; or nothing was
    /// timed, so that only its shape can be judged.
    pub fn matters(&self) -> bool {
        match (self.total(), self.execution()) {
            (Some(total), Some(execution)) => total.value >= 1e-3 && total.value >= 0.01 * execution,
            _ => true,
        }
    }

    /// How far the planner was off, at least 1, rows floored at one; with the direction: `true` when more rows came than
    /// expected. `None` when it did not run or was stopped before its end, so that there is nothing to compare.
    pub fn misestimate(&self) -> Option<(f64, bool)> {
        let (expected, came) = self.node().rows()?;
        if self.stopped_early() {
            return None;
        }
        let (expected, came) = (expected.max(1.0), came.max(1.0));
        Some(if came >= expected { (came / expected, true) } else { (expected / came, false) })
    }

    /// Whether something above may have stopped it before its last row: a limit, a semi or anti join's inner side, an
    /// `EXISTS`, a merge join that ran out of partners. An operator between that takes all its input first ends the doubt.
    pub fn stopped_early(&self) -> bool {
        let mut below = *self;
        for above in self.ancestors() {
            let node = above.node();
            let link = below.node().link;
            let stops = match node.operator {
                Operator::Limit => true,
                Operator::MergeJoin => true,
                Operator::NestedLoop | Operator::HashJoin | Operator::Join => {
                    let semi = node.join.as_deref().is_some_and(|join| {
                        let join = join.to_ascii_lowercase();
                        join.contains("semi") || join.contains("anti")
                    });
                    let unique = node.extra.bool("Inner Unique") == Some(true);
                    link == Link::Inner && node.operator != Operator::HashJoin && (semi || unique)
                }
                _ => link == Link::SubPlan || link == Link::InitPlan,
            };
            if stops {
                return true;
            }
            let takes_all = match node.operator {
                Operator::Sort
                | Operator::HashAggregate
                | Operator::Hash
                | Operator::BitmapHeapScan
                | Operator::TemporaryTable
                | Operator::Modify => true,
                Operator::Aggregate => node.group_keys.is_empty(),
                _ => false,
            };
            if takes_all || !link.is_input() {
                return false;
            }
            below = above;
        }
        false
    }

    /// Rows it returned in all loops together, or is expected to return.
    pub fn rows(&self) -> Option<f64> {
        self.node().total_rows().or(self.node().estimate.and_then(|estimate| estimate.rows))
    }

    /// Rows it returned in all loops together, with what rounding of the printed average leaves open: half a row a loop in
    /// PostgreSQL before 18, a two-hundredth from then on, three digits in MySQL's tree.
    pub fn rows_between(&self) -> Option<(f64, f64)> {
        let actual = self.node().actual?;
        let rows = actual.rows?;
        let half = match self.plan.product {
            Product::PostgreSQL if self.plan.since.is_some_and(|since| since.at_least(18, 0)) => 0.005,
            Product::PostgreSQL => 0.5,
            Product::MySQL if self.plan.format == "tree" && rows >= 1000.0 => {
                0.5 * 10_f64.powf(rows.log10().floor() - 2.0)
            }
            _ => 0.0,
        };
        // one loop is no average
        let half = if actual.loops > 1.0 || self.plan.product != Product::PostgreSQL { half } else { 0.0 };
        Some(((rows - half).max(0.0) * actual.loops, (rows + half) * actual.loops))
    }

    /// How a finding names it.
    pub fn subject(&self) -> Subject {
        Subject::operator(self.plans, self.place)
    }

    /// A finding about it.
    pub fn finding(&self, severity: Severity, cause: impl Into<String>) -> Finding {
        let weight = self.time().map_or(0.0, |time| time.value);
        Finding::new(severity, self.subject(), cause).weight(weight)
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::Version;
    use dbwright_model::plan::Actual;

    use super::*;

    #[test]
    fn rows_rounded_to_nothing_may_be_many() {
        let between = |product, since: Option<u32>, format: &str, rows, loops| {
            let actual = Some(Actual { rows: Some(rows), loops, ..Actual::default() });
            let node = Node { actual, ..Node::new(Operator::IndexScan, "Index Scan") };
            let mut plan = Plan::new(product, format, node);
            plan.since = since.map(|major| Version::new(major, 0, 0));
            let plans = Plans { plans: vec![plan] };
            let place = PlanNode { plan: 0, node: NodeId::ROOT };
            At { plans: &plans, plan: &plans.plans[0], place }.rows_between().unwrap()
        };
        assert_eq!(between(Product::PostgreSQL, None, "text", 0.0, 1000.0), (0.0, 500.0));
        assert_eq!(between(Product::PostgreSQL, Some(18), "text", 0.0, 1000.0), (0.0, 5.0));
        assert_eq!(between(Product::PostgreSQL, None, "text", 7.0, 1.0), (7.0, 7.0));
        assert_eq!(between(Product::MySQL, None, "tree", 12_300.0, 1.0), (12_250.0, 12_350.0));
        assert_eq!(between(Product::MariaDB, None, "json", 0.5, 10.0), (5.0, 5.0));
    }
}

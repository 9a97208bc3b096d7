//! Plans as the renderers see them: what each operator costs, which findings speak of it, what may be folded away.

pub(crate) mod diff;
mod fold;
pub(crate) mod guides;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod words;

use std::collections::HashMap;

use dbwright_model::plan::{Node, NodeId, Operator, Plan, Plans};
use dbwright_model::{Case, Finding, PlanNode, Seconds, Severity};
use dbwright_plan::At;

use crate::view::{View, plural};

pub(crate) use fold::{Shown, runs};
pub(crate) use text::tree;

/// What the operators are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Seconds it took.
    Time,
    /// What the planner expects, in its own units.
    Cost,
    /// There is neither.
    Nothing,
}

/// A plan of the case with the figures all renderers share.
pub(crate) struct Drawn<'a> {
    pub(crate) plans: &'a Plans,
    pub(crate) plan: &'a Plan,
    /// Its place among the plans.
    pub(crate) number: u32,
    pub(crate) measure: Measure,
    /// The whole that shares are parts of: execution time, or cost of the root.
    pub(crate) whole: f64,
    /// Of each operator: itself alone, and with everything below. What is below fits into what is above.
    pub(crate) figures: Vec<Figure>,
    findings: HashMap<NodeId, Vec<&'a Finding>>,
}

/// Time or cost of an operator.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figure {
    /// Itself alone.
    pub(crate) own: f64,
    /// With everything below.
    pub(crate) total: f64,
}

/// What a finding's fix saves, of how much.
pub(crate) fn saving_of(view: &View<'_>, finding: &Finding) -> Option<String> {
    let plan = plans(view).zip(finding.subject.operator).and_then(|(plans, at)| plans.plans.get(at.plan as usize));
    words::saving(finding, plan)
}

/// The file and line where the plan of a finding stands.
pub(crate) fn found_at(view: &View<'_>, finding: &Finding) -> Option<(String, usize)> {
    let plan = plans(view)?.plans.get(finding.subject.operator?.plan as usize)?;
    let (file, line) = plan.found_at.as_deref()?.rsplit_once(':')?;
    if file == "-" { None } else { Some((file.to_owned(), line.parse().ok()?)) }
}

/// The plans of the case, if it has any.
pub(crate) fn plans<'a>(view: &View<'a>) -> Option<&'a Plans> {
    let case: &'a Case = view.case?;
    case.get::<Plans>().ok().filter(|plans| !plans.plans.is_empty())
}

/// The plans of the case, ready to be drawn.
pub(crate) fn drawn<'a>(view: &View<'a>) -> Vec<Drawn<'a>> {
    let Some(plans) = plans(view) else { return Vec::new() };
    let mut findings: HashMap<PlanNode, Vec<&'a Finding>> = HashMap::new();
    for finding in view.shown() {
        if let Some(at) = finding.subject.operator {
            findings.entry(at).or_default().push(finding);
        }
    }
    let of_plan = |number: u32| {
        let own = findings.iter().filter(|(at, _)| at.plan == number);
        own.map(|(at, findings)| (at.node, findings.clone())).collect()
    };
    let numbered = plans.plans.iter().enumerate().map(|(number, plan)| (number as u32, plan));
    numbered.map(|(number, plan)| Drawn::new(plans, plan, number, of_plan(number))).collect()
}

impl<'a> Drawn<'a> {
    fn new(plans: &'a Plans, plan: &'a Plan, number: u32, findings: HashMap<NodeId, Vec<&'a Finding>>) -> Drawn<'a> {
        let timed = plan.nodes.iter().any(|node| node.own.as_ref().is_some_and(|own| own.total.is_some()));
        let cost = whole_costs(plan).first().copied().filter(|cost| *cost > 0.0);
        let (measure, figures) = match (timed, cost) {
            (true, _) => (Measure::Time, times(plan)),
            (false, Some(_)) => (Measure::Cost, costs(plan)),
            (false, None) => (Measure::Nothing, vec![Figure::default(); plan.nodes.len()]),
        };
        let root = figures.first().map_or(0.0, |figure| figure.total);
        let whole = match (measure, &plan.account) {
            (Measure::Time, Some(account)) => account.execution.0.max(root),
            _ => root,
        };
        Drawn { plans, plan, number, measure, whole, figures, findings }
    }

    pub(crate) fn figure(&self, id: NodeId) -> Figure {
        self.figures.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Its own part of the whole, 0 to 1.
    pub(crate) fn share(&self, id: NodeId) -> f64 {
        if self.whole > 0.0 { (self.figure(id).own / self.whole).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The findings about an operator.
    pub(crate) fn findings(&self, id: NodeId) -> &[&'a Finding] {
        self.findings.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The worst severity of its findings.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.findings.values().flatten().map(|finding| finding.severity).max()
    }

    /// How far the planner was off, when that is worth a word; `true` when more rows came than expected.
    pub(crate) fn misestimate(&self, id: NodeId) -> Option<(f64, bool)> {
        let at = At { plans: self.plans, plan: self.plan, place: PlanNode { plan: self.number, node: id } };
        at.misestimate().filter(|(factor, _)| *factor >= 10.0)
    }

    /// A figure of its measure in words.
    pub(crate) fn told(&self, figure: f64) -> String {
        match self.measure {
            Measure::Time => Seconds(figure).to_string(),
            _ => words::compact(figure),
        }
    }

    /// What the plan is, each fact short.
    pub(crate) fn facts(&self) -> Vec<String> {
        let plan = self.plan;
        let mut facts = vec![plural(plan.nodes.len(), "operator")];
        match (&plan.account, plan.execution) {
            (Some(account), _) if self.measure == Measure::Time => {
                facts.push(format!("executed in {}", account.execution))
            }
            (_, Some(time)) => facts.push(format!("executed in {time}")),
            _ if plan.analyzed() => facts.push("executed, not timed".into()),
            _ => facts.push("planned, not executed".into()),
        }
        facts.extend(plan.planning.map(|time| format!("planned in {time}")));
        facts
    }
}

/// Time of each operator as the accounting found it; what does not fit into its parent is cut to fit.
fn times(plan: &Plan) -> Vec<Figure> {
    let figure = |node: &Node| {
        let own = node.own.as_ref();
        let value = |time: Option<dbwright_model::plan::Interval>| time.map_or(0.0, |time| time.value);
        Figure { own: own.map_or(0.0, |own| value(own.time)), total: own.map_or(0.0, |own| value(own.total)) }
    };
    plan.nodes.iter().map(figure).collect()
}

/// Cost of each operator with everything below it; where the planner gives none, what is below costs.
fn whole_costs(plan: &Plan) -> Vec<f64> {
    let mut costs = vec![0.0; plan.nodes.len()];
    for (id, node) in plan.walk().rev() {
        let below: f64 = node.children.iter().map(|child| costs[child.0 as usize]).sum();
        let own = node.estimate.and_then(|estimate| estimate.total_cost);
        costs[id.0 as usize] = own.unwrap_or(below).max(0.0);
    }
    costs
}

/// What each operator costs by itself as far as the planner tells: the inner side of a nested loop is paid once for each
/// outer row, and what is below fits into what is above.
fn costs(plan: &Plan) -> Vec<Figure> {
    let whole = whole_costs(plan);
    let cost = |id: NodeId| whole.get(id.0 as usize).copied().unwrap_or(0.0);
    let rows = |node: &Node| node.estimate.and_then(|estimate| estimate.rows).unwrap_or(1.0).max(1.0);
    let mut factor = vec![1.0; plan.nodes.len()];
    let mut figures = vec![Figure::default(); plan.nodes.len()];
    for (id, node) in plan.walk() {
        let here = factor[id.0 as usize];
        let total = cost(id) * here;
        let looped = node.operator == Operator::NestedLoop;
        let mut times = 1.0;
        let mut below = Vec::with_capacity(node.children.len());
        for (at, child) in plan.inputs(id) {
            below.push((at, cost(at) * here * times));
            if looped {
                times = rows(child);
            }
        }
        // Outer sides come first and are known; the last one, paid again and again, takes what is left.
        let mut left = total;
        for (at, wanted) in below {
            let paid = wanted.min(left);
            left -= paid;
            let once = cost(at);
            factor[at.0 as usize] = if once > 0.0 { paid / once } else { 0.0 };
        }
        // Some planners count sub-plans in, others do not.
        for (at, _) in plan.children(id).filter(|(_, child)| !child.link.is_input()) {
            left -= (cost(at) * here).min(left);
            factor[at.0 as usize] = here;
        }
        figures[id.0 as usize] = Figure { own: left, total };
    }
    figures
}

//! What several rules ask of an operator of a MongoDB plan.

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{ConditionKind, Interval, Operator};
use dbwright_model::{Case, Count, Finding, NotEvaluated, Product, Severity};
use dbwright_plan::At;

/// Every operator of MongoDB's plans that ran or was only planned.
pub(super) fn every(case: &Case) -> Result<impl Iterator<Item = At<'_>>, NotEvaluated> {
    Ok(dbwright_plan::every(case)?.filter(|at| at.plan.product == Product::MongoDB))
}

/// The top operator of each plan.
pub(super) fn tops(case: &Case) -> Result<impl Iterator<Item = At<'_>>, NotEvaluated> {
    Ok(every(case)?.filter(|at| at.node().parent.is_none()))
}

/// Documents, keys and results of an operator: read, read, returned.
pub(super) struct Read {
    pub(super) docs: f64,
    pub(super) keys: f64,
    pub(super) returned: f64,
}

/// What an operator read, where it was executed.
pub(super) fn read(at: At<'_>) -> Option<Read> {
    let actual = at.node().actual.filter(|actual| actual.loops > 0.0)?;
    Some(Read { docs: actual.examined.unwrap_or(0.0), keys: actual.keys.unwrap_or(0.0), returned: actual.rows? })
}

/// Rows an operator returned.
pub(super) fn rows(at: At<'_>) -> Option<f64> {
    at.node().actual?.rows
}

/// A number of things, for evidence.
pub(super) fn count(number: f64) -> Count {
    Count(number.max(0.0) as u64)
}

/// `1` document, `2` documents.
pub(super) fn docs(number: f64) -> String {
    format!("{} document{}", count(number), if number == 1.0 { "" } else { "s" })
}

/// Seconds of the execution that an operator and everything below it took. Stages measure roughly (to the
/// millisecond, sampled), so their times are stretched to the execution's, which is measured as a whole.
pub(super) fn spent(at: At<'_>) -> Option<f64> {
    let execution = at.execution().or(at.plan.execution.map(|time| time.0))?;
    let of = |at: At<'_>| at.node().actual.and_then(|actual| actual.total).map(|time| time.0);
    let root =
        of(At { place: dbwright_model::PlanNode { node: dbwright_model::plan::NodeId::ROOT, ..at.place }, ..at });
    match (of(at), root) {
        (Some(own), Some(root)) if root > 0.0 => Some((own / root).min(1.0) * execution),
        // Nothing was timed finely enough, and nothing else reads: it is all its.
        _ if at.ancestors().all(|above| above.inputs().count() == 1) => Some(execution),
        _ => None,
    }
}

/// Finding about an operator whose fix saves a part of the time it and what is below it took: `warn` when that is
/// 10 ms and a tenth of the execution.
pub(super) fn finding(at: At<'_>, part: f64, cause: String) -> Finding {
    let saving = spent(at).map(|spent| spent * part.clamp(0.0, 1.0));
    let execution = at.execution().or(at.plan.execution.map(|time| time.0)).unwrap_or(0.0);
    let severity = match saving {
        Some(saving) if saving >= 0.01 && saving >= 0.1 * execution => Severity::Warn,
        _ => Severity::Info,
    };
    let found = at.finding(severity, cause).weight(saving.unwrap_or(0.0));
    match saving {
        // A stage's time is known to a millisecond or so.
        Some(saving) if saving > 0.0 => found.saves(Interval::new(saving - 0.001, saving, saving + 0.001)),
        _ => found,
    }
}

/// The collection an operator works on: its own, or of the nearest one that reads below it.
pub(super) fn collection(at: At<'_>) -> Option<&ObjectName> {
    at.subtree().find_map(|below| below.node().relation.as_ref())
}

/// Whether an operator throws documents away by a condition of its own.
pub(super) fn filters(at: At<'_>) -> bool {
    at.node().conditions(ConditionKind::Filter).next().is_some()
}

/// Whether something above may have stopped it early: a limit without a sort between.
pub(super) fn limited(at: At<'_>) -> bool {
    at.stopped_early()
        || at
            .ancestors()
            .take_while(|above| above.node().operator != Operator::Sort)
            .any(|above| above.node().operator == Operator::Limit)
}

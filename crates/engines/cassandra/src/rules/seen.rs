//! What several rules ask of an event of a trace.

use dbwright_model::{Case, Engine, Finding, NotEvaluated, Severity};
use dbwright_plan::At;

/// Every event of the traces.
pub(super) fn every(case: &Case) -> Result<impl Iterator<Item = At<'_>>, NotEvaluated> {
    Ok(dbwright_plan::every(case)?.filter(|at| at.plan.product.engine() == Engine::Cassandra))
}

/// Each traced request.
pub(super) fn requests(case: &Case) -> Result<impl Iterator<Item = At<'_>>, NotEvaluated> {
    Ok(every(case)?.filter(|at| at.node().parent.is_none()))
}

/// Seconds until the next event on the same machine.
pub(super) fn gap(at: At<'_>) -> f64 {
    at.node().actual.and_then(|actual| actual.total).map_or(0.0, |time| time.0)
}

/// Seconds the request took.
pub(super) fn took(at: At<'_>) -> f64 {
    at.plan.execution.map_or(0.0, |time| time.0)
}

/// The events on the same machine before this one, nearest first.
pub(super) fn before(at: At<'_>) -> impl Iterator<Item = At<'_>> {
    let place = at.place.node;
    let siblings = at.parent().into_iter().flat_map(|parent| parent.children().rev());
    siblings.skip_while(move |sibling| sibling.place.node >= place)
}

/// The table an event, or the nearest one before it, names.
pub(super) fn table(at: At<'_>) -> Option<String> {
    std::iter::once(at).chain(before(at)).find_map(|event| event.node().relation.as_ref()).map(ToString::to_string)
}

/// A finding about an event and the seconds it costs: `warn` when that is 10 ms and a tenth of the request.
pub(super) fn finding(at: At<'_>, seconds: f64, cause: String) -> Finding {
    let severity = if seconds >= 0.01 && seconds >= 0.1 * took(at) { Severity::Warn } else { Severity::Info };
    at.finding(severity, cause).weight(seconds)
}

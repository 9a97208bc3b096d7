//! What several rules ask of a part of a profile.

use dbwright_model::plan::{Interval, Operator, Value};
use dbwright_model::{Case, Engine, Finding, NotEvaluated, Severity};
use dbwright_plan::At;

/// Every part of the profiles.
pub(super) fn every(case: &Case) -> Result<impl Iterator<Item = At<'_>>, NotEvaluated> {
    Ok(dbwright_plan::every(case)?.filter(|at| at.plan.product.engine() == Engine::Elastic))
}

/// The top of each profile.
pub(super) fn searches(case: &Case) -> Result<impl Iterator<Item = At<'_>>, NotEvaluated> {
    Ok(every(case)?.filter(|at| at.node().parent.is_none()))
}

/// Seconds a part took with everything below it, as printed.
pub(super) fn whole(at: At<'_>) -> f64 {
    at.node().actual.and_then(|actual| actual.total).map_or(0.0, |time| time.0)
}

/// Seconds a part took by itself; no more than the search took, which sampled figures may add up to.
pub(super) fn own(at: At<'_>) -> f64 {
    let own = (whole(at) - at.children().map(whole).sum::<f64>()).max(0.0);
    if took(at) > 0.0 { own.min(took(at)) } else { own }
}

/// Seconds the search took, as its answer says.
pub(super) fn took(at: At<'_>) -> f64 {
    at.plan.execution.map_or(0.0, |time| time.0)
}

/// A number of the breakdown: nanoseconds of a step, or its `…_count`.
pub(super) fn breakdown(at: At<'_>, name: &str) -> Option<f64> {
    at.node().extra.get("breakdown").and_then(Value::group)?.number(name)
}

/// Whether a part is a clause of the query.
pub(super) fn is_clause(at: At<'_>) -> bool {
    let name = &at.node().name;
    !at.node().conditions.is_empty()
        && !matches!(at.node().operator, Operator::HashAggregate | Operator::Fetch | Operator::Project)
        && !name.contains("Collector")
}

/// Whether a part belongs to a shard that took three times as long as the median of three or more.
pub(super) fn is_outlier(at: At<'_>) -> bool {
    let Some(shard) = at.ancestors().find(|above| &*above.node().name == "shard") else { return false };
    let mut times: Vec<f64> = shard.parent().into_iter().flat_map(|search| search.children()).map(whole).collect();
    times.sort_by(f64::total_cmp);
    times.len() >= 3 && whole(shard) >= 3.0 * times[(times.len() - 1) / 2]
}

/// A query over terms that have to be looked for first.
pub(super) fn expands_terms(at: At<'_>) -> bool {
    ["MultiTermQuery", "WildcardQuery", "RegexpQuery", "PrefixQuery", "FuzzyQuery"]
        .iter()
        .any(|kind| at.node().name.contains(kind))
}

/// A finding whose fix saves about so many seconds: `warn` when that is 10 ms and a tenth of the search. A profile
/// measures each shard by sampling, and shards work side by side: no more than the search took can be saved.
pub(super) fn finding(at: At<'_>, seconds: f64, cause: String) -> Finding {
    let took = took(at);
    let saving = seconds.min(took);
    let severity = if saving >= 0.01 && saving >= 0.1 * took { Severity::Warn } else { Severity::Info };
    at.finding(severity, cause).weight(saving).saves(Interval::new(0.5 * saving, saving, (2.0 * saving).min(took)))
}

//! Counters are only believed after they have seen a whole day: the night's batch and the morning's peak.

use dbwright_model::{Case, Limit, NotEvaluated, Seconds, Why};

use crate::sections::databases::{Database, Databases};

/// Least age of counters from which a rate is computed.
pub(super) static DAY: Limit<Seconds> = Limit {
    what: "age of the counters",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day, so an average needs a whole one",
};

/// The window in days, when it is at least one.
pub(super) fn days(window: Option<Seconds>) -> Result<f64, NotEvaluated> {
    let window = window.unwrap_or_default();
    if window.0 >= DAY.value.0 {
        return Ok(window.0 / 86_400.0);
    }
    let detail = format!("the counters cover {window}, this needs {}", DAY.value);
    Err(NotEvaluated::new(Why::Window, detail).allow("look again when the counters are a day old"))
}

/// Databases whose counters are at least a day old, with that age in days.
pub(super) fn databases(case: &Case) -> Result<Vec<(&Database, f64)>, NotEvaluated> {
    let all = || case.get::<Databases>().map(|section| section.databases.iter().filter(|each| !each.name.is_empty()));
    let old: Vec<(&Database, f64)> = all()?.filter_map(|each| Some((each, days(each.window).ok()?))).collect();
    if old.is_empty() {
        let oldest = all()?.filter_map(|each| each.window).fold(Seconds(0.0), |a, b| if b > a { b } else { a });
        days(Some(oldest))?;
    }
    Ok(old)
}

//! One counter beside another: what happens too often, as a share and by day.

use dbwright_model::{Case, Count, Finding, NotEvaluated, Seconds, Share};

use crate::sections::status::Status;

/// A counter that is too large a part of another one.
pub(super) struct Excess {
    pub(super) share: Share,
    /// How often it happens in a day.
    pub(super) a_day: Count,
    counters: [(&'static str, Count); 2],
    window: Seconds,
}

/// `part` of `whole`, when it is more than `share` and happens `a_day` times a day or more, over at least `window`.
pub(super) fn excess(
    case: &Case,
    [part, whole]: [&'static str; 2],
    share: Share,
    a_day: Count,
    window: Seconds,
) -> Result<Option<Excess>, NotEvaluated> {
    let status = case.get::<Status>()?;
    let window = status.at_least(window)?;
    let (Some(n), Some(all)) = (status.get(part), status.get(whole)) else { return Ok(None) };
    let found = Share::of(n, all).unwrap_or_default();
    let daily = Count((n / (window.0 / 86_400.0)) as u64);
    let counters = [(part, Count(n as u64)), (whole, Count(all as u64))];
    Ok((found.0 > share.0 && daily.0 >= a_day.0).then_some(Excess { share: found, a_day: daily, counters, window }))
}

impl Excess {
    /// The finding with both counters and their window, weighed by how often it happens.
    pub(super) fn evidence(self, finding: Finding) -> Finding {
        let counted = self
            .counters
            .into_iter()
            .fold(finding, |finding, (name, count)| finding.measured(name, count, "SHOW GLOBAL STATUS"));
        counted.measured("counters cover", self.window, "Uptime_since_flush_status").weight(self.a_day.0 as f64)
    }
}

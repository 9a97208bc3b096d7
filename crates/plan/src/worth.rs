//! When what a fix saves is worth a warning.

use dbwright_model::plan::Interval;
use dbwright_model::{Limit, Seconds, Severity, Share};

use crate::At;

/// A fix that saves less is worth knowing, not a warning.
pub static WORTH: Limit<Share> = Limit {
    what: "part of the execution that the fix saves",
    value: Share(0.1),
    source: "ours: below a tenth nobody notices the difference",
};

/// See [`WORTH`].
pub static WORTH_TIME: Limit<Seconds> = Limit {
    what: "time the fix saves",
    value: Seconds::millis(10.0),
    source: "ours: below 10 ms an execution varies as much by itself",
};

/// How loud a finding with that saving is; what was only planned is never loud.
pub fn severity(at: &At<'_>, saving: Interval) -> Severity {
    let share = at.execution().map_or(0.0, |execution| saving.value / execution);
    match share >= WORTH.value.0 && saving.value >= WORTH_TIME.value.0 {
        true => Severity::Warn,
        false => Severity::Info,
    }
}

/// A part of a time in seconds, with bounds as parts of its bounds.
pub fn part(of: Interval, low: f64, likely: f64, high: f64) -> Interval {
    Interval::new(of.low * low, of.value * likely, of.high * high)
}

#[cfg(test)]
mod tests {
    use dbwright_model::plan::{Account, Node, NodeId, Operator, Plan, Plans};
    use dbwright_model::{PlanNode, Product};

    use super::*;

    fn loudness(execution: Option<f64>, saving: f64) -> Severity {
        let mut plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::FullScan, "Seq Scan"));
        plan.account = execution.map(|seconds| Account { execution: Seconds(seconds), ..Account::default() });
        let plans = Plans { plans: vec![plan] };
        let place = PlanNode { plan: 0, node: NodeId::ROOT };
        severity(&At { plans: &plans, plan: &plans.plans[0], place }, Interval::exact(saving))
    }

    #[test]
    fn a_warning_saves_a_tenth_and_ten_milliseconds() {
        assert_eq!(loudness(Some(0.1), 0.011), Severity::Warn);
        assert_eq!(loudness(Some(0.1), 0.009), Severity::Info, "too short");
        assert_eq!(loudness(Some(1.0), 0.09), Severity::Info, "too small a part");
        assert_eq!(loudness(None, 1.0), Severity::Info, "only planned");
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Harm, Ratio, Rows, Rule};
use dbwright_plan::every;

use super::distinct::WRONG;
use super::plan_estimate::{self, FACTOR, ORIGIN, ROWS};

pub(super) const RULE: Rule = Rule {
    id: "plan-row-overestimate",
    title: "Far fewer rows come than the planner expected",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FACTOR, &ROWS, &ORIGIN, &WRONG],
    explains: &["jit-overhead", "parallel-overhead"],
    wrong_when: "something above stopped reading early, so that not all rows were asked for",
    do_not: "force an index by switching sequential scans off: it is the estimate that makes the index look bad",
    lesson: include_str!("plan_row_overestimate.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let found = every(case)?.filter_map(|at| {
        let factor = plan_estimate::origin(&at, false)?;
        let (expected, came) = at.node().rows()?;
        let cause = format!(
            "{} came where {} were expected ({} too many): an index or a nested loop above looked more expensive than it is",
            Rows(came.round() as u64),
            Rows(expected as u64),
            Ratio(factor.round())
        );
        plan_estimate::finding(case, at, factor, &cause)
    });
    Ok(found.collect())
}

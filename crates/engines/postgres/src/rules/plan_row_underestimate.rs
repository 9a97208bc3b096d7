use dbwright_model::{Area, Case, Checked, Engine, Harm, Ratio, Rows, Rule};
use dbwright_plan::every;

use super::distinct::WRONG;
use super::plan_estimate::{self, FACTOR, ORIGIN, ROWS};

pub(super) const RULE: Rule = Rule {
    id: "plan-row-underestimate",
    title: "Far more rows come than the planner expected",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FACTOR, &ROWS, &ORIGIN, &WRONG],
    explains: &[
        "hash-spilled",
        "inner-full-scan-in-loop",
        "nested-loop-join-filter",
        "nested-loop-many-loops",
        "sort-spilled",
    ],
    wrong_when: "the statistics were fresh and the values asked for are rare exceptions that no other query asks for",
    do_not: "switch nested loops off for the session: the estimate stays wrong for every other choice the planner makes",
    lesson: include_str!("plan_row_underestimate.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let found = every(case)?.filter_map(|at| {
        let factor = plan_estimate::origin(&at, true)?;
        let (expected, came) = at.node().rows()?;
        let cause = format!(
            "{} came where {} were expected ({}): joins and memory above were chosen for the smaller number",
            Rows(came.round() as u64),
            Rows(expected as u64),
            Ratio(factor.round())
        );
        plan_estimate::finding(case, at, factor, &cause)
    });
    Ok(found.collect())
}

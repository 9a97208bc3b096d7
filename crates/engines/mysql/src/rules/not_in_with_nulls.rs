use dbwright_model::plan::{ConditionKind, Interval, Operator};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "not-in-with-nulls",
    title: "NULLs make each NOT IN search the subquery's rows for a partial match",
    engines: &[Engine::MySql],
    versions: "MariaDB 10.0 and later print it",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PROBES, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the query relies on NULL: that nothing is returned where a NULL might stand for the value",
    do_not: "raise rowid_merge_buff_size and leave it at that: merging is cheaper than scanning, and still done for each row",
    lesson: include_str!("not_in_with_nulls.md"),
    check,
};

static PROBES: Limit<Count> = Limit { what: "rows that ask", value: Count(1_000), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let extra = &at.node().extra;
    let strategy = extra.text("r_strategy").filter(|strategy| strategy.contains("partial match"))?;
    let probes = extra.number("r_loops").filter(|probes| *probes >= PROBES.value.0 as f64)?;
    let scans = strategy.contains("full scan");
    // the search is paid by the operator whose condition asks
    let time = asking(at)?.time()?;
    let saving = if scans { plan::part(time, 0.5, 0.9, 1.0) } else { plan::part(time, 0.1, 0.5, 0.9) };
    let how = match scans {
        true => "go through the subquery's rows one by one",
        false => "merge the positions of rows with NULL",
    };
    let cause = format!(
        "{} rows ask NOT IN, and those without an equal partner {how} for one that is equal but for NULLs",
        Count(probes as u64)
    );
    Some(
        at.finding(plan::severity(at, saving), cause)
            .measured("rows that ask", Count(probes as u64), "materialization.r_loops")
            .measured("strategy", strategy, "materialization.r_strategy")
            .saves(saving)
            .fix(plan::rewrite(
                "Declare the columns on both sides NOT NULL where they are; else NOT EXISTS (SELECT 1 FROM … WHERE inner.a = outer.a AND inner.b = outer.b), for which NULL is equal to nothing and an index on (a, b) serves",
            )),
    )
}

/// The operator of the block above whose condition holds the subquery.
fn asking<'a>(at: &At<'a>) -> Option<At<'a>> {
    let asks = |below: &At<'a>| {
        below.node().operator != Operator::Materialize
            && below.time().is_some_and(|time| time != Interval::default())
            && below
                .node()
                .conditions(ConditionKind::Filter)
                .any(|condition| condition.text.as_str().contains("in_optimizer"))
    };
    at.parent()?.subtree().find(asks)
}

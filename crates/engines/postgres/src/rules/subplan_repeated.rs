use dbwright_model::plan::{Interval, Link};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Share};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "subplan-repeated",
    title: "A subquery runs once for every row",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&LOOPS, &SHARE, &WORTH, &WORTH_TIME],
    explains: &["inner-full-scan-in-loop", "selective-seq-scan"],
    wrong_when: "few rows survive to the place where the subquery is computed, as with a LIMIT above",
    do_not: "raise work_mem: only a subquery that does not depend on the row can be hashed",
    lesson: include_str!("subplan_repeated.md"),
    check,
};

static LOOPS: Limit<Count> =
    Limit { what: "executions of the subquery", value: Count(100), source: "ours: fewer are rarely what costs" };

static SHARE: Limit<Share> =
    Limit { what: "its part of the execution", value: Share(0.1), source: "ours: below it nobody notices" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let loops = node.loops()?;
    let (total, share) = (at.total()?, at.total_share()?);
    if node.link != Link::SubPlan || loops < LOOPS.value.0 as f64 || share.0 < SHARE.value.0 {
        return None;
    }
    let label = node.label.as_deref().unwrap_or("the subquery");
    let once = total.value / loops;
    let saving = Interval::new(total.low * 0.1, total.value * 0.7, (total.high - once).max(0.0));
    let finding = at
        .finding(
            plan::severity(&at, saving),
            format!(
                "{label} ran {} times, {} each, {} in all: it depends on the row it is computed for",
                Count(loops as u64),
                dbwright_model::Seconds(once),
                total.seconds()
            ),
        )
        .measured("executions", Count(loops as u64), "Actual Loops")
        .measured("time", total.seconds(), "Actual Total Time × Actual Loops")
        .saves(saving)
        .reaches(at.subtree().skip(1).map(|part| part.place));
    Some(finding.fix(plan::rewrite(
        "Make the subquery a join: aggregate once by the correlation column in a subquery in FROM and LEFT JOIN it; for the \
         latest or first row of each, LEFT JOIN LATERAL (… ORDER BY … LIMIT 1) with an index on the correlation column and \
         the order; for a test, EXISTS",
    )))
}

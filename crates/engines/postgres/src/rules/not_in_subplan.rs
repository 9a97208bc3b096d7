use dbwright_model::plan::{Interval, Link};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "not-in-subplan",
    title: "NOT IN (SELECT …) cannot be joined, and its list is searched for every row",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&LOOPS, &WORTH, &WORTH_TIME],
    explains: &["subplan-repeated", "temporary-file-reads"],
    wrong_when: "the list is short, or a NULL in it must make the whole condition unknown",
    do_not: "rewrite it without looking at NULLs: NOT IN returns no row at all once the list has a NULL, NOT EXISTS does",
    lesson: include_str!("not_in_subplan.md"),
    check,
};

static LOOPS: Limit<Count> =
    Limit { what: "searches of the list", value: Count(100), source: "ours: fewer are rarely what costs" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let label = node.label.as_deref().filter(|_| node.link == Link::SubPlan)?;
    let parent = at.parent()?;
    let loops = node.loops()?;
    let plain = format!("({label})");
    let negated = parent.node().conditions.iter().find(|condition| {
        let text = condition.text.as_str();
        text.contains("NOT ")
            && (text.contains(&plain) || text.contains(&format!("({label}).")))
            && !text.contains(&format!("hashed {label}"))
    })?;
    if loops < LOOPS.value.0 as f64 || negated.text.as_str().contains("EXISTS") {
        return None;
    }
    let total = at.total()?;
    let saving = Interval::new(total.low * 0.5, total.value * 0.9, total.high);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "the list of NOT IN was searched from its start for {} rows, {} in all: it does not fit into a hash table of work_mem",
                Count(loops as u64),
                total.seconds()
            ),
        )
        .measured("searches", Count(loops as u64), "Actual Loops")
        .measured("time", total.seconds(), "Actual Total Time × Actual Loops")
        .saves(saving)
        .fix(plan::rewrite(
            "Write NOT EXISTS (SELECT 1 FROM … WHERE inner.column = outer.column): it becomes an anti join; if the inner \
             column can be NULL, decide what that should mean first",
        )),
    )
}

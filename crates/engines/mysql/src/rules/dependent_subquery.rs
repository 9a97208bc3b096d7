use dbwright_model::plan::Link;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "dependent-subquery",
    title: "A subquery runs once for every row of the outer query",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&RUNS, &WORTH, &WORTH_TIME],
    explains: &["lookup-loops-high"],
    wrong_when: "each run is a single lookup and only the few rows that are returned need it",
    do_not: "wrap it in another subquery so that it looks constant: it refers to the outer row",
    lesson: include_str!("dependent_subquery.md"),
    check,
};

static RUNS: Limit<Count> =
    Limit { what: "times it ran", value: Count(1_000), source: "losefor's mark for correlated loops" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let value = std::iter::once(*at).chain(at.ancestors().take(2)).any(|part| part.node().link == Link::SubPlan);
    if node.label.is_none() || !value || plan::block_is(at, "uncacheable") {
        return None;
    }
    // trees print no figures for the heading
    let counted = if node.actual.is_some() { *at } else { at.inputs().next()? };
    let runs = counted.node().loops()?;
    let time = counted.total()?;
    if runs < RUNS.value.0 as f64 || time.value < WORTH.value.0 * at.execution()? {
        return None;
    }
    let saving = plan::part(time, 0.2, 0.8, 1.0);
    let cause = format!(
        "{} ran {} times, {} in all: it refers to the row of the outer query",
        node.name,
        Count(runs as u64),
        Seconds(time.value),
    );
    let severity = if plan::severity(at, saving) == Severity::Warn { Severity::Warn } else { Severity::Info };
    Some(
        at.finding(severity, cause)
            .measured("runs", Count(runs as u64), "loops")
            .weight(time.value)
            .saves(saving)
            .reaches(at.subtree().map(|below| below.place))
            .fix(plan::rewrite(
                "Compute it once for all rows: LEFT JOIN (SELECT key, aggregate … GROUP BY key) d ON d.key = outer.key; and keep an index on the key for when few outer rows remain",
            )),
    )
}

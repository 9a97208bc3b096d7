use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Grade, Harm, Limit, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "uncacheable-subquery",
    title: "A subquery cannot keep its result and runs for every row",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&RUNS],
    explains: &["dependent-subquery", "table-scanned-per-row"],
    wrong_when: "a new random value for each row is what is meant",
    do_not: "hint NO_MERGE or NO_SEMIJOIN: the subquery itself is what may not be kept",
    lesson: include_str!("uncacheable_subquery.md"),
    check,
};

static RUNS: Limit<Count> = Limit { what: "times it ran", value: Count(100), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    if node.label.is_none() || !plan::block_is(at, "uncacheable") {
        return None;
    }
    let counted = if node.actual.is_some() { *at } else { at.inputs().next()? };
    let runs = counted.node().loops();
    if runs.is_some_and(|runs| runs < RUNS.value.0 as f64) {
        return None;
    }
    let saving = counted.total().map(|time| plan::part(time, 0.2, 0.9, 1.0)).unwrap_or_default();
    let often = runs.map_or(String::new(), |runs| format!(", and ran {} times", Count(runs as u64)));
    let severity = if runs.is_some() { plan::severity(at, saving) } else { Severity::Info };
    let finding = at
        .finding(severity, format!("{} may not keep its result between rows{often}: it uses RAND(), UUID() or a user variable", node.name))
        .saves(saving)
        .reaches(at.subtree().map(|below| below.place))
        .fix(plan::rewrite(
            "Compute the value once before the query and pass it as a parameter, or in a CTE that the query joins; keep RAND() and assignments of user variables out of subqueries",
        ));
    Some(match runs {
        Some(runs) => finding.measured("runs", Count(runs as u64), "loops"),
        None => finding.grade(Grade::Derived),
    })
}

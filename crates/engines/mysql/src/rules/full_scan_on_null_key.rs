use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Grade, Harm, Limit, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "full-scan-on-null-key",
    title: "A NULL on the left of IN makes its subquery read the whole table",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&RUNS],
    explains: &[],
    wrong_when: "the column on the left is never NULL, although it may be",
    do_not: "add IS NOT NULL to the subquery: it is the outer value that is NULL",
    lesson: include_str!("full_scan_on_null_key.md"),
    check,
};

static RUNS: Limit<Count> = Limit { what: "outer rows", value: Count(100), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let classic = plan::flag(at, "full_scan_on_null_key");
    let tree = node.extra.text("operation").is_some_and(|text| text.starts_with("Alternative plans for IN subquery"));
    if !(classic || tree) || node.loops().is_some_and(|loops| loops < RUNS.value.0 as f64) {
        return None;
    }
    // how often the scan was really taken
    let scans: f64 = at
        .subtree()
        .filter(|below| below.node().operator == Operator::FullScan)
        .filter_map(|below| below.node().loops())
        .sum();
    let saving = at
        .subtree()
        .filter(|below| below.node().operator == Operator::FullScan)
        .filter_map(|below| below.total())
        .next()
        .unwrap_or_default();
    let saving = plan::part(saving, 0.5, 0.95, 1.0);
    let severity = if at.plan.analyzed() { plan::severity(at, saving) } else { Severity::Info };
    let taken =
        if at.plan.analyzed() && tree { format!(" ({} times here)", Count(scans as u64)) } else { String::new() };
    let finding = at.finding(severity, format!("for each outer row whose value is NULL the subquery reads its table from end to end{taken}, to tell NULL from FALSE"));
    Some(
        finding
            .grade(if at.plan.analyzed() { Grade::Measured } else { Grade::Derived })
            .saves(saving)
            .fix(plan::rewrite(
                "Declare both columns NOT NULL where they are; otherwise say that NULL does not count: outer_column IS NOT NULL AND outer_column IN (…), or EXISTS / NOT EXISTS, which know no NULL",
            )),
    )
}

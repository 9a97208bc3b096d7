use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Grade, Harm, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "condition-never-true",
    title: "The condition can never be true: the query reads nothing",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "the query is meant to return nothing: a driver asks for the columns with WHERE 1 = 0",
    do_not: "add an index: nothing is read",
    lesson: include_str!("condition_never_true.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let says = [Some(&*node.name), node.extra.text("operation"), node.extra.text("message")];
    let said = ["Impossible WHERE", "Impossible HAVING", "Impossible ON"]
        .iter()
        .find(|what| says.iter().flatten().any(|text| text.contains(**what)))?;
    let noticed = says.iter().flatten().any(|text| text.contains("noticed after reading const tables"));
    if node.operator != Operator::Result || noticed {
        return None;
    }
    Some(at.finding(Severity::Info, format!("{said}: the conditions contradict each other, and nothing is read")).grade(Grade::Derived).fix(plan::rewrite(
        "Look at the conditions on one column: two different values of it, an empty list, or NOT NULL against IS NULL; a filter that code adds to every query is the usual source",
    )))
}

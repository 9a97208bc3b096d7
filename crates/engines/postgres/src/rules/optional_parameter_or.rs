use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rows, Rule};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;

use super::plan::{self, Discarding, KEPT, REMOVED, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "optional-parameter-or",
    title: "A condition that can be switched off by its parameter reads the whole table",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &KEPT, &WORTH, &WORTH_TIME],
    explains: &["selective-seq-scan", "generic-plan-trap", "plan-row-overestimate"],
    wrong_when: "the parameter is nearly always empty, so that all rows are wanted",
    do_not: "add an index on the column: a plan for any value of the parameter cannot use it",
    lesson: include_str!("optional_parameter_or.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let Discarding { condition, removed, kept, .. } = plan::discarding(&at)?;
    let expr = Expr::parse(condition.text.as_str(), Dialect::Postgres);
    let optional = expr.conjuncts().into_iter().find_map(|part| match part {
        Expr::Or(alternatives) => optional(alternatives),
        _ => None,
    })?;
    let saving = plan::part(at.time()?, 0.5, 0.95, 1.0);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{} were read to keep {}: {optional} is compared with a parameter that may also switch the comparison off, so one plan must serve both",
                Rows((removed + kept) as u64),
                Rows(kept as u64)
            ),
        )
        .measured("rows thrown away", Rows(removed as u64), "Rows Removed by Filter × Actual Loops")
        .saves(saving)
        .fix(plan::rewrite(format!(
            "Build the statement without the condition when the parameter is empty, and with {optional} = $1 alone when it is \
             not; or run it with SET plan_cache_mode = force_custom_plan, so that it is planned for the value given"
        ))),
    )
}

/// The column of `column = $1 OR $1 IS NULL` (or `OR $1 = 0`).
fn optional(alternatives: &[Expr]) -> Option<String> {
    let parameter = |expr: &Expr| {
        expr.walk().into_iter().find_map(|part| match part {
            Expr::Parameter(text) if text.starts_with('$') => Some(text.clone()),
            _ => None,
        })
    };
    let switch = alternatives.iter().find_map(|part| part.columns().is_empty().then(|| parameter(part)).flatten())?;
    alternatives.iter().find_map(|part| {
        let column = part.columns().first()?.name.clone();
        (parameter(part)? == switch).then_some(column)
    })
}

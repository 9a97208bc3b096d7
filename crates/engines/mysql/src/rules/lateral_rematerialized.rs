use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, Access, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "lateral-rematerialized",
    title: "A derived table is computed again for every outer row",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0.14–9, MariaDB 10.3–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&TIMES, &WORTH, &WORTH_TIME],
    explains: &["lookup-loops-high"],
    wrong_when: "each of them is an index lookup of a few rows, which is what LATERAL is for",
    do_not: "remove LATERAL: then it cannot see the outer row",
    lesson: include_str!("lateral_rematerialized.md"),
    check,
};

static TIMES: Limit<Count> = Limit { what: "times it was computed", value: Count(1_000), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let tree = node.operator == Operator::Materialize
        && node.extra.text("operation").is_some_and(|text| text.contains("invalidate on row"));
    let split = node.operator == Operator::Materialize && node.extra.get("lateral").is_some();
    if !(tree || split) {
        return None;
    }
    let counted = if node.actual.is_some() { *at } else { at.inputs().next()? };
    let times = counted.node().loops()?;
    let time = counted.total()?;
    // by an index it is a lookup; without one the table is read each time
    let whole = at
        .subtree()
        .filter_map(Access::of)
        .find(|access| access.whole() && access.read >= 10.0 * times)
        .or_else(|| at.subtree().filter_map(Access::of).find(|access| access.read >= 100.0 * times))?;
    if times < TIMES.value.0 as f64 || time.value < WORTH.value.0 * at.execution()? {
        return None;
    }
    let saving = plan::part(time, 0.2, 0.8, 1.0);
    let table = whole.at.node().relation.as_ref()?;
    let cause = format!(
        "the derived table was computed {} times, and read {} of {table} for it",
        Count(times as u64),
        Rows(whole.read as u64),
    );
    Some(
        at.finding(plan::severity(at, saving), cause)
            .measured("times", Count(times as u64), "loops")
            .weight(time.value)
            .saves(saving)
            .fix(plan::rewrite(format!(
                "Give {table} an index that begins with the columns compared with the outer row and ends with those of its ORDER BY, so that each computation reads the rows it returns; or compute it for all outer rows at once with GROUP BY or ROW_NUMBER()",
            ))),
    )
}

use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rows, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "offset-large",
    title: "OFFSET makes many rows only to skip them",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SKIPPED, &WORTH, &WORTH_TIME],
    explains: &["filesort-of-many-rows"],
    wrong_when: "somebody really wants page ten thousand, once",
    do_not: "cache the pages: the next insert moves all rows by one",
    lesson: include_str!("offset_large.md"),
    check,
};

static SKIPPED: Limit<Rows> = Limit {
    what: "rows skipped",
    value: Rows(10_000),
    source: "measured: that many rows cost milliseconds even from memory",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let offset = node.extra.number("limit_offset").filter(|_| node.operator == Operator::Limit)?;
    let came = at.inputs().next().and_then(|input| plan::rows_out(&input)).filter(|_| at.plan.analyzed());
    let skipped = came.map_or(offset, |came| came.min(offset));
    if skipped < SKIPPED.value.0 as f64 {
        return None;
    }
    let saving = at.total().map(|time| plan::part(time, 0.5, 0.95, 1.0)).unwrap_or_default();
    let severity = if came.is_some() { plan::severity(at, saving) } else { Severity::Info };
    Some(
        at.finding(severity, format!("{} were made and skipped before the first was returned", Rows(skipped as u64)))
            .measured("rows skipped", Rows(skipped as u64), "OFFSET")
            .saves(saving)
            .fix(plan::rewrite(
                "Ask for what comes after the last row shown instead of counting from the start: WHERE (sort_column, id) > (?, ?) ORDER BY sort_column, id LIMIT n, with an index on (sort_column, id). Where page numbers must stay: fetch the ids of the page from a covering index first, and join the rows to them",
            )),
    )
}

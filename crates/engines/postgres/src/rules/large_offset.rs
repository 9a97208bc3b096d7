use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "large-offset",
    title: "Rows are made only to be skipped by OFFSET",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SKIPPED, &WORTH, &WORTH_TIME],
    explains: &["sort-spilled"],
    wrong_when: "somebody really wants page ten thousand, once",
    do_not: "cache the pages: the next insert moves all rows by one",
    lesson: include_str!("large_offset.md"),
    check,
};

static SKIPPED: Limit<Rows> = Limit {
    what: "rows skipped",
    value: Rows(10_000),
    source: "losefor's mark; that many rows cost milliseconds in the cache",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    if at.node().operator != Operator::Limit {
        return None;
    }
    let input = at.inputs().next()?;
    let (came, returned) = (input.node().total_rows()?, at.node().total_rows()?);
    let skipped = came - returned;
    // A gather hands over whole batches: what it read ahead was not skipped.
    let ahead = input.node().operator == Operator::Gather;
    if skipped < SKIPPED.value.0 as f64 || ahead {
        return None;
    }
    let total = input.total()?;
    let share = skipped / came;
    let saving = Interval::new(0.0, total.value * share * 0.9, total.high * share);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!("{} were made and skipped to return {}", Rows(skipped as u64), Rows(returned as u64)),
        )
        .measured("rows skipped", Rows(skipped as u64), "Actual Rows of the Limit's input − its own")
        .saves(saving)
        .fix(plan::rewrite(
            "Ask for the rows after the last one shown: WHERE (sort_column, id) > (last_value, last_id) ORDER BY \
             sort_column, id LIMIT n, with an index on (sort_column, id); every page then costs the same",
        )),
    )
}

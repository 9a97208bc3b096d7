use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule, Seconds, Share};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "derived-table-materialized",
    title: "A derived table is written in full, and few of its rows are used",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&MADE, &USED, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the derived table is used several times, or its aggregate has to be complete",
    do_not: "hint MERGE on a derived table with GROUP BY, DISTINCT or LIMIT: it cannot be merged",
    lesson: include_str!("derived_table_materialized.md"),
    check,
};

static MADE: Limit<Rows> = Limit { what: "rows written", value: Rows(10_000), source: "measured: 10 ms and more" };

static USED: Limit<Share> = Limit { what: "part of them that is read again", value: Share(0.1), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let scan = node.operator == Operator::SubqueryScan
        || node.operator == Operator::CteScan
        || (node.relation.is_none() && node.index.is_some());
    let made = at.inputs().find(|input| matches!(input.node().operator, Operator::Materialize | Operator::Union))?;
    // a semi join's own table is another matter
    let derived = node.alias.as_ref().is_some_and(|alias| !alias.as_str().starts_with("<subquery"));
    if !scan || !derived || made.node().name.contains("recursive") {
        return None;
    }
    let filter = at.parent().filter(|above| above.node().operator == Operator::Filter).unwrap_or(*at);
    let used = plan::rows_out(&filter)?;
    let written = made.node().actual.and_then(|actual| Some(actual.rows? * actual.loops)).or_else(|| {
        // MariaDB prints the rows read from it: as many as are in it, when it is read whole
        let actual = node.actual?;
        let whole = node.index.is_none() && actual.loops >= 1.0;
        if whole { actual.examined } else { grouped(&made) }
    });
    let written = written?;
    let lateral = made.node().extra.get("lateral").is_some() || made.node().name.contains("invalidate");
    if lateral || written < MADE.value.0 as f64 || used > written * USED.value.0 || at.stopped_early() {
        return None;
    }
    let time = made.total()?;
    if time.value < WORTH.value.0 * at.execution()? {
        return None;
    }
    let saving = plan::part(time, 0.3, 0.9, 1.0);
    let cause = format!(
        "{} rows of the derived table {} were written to a temporary table in {}, and {} of them were used",
        Count(written as u64),
        node.alias.as_ref()?,
        Seconds(time.value),
        Count(used as u64),
    );
    Some(
        at.finding(plan::severity(at, saving), cause)
            .measured("rows written", Rows(written as u64), "actual rows of the materialization")
            .measured("rows used", Rows(used as u64), "actual rows read from it")
            .weight(time.value)
            .saves(saving)
            .fix(plan::rewrite(
                "Put the outer condition into the derived table's WHERE, on its own columns; where a join key is what restricts it, turn it into LATERAL (MySQL 8.0.14 and later) or a correlated subquery with an index on that key",
            )),
    )
}

/// Rows of the groups below, as far as MariaDB says: the rows its last sort returned.
fn grouped(made: &At<'_>) -> Option<f64> {
    let sort = made.subtree().find(|below| below.node().operator == Operator::Sort)?;
    sort.node().actual.and_then(|actual| Some(actual.rows? * actual.loops))
}

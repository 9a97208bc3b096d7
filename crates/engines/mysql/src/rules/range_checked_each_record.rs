use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, Access};

pub(super) const RULE: Rule = Rule {
    id: "range-checked-each-record",
    title: "The optimizer has to choose an access anew for every row",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&CHECKED],
    explains: &["table-scanned-per-row", "row-estimate-off"],
    wrong_when: "the outer table has a few rows",
    do_not: "force the index: the range it has to read is still wide for most rows",
    lesson: include_str!("range_checked_each_record.md"),
    check,
};

static CHECKED: Limit<Rows> =
    Limit { what: "rows read in all", value: Rows(10_000), source: "as for full-scan-selective-filter" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    if !plan::flag(at, "range_checked_for_each_record") {
        return None;
    }
    let access = Access::of(*at)?;
    if access.executed && access.read < CHECKED.value.0 as f64 {
        return None;
    }
    let table = node.relation.as_ref()?;
    let saving = access.time().map(|time| plan::part(time, 0.2, 0.8, 1.0));
    let often = if access.executed {
        format!("{} times, {} in all", Count(access.loops as u64), Rows(access.read as u64))
    } else {
        "for every row".to_owned()
    };
    let cause =
        format!("how {table} is read is decided anew {often}: it is tied to the other table by an inequality only");
    Some(access.finding(cause, saving).fix(plan::rewrite(format!(
        "Give {table} a second bound that narrows the range (from AND to instead of only from), or an equality on an indexed column; for the latest row before a moment, a LATERAL subquery with ORDER BY … DESC LIMIT 1 reads one entry",
    ))))
}

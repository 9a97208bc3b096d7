use dbwright_model::{Area, Case, Catalog, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule};

use super::plan::{self, Access, REPEATED, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "table-scanned-per-row",
    title: "A table is read from end to end once for every row of another",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REPEATED, &PAIRS, &WORTH, &WORTH_TIME],
    explains: &["lookup-loops-high", "dependent-subquery", "row-estimate-off"],
    wrong_when: "the inner table is so small that it is a page or two",
    do_not: "raise join_buffer_size: the buffer makes the rescans fewer, an index makes them needless",
    lesson: include_str!("table_scanned_per_row.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access, catalog)).collect())
}

fn finding(access: &Access<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let often = access.loops >= plan::REPEATED.value.0 as f64 && access.read >= PAIRS.value.0 as f64;
    if !access.executed || !access.whole() || !often {
        return None;
    }
    let saving = access.time().map(|time| plan::part(time, 0.5, 0.95, 1.0));
    let cause = format!(
        "{} was read {} times from end to end, {} in all: no index serves the condition that ties it to the outer rows",
        access.at.node().relation.as_ref()?,
        Count(access.loops as u64),
        Rows(access.read as u64),
    );
    let joins: Vec<_> = access.at.ancestors().take_while(|above| above.node().operator.is_join()).collect();
    let finding = access.finding(cause, saving).reaches(joins.iter().map(|join| join.place));
    plan::with_index(finding, access, &[], catalog)
}

static PAIRS: Limit<Rows> = Limit {
    what: "rows read in all",
    value: Rows(100_000),
    source: "measured: that many rows take 20 to 50 ms to read and test",
};

use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Catalog, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan::{self, Access};

pub(super) const RULE: Rule = Rule {
    id: "index-intersection",
    title: "Two indexes are read and intersected where one of both columns would do",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&ENTRIES],
    explains: &[],
    wrong_when: "each of the columns is mostly searched alone, and this combination is rare",
    do_not: "switch index_merge_intersection off: then one of the indexes is used, and the rest filtered",
    lesson: include_str!("index_intersection.md"),
    check,
};

static ENTRIES: Limit<Rows> = Limit {
    what: "index entries read",
    value: Rows(1_000),
    source: "ours: below it the merge costs less than a millisecond",
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let tree = node.operator == Operator::BitmapCombine && node.name.contains("Intersect");
    let maria = node
        .extra
        .get("index_merge")
        .and_then(|merge| merge.group())
        .is_some_and(|merge| merge.get("intersect").is_some());
    let classic = node.index.is_some()
        && ["Extra", "key"]
            .iter()
            .any(|key| node.extra.text(key).is_some_and(|text| text.to_ascii_lowercase().contains("intersect(")));
    if !(tree || maria || classic) {
        return None;
    }
    let scan = at.subtree().find(|below| below.node().relation.is_some())?;
    let read = match tree {
        true => at.inputs().map(|input| plan::rows_out(&input)).sum::<Option<f64>>(),
        false => node.estimate.and_then(|estimate| estimate.examined),
    };
    let table = scan.node().relation.as_ref()?;
    if tree && read.is_none_or(|read| read < ENTRIES.value.0 as f64) {
        return None;
    }
    let time = at.total();
    let saving = time.map(|time| plan::part(time, 0.3, 0.8, 1.0)).unwrap_or_default();
    let mut conditions: Vec<&str> =
        at.subtree().flat_map(|below| below.node().conditions.iter()).map(|c| c.text.as_str()).collect();
    let above = at.parent().filter(|above| above.node().operator == Operator::Filter);
    conditions.extend(above.iter().flat_map(|filter| filter.node().conditions.iter()).map(|c| c.text.as_str()));
    let access = Access::of(scan)?;
    let severity = if at.plan.analyzed() { plan::severity(at, saving) } else { Severity::Info };
    let entries =
        read.filter(|_| tree).map_or(String::new(), |read| format!(", {} entries in all,", Count(read as u64)));
    let finding = at
        .finding(severity, format!("two or more indexes of {table} are read{entries} and intersected to find the rows that match all conditions"))
        .saves(saving);
    let index = plan::index(&access, &conditions, catalog)?;
    (index.keys.len() >= 2).then_some(())?;
    plan::with_index(finding, &access, &conditions, catalog)
}

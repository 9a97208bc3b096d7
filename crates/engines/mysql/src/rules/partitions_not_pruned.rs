use dbwright_model::plan::{ConditionKind, Value};
use dbwright_model::{Area, Case, Catalog, Checked, Count, Engine, Finding, Grade, Harm, Limit, Rule, Severity};
use dbwright_plan::every;

use dbwright_plan::At;

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "partitions-not-pruned",
    title: "All partitions are read: no condition is on the partitioning key",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PARTITIONS],
    explains: &["full-scan-selective-filter", "filtered-low"],
    wrong_when: "the query is about all of the table, or the key cannot be known",
    do_not: "add more partitions: each one that is not pruned makes the query slower",
    lesson: include_str!("partitions_not_pruned.md"),
    check,
};

static PARTITIONS: Limit<Count> =
    Limit { what: "partitions read", value: Count(4), source: "ours: each lookup is repeated in each of them" };

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, _catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let partitions = node.extra.get("partitions").map(|list| list.items().len())?;
    let searched = node.index.is_some() || node.conditions(ConditionKind::Filter).next().is_some();
    let consecutive = node.extra.get("partitions").is_some_and(|list| from_first_to_last(list.items()));
    if (partitions as u64) < PARTITIONS.value.0 || !searched || !consecutive {
        return None;
    }
    let table = node.relation.as_ref()?;
    let saving = at.time().map(|time| plan::part(time, 0.1, 0.6, 1.0)).unwrap_or_default();
    let severity = if at.plan.analyzed() { plan::severity(at, saving) } else { Severity::Info };
    let cause = format!(
        "{partitions} partitions of {table} are searched, although the query has a condition: none is on the column it is partitioned by"
    );
    Some(
        at.finding(severity, cause)
            .measured("partitions", Count(partitions as u64), "partitions")
            .grade(Grade::Suspected)
            .saves(saving)
            .fix(plan::rewrite(format!(
                "Add a condition on the partitioning column of {table} to the query, bare and with constants ({table}'s key appears in SHOW CREATE TABLE); a function around it prunes nothing",
            ))),
    )
}

/// Whether nothing between was left out: names that end in a number, one after the other, from the start.
fn from_first_to_last(names: &[Value]) -> bool {
    let numbers: Vec<u64> = names
        .iter()
        .filter_map(|name| {
            let text = name.text()?;
            let digits = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            text.get(digits..)?.parse().ok()
        })
        .collect();
    numbers.first().is_none_or(|first| *first <= 1) || numbers.len() < names.len()
}

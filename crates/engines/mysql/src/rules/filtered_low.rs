use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Rows, Rule};

use super::plan::{self, Access, KEPT, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "filtered-low",
    title: "An index finds many rows of which most are thrown away",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &KEPT, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the rows are thrown away only for these parameters, and usually most of them are kept",
    do_not: "add a second index on the other column alone: one access uses one index, or merges two at a price",
    lesson: include_str!("filtered_low.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access, catalog)).collect())
}

fn finding(access: &Access<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = access.at.node();
    let index = node.index.as_ref()?;
    if access.whole() || access.unique() || !access.discards() || &*node.name == "Index merge" {
        return None;
    }
    let wanted = plan::index(access, &[], catalog)?;
    // only an index that goes on from the one in use is the answer here
    if wanted.keys.len() < 2 {
        return None;
    }
    let share = access.share()?;
    let saving = access.time().map(|time| plan::part(time, 0.4, 0.9 - share.0, 1.0));
    let cause = format!(
        "index {index} leads to {}, of which the condition {} keeps {} ({share})",
        Rows(access.read as u64),
        access.tests().join(" and "),
        Rows(access.kept as u64),
    );
    plan::with_index(access.finding(cause, saving), access, &[], catalog)
}

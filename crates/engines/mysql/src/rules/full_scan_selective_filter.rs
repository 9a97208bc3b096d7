use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Grade, Harm, Rows, Rule};

use super::plan::{self, Access, KEPT, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "full-scan-selective-filter",
    title: "A table or index is read from end to end for a few of its rows",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &KEPT, &WORTH, &WORTH_TIME],
    explains: &["row-estimate-off"],
    wrong_when: "the condition keeps most rows for other parameters, or the table is written far more often than it is searched",
    do_not: "add FORCE INDEX: where no index fits the condition there is nothing to force",
    lesson: include_str!("full_scan_selective_filter.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access, catalog)).collect())
}

fn finding(access: &Access<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let in_order = access.whole_index() && access.at.stopped_early();
    if !access.whole() || !access.keeps_few() || access.loops >= plan::REPEATED.value.0 as f64 || in_order {
        return None;
    }
    let share = access.share()?;
    let saving = access.time().map(|time| plan::part(time, 0.5, 1.0 - share.0 * 2.0, 1.0));
    if access.tests().is_empty() {
        let cause = format!(
            "{} {} read to keep {} ({share}); this form of the plan does not show the condition",
            Rows(access.read as u64),
            if access.executed { "were" } else { "are to be" },
            Rows(access.kept as u64),
        );
        return Some(access.finding(cause, saving).grade(Grade::Suspected).fix(plan::rewrite(
            "Run EXPLAIN FORMAT=JSON (MariaDB: ANALYZE FORMAT=JSON) on the query and give the output to dbwright read: it \
             shows the condition, and with it the columns an index needs",
        )));
    }
    let cause = format!(
        "{} {} read to keep {} ({share}): {} goes through {} from end to end for the condition {}",
        Rows(access.read as u64),
        if access.executed { "were" } else { "are to be" },
        Rows(access.kept as u64),
        access.at.node().name.to_ascii_lowercase(),
        access.at.node().relation.as_ref()?,
        access.tests().join(" and "),
    );
    plan::with_index(access.finding(cause, saving), access, &[], catalog)
}

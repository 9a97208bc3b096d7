use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Product, Rows, Rule};

use super::plan::{self, Access, KEPT, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "order-index-discards-rows",
    title: "An index is read in order until LIMIT is reached, past rows that do not match",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &KEPT, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "matching rows are usually near the start of the index, and these parameters are an exception",
    do_not: "add ORDER BY id + 0 to frighten the optimizer away: the next version may see through it",
    lesson: include_str!("order_index_discards_rows.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access, catalog)).collect())
}

fn finding(access: &Access<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let sorted = access.at.ancestors().any(|above| above.node().operator == Operator::Sort);
    if !access.executed || !access.whole_index() || sorted || !access.discards() {
        return None;
    }
    // MariaDB prints no LIMIT: an index that covers nothing is read in full for its order alone
    let limited = access.at.stopped_early() || access.at.plan.product == Product::MariaDB;
    if !limited || access.at.node().operator == Operator::IndexOnlyScan {
        return None;
    }
    let share = access.share()?;
    let saving = access.time().map(|time| plan::part(time, 0.5, 0.95, 1.0));
    let cause = format!(
        "index {} was read in its order past {} to find {} ({share}) that match {}",
        access.at.node().index.as_ref()?,
        Rows(access.read as u64),
        Rows(access.kept as u64),
        access.tests().join(" and "),
    );
    let mut finding = plan::with_index(access.finding(cause, saving), access, &[], catalog)?;
    for fix in &mut finding.fixes {
        let cost = fix.risk.cost.take().unwrap_or_default();
        fix.risk.cost = Some(format!(
            "{cost}. Append the columns of ORDER BY, which the plan does not name: then the first rows are found in their order, without a sort"
        ));
    }
    Some(finding)
}

use dbwright_model::plan::{ConditionKind, Interval, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, Access, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "join-without-index",
    title: "Two tables are joined by reading both whole, although few rows meet",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SCANNED, &MET, &PAIRS, &WORTH, &WORTH_TIME],
    explains: &["row-estimate-off"],
    wrong_when: "both tables are wanted nearly whole: then one pass over each is the best way",
    do_not: "raise join_buffer_size first: it makes a join of this kind cheaper, not unnecessary",
    lesson: include_str!("join_without_index.md"),
    check,
};

static SCANNED: Limit<Rows> = Limit {
    what: "rows of the table that is read whole",
    value: Rows(10_000),
    source: "as for full-scan-selective-filter",
};

static MET: Limit<Count> = Limit {
    what: "lookups that would replace the scan, as a part of its rows (one in so many)",
    value: Count(10),
    source: "ours: a lookup costs about as much as reading five to ten rows in order",
};

static PAIRS: Limit<Rows> = Limit {
    what: "pairs of rows compared by a block nested loop",
    value: Rows(1_000_000),
    source: "measured on MariaDB 10.11: a million comparisons take 30 to 60 ms",
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let block = &*node.name == "Block nested loop join";
    if node.actual.is_none() || !(block || node.operator == Operator::HashJoin) {
        return None;
    }
    let kinds = [ConditionKind::Hash, ConditionKind::JoinFilter];
    let mut conditions: Vec<&str> =
        kinds.iter().flat_map(|kind| node.conditions(*kind)).map(|condition| condition.text.as_str()).collect();
    let above = at.parent().filter(|above| above.node().operator == Operator::Filter);
    conditions.extend(
        above.iter().flat_map(|filter| filter.node().conditions(ConditionKind::Filter)).map(|c| c.text.as_str()),
    );
    // which of the inputs is the larger: that one is worth an index
    let scans: Vec<(Access<'_>, f64)> = at
        .inputs()
        .filter_map(|input| {
            let scan =
                input.subtree().find(|below| below.node().operator.is_scan() || below.node().operator.is_join())?;
            let others = at.inputs().filter(|other| other.place != input.place);
            Some((
                Access::of(scan).filter(Access::whole)?,
                others.map(|other| plan::rows_out(&other)).sum::<Option<f64>>()?,
            ))
        })
        .collect();
    let (scan, others) = scans.into_iter().max_by(|(a, _), (b, _)| a.read.total_cmp(&b.read))?;
    let pairs = scan.read * others;
    let few = others * MET.value.0 as f64 <= scan.read && scan.read >= SCANNED.value.0 as f64;
    if conditions.is_empty() || !(few || (block && pairs >= PAIRS.value.0 as f64)) {
        return None;
    }
    let time = at.time()?;
    let read = scan.time().unwrap_or_default();
    let both = Interval::new(time.low + read.low, time.value + read.value, time.high + read.high);
    let saving = plan::part(both, 0.3, 0.85, 1.0);
    let how = if block { "compared row by row through the join buffer" } else { "hashed" };
    let cause = format!(
        "{} of {} were read whole and {how} to meet {}: no index serves {}",
        Rows(scan.read as u64),
        scan.at.node().relation.as_ref()?,
        Rows(others as u64),
        conditions.join(" and "),
    );
    let finding = at
        .finding(plan::severity(at, saving), cause)
        .measured("rows read", Rows(scan.read as u64), "actual rows of the scan")
        .measured("rows that ask", Rows(others as u64), "actual rows of the other input")
        .saves(saving)
        .reaches([scan.at.place]);
    plan::with_index(finding, &scan, &conditions, catalog)
}

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use dbwright_model::plan::{ConditionKind, Interval, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Grade, Harm, Limit, Rows, Rule, Share};
use dbwright_plan::{At, every};

use super::plan::{self, Discarding, IN_ORDER, KEPT, REMOVED, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "selective-seq-scan",
    title: "A table is read from end to end for a few of its rows",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &KEPT, &TIME, &IN_ORDER, &WORTH, &WORTH_TIME],
    explains: &["parallel-overhead"],
    wrong_when: "the condition keeps most rows for other parameters, or the table is written far more often than it is searched",
    do_not: "switch enable_seqscan off: without an index it only makes other plans worse",
    lesson: include_str!("selective_seq_scan.md"),
    check,
};

static TIME: Limit<Share> = Limit {
    what: "the scan's own part of the execution",
    value: Share(0.1),
    source: "ours: below it nothing is gained",
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    let found = every(case)?.filter(At::matters).filter_map(|at| Some((at, finding(&at, catalog)?)));
    Ok(together(found))
}

/// Partitions that are read alike are mended by the same statements: one finding, with what all of them save.
fn together<'a>(found: impl Iterator<Item = (At<'a>, Finding)>) -> Vec<Finding> {
    let mut all: BTreeMap<Vec<String>, (At<'_>, Finding)> = BTreeMap::new();
    for (at, finding) in found {
        let mut lines: Vec<String> =
            finding.fixes.iter().flat_map(|fix| fix.statement.lines()).map(str::to_owned).collect();
        lines.sort_unstable();
        lines.insert(0, at.place.plan.to_string());
        match all.entry(lines) {
            Entry::Vacant(free) => {
                free.insert((at, finding));
            }
            Entry::Occupied(mut first) => {
                let (at, known) = first.get_mut();
                if let (Some(saving), Some(more)) = (known.saving, finding.saving) {
                    let sum = Interval::new(saving.low + more.low, saving.value + more.value, saving.high + more.high);
                    known.saving = Some(sum);
                    known.severity = plan::severity(at, sum);
                }
                known.weight += finding.weight;
                known.reaches.extend(finding.subject.operator);
            }
        }
    }
    all.into_values().map(|(_, finding)| finding).collect()
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    if node.operator != Operator::FullScan || repeated(at) {
        return None;
    }
    let Discarding { condition, removed, kept, share } = match plan::discarding(at) {
        Some(discarding) => discarding,
        None if node.actual.is_some() => return None,
        None => return planned(at, catalog),
    };
    // Without times (TIMING OFF) the rows alone must tell.
    let saving = match (at.time(), at.share()) {
        (Some(time), Some(of)) if of.0 >= TIME.value.0 => plan::part(time, 0.5, 1.0 - share.0 * 2.0, 1.0),
        (Some(_), _) => return None,
        (None, _) => Interval::default(),
    };
    let finding = at
        .finding(
            plan::severity(at, saving),
            format!(
                "{} were read to keep {} ({share}) by the filter {}",
                Rows((removed + kept) as u64),
                Rows(kept as u64),
                condition.text
            ),
        )
        .measured("rows thrown away", Rows(removed as u64), "Rows Removed by Filter × Actual Loops")
        .measured("rows kept", Rows(kept as u64), "Actual Rows × Actual Loops")
        .saves(saving)
        .reaches(plan::gathers(at));
    prescribed(finding, at, catalog)
}

/// Only planned: the estimates say it, without the size of the table; the pages cost one unit each.
fn planned(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let estimate = node.estimate?;
    let (rows, cost) = (estimate.rows?, estimate.total_cost?);
    let whole = at.at(dbwright_model::plan::NodeId::ROOT).node().estimate?.total_cost?;
    // A row read costs at least 0.01; so a scan of this cost reads at most so many rows.
    let reads = cost / 0.02;
    if reads < REMOVED.value.0 as f64 * 5.0 || rows > reads * 0.01 || cost < 0.3 * whole || at.stopped_early() {
        return None;
    }
    let condition = node.conditions(ConditionKind::Filter).next()?;
    let finding = at
        .finding(
            dbwright_model::Severity::Info,
            format!("the whole table is read for about {} that pass the filter {}", Rows(rows as u64), condition.text),
        )
        .grade(Grade::Suspected)
        .estimated("rows kept", Rows(rows as u64), "Plan Rows");
    prescribed(finding, at, catalog)
}

/// An inner side that is read again and again is a rule of its own.
fn repeated(at: &At<'_>) -> bool {
    at.node().loops().is_some_and(|loops| loops > 1.0)
        && at.ancestors().any(|above| above.node().operator == Operator::NestedLoop)
}

fn prescribed(finding: Finding, at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    plan::with_index(finding, at, &[], catalog)
}

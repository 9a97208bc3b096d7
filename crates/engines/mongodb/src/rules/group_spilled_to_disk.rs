use dbwright_model::finding::FixKind;
use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Rule, Severity, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "group-spilled-to-disk",
    title: "A $group did not fit into memory and went to disk",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "a nightly report that may take its time",
    do_not: "collect whole documents with $push: { $push: \"$$ROOT\" } keeps everything in memory per group",
    lesson: include_str!("group_spilled_to_disk.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::HashAggregate) {
        let extra = &at.node().extra;
        let spills = extra.number("spills").unwrap_or(0.0);
        if extra.bool("usedDisk") != Some(true) && spills == 0.0 {
            continue;
        }
        let rows = seen::rows(at).unwrap_or(0.0);
        let cause = format!(
            "the grouping into {} groups went to disk: its accumulators need more memory than 100 MB",
            seen::count(rows)
        );
        let mut finding = seen::finding(at, 0.5, cause);
        finding.severity = finding.severity.max(Severity::Warn);
        if let Some(memory) = at.node().work.as_ref().and_then(|work| work.memory) {
            finding = finding.measured("accumulators", memory, "$group.maxAccumulatorMemoryUsageBytes");
        }
        let fix = Fix::of(
            FixKind::Code,
            "Filter with $match before the $group, keep only the grouped fields with $project, and replace $push and $addToSet of whole documents by sums, counts or $topN",
            Undo::NotNeeded("a change in the pipeline".into()),
        );
        found.push(finding.measured("groups", seen::count(rows), "$group.nReturned").fix(fix));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed, pipeline};
    use super::*;

    fn group(disk: bool, spills: u32) -> String {
        pipeline(
            5000,
            900_000,
            &format!(
                "{{ $group: {{ _id: '$customer', all: {{ $push: '$$ROOT' }} }}, maxAccumulatorMemoryUsageBytes: {{ all: 90000000 }}, totalOutputDataSizeBytes: 90000000, usedDisk: {disk}, spills: {spills}, nReturned: 60000, executionTimeMillisEstimate: 4900 }}"
            ),
        )
    }

    #[test]
    fn fires_on_disk() {
        let found = check(&RULE, &group(true, 4));
        assert!(found[0].cause.contains("60,000 groups") && found[0].severity == Severity::Warn, "{found:?}");
    }

    #[test]
    fn fires_on_the_slot_based_engine() {
        let stage = "{ stage: 'GROUP', planNodeId: 2, usedDisk: true, spills: 2, nReturned: 60000, executionTimeMillisEstimate: 900, inputStage: { stage: 'COLLSCAN', nReturned: 900000, docsExamined: 900000 } }";
        assert_eq!(check(&RULE, &executed(950, stage)).len(), 1);
    }

    #[test]
    fn silent_in_memory() {
        assert!(check(&RULE, &group(false, 0)).is_empty());
    }

    #[test]
    fn silent_when_a_sort_spilled() {
        let stage =
            "{ $sort: { sortKey: { n: -1 } }, usedDisk: true, nReturned: 500000, executionTimeMillisEstimate: 3000 }";
        assert!(check(&RULE, &pipeline(3000, 500_000, stage)).is_empty());
    }
}

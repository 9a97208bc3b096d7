use dbwright_model::finding::FixKind;
use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo};

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "sort-spilled-to-disk",
    title: "A sort did not fit into memory and went to disk",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "a nightly report that may take its time",
    do_not: "raise internalQueryMaxBlockingSortMemoryUsageBytes for all: every sort of every client may then take that much",
    lesson: include_str!("sort_spilled_to_disk.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::Sort) {
        let spilled = at.node().extra.bool("usedDisk") == Some(true)
            || at.node().extra.number("spills").is_some_and(|spills| spills > 0.0);
        if !spilled {
            continue;
        }
        let work = at.node().work.as_ref();
        let keys: Vec<&str> = at.node().sort_keys.iter().map(|key| key.as_str()).collect();
        let size = work.and_then(|work| work.disk).map_or(String::new(), |size| format!(" ({size})"));
        let cause =
            format!("the sort by {} went to disk{size}: it needs more memory than a sort may take", keys.join(", "));
        let mut finding: Finding = seen::finding(at, 0.5, cause);
        finding.severity = finding.severity.max(Severity::Warn);
        if let Some(size) = work.and_then(|work| work.disk) {
            finding = finding.measured("data written to disk", size, "SORT.spilledDataStorageSize");
        }
        let sort = query::sort_keys(&at.node().sort_keys);
        let fix = seen::collection(at).zip(query::esr(&query::asked(at).terms, &sort).filter(|_| !sort.is_empty()));
        let in_pipeline = at.node().name.starts_with('$');
        found.push(match fix {
            Some((collection, key)) if !in_pipeline => finding.fix(query::create_index(collection, &key)),
            _ => finding.fix(Fix::of(
                FixKind::Code,
                "Put $match before the $sort, a $limit right behind it, and a $project before it that leaves only the fields needed",
                Undo::NotNeeded("a change in the pipeline".into()),
            )),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed, pipeline};
    use super::*;

    #[test]
    fn fires_on_a_find() {
        let stage = "{ stage: 'SORT', sortPattern: { at: 1 }, memLimit: 104857600, totalDataSizeSorted: 300000000, usedDisk: true, spills: 3, spilledDataStorageSize: 120000000, nReturned: 900000, executionTimeMillisEstimate: 4000, works: 9,
          inputStage: { stage: 'COLLSCAN', nReturned: 900000, executionTimeMillisEstimate: 900, works: 9, docsExamined: 900000 } }";
        let found = check(&RULE, &executed(4100, stage));
        assert!(found[0].cause.contains("114 MB") && found[0].fixes[0].statement.contains("{ at: 1 }"), "{found:?}");
    }

    #[test]
    fn fires_in_a_pipeline() {
        let stage = "{ $sort: { sortKey: { n: -1 } }, totalDataSizeSortedBytesEstimate: 220000000, usedDisk: true, spills: 2, nReturned: 500000, executionTimeMillisEstimate: 3000 }";
        let found = check(&RULE, &pipeline(3000, 500_000, stage));
        assert!(found[0].fixes[0].statement.contains("$match"), "{found:?}");
    }

    #[test]
    fn silent_in_memory() {
        let stage = "{ $sort: { sortKey: { n: -1 } }, totalDataSizeSortedBytesEstimate: 90000000, usedDisk: false, spills: 0, nReturned: 500000, executionTimeMillisEstimate: 3000 }";
        assert!(check(&RULE, &pipeline(3000, 500_000, stage)).is_empty());
    }

    #[test]
    fn silent_when_only_a_group_spilled() {
        let stage = "{ $group: { _id: '$a' }, usedDisk: true, spills: 2, nReturned: 500000, executionTimeMillisEstimate: 3000 }";
        assert!(check(&RULE, &pipeline(3000, 500_000, stage)).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule, Severity};

use dbwright_model::plan::{ConditionKind, Operator};

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "or-branch-without-index",
    title: "One branch of an $or without an index makes the whole query scan",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ],
    explains: &["blocking-sort", "sort-spilled-to-disk"],
    wrong_when: "most documents match one of the branches anyway",
    do_not: "create one compound index over the fields of all branches: a branch can only use an index that starts with its own fields",
    lesson: include_str!("or_branch_without_index.md"),
    check,
};

static READ: Limit<Count> = Limit {
    what: "documents read by the scan",
    value: Count(5_000),
    source: "below that a scan takes a few milliseconds",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::FullScan) {
        let Some(collection) = seen::collection(at) else { continue };
        let own =
            at.node().conditions(ConditionKind::Filter).next().map(|condition| query::filter(condition.text.as_str()));
        let Some(filter) = own.filter(|filter| filter.branches.len() > 1) else { continue };
        let read = seen::read(at);
        let wasted = read.as_ref().map(|read| 1.0 - read.returned / read.docs.max(1.0));
        if read.as_ref().is_some_and(|read| read.docs < READ.value.0 as f64)
            || wasted.is_some_and(|wasted| wasted < 0.9)
            || !at.matters()
        {
            continue;
        }
        // Conditions beside the `$or` with an index of their own would do as well.
        let shared: Vec<query::Term> = filter.terms.clone();
        let cause = format!(
            "the $or over {} branches is answered by reading all of {collection}: every branch needs an index, and one has none",
            filter.branches.len()
        );
        let mut finding = match &read {
            Some(read) => seen::finding(at, wasted.unwrap_or(0.0), cause).measured(
                "documents read",
                seen::count(read.docs),
                "COLLSCAN.docsExamined",
            ),
            None => at.finding(Severity::Info, cause).grade(Grade::Suspected),
        };
        let sort = query::sort_above(at);
        for branch in &filter.branches {
            let terms: Vec<query::Term> = branch.iter().chain(&shared).cloned().collect();
            if let Some(key) = query::esr(&terms, &sort) {
                finding = finding.fix(query::create_index(collection, &key));
            }
        }
        found.push(finding);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed, planned};
    use super::*;

    fn scan(filter: &str, read: u32, returned: u32) -> String {
        format!(
            "{{ stage: 'SUBPLAN', nReturned: {returned}, executionTimeMillisEstimate: 50, works: {read}, inputStage: {{ stage: 'COLLSCAN', filter: {filter}, direction: 'forward', nReturned: {returned}, executionTimeMillisEstimate: 49, works: {read}, docsExamined: {read} }} }}"
        )
    }
    const OR: &str = "{ $or: [ { a: { $eq: 1 } }, { b: { $gt: 5 } } ] }";

    #[test]
    fn fires_with_an_index_for_each_branch() {
        let found = check(&RULE, &executed(51, &scan(OR, 60_000, 70)));
        let fixes: Vec<&str> = found[0].fixes.iter().map(|fix| fix.statement.as_str()).collect();
        assert!(fixes.len() == 2 && fixes[0].contains("{ a: 1 }") && fixes[1].contains("{ b: 1 }"), "{fixes:?}");
    }

    #[test]
    fn fires_on_the_plan_alone() {
        let stage =
            format!("{{ stage: 'SUBPLAN', inputStage: {{ stage: 'COLLSCAN', filter: {OR}, direction: 'forward' }} }}");
        assert_eq!(check(&RULE, &planned(OR, &stage)).len(), 1);
    }

    #[test]
    fn silent_when_branches_have_indexes() {
        let stage = "{ stage: 'FETCH', nReturned: 70, works: 99, executionTimeMillisEstimate: 1, docsExamined: 70, inputStage: { stage: 'OR', nReturned: 70, works: 99, inputStages: [ { stage: 'IXSCAN', nReturned: 30, works: 31, indexName: 'a_1', keysExamined: 30 }, { stage: 'IXSCAN', nReturned: 40, works: 41, indexName: 'b_1', keysExamined: 40 } ] } }";
        assert!(check(&RULE, &executed(2, stage)).is_empty());
    }

    #[test]
    fn silent_when_much_is_returned() {
        assert!(check(&RULE, &executed(51, &scan(OR, 60_000, 30_000))).is_empty());
    }

    #[test]
    fn silent_without_an_or() {
        assert!(check(&RULE, &executed(51, &scan("{ a: { $eq: 1 } }", 60_000, 70))).is_empty());
    }
}

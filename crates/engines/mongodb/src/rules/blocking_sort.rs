use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule, Severity, Share};

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "blocking-sort",
    title: "A sort holds everything back that an index could return in order",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SORTED, &PART],
    explains: &["sort-spilled-to-disk"],
    wrong_when: "few documents reach the sort on ordinary days, or the sort is on a computed field that no index can hold",
    do_not: "raise allowDiskUse or the memory limit of sorts: the query gets through, not faster",
    lesson: include_str!("blocking_sort.md"),
    check,
};

static SORTED: Limit<Count> =
    Limit { what: "documents sorted", value: Count(1_000), source: "fewer are sorted in a millisecond" };
static PART: Limit<Share> = Limit {
    what: "the sort as part of the time below it",
    value: Share(0.1),
    source: "the work saved has to be worth an index",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| &*at.node().name == "SORT") {
        let sort = query::sort_keys(&at.node().sort_keys);
        let Some(collection) = seen::collection(at).filter(|_| !sort.is_empty()) else { continue };
        let filter = query::asked(at);
        let key = query::esr(&filter.terms, &sort).filter(|_| filter.branches.is_empty());
        let Some(input) = at.inputs().next().and_then(seen::rows) else {
            if at.node().actual.is_none() {
                let cause = format!(
                    "{collection} is sorted by {} after it was read: no index returns it in that order",
                    names(&sort)
                );
                let finding = at.finding(Severity::Info, cause).grade(Grade::Suspected);
                found.push(match key {
                    Some(key) => finding.fix(query::create_index(collection, &key)),
                    None => finding,
                });
            }
            continue;
        };
        // An index spares the sort, and with a limit above also the reading of what the limit cuts off.
        let limit = at.node().extra.number("limitAmount").filter(|limit| *limit > 0.0);
        let spared = limit.map_or(0.3, |limit| 1.0 - (limit / input).min(1.0));
        if input < SORTED.value.0 as f64 || !at.matters() || spared < PART.value.0 {
            continue;
        }
        let cut = limit.map_or(String::new(), |limit| format!(" and all but {} are cut off", seen::count(limit)));
        let cause = format!(
            "{} are sorted by {} in memory{cut}: no index returns them in that order",
            seen::docs(input),
            names(&sort)
        );
        let mut finding = seen::finding(at, spared, cause).measured(
            "documents sorted",
            seen::count(input),
            "SORT.inputStage.nReturned",
        );
        if let Some(memory) = at.node().work.as_ref().and_then(|work| work.memory) {
            finding = finding.measured("sorted data", memory, "SORT.totalDataSizeSorted");
        }
        found.push(match key {
            Some(key) => finding.fix(query::create_index(collection, &key)),
            None => finding,
        });
    }
    Ok(found)
}

fn names(sort: &[(String, bool)]) -> String {
    sort.iter()
        .map(|(field, down)| format!("{field}{}", if *down { " descending" } else { "" }))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, check, executed, planned};
    use super::*;

    fn sort(rows: u32, limit: &str) -> String {
        format!("{{ stage: 'SORT', sortPattern: {{ at: -1 }}, memLimit: 104857600, {limit} type: 'simple', totalDataSizeSorted: 2500000, usedDisk: false, nReturned: 20, executionTimeMillisEstimate: 80, works: {rows},
          inputStage: {{ stage: 'FETCH', nReturned: {rows}, executionTimeMillisEstimate: 40, works: {rows}, docsExamined: {rows}, inputStage: {{ stage: 'IXSCAN', nReturned: {rows}, works: {rows}, executionTimeMillisEstimate: 9, indexName: 'status_1', keyPattern: {{ status: 1 }}, indexBounds: {{ status: [ '[\"a\", \"a\"]' ] }}, keysExamined: {rows} }} }} }}")
    }

    #[test]
    fn fires_on_a_top_n_sort() {
        let found = check(&RULE, &asked(82, "{ status: { $eq: 'a' } }", &sort(40_000, "limitAmount: 20,")));
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].fixes[0].statement.contains("{ status: 1, at: -1 }"), "{found:?}");
    }

    #[test]
    fn fires_on_a_whole_sort() {
        assert_eq!(check(&RULE, &executed(82, &sort(40_000, ""))).len(), 1);
    }

    #[test]
    fn fires_on_the_plan_alone_as_a_suspicion() {
        let stage = "{ stage: 'SORT', sortPattern: { at: -1 }, memLimit: 104857600, type: 'simple', inputStage: { stage: 'COLLSCAN', direction: 'forward' } }";
        assert_eq!(check(&RULE, &planned("{}", stage))[0].grade, Grade::Suspected);
    }

    #[test]
    fn silent_on_few_documents() {
        assert!(check(&RULE, &executed(2, &sort(900, "limitAmount: 20,"))).is_empty());
    }

    #[test]
    fn silent_when_the_limit_cuts_nothing_off() {
        assert!(check(&RULE, &executed(82, &sort(40_000, "limitAmount: 50000,"))).is_empty());
    }

    #[test]
    fn silent_on_sorted_streams_that_are_merged() {
        let stage = "{ stage: 'SORT_MERGE', sortPattern: { at: -1 }, nReturned: 9000, executionTimeMillisEstimate: 80, works: 9001, inputStages: [ { stage: 'IXSCAN', nReturned: 9000, works: 9001, indexName: 'a', keysExamined: 9000 } ] }";
        assert!(check(&RULE, &executed(82, stage)).is_empty());
    }
}

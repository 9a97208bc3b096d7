use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule, Severity};

use dbwright_model::plan::Operator;

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "large-in-array",
    title: "A list of values makes hundreds of index searches",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&VALUES],
    explains: &[],
    wrong_when: "the values lie next to each other in the index, or the query is run rarely",
    do_not: "split the list over many queries: the searches are the same and the round trips come on top",
    lesson: include_str!("large_in_array.md"),
    check,
};

static VALUES: Limit<Count> = Limit {
    what: "values in the list",
    value: Count(200),
    source: "up to 200 scans are merged in order to serve a sort (internalQueryMaxScansToExplode); the same count of searches costs a millisecond or two",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::tops(case)? {
        let filter = query::asked(at);
        let Some((field, values)) = filter
            .terms
            .iter()
            .filter_map(|(field, demand)| match demand {
                query::Demand::In(values) if *values as u64 > VALUES.value.0 => Some((field, *values)),
                _ => None,
            })
            .max_by_key(|(_, values)| *values)
        else {
            continue;
        };
        let scan = at.subtree().find(|below| matches!(&*below.node().name, "IXSCAN" | "DISTINCT_SCAN"));
        let Some(scan) = scan else { continue };
        let sorted = at.subtree().any(|below| below.node().operator == Operator::Sort);
        let cause = format!(
            "{field} is compared with {} values: the index is searched once for each{}",
            seen::count(values as f64),
            if sorted { ", and so many cannot be merged into the order of the sort" } else { "" }
        );
        let seeks = scan.node().extra.number("seeks");
        let finding = scan.finding(Severity::Info, cause).grade(Grade::Derived).measured(
            "values",
            seen::count(values as f64),
            "queryPlanner.parsedQuery",
        );
        found.push(match seeks {
            Some(seeks) => finding.measured("searches", seen::count(seeks), "IXSCAN.seeks"),
            None => finding,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, check};
    use super::*;

    fn list(values: usize) -> String {
        let values: Vec<String> = (0..values).map(|n| n.to_string()).collect();
        asked(
            9,
            &format!("{{ customer: {{ $in: [ {} ] }} }}", values.join(", ")),
            "{ stage: 'FETCH', nReturned: 900, executionTimeMillisEstimate: 8, works: 901, docsExamined: 900, inputStage: { stage: 'IXSCAN', nReturned: 900, executionTimeMillisEstimate: 5, works: 901, indexName: 'customer_1', keysExamined: 1200, seeks: 300 } }",
        )
    }

    #[test]
    fn fires_on_hundreds() {
        let found = check(&RULE, &list(300));
        assert!(found[0].cause.contains("300 values"), "{found:?}");
    }

    #[test]
    fn fires_with_a_sort_that_cannot_merge() {
        let text = list(300)
            .replace(
                "{ stage: 'FETCH'",
                "{ stage: 'SORT', sortPattern: { at: 1 }, nReturned: 900, works: 9, inputStage: { stage: 'FETCH'",
            )
            .replace("seeks: 300 } }", "seeks: 300 } } }");
        assert!(check(&RULE, &text)[0].cause.contains("merged"));
    }

    #[test]
    fn silent_on_a_short_list() {
        assert!(check(&RULE, &list(200)).is_empty());
    }

    #[test]
    fn silent_on_one_value() {
        assert!(check(&RULE, &list(1)).is_empty());
    }
}

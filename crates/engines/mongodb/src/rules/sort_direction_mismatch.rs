use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule};

use dbwright_model::plan::Value;

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "sort-direction-mismatch",
    title: "An index has the sort's fields in other directions",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SORTED],
    explains: &["blocking-sort", "sort-spilled-to-disk"],
    wrong_when: "the order is asked for rarely and few documents reach the sort",
    do_not: "sort in the application: all documents then travel before the first is shown",
    lesson: include_str!("sort_direction_mismatch.md"),
    check,
};

static SORTED: Limit<Count> =
    Limit { what: "documents sorted", value: Count(1_000), source: "fewer are sorted in a millisecond" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| &*at.node().name == "SORT") {
        let sort = query::sort_keys(&at.node().sort_keys);
        let few = at.inputs().next().and_then(seen::rows).is_some_and(|rows| rows < SORTED.value.0 as f64);
        let Some(collection) = seen::collection(at).filter(|_| sort.len() > 1 && !few) else { continue };
        for scan in at.subtree().filter(|below| &*below.node().name == "IXSCAN") {
            let Some(pattern) = scan.node().extra.get("keyPattern").and_then(Value::group) else { continue };
            let key: Vec<(String, bool)> = pattern
                .iter()
                .map(|(field, order)| (field.to_owned(), order.number().is_some_and(|order| order < 0.0)))
                .collect();
            let start = key.iter().position(|(field, _)| *field == sort[0].0);
            let Some(part) = start.and_then(|start| key.get(start..start + sort.len())) else { continue };
            let same_fields = part.iter().zip(&sort).all(|((indexed, _), (sorted, _))| indexed == sorted);
            let agree = part.iter().zip(&sort).filter(|((_, indexed), (_, sorted))| indexed == sorted).count();
            if !same_fields || agree == 0 || agree == sort.len() {
                continue;
            }
            let Some(index) = &scan.node().index else { continue };
            let mut wanted = key.clone();
            for (slot, (field, down)) in
                wanted.iter_mut().filter(|(field, _)| sort.iter().any(|(sorted, _)| sorted == field)).zip(&sort)
            {
                *slot = (field.clone(), *down);
            }
            let asked: Vec<&str> = at.node().sort_keys.iter().map(|key| key.as_str()).collect();
            let cause = format!(
                "{index} has the fields of the sort ({}) in other directions, so it cannot return them in order",
                asked.join(", ")
            );
            found.push(
                seen::finding(at, 0.3, cause).grade(Grade::Derived).fix(query::create_index(collection, &wanted)),
            );
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed, planned};
    use super::*;

    fn sort(pattern: &str, index: &str, rows: u32) -> String {
        format!(
            "{{ stage: 'SORT', sortPattern: {pattern}, nReturned: {rows}, executionTimeMillisEstimate: 80, works: {rows}, inputStage: {{ stage: 'IXSCAN', nReturned: {rows}, executionTimeMillisEstimate: 9, works: {rows}, indexName: 'i', keyPattern: {index}, indexBounds: {{ s: [ '[1, 1]' ] }}, keysExamined: {rows} }} }}"
        )
    }

    #[test]
    fn fires_on_mixed_directions() {
        let found = check(&RULE, &executed(81, &sort("{ a: 1, b: -1 }", "{ s: 1, a: 1, b: 1 }", 9000)));
        assert!(found[0].fixes[0].statement.contains("{ s: 1, a: 1, b: -1 }"), "{found:?}");
    }

    #[test]
    fn fires_on_a_plan_alone() {
        let stage = "{ stage: 'SORT', sortPattern: { a: -1, b: 1 }, inputStage: { stage: 'IXSCAN', indexName: 'i', keyPattern: { a: 1, b: 1 }, indexBounds: { a: [ '[1, 9]' ] } } }";
        assert_eq!(check(&RULE, &planned("{ a: { $gt: 1 } }", stage)).len(), 1);
    }

    #[test]
    fn silent_on_the_exact_reverse() {
        assert!(check(&RULE, &executed(81, &sort("{ a: -1, b: -1 }", "{ s: 1, a: 1, b: 1 }", 9000))).is_empty());
    }

    #[test]
    fn silent_when_the_index_has_other_fields() {
        assert!(check(&RULE, &executed(81, &sort("{ a: 1, b: -1 }", "{ s: 1, c: 1, d: 1 }", 9000))).is_empty());
    }

    #[test]
    fn silent_on_few_documents() {
        assert!(check(&RULE, &executed(1, &sort("{ a: 1, b: -1 }", "{ s: 1, a: 1, b: 1 }", 90))).is_empty());
    }
}

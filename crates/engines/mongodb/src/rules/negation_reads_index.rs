use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule};

use dbwright_model::plan::Value;

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "negation-reads-index",
    title: "A negation reads nearly the whole index",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ],
    explains: &[],
    wrong_when: "the values that are excluded make up most of the collection",
    do_not: "index a field only to query what it is not: the index is read nearly whole and the documents in random order",
    lesson: include_str!("negation_reads_index.md"),
    check,
};

static READ: Limit<Count> =
    Limit { what: "keys read", value: Count(10_000), source: "fewer keys take a few milliseconds" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| &*at.node().name == "IXSCAN") {
        let Some(read) = seen::read(at).filter(|read| read.keys >= READ.value.0 as f64) else { continue };
        let Some(bounds) = at.node().extra.get("indexBounds").and_then(Value::group) else { continue };
        let Some((field, intervals)) = bounds.iter().next() else { continue };
        let texts: Vec<&str> = intervals.items().iter().filter_map(Value::text).collect();
        let negates = texts.len() >= 2
            && texts.iter().any(|text| text.starts_with("[MinKey, ") || text.starts_with("[MaxKey, "))
            && texts.iter().any(|text| text.ends_with(" MaxKey]") || text.ends_with(" MinKey]"));
        // What the keys lead to has to be thrown away later, or all of it is wanted.
        let kept = at.ancestors().find_map(|above| above.node().actual.and_then(|actual| actual.rows));
        let thrown = kept.map_or(0.0, |kept| 1.0 - kept / read.keys);
        if !negates || thrown < 0.9 || !at.matters() {
            continue;
        }
        let Some(index) = &at.node().index else { continue };
        let cause = format!(
            "{field} is asked not to be something: {} keys of {index}, nearly all of it, are read for {} results",
            seen::count(read.keys),
            seen::count(kept.unwrap_or(0.0))
        );
        let terms: Vec<query::Term> = query::asked(at).terms.into_iter().filter(|(name, _)| name != field).collect();
        let finding = seen::finding(at.parent().unwrap_or(at), thrown, cause).grade(Grade::Derived).measured(
            "keys read",
            seen::count(read.keys),
            "IXSCAN.keysExamined",
        );
        let fix = seen::collection(at).zip(query::esr(&terms, &query::sort_above(at)));
        found.push(match fix {
            Some((collection, key)) => finding.fix(query::create_index(collection, &key)),
            None => finding,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, check};
    use super::*;

    fn scan(bounds: &str, kept: u32) -> String {
        asked(
            90,
            "{ $and: [ { total: { $eq: 5 } }, { status: { $not: { $eq: 'done' } } } ] }",
            &format!(
                "{{ stage: 'FETCH', filter: {{ total: {{ $eq: 5 }} }}, nReturned: {kept}, executionTimeMillisEstimate: 88, works: 50000, docsExamined: 50000, inputStage: {{ stage: 'IXSCAN', nReturned: 50000, executionTimeMillisEstimate: 30, works: 50001, keyPattern: {{ status: 1 }}, indexName: 'status_1', indexBounds: {{ status: [ {bounds} ] }}, keysExamined: 50000, seeks: 2 }} }}"
            ),
        )
    }
    const NOT: &str = "'[MinKey, \"done\")', '(\"done\", MaxKey]'";

    #[test]
    fn fires_with_an_index_on_what_is_asked_for() {
        let found = check(&RULE, &scan(NOT, 40));
        assert!(found[0].fixes[0].statement.contains("createIndex({ total: 1 }"), "{found:?}");
    }

    #[test]
    fn fires_backwards_too() {
        assert_eq!(check(&RULE, &scan("'[MaxKey, 5)', '(5, MinKey]'", 40)).len(), 1);
    }

    #[test]
    fn silent_when_the_rest_is_wanted() {
        assert!(check(&RULE, &scan(NOT, 20_000)).is_empty());
    }

    #[test]
    fn silent_on_a_list_of_values() {
        assert!(check(&RULE, &scan("'[\"a\", \"a\"]', '[\"b\", \"b\"]'", 40)).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Count, Engine, Harm, Limit, Ratio, Rule};

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "index-keys-wasted",
    title: "Index keys are read that lead to nothing",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&RATIO, &READ],
    explains: &[],
    wrong_when: "the index serves another query well and this one is rare",
    do_not: "hint a different index before looking at the order of the fields: the same fields in another order may read a thousandth of the keys",
    lesson: include_str!("index_keys_wasted.md"),
    check,
};

static RATIO: Limit<Ratio> = Limit {
    what: "keys read for one returned",
    value: Ratio(10.0),
    source: "a well-ordered index reads about one key per result; each further interval adds one",
};
static READ: Limit<Count> =
    Limit { what: "keys read", value: Count(5_000), source: "fewer keys are read in a millisecond or two" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)? {
        let scan = matches!(&*at.node().name, "IXSCAN" | "COUNT_SCAN" | "DISTINCT_SCAN");
        let Some(read) = seen::read(at).filter(|_| scan) else { continue };
        let distinct = &*at.node().name == "DISTINCT_SCAN";
        let wasted = read.keys / read.returned.max(1.0);
        if distinct || read.keys < READ.value.0 as f64 || wasted <= RATIO.value.0 || !at.matters() {
            continue;
        }
        let Some(index) = &at.node().index else { continue };
        let cause = format!(
            "{} keys of {index} are read and {} of them are of use: fields after the first range or gap do not narrow it",
            seen::count(read.keys),
            seen::count(read.returned)
        );
        let finding = seen::finding(at, 1.0 - read.returned / read.keys, cause)
            .measured("keys read", seen::count(read.keys), "IXSCAN.keysExamined")
            .measured("keys used", seen::count(read.returned), "IXSCAN.nReturned");
        let fix = seen::collection(at).zip(query::esr(&query::asked(at).terms, &query::sort_above(at)));
        found.push(match fix {
            Some((collection, key)) => finding.fix(query::create_index(collection, &key)),
            None => finding,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, check, executed};
    use super::*;

    fn scan(keys: u32, returned: u32) -> String {
        format!("{{ stage: 'FETCH', nReturned: {returned}, executionTimeMillisEstimate: 30, works: {keys}, docsExamined: {returned}, inputStage: {{ stage: 'IXSCAN', nReturned: {returned}, executionTimeMillisEstimate: 29, works: {keys},
          keyPattern: {{ at: 1, status: 1 }}, indexName: 'at_1_status_1', indexBounds: {{ at: [ '[5, inf.0]' ], status: [ '[\"open\", \"open\"]' ] }}, keysExamined: {keys}, seeks: 900 }} }}")
    }

    #[test]
    fn fires_when_a_range_leads() {
        let found = check(
            &RULE,
            &asked(31, "{ $and: [ { status: { $eq: 'open' } }, { at: { $gte: 5 } } ] }", &scan(40_000, 400)),
        );
        assert!(found[0].fixes[0].statement.contains("{ status: 1, at: 1 }"), "{found:?}");
    }

    #[test]
    fn fires_without_the_parsed_query_too() {
        let found = check(&RULE, &executed(31, &scan(40_000, 0)));
        assert!(found[0].fixes[0].statement.contains("{ status: 1, at: 1 }"), "{found:?}");
    }

    #[test]
    fn silent_when_keys_are_used() {
        assert!(check(&RULE, &executed(31, &scan(40_000, 4_000))).is_empty());
    }

    #[test]
    fn silent_on_few_keys() {
        assert!(check(&RULE, &executed(3, &scan(4_999, 1))).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Count, Engine, Harm, Limit, Rule, Share};

use dbwright_model::plan::Operator;

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "residual-filter-on-fetch",
    title: "Documents are fetched through an index and then thrown away",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&THROWN, &READ],
    explains: &["blocking-sort", "shard-skew"],
    wrong_when: "the field cannot be indexed (an array beside another array, a `$where`) or the filter selects more on other days",
    do_not: "create a second index on the filtered field alone: MongoDB rarely intersects indexes, it picks one",
    lesson: include_str!("residual_filter_on_fetch.md"),
    check,
};

static THROWN: Limit<Share> = Limit {
    what: "fetched documents that are thrown away",
    value: Share(0.9),
    source: "nine in ten thrown away: the fetch does ten times the work",
};
static READ: Limit<Count> =
    Limit { what: "documents fetched", value: Count(1_000), source: "fewer are fetched in a few milliseconds" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::Fetch && seen::filters(*at)) {
        let Some(read) = seen::read(at).filter(|read| read.docs >= READ.value.0 as f64) else { continue };
        let thrown = 1.0 - read.returned / read.docs;
        if thrown < THROWN.value.0 || !at.matters() {
            continue;
        }
        let Some(index) = at.subtree().find_map(|below| below.node().index.as_ref()) else { continue };
        let cause = format!(
            "{} are fetched through {index} and {} of them are thrown away by a filter on fields the index does not have",
            seen::docs(read.docs),
            seen::count(read.docs - read.returned)
        );
        let finding = seen::finding(at, thrown, cause)
            .measured("documents fetched", seen::count(read.docs), "FETCH.docsExamined")
            .measured("documents returned", seen::count(read.returned), "FETCH.nReturned");
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

    fn fetch(docs: u32, returned: u32, filter: &str) -> String {
        format!("{{ stage: 'FETCH', {filter} nReturned: {returned}, executionTimeMillisEstimate: 60, works: {docs}, docsExamined: {docs}, inputStage: {{ stage: 'IXSCAN', nReturned: {docs}, executionTimeMillisEstimate: 9, works: {docs},
          keyPattern: {{ status: 1 }}, indexName: 'status_1', indexBounds: {{ status: [ '[\"open\", \"open\"]' ] }}, keysExamined: {docs} }} }}")
    }
    const FILTER: &str = "filter: { total: { $gt: 900 } },";

    #[test]
    fn fires_with_both_fields_in_one_index() {
        let found = check(&RULE, &executed(61, &fetch(20_000, 40, FILTER)));
        assert!(found[0].fixes[0].statement.contains("createIndex({ status: 1, total: 1 }"), "{found:?}");
        assert!(found[0].saving.unwrap().value > 0.05);
    }

    #[test]
    fn fires_with_the_sort_between() {
        let sorted = format!(
            "{{ stage: 'SORT', sortPattern: {{ at: 1 }}, nReturned: 40, executionTimeMillisEstimate: 60, works: 99, inputStage: {} }}",
            fetch(20_000, 40, FILTER)
        );
        let found =
            check(&RULE, &asked(61, "{ $and: [ { status: { $eq: 'open' } }, { total: { $gt: 900 } } ] }", &sorted));
        assert!(found[0].fixes[0].statement.contains("{ status: 1, at: 1, total: 1 }"), "{found:?}");
    }

    #[test]
    fn silent_when_most_are_kept() {
        assert!(check(&RULE, &executed(61, &fetch(20_000, 2_100, FILTER))).is_empty());
    }

    #[test]
    fn silent_without_a_filter_on_the_fetch() {
        assert!(check(&RULE, &executed(61, &fetch(20_000, 20_000, ""))).is_empty());
    }

    #[test]
    fn silent_on_few_documents() {
        assert!(check(&RULE, &executed(2, &fetch(900, 0, FILTER))).is_empty());
    }
}

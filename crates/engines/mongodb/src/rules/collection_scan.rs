use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule, Severity, Share};

use dbwright_model::plan::Operator;

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "collection-scan",
    title: "A collection is read from end to end for a few documents",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &KEPT],
    explains: &["sort-spilled-to-disk", "blocking-sort", "shard-skew"],
    wrong_when: "the query is run once in a while and an index would be maintained by every write; or most of the documents qualify on other days",
    do_not: "create one index per field of the filter: MongoDB uses one index of a collection for one conjunction",
    lesson: include_str!("collection_scan.md"),
    check,
};

static READ: Limit<Count> = Limit {
    what: "documents read by the scan",
    value: Count(10_000),
    source: "below ten thousand documents a scan takes a few milliseconds, whatever it returns",
};
static KEPT: Limit<Share> = Limit {
    what: "documents it returns, of those it reads",
    value: Share(0.1),
    source: "an index that selects more than about a tenth of a collection fetches documents in random order and gains little",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::FullScan) {
        let Some(collection) = seen::collection(at) else { continue };
        let filter = query::asked(at);
        if filter.terms.is_empty() && !seen::filters(at) {
            continue;
        }
        // An `$or` needs an index for each branch: a rule of its own.
        if !filter.branches.is_empty() {
            continue;
        }
        let finding = match seen::read(at) {
            Some(read) => {
                let enough = read.docs >= READ.value.0 as f64 && read.returned <= KEPT.value.0 * read.docs;
                if !enough || !at.matters() || (seen::limited(at) && read.returned > 0.1 * read.docs) {
                    continue;
                }
                let cause = format!(
                    "the whole of {collection} is read, {}, to return {}: no index serves the filter",
                    seen::docs(read.docs),
                    seen::count(read.returned)
                );
                seen::finding(at, 1.0 - read.returned / read.docs, cause)
                    .measured("documents read", seen::count(read.docs), "executionStages.docsExamined")
                    .measured("documents returned", seen::count(read.returned), "executionStages.nReturned")
            }
            None if at.node().actual.is_none() && seen::filters(at) => {
                let cause = format!("{collection} is read from end to end for a filter: no index serves it");
                at.finding(Severity::Info, cause).grade(Grade::Suspected)
            }
            None => continue,
        };
        let key = query::esr(&filter.terms, &query::sort_above(at));
        found.push(match key {
            Some(key) => finding.fix(query::create_index(collection, &key)),
            None => finding,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, check, executed, planned};
    use super::*;

    const SCAN: &str = "{ stage: 'COLLSCAN', filter: { $and: [ { status: { $eq: 'open' } }, { total: { $gt: 5 } } ] }, direction: 'forward', nReturned: 500, executionTimeMillisEstimate: 40, works: 50001, docsExamined: 50000 }";

    #[test]
    fn fires_with_an_index_in_the_order_equality_sort_range() {
        let sorted = format!(
            "{{ stage: 'SORT', sortPattern: {{ at: -1 }}, nReturned: 500, executionTimeMillisEstimate: 44, works: 502, memLimit: 1e8, inputStage: {SCAN} }}"
        );
        let found =
            check(&RULE, &asked(45, "{ $and: [ { status: { $eq: 'open' } }, { total: { $gt: 5 } } ] }", &sorted));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].fixes[0].statement,
            "db.getSiblingDB('shop').orders.createIndex({ status: 1, at: -1, total: 1 }, { name: 'status_1_at_-1_total_1' })"
        );
        assert!(found[0].saving.unwrap().value > 0.03 && found[0].severity == dbwright_model::Severity::Warn);
    }

    #[test]
    fn fires_on_the_plan_alone_as_a_suspicion() {
        let found = check(
            &RULE,
            &planned(
                "{ status: { $eq: 'open' } }",
                "{ stage: 'COLLSCAN', filter: { status: { $eq: 'open' } }, direction: 'forward' }",
            ),
        );
        assert_eq!((found.len(), found[0].grade), (1, Grade::Suspected));
    }

    #[test]
    fn fires_on_a_line_of_the_slow_log() {
        let line = r#"{"msg":"Slow query","attr":{"type":"command","ns":"shop.orders","command":{"find":"orders","filter":{"status":"open"},"$db":"shop"},"planSummary":"COLLSCAN","keysExamined":0,"docsExamined":120000,"nreturned":3,"durationMillis":310}}"#;
        let found = check(&RULE, line);
        assert!(found[0].fixes[0].statement.ends_with("createIndex({ status: 1 }, { name: 'status_1' })"));
        let sorted = line
            .replace(r#""$db""#, r#""sort":{"at":-1},"$db""#)
            .replace(r#""planSummary""#, r#""hasSortStage":true,"planSummary""#);
        assert!(check(&RULE, &sorted)[0].fixes[0].statement.contains("{ status: 1, at: -1 }"));
        let read_on = r#"{"msg":"Slow query","attr":{"type":"command","ns":"shop.orders","command":{"getMore":7,"collection":"orders"},"originatingCommand":{"aggregate":"orders","pipeline":[{"$match":{"kind":"a"}}]},"planSummary":"COLLSCAN","keysExamined":0,"docsExamined":120000,"nreturned":3,"durationMillis":310}}"#;
        assert!(check(&RULE, read_on)[0].fixes[0].statement.contains("{ kind: 1 }"));
    }

    #[test]
    fn fires_when_only_the_whole_is_counted() {
        let text = asked(1690, "{ total: { $eq: 900 } }", "{ stage: 'COLLSCAN', direction: 'forward', nReturned: 20 }")
            .replace("executionSuccess: true,", "executionSuccess: true, totalDocsExamined: 20000,");
        assert_eq!(check(&RULE, &text).len(), 1);
    }

    #[test]
    fn silent_when_most_documents_qualify() {
        assert!(check(&RULE, &executed(45, &SCAN.replace("nReturned: 500,", "nReturned: 45000,"))).is_empty());
    }

    #[test]
    fn silent_on_a_small_collection() {
        assert!(check(&RULE, &executed(4, &SCAN.replace("50000 }", "9000 }"))).is_empty());
    }

    #[test]
    fn silent_without_a_filter() {
        let stage = "{ stage: 'COLLSCAN', direction: 'forward', nReturned: 50000, executionTimeMillisEstimate: 40, works: 50001, docsExamined: 50000 }";
        assert!(check(&RULE, &executed(45, stage)).is_empty());
    }
}

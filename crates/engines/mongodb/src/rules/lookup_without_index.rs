use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Operator, Value};
use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule, Severity};
use dbwright_plan::At;

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "lookup-without-index",
    title: "A $lookup searches the other collection without an index",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ],
    explains: &["group-spilled-to-disk"],
    wrong_when: "the other collection has a handful of documents",
    do_not: "turn the $lookup around or unwind first: without an index each side is read again for every document of the other",
    lesson: include_str!("lookup_without_index.md"),
    check,
};

static READ: Limit<Count> = Limit {
    what: "documents read of the other collection",
    value: Count(10_000),
    source: "fewer are read in a few milliseconds",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::Join) {
        let extra = &at.node().extra;
        let scans = extra.number("collectionScans").unwrap_or(0.0);
        let strategy = extra.text("strategy").unwrap_or_default();
        let examined = at.node().actual.and_then(|actual| actual.examined).or(extra.number("totalDocsExamined"));
        if scans == 0.0 && strategy != "NestedLoopJoin" {
            continue;
        }
        if examined.is_some_and(|examined| examined < READ.value.0 as f64) || !at.matters() {
            continue;
        }
        let (foreign, field) = foreign(at);
        let Some(from) = foreign.or_else(|| at.node().relation.clone()) else { continue };
        let read = examined.map_or(String::new(), |examined| format!(": {} of it are read", seen::docs(examined)));
        let times = if scans > 1.0 { format!("{} times", seen::count(scans)) } else { "for every document".into() };
        let cause = format!("$lookup reads all of {from} {times}{read}");
        let mut finding = match examined {
            Some(examined) => seen::finding(at, 0.95, cause).measured(
                "documents read",
                seen::count(examined),
                "$lookup.totalDocsExamined",
            ),
            None => at.finding(Severity::Info, cause).grade(Grade::Suspected),
        };
        if scans > 0.0 {
            finding = finding.measured("collection scans", seen::count(scans), "$lookup.collectionScans");
        }
        found.push(match field {
            Some(field) if field != "_id" => finding.fix(query::create_index(&from, &[(field, false)])),
            _ => finding,
        });
    }
    Ok(found)
}

/// The other collection and its field.
fn foreign(at: At<'_>) -> (Option<ObjectName>, Option<String>) {
    let extra = &at.node().extra;
    // The slot-based engine's stage names both; the pipeline's stage is kept as text.
    let text = extra.text("$lookup").and_then(dbwright_reading::shell::read).map(|document| document.value);
    let body = text.as_ref().and_then(Value::group);
    let field = extra.text("foreignField").or(body.and_then(|body| body.text("foreignField")));
    let collection = extra.text("foreignCollection").map(|name| match name.split_once('.') {
        Some((database, name)) => ObjectName::new(database, name),
        None => ObjectName::new("", name),
    });
    // A literal taken out is no field.
    let named = field.filter(|field| *field != "?").map(ToOwned::to_owned);
    let condition = at.node().conditions.iter().find_map(|condition| condition.text.as_str().split_once(" = "));
    let printed =
        condition.and_then(|(_, right)| right.split_once('.')).map(|(_, field)| field.trim_matches('\'').to_owned());
    (collection, printed.or(named))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed, pipeline};
    use super::*;

    fn lookup(scans: u32, examined: u32) -> String {
        format!(
            "{{ $lookup: {{ from: 'customers', as: 'c', localField: 'customer', foreignField: 'code' }}, totalDocsExamined: {examined}, totalKeysExamined: 0, collectionScans: {scans}, indexesUsed: [], nReturned: 1000, executionTimeMillisEstimate: 800 }}"
        )
    }

    #[test]
    fn fires_with_the_index_on_the_other_collection() {
        let found = check(&RULE, &pipeline(810, 1000, &lookup(1000, 5_000_000)));
        assert_eq!(
            found[0].fixes[0].statement,
            "db.getSiblingDB('shop').customers.createIndex({ code: 1 }, { name: 'code_1' })"
        );
        assert_eq!(found[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_on_the_slot_based_engine() {
        let stage = "{ stage: 'EQ_LOOKUP', planNodeId: 2, foreignCollection: 'shop.customers', localField: 'customer', foreignField: 'code', asField: 'c', strategy: 'NestedLoopJoin', nReturned: 1000, executionTimeMillisEstimate: 700, inputStage: { stage: 'COLLSCAN', nReturned: 1000, executionTimeMillisEstimate: 1, docsExamined: 1000 } }";
        let found = check(&RULE, &executed(705, stage));
        assert!(found[0].fixes[0].statement.contains("customers.createIndex({ code: 1 }"), "{found:?}");
    }

    #[test]
    fn silent_with_an_index() {
        let stage = "{ $lookup: { from: 'customers', as: 'c', localField: 'customer', foreignField: 'code' }, totalDocsExamined: 100000, totalKeysExamined: 100000, collectionScans: 0, indexesUsed: [ 'code_1' ], nReturned: 100000, executionTimeMillisEstimate: 800 }";
        assert!(check(&RULE, &pipeline(810, 100_000, stage)).is_empty());
    }

    #[test]
    fn silent_on_a_tiny_collection() {
        assert!(check(&RULE, &pipeline(20, 1000, &lookup(1000, 9_000))).is_empty());
    }

    #[test]
    fn silent_on_a_hash_join() {
        let stage = "{ stage: 'EQ_LOOKUP', planNodeId: 2, foreignCollection: 'shop.customers', localField: 'customer', foreignField: 'code', asField: 'c', strategy: 'HashJoin', nReturned: 1000, executionTimeMillisEstimate: 7, inputStage: { stage: 'COLLSCAN', nReturned: 1000, docsExamined: 1000 } }";
        assert!(check(&RULE, &executed(8, stage)).is_empty());
    }
}

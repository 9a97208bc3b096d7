use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule};

use dbwright_model::plan::{Operator, Value};

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "fetch-for-projection",
    title: "Documents are fetched only to return fields an index could hold",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Waste,
    limits: &[&READ, &FIELDS],
    explains: &[],
    wrong_when: "the collection is written far more than read: a wider index costs every write",
    do_not: "return the whole document and pick the fields in the application: that can never be covered",
    lesson: include_str!("fetch_for_projection.md"),
    check,
};

static READ: Limit<Count> =
    Limit { what: "documents fetched", value: Count(5_000), source: "fewer are fetched in a few milliseconds" };
static FIELDS: Limit<Count> = Limit {
    what: "fields returned",
    value: Count(4),
    source: "a wider index costs more to keep in the cache than it saves",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::Fetch && !seen::filters(*at)) {
        let Some(read) = seen::read(at).filter(|read| read.docs >= READ.value.0 as f64) else { continue };
        let Some(above) = at.parent().filter(|above| above.node().name.starts_with("PROJECTION")) else { continue };
        let Some(scan) = at.inputs().next().filter(|below| &*below.node().name == "IXSCAN") else { continue };
        if scan.node().extra.bool("isMultiKey") == Some(true) || !at.matters() {
            continue;
        }
        let wanted = above.node().output.first().and_then(|text| wanted(text.as_str()));
        let pattern = scan.node().extra.get("keyPattern").and_then(Value::group);
        let (Some((fields, id)), Some(pattern), Some(collection)) = (wanted, pattern, seen::collection(at)) else {
            continue;
        };
        if fields.is_empty() || fields.len() > FIELDS.value.0 as usize {
            continue;
        }
        let mut key: Vec<(String, bool)> = pattern
            .iter()
            .map(|(field, order)| (field.to_owned(), order.number().is_some_and(|order| order < 0.0)))
            .collect();
        let missing: Vec<String> =
            fields.iter().filter(|field| pattern.get(field).is_none()).map(|field| (*field).clone()).collect();
        let cause = if missing.is_empty() && id {
            format!("{} are fetched only for their _id: without it the index answers alone", seen::docs(read.docs))
        } else if missing.is_empty() {
            continue;
        } else {
            format!("{} are fetched only to return {}", seen::docs(read.docs), missing.join(", "))
        };
        let mut finding = seen::finding(at, 0.5, cause).grade(Grade::Derived).measured(
            "documents fetched",
            seen::count(read.docs),
            "FETCH.docsExamined",
        );
        if !missing.is_empty() {
            key.extend(missing.into_iter().map(|field| (field, false)));
            let fix = query::create_index(collection, &key);
            finding = finding.fix(match id {
                true => fix.cost("the query must also project { _id: 0 }; every write maintains a wider index"),
                false => fix,
            });
        }
        found.push(finding);
    }
    Ok(found)
}

/// The fields a projection includes, and whether `_id` comes along; `None` when it excludes or computes.
fn wanted(projection: &str) -> Option<(Vec<String>, bool)> {
    let document = dbwright_reading::shell::read(projection)?.value;
    let fields = document.group()?;
    let mut included = Vec::new();
    let mut id = true;
    for (name, value) in fields.iter() {
        let on = value.bool().or(value.number().map(|number| number != 0.0)).unwrap_or(name != "_id");
        match (name, on) {
            ("_id", on) => id = on,
            (_, true) => included.push(name.to_owned()),
            (_, false) => return None,
        }
    }
    Some((included, id))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed};
    use super::*;

    fn fetch(transform: &str, multikey: bool) -> String {
        format!("{{ stage: 'PROJECTION_SIMPLE', transformBy: {transform}, nReturned: 9000, executionTimeMillisEstimate: 40, works: 9001, inputStage: {{ stage: 'FETCH', nReturned: 9000, executionTimeMillisEstimate: 38, works: 9001, docsExamined: 9000,
          inputStage: {{ stage: 'IXSCAN', nReturned: 9000, executionTimeMillisEstimate: 6, works: 9001, keyPattern: {{ status: 1 }}, indexName: 'status_1', isMultiKey: {multikey}, indexBounds: {{ status: [ '[1, 1]' ] }}, keysExamined: 9000 }} }} }}")
    }

    #[test]
    fn fires_with_the_returned_field_behind_the_key() {
        let found = check(&RULE, &executed(41, &fetch("{ total: 1, _id: 0 }", false)));
        assert!(found[0].fixes[0].statement.contains("{ status: 1, total: 1 }"), "{found:?}");
    }

    #[test]
    fn fires_when_only_the_id_keeps_it_from_being_covered() {
        let found = check(&RULE, &executed(41, &fetch("{ status: true }", false)));
        assert!(found[0].cause.contains("_id") && found[0].fixes.is_empty());
    }

    #[test]
    fn silent_on_a_multikey_index() {
        assert!(check(&RULE, &executed(41, &fetch("{ total: 1, _id: 0 }", true))).is_empty());
    }

    #[test]
    fn silent_when_fields_are_left_out_rather_than_picked() {
        assert!(check(&RULE, &executed(41, &fetch("{ total: 0 }", false))).is_empty());
    }

    #[test]
    fn silent_when_many_fields_are_wanted() {
        assert!(check(&RULE, &executed(41, &fetch("{ a: 1, b: 1, c: 1, d: 1, e: 1, _id: 0 }", false))).is_empty());
    }
}

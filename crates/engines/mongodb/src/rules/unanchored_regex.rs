use dbwright_model::finding::FixKind;
use dbwright_model::plan::{Operator, Value};
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "unanchored-regex",
    title: "A regular expression reads the whole index or collection",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ],
    explains: &["index-keys-wasted", "collection-scan"],
    wrong_when: "the expression has to match inside the text and the query is rare",
    do_not: "add an index on the field for this: without a fixed beginning the expression is tested on every key of it",
    lesson: include_str!("unanchored_regex.md"),
    check,
};

static READ: Limit<Count> =
    Limit { what: "keys or documents read", value: Count(10_000), source: "fewer are matched in a few milliseconds" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator.is_scan() || at.node().operator == Operator::Fetch) {
        let fields: Vec<&str> =
            at.node().extra.get("unanchored").map_or(&[][..], Value::items).iter().filter_map(Value::text).collect();
        let Some(read) = seen::read(at).filter(|_| !fields.is_empty()) else { continue };
        let looked_at = read.docs.max(read.keys);
        if looked_at < READ.value.0 as f64 || read.returned > 0.1 * looked_at || !at.matters() {
            continue;
        }
        let what = if read.keys > read.docs { "keys" } else { "documents" };
        let cause = format!(
            "the regular expression on {} is tested on {} {what} and matches {}: without a fixed beginning in exact case no range of an index holds its matches",
            fields.join(", "),
            seen::count(looked_at),
            seen::count(read.returned)
        );
        let fix = Fix::of(
            FixKind::Code,
            format!(
                "Anchor the expression (/^abc/, no i option), compare {} case-blindly through an index with {{ collation: {{ locale: 'en', strength: 2 }} }}, or search words through a text index",
                fields.join(", ")
            ),
            Undo::NotNeeded("a change in the query".into()),
        );
        found.push(
            seen::finding(at, 1.0 - read.returned / looked_at, cause)
                .measured("read", seen::count(looked_at), "keysExamined, docsExamined")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed};
    use super::*;

    fn index(filter: &str, keys: u32, returned: u32) -> String {
        executed(
            61,
            &format!(
                "{{ stage: 'FETCH', nReturned: {returned}, executionTimeMillisEstimate: 60, works: {keys}, docsExamined: {returned}, inputStage: {{ stage: 'IXSCAN', filter: {filter}, nReturned: {returned}, executionTimeMillisEstimate: 59, works: {keys}, keyPattern: {{ name: 1 }}, indexName: 'name_1', indexBounds: {{ name: [ '[\"\", {{}})', '[/x/, /x/]' ] }}, keysExamined: {keys} }} }}"
            ),
        )
    }

    #[test]
    fn fires_inside_the_index() {
        let found = check(&RULE, &index("{ name: { $regex: 'son$' } }", 80_000, 20));
        assert!(found[0].cause.contains("on name is tested on 80,000 keys"), "{found:?}");
    }

    #[test]
    fn fires_when_case_is_ignored() {
        assert_eq!(check(&RULE, &index("{ name: /^jo/i }", 80_000, 20)).len(), 1);
    }

    #[test]
    fn silent_when_anchored() {
        assert!(check(&RULE, &index("{ name: /^jo/ }", 80_000, 20)).is_empty());
    }

    #[test]
    fn silent_on_few_keys() {
        assert!(check(&RULE, &index("{ name: /son$/ }", 9_000, 20)).is_empty());
    }

    #[test]
    fn silent_when_most_match() {
        assert!(check(&RULE, &index("{ name: /e/ }", 80_000, 70_000)).is_empty());
    }
}

use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "text-matches-read-whole",
    title: "A text search reads every match before it returns one",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ],
    explains: &[],
    wrong_when: "all matches are wanted",
    do_not: "add the score to the sort of a search that is also filtered by a selective field: the text index is then read first, whatever it finds",
    lesson: include_str!("text_matches_read_whole.md"),
    check,
};

static READ: Limit<Count> =
    Limit { what: "documents read for the search", value: Count(5_000), source: "fewer are read in some milliseconds" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| matches!(&*at.node().name, "TEXT_MATCH" | "TEXT_OR" | "TEXT")) {
        if at.parent().is_some_and(|above| above.node().name.starts_with("TEXT")) {
            continue;
        }
        let read =
            at.subtree().filter_map(|below| below.node().actual.and_then(|actual| actual.examined)).fold(0.0, f64::max);
        let top = std::iter::once(at).chain(at.ancestors()).last().and_then(seen::rows);
        let Some(returned) = top.filter(|returned| read >= READ.value.0 as f64 && *returned < 0.1 * read) else {
            continue;
        };
        let cause = format!(
            "the search reads {} that hold one of its words to return {}",
            seen::docs(read),
            seen::count(returned)
        );
        let fix = Fix::of(
            FixKind::Code,
            "Narrow the search: a phrase (\\\"…\\\"), fewer and rarer words, or an equality on a field that stands in front of the text part of the index: createIndex({ shop: 1, body: 'text' })",
            Undo::NotNeeded("a change in the query".into()),
        );
        found.push(
            seen::finding(at, 1.0 - returned / read, cause)
                .measured("documents read", seen::count(read), "TEXT_MATCH.docsExamined")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed};
    use super::*;

    fn search(read: u32, returned: u32) -> String {
        executed(120, &format!("{{ stage: 'LIMIT', limitAmount: {returned}, nReturned: {returned}, executionTimeMillisEstimate: 118, works: 9, inputStage: {{ stage: 'TEXT_MATCH', indexPrefix: {{}}, indexName: 'body_text', parsedTextQuery: {{ terms: [ 'data' ] }}, nReturned: {returned}, executionTimeMillisEstimate: 118, works: 9, docsRejected: 0,
          inputStage: {{ stage: 'TEXT_OR', nReturned: {returned}, executionTimeMillisEstimate: 110, works: 9, docsExamined: {read}, inputStage: {{ stage: 'IXSCAN', nReturned: {read}, works: 9, indexName: 'body_text', keysExamined: {read} }} }} }} }}"))
    }

    #[test]
    fn fires_on_a_common_word() {
        let found = check(&RULE, &search(80_000, 10));
        assert!(found.len() == 1 && found[0].cause.contains("80,000 documents"), "{found:?}");
    }

    #[test]
    fn fires_when_nothing_is_left() {
        assert_eq!(check(&RULE, &search(9_000, 0)).len(), 1);
    }

    #[test]
    fn silent_on_a_rare_word() {
        assert!(check(&RULE, &search(300, 10)).is_empty());
    }

    #[test]
    fn silent_when_the_matches_are_wanted() {
        assert!(check(&RULE, &search(80_000, 60_000)).is_empty());
    }
}

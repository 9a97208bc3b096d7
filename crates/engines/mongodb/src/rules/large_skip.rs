use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "large-skip",
    title: "Documents are found only to be skipped",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SKIPPED],
    explains: &[],
    wrong_when: "nobody goes that deep except a crawler that may wait",
    do_not: "load all pages at once into the application to skip there",
    lesson: include_str!("large_skip.md"),
    check,
};

static SKIPPED: Limit<Count> = Limit {
    what: "documents skipped",
    value: Count(1_000),
    source: "skipping a thousand costs a millisecond or two through an index",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)? {
        let skips = matches!(&*at.node().name, "SKIP" | "$skip" | "LIMIT_SKIP");
        let amount = at.node().extra.number("skipAmount").or(at.node().extra.number("$skip"));
        let read = at.inputs().next().and_then(seen::rows);
        let skipped = match (amount, read) {
            (Some(amount), Some(read)) if amount > 0.0 => amount.min(read),
            // Executed plans count down what is left to skip on some versions.
            (_, Some(read)) => read - seen::rows(at).unwrap_or(read),
            (Some(amount), None) => amount,
            _ => continue,
        };
        if !skips || skipped < SKIPPED.value.0 as f64 || !at.matters() {
            continue;
        }
        let whole = read.unwrap_or(skipped).max(1.0);
        let cause = format!(
            "{} are found and skipped before the first is returned: each page costs more than the one before",
            seen::docs(skipped)
        );
        let fix = Fix::of(
            FixKind::Code,
            "Remember the sort key and _id of the last document shown and ask for what comes after it: find({ $or: [ { at: { $lt: last.at } }, { at: last.at, _id: { $lt: last._id } } ] }).sort({ at: -1, _id: -1 }).limit(20)",
            Undo::NotNeeded("a change in the query".into()),
        );
        found.push(
            seen::finding(at, skipped / whole, cause)
                .measured("documents skipped", seen::count(skipped), "SKIP.skipAmount")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed, pipeline};
    use super::*;

    fn skip(amount: u32) -> String {
        let read = amount + 20;
        executed(
            40,
            &format!(
                "{{ stage: 'LIMIT', limitAmount: 20, nReturned: 20, executionTimeMillisEstimate: 39, works: {read}, inputStage: {{ stage: 'SKIP', skipAmount: {amount}, nReturned: 20, executionTimeMillisEstimate: 39, works: {read}, inputStage: {{ stage: 'IXSCAN', nReturned: {read}, executionTimeMillisEstimate: 20, works: {read}, indexName: 'at_-1', keysExamined: {read} }} }} }}"
            ),
        )
    }

    #[test]
    fn fires_on_a_deep_page() {
        let found = check(&RULE, &skip(50_000));
        assert!(found[0].cause.contains("50,000 documents"), "{found:?}");
    }

    #[test]
    fn fires_in_a_pipeline() {
        assert_eq!(
            check(&RULE, &pipeline(80, 60_000, "{ $skip: 59000, nReturned: 1000, executionTimeMillisEstimate: 70 }"))
                .len(),
            1
        );
    }

    #[test]
    fn silent_on_the_first_pages() {
        assert!(check(&RULE, &skip(980)).is_empty());
    }

    #[test]
    fn silent_without_a_skip() {
        assert!(check(&RULE, &skip(0)).is_empty());
    }
}

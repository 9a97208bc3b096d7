use dbwright_model::{Area, Case, Checked, Count, Engine, Harm, Limit, Ratio, Rule};

use dbwright_model::plan::Operator;

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "low-read-efficiency",
    title: "Many documents are read for each one returned",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&RATIO, &READ],
    explains: &[],
    wrong_when: "an aggregation reads many documents to return few on purpose (counts, sums), or a limit ended it",
    do_not: "raise the slow-query threshold so that the line disappears from the log",
    lesson: include_str!("low_read_efficiency.md"),
    check,
};

static RATIO: Limit<Ratio> = Limit {
    what: "documents read for one returned",
    value: Ratio(10.0),
    source: "the manual asks for a ratio near 1; ten leaves room for filters that cannot be indexed",
};
static READ: Limit<Count> =
    Limit { what: "documents read", value: Count(1_000), source: "fewer are read in a millisecond or two" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::tops(case)? {
        let plan = at.plan;
        // Where stages are known, other rules see which of them wastes the reads.
        let one_line = plan.extra.text("planSummary").is_some() && at.node().children.is_empty();
        let indexed = matches!(at.node().operator, Operator::IndexScan | Operator::FullIndexScan);
        let Some(read) = seen::read(at).filter(|_| one_line && indexed) else { continue };
        let aggregates = plan.query.as_ref().is_some_and(|query| query.as_str().contains(".aggregate("));
        let ratio = read.docs / read.returned.max(1.0);
        if aggregates || read.docs < READ.value.0 as f64 || ratio <= RATIO.value.0 {
            continue;
        }
        let cause = format!(
            "{} were read through an index to return {}: the index finds {:.0} times what is wanted",
            seen::docs(read.docs),
            seen::count(read.returned),
            ratio
        );
        let finding = seen::finding(at, 1.0 - read.returned / read.docs, cause)
            .measured("documents read", seen::count(read.docs), "docsExamined")
            .measured("documents returned", seen::count(read.returned), "nreturned");
        let fix = seen::collection(at).zip(query::esr(&query::asked(at).terms, &[]));
        found.push(match fix {
            Some((collection, key)) => finding.fix(query::create_index(collection, &key)),
            None => finding,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::*;

    fn line(docs: u32, returned: u32, summary: &str, command: &str) -> String {
        format!(
            "{{\"msg\":\"Slow query\",\"attr\":{{\"ns\":\"shop.orders\",\"command\":{command},\"planSummary\":\"{summary}\",\"keysExamined\":{docs},\"docsExamined\":{docs},\"nreturned\":{returned},\"durationMillis\":150}}}}"
        )
    }
    const FIND: &str = r#"{"find":"orders","filter":{"status":"open","total":{"$gt":5}},"$db":"shop"}"#;

    #[test]
    fn fires_on_a_log_line() {
        let found = check(&RULE, &line(20_000, 12, "IXSCAN { status: 1 }", FIND));
        assert!(found[0].fixes[0].statement.contains("{ status: 1, total: 1 }"), "{found:?}");
    }

    #[test]
    fn fires_when_nothing_was_returned() {
        assert_eq!(check(&RULE, &line(5_000, 0, "IXSCAN { status: 1 }", FIND)).len(), 1);
    }

    #[test]
    fn silent_when_reads_are_returned() {
        assert!(check(&RULE, &line(20_000, 2_500, "IXSCAN { status: 1 }", FIND)).is_empty());
    }

    #[test]
    fn silent_on_an_aggregation() {
        let command = r#"{"aggregate":"orders","pipeline":[{"$group":{"_id":null}}],"cursor":{},"$db":"shop"}"#;
        assert!(check(&RULE, &line(20_000, 1, "IXSCAN { status: 1 }", command)).is_empty());
    }

    #[test]
    fn silent_on_a_collection_scan() {
        assert!(check(&RULE, &line(20_000, 1, "COLLSCAN", FIND)).is_empty());
    }
}

use dbwright_model::finding::FixKind;
use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Ratio, Rule, Undo};

use super::seen;
use crate::query;

pub(super) const RULE: Rule = Rule {
    id: "index-forced",
    title: "A hint or an index filter decides the plan",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&RATIO, &READ],
    explains: &[],
    wrong_when: "without it the server flips to a plan that is far worse for some values",
    do_not: "replace the hint by another hint",
    lesson: include_str!("index_forced.md"),
    check,
};

static RATIO: Limit<Ratio> = Limit {
    what: "keys or documents read for one returned",
    value: Ratio(10.0),
    source: "a good index reads about one",
};
static READ: Limit<Count> =
    Limit { what: "keys or documents read", value: Count(5_000), source: "fewer are read in a few milliseconds" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::tops(case)? {
        let filter = at.plan.extra.bool("indexFilterSet") == Some(true);
        let hint = at.plan.query.as_ref().is_some_and(|query| query.as_str().contains(".hint("))
            || at.plan.extra.text("command").is_some_and(|command| command.contains(" hint: "));
        if !filter && !hint {
            continue;
        }
        let scan =
            at.subtree().filter(|below| below.node().operator.is_scan() || below.node().operator == Operator::Fetch);
        let read = scan.filter_map(seen::read).map(|read| read.docs.max(read.keys)).fold(0.0, f64::max);
        let returned = seen::rows(at).unwrap_or(0.0);
        if read < READ.value.0 as f64 || read / returned.max(1.0) <= RATIO.value.0 {
            continue;
        }
        let what = if filter { "an index filter" } else { "a hint" };
        let cause =
            format!("{what} forces this plan, which reads {} for {} returned", seen::count(read), seen::docs(returned));
        let fix = match seen::collection(at).filter(|_| filter) {
            Some(collection) => Fix::of(
                FixKind::Command,
                format!("{}.getPlanCache().clear(); db.getSiblingDB('{}').runCommand({{ planCacheClearFilters: '{}' }})", query::target(collection), collection.schema, collection.name),
                Undo::Impossible("set it again with planCacheSetFilter if it was needed after all; planCacheListFilters shows it before".into()),
            ),
            None => Fix::of(FixKind::Code, "Take the hint out of the query and compare explain('executionStats')", Undo::NotNeeded("put it back".into())),
        };
        found.push(
            seen::finding(at, 1.0 - returned / read, cause)
                .measured("read", seen::count(read), "keysExamined, docsExamined")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed};
    use super::*;

    fn forced(filter: bool, hint: &str, read: u32) -> String {
        executed(70, &format!("{{ stage: 'FETCH', filter: {{ b: {{ $eq: 1 }} }}, nReturned: 3, executionTimeMillisEstimate: 69, works: 9, docsExamined: {read}, inputStage: {{ stage: 'IXSCAN', nReturned: {read}, executionTimeMillisEstimate: 9, works: 9, indexName: 'a_1', keysExamined: {read} }} }}"))
            .replace("indexFilterSet: false", &format!("indexFilterSet: {filter}"))
            .replace("ok: 1 }", &format!("command: {{ find: 'orders', filter: {{ b: 1 }}{hint}, $db: 'shop' }}, ok: 1 }}"))
    }

    #[test]
    fn fires_on_a_hint() {
        let found = check(&RULE, &forced(false, ", hint: { a: 1 }", 40_000));
        assert!(found[0].cause.starts_with("a hint"), "{found:?}");
    }

    #[test]
    fn fires_on_an_index_filter() {
        let found = check(&RULE, &forced(true, "", 40_000));
        assert!(found[0].fixes[0].statement.contains("planCacheClearFilters: 'orders'"), "{found:?}");
    }

    #[test]
    fn silent_when_the_forced_plan_is_good() {
        assert!(check(&RULE, &forced(false, ", hint: { a: 1 }", 30)).is_empty());
    }

    #[test]
    fn silent_when_nothing_is_forced() {
        assert!(check(&RULE, &forced(false, "", 40_000)).is_empty());
    }
}

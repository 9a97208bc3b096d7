use dbwright_model::finding::FixKind;
use dbwright_model::plan::{Operator, Value};
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Seconds, Share, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "aggregation-builds-many-buckets",
    title: "An aggregation spends its time building buckets",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "all buckets are wanted, once, for an export",
    do_not: "ask for a larger shard_size to be on the safe side: every shard builds and sends that many",
    lesson: include_str!("aggregation_builds_many_buckets.md"),
    check,
};

static PART: Limit<Share> = Limit {
    what: "building as a part of the search",
    value: Share(0.1),
    source: "below a tenth the time is elsewhere",
};
static LEAST: Limit<Seconds> = Limit {
    what: "time of building",
    value: Seconds(0.01),
    source: "a profile measures by sampling; below 10 ms the parts are noise",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::HashAggregate) {
        let building = seen::breakdown(at, "build_aggregation").unwrap_or(0.0) / 1e9;
        if building < LEAST.value.0 || building < PART.value.0 * seen::took(at) || building < 0.5 * seen::whole(at) {
            continue;
        }
        let debug = at.node().extra.get("debug").and_then(Value::group);
        let buckets = debug.and_then(|debug| debug.number("total_buckets"));
        let many = buckets.map_or(String::new(), |buckets| format!(" ({} buckets)", Count(buckets as u64)));
        let name = at.node().group_keys.first().map_or("an aggregation", |key| key.as_str());
        let cause = format!(
            "{name} takes {} of {} to build its buckets{many}: the field has many distinct values",
            Seconds(building),
            Seconds(seen::took(at))
        );
        let fix = Fix::of(
            FixKind::Code,
            "Ask for fewer buckets (size), page through all of them with a composite aggregation, count them with cardinality, or narrow the query first",
            Undo::NotNeeded("a change in the request".into()),
        );
        let finding = seen::finding(at, 0.7 * building, cause).measured(
            "building",
            Seconds(building),
            "breakdown.build_aggregation",
        );
        found.push(
            match buckets {
                Some(buckets) => finding.measured("buckets", Count(buckets as u64), "debug.total_buckets"),
                None => finding,
            }
            .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MATCH, TERMS_FEW, TERMS_MANY, check};
    use super::*;

    #[test]
    fn fires_on_a_recorded_one() {
        let found = check(&RULE, TERMS_MANY);
        assert!(found[0].cause.starts_with("users takes"), "{found:?}");
    }

    #[test]
    fn fires_with_the_number_of_buckets() {
        let text = TERMS_MANY.replace("\"collection_strategy\"", "\"total_buckets\": 100000, \"collection_strategy\"");
        assert!(check(&RULE, &text)[0].cause.contains("100,000 buckets"));
    }

    #[test]
    fn silent_on_few_values() {
        assert!(check(&RULE, TERMS_FEW).is_empty());
    }

    #[test]
    fn silent_without_aggregations() {
        assert!(check(&RULE, MATCH).is_empty());
    }
}

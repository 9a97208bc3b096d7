use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Seconds, Severity, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "many-small-shards",
    title: "A search asks many shards that have almost nothing to do",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Waste,
    limits: &[&SHARDS, &SMALL],
    explains: &[],
    wrong_when: "the index is about to grow into its shards",
    do_not: "raise max_concurrent_shard_requests: the same work, more at once",
    lesson: include_str!("many_small_shards.md"),
    check,
};

static SHARDS: Limit<Count> = Limit {
    what: "shards asked",
    value: Count(20),
    source: "each costs the coordinator a request, a merge and a slot of the search pool",
};
static SMALL: Limit<Seconds> = Limit {
    what: "median time of a shard",
    value: Seconds(0.002),
    source: "below two milliseconds the overhead is larger than the search",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::searches(case)? {
        let mut times: Vec<f64> = at.children().map(seen::whole).collect();
        times.sort_by(f64::total_cmp);
        let Some(median) = times.get(times.len() / 2).copied() else { continue };
        if (times.len() as u64) < SHARDS.value.0 || median > SMALL.value.0 {
            continue;
        }
        let Some(index) = at.children().find_map(|shard| shard.node().relation.as_ref()) else { continue };
        let cause = format!(
            "{} shards are asked and half of them answer within {}: the search is mostly asking",
            times.len(),
            Seconds(median)
        );
        let fix = Fix::of(
            FixKind::Command,
            format!("POST /{index}/_shrink/{index}-shrunk {{ \"settings\": {{ \"index.number_of_shards\": 1 }} }}"),
            Undo::Statement(format!("DELETE /{index}-shrunk")),
        )
        .lock("the source index must be read-only with a copy of every shard on one node while it is shrunk")
        .cost("links or copies the segments; the alias has to be moved to the new index");
        found.push(
            at.finding(Severity::Info, cause)
                .measured("shards", Count(times.len() as u64), "profile.shards")
                .measured("median shard", Seconds(median), "profile.shards")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MATCH, SHARDS, answer, check, shard};
    use super::*;

    fn shards(number: u32, millis: u32) -> String {
        let shards: Vec<String> = (0..number).map(|n| shard(n, millis, 0, 0)).collect();
        answer(90, &shards.join(","))
    }

    #[test]
    fn fires_on_a_recorded_search() {
        let found = check(&RULE, SHARDS);
        assert!(
            found[0].cause.starts_with("24 shards") && found[0].fixes[0].statement.contains("/lesson-shards/_shrink"),
            "{found:?}"
        );
    }

    #[test]
    fn fires_on_elasticsearch() {
        assert_eq!(check(&RULE, &shards(40, 1)).len(), 1);
    }

    #[test]
    fn silent_when_shards_work() {
        assert!(check(&RULE, &shards(40, 30)).is_empty());
    }

    #[test]
    fn silent_on_few_shards() {
        assert!(check(&RULE, MATCH).is_empty());
        assert!(check(&RULE, &shards(19, 1)).is_empty());
    }
}

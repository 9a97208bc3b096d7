use dbwright_model::{Area, Case, Checked, Engine, Harm, Limit, Ratio, Rule, Seconds, Severity};
use dbwright_plan::At;

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "search-shard-skew",
    title: "One shard takes far longer than the others",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FACTOR, &SLOW],
    explains: &[],
    wrong_when: "that node was busy with something else at that moment, or its cache was cold",
    do_not: "add replicas of everything: the slow shard stays slow",
    lesson: include_str!("search_shard_skew.md"),
    check,
};

static FACTOR: Limit<Ratio> = Limit {
    what: "the slowest shard against the median",
    value: Ratio(3.0),
    source: "within a factor of three shards differ by load alone",
};
static SLOW: Limit<Seconds> =
    Limit { what: "time of the slowest shard", value: Seconds(0.1), source: "below that scheduling decides" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::searches(case)? {
        let mut times: Vec<(At<'_>, f64)> = at.children().map(|shard| (shard, seen::whole(shard))).collect();
        times.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (Some((slowest, most)), Some((_, median))) =
            (times.last().copied(), times.get(times.len().saturating_sub(1) / 2).copied())
        else {
            continue;
        };
        if times.len() < 3 || most < SLOW.value.0 || most < FACTOR.value.0 * median.max(0.001) {
            continue;
        }
        let name = slowest.node().label.as_deref().unwrap_or("one shard");
        let cause = format!(
            "{name} takes {} where half of the {} shards take at most {}: the search waits for it",
            Seconds(most),
            times.len(),
            Seconds(median)
        );
        found.push(
            slowest
                .finding(Severity::Info, cause)
                .weight(most - median)
                .measured("slowest shard", Seconds(most), "profile.shards")
                .measured("median shard", Seconds(median), "profile.shards"),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SHARDS, answer, check, shard};
    use super::*;

    fn shards(times: &[u32]) -> String {
        let shards: Vec<String> = times.iter().enumerate().map(|(n, millis)| shard(n as u32, *millis, 0, 0)).collect();
        answer(500, &shards.join(","))
    }

    #[test]
    fn fires_on_one_slow_shard() {
        let found = check(&RULE, &shards(&[20, 30, 400, 25]));
        assert!(found[0].cause.contains("shard 2 takes 400 ms"), "{found:?}");
    }

    #[test]
    fn fires_on_two_slow_ones_of_five() {
        assert_eq!(check(&RULE, &shards(&[20, 30, 400, 390, 25])).len(), 1);
    }

    #[test]
    fn silent_on_even_shards() {
        assert!(check(&RULE, &shards(&[200, 300, 400])).is_empty());
    }

    #[test]
    fn silent_on_fast_shards() {
        assert!(check(&RULE, SHARDS).is_empty());
    }
}

use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rate, Rule, Sample, Seconds, Severity,
    Share, Subject, Why,
};

use super::fixes::{code, config_set};
use crate::sections::info::Info;

static RATIO: Limit<Share> = Limit {
    what: "hit ratio",
    value: Share(0.80),
    source: "judgement: below it a cache is too small or holds the wrong things",
};
static READS: Limit<Count> = Limit { what: "reads", value: Count(100_000), source: "judgement: fewer tell nothing" };
static EVICTIONS: Limit<Rate> =
    Limit { what: "evicted keys per second", value: Rate(1.0), source: "judgement: below it eviction is housekeeping" };
static WINDOW: Limit<Seconds> =
    Limit { what: "uptime", value: Seconds::hours(24.0), source: "a day holds every usual load" };

pub(super) const RULE: Rule = Rule {
    id: "evicting-with-poor-hit-ratio",
    title: "The cache evicts keys that are then missed",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&RATIO, &READS, &EVICTIONS, &WINDOW],
    explains: &[],
    wrong_when: "misses are asked for on purpose: existence checks, negative lookups, rate limiters, locks",
    do_not: "raise maxmemory without looking at what fills it: keys nobody reads push out those that are read",
    lesson: include_str!("evicting_with_poor_hit_ratio.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(evicted), Some(limit)) = (info.evicted_keys, info.maxmemory) else { return Ok(vec![]) };
    let (Some((ratio, reads)), Some(uptime)) = (info.hit_ratio(), info.uptime) else { return Ok(vec![]) };
    if evicted.0 == 0 || limit.0 == 0 {
        return Ok(vec![]);
    }
    let sampled = case.get::<Sample>().ok().and_then(|sample| sample.rate("evicted_keys"));
    if sampled.is_none() && uptime < WINDOW.value {
        let reason =
            NotEvaluated::new(Why::Window, format!("the counters cover {uptime}, this needs {}", WINDOW.value));
        return Err(reason.allow("dbwright look --sample 30s, or ask again tomorrow"));
    }
    let rate = sampled.unwrap_or(Rate(evicted.0 as f64 / uptime.0.max(1.0)));
    if rate < EVICTIONS.value || ratio >= RATIO.value || reads < READS.value {
        return Ok(vec![]);
    }
    let cause = format!(
        "{rate} keys are evicted while only {ratio} of {reads} reads find their key: what is thrown out is asked for again"
    );
    let policy = info.maxmemory_policy.as_deref().unwrap_or_default();
    let mut finding = Finding::new(Severity::Warn, Subject::server(), cause)
        .measured("hit ratio", ratio, "INFO stats.keyspace_hits / (hits + misses)")
        .measured("evictions", rate, "INFO stats.evicted_keys")
        .catalog("limit", limit, "INFO memory.maxmemory")
        .weight(rate.0);
    if policy.ends_with("-lru") || policy.ends_with("-random") {
        finding = finding.fix(config_set(case, "maxmemory-policy", "allkeys-lfu"));
    }
    Ok(vec![finding.fix(code("store less per key: shorter values, compressed values, no fields nobody reads; or a time to live that fits the use"))])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{found, redis};
    use super::*;

    fn info(uptime: u64, evicted: u64, hits: u64) -> String {
        let misses = 1_000_000 - hits;
        format!(
            "uptime_in_seconds:{uptime}\r\nevicted_keys:{evicted}\r\nkeyspace_hits:{hits}\r\nkeyspace_misses:{misses}\r\nmaxmemory:1000000\r\nmaxmemory_policy:allkeys-lru\r\n"
        )
    }

    #[test]
    fn fires_when_evicted_keys_are_missed() {
        let found = found(check, &redis(&info(90_000, 900_000, 400_000)));
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].fixes[0].statement.contains("allkeys-lfu"));
    }

    #[test]
    fn fires_on_a_young_server_that_was_sampled() {
        let counters = BTreeMap::from([("evicted_keys".to_owned(), (0.0, 300.0))]);
        let case = redis(&info(600, 900, 400_000)).with(&Sample { interval: Seconds(10.0), counters });
        assert_eq!(found(check, &case).len(), 1);
    }

    #[test]
    fn silent_with_a_good_ratio() {
        assert!(found(check, &redis(&info(90_000, 900_000, 800_000))).is_empty());
    }

    #[test]
    fn silent_when_hardly_anything_is_evicted() {
        assert!(found(check, &redis(&info(90_000, 80_000, 400_000))).is_empty());
        assert!(found(check, &redis(&info(90_000, 0, 400_000))).is_empty());
    }

    #[test]
    fn young_counters_are_not_judged() {
        assert_eq!(check(&redis(&info(600, 900_000, 400_000))).unwrap_err().why, Why::Window);
    }
}

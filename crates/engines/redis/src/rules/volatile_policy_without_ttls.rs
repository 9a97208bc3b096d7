use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};

use super::fixes::config_set;
use crate::sections::info::Info;
use crate::sections::keyspace::Keyspace;

static EVICTABLE: Limit<Share> = Limit {
    what: "share of keys with a time to live",
    value: Share(0.10),
    source: "judgement: below it eviction empties the few and then stops",
};
static KEYS: Limit<Count> =
    Limit { what: "keys", value: Count(1_000), source: "judgement: fewer say nothing about a policy" };
static FULL: Limit<Share> =
    Limit { what: "memory in use as a part of maxmemory", value: Share(0.80), source: "as memory-near-limit" };

pub(super) const RULE: Rule = Rule {
    id: "volatile-policy-without-ttls",
    title: "The eviction policy has next to nothing to evict",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[&EVICTABLE, &KEYS, &FULL],
    explains: &["memory-near-limit", "noeviction-rejecting-writes"],
    wrong_when: "the few keys with a time to live are the large ones and freeing them is enough",
    do_not: "change to allkeys-* while this server also holds data that exists nowhere else",
    lesson: include_str!("volatile_policy_without_ttls.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let Some(policy) = info.maxmemory_policy.as_deref().filter(|policy| policy.starts_with("volatile")) else {
        return Ok(vec![]);
    };
    let (Some(limit), Some(used)) = (info.maxmemory.filter(|limit| limit.0 > 0), info.used_memory) else {
        return Ok(vec![]);
    };
    let keyspace = case.get::<Keyspace>()?;
    let (keys, expires) = (keyspace.keys(), keyspace.expires());
    let Some(share) = Share::of(expires.0 as f64, keys.0 as f64) else { return Ok(vec![]) };
    if keys < KEYS.value || share >= EVICTABLE.value {
        return Ok(vec![]);
    }
    let full = used.share_of(limit).unwrap_or_default();
    let severity = if full >= FULL.value { Severity::Error } else { Severity::Warn };
    let cause = format!(
        "{policy} may evict only {expires} of {keys} keys ({share}); with {full} of maxmemory used, writes will be refused once those are gone"
    );
    let expire = Fix::of(
        FixKind::Shell,
        "redis-cli --scan --pattern 'PREFIX:*' | xargs -I{} redis-cli EXPIRE {} 86400",
        Undo::Statement("PERSIST on the same keys".into()),
    )
    .cost("for a PREFIX of keys that may go; one command a key");
    Ok(vec![
        Finding::new(severity, Subject::setting("maxmemory-policy"), cause)
            .measured("keys with a time to live", expires, "INFO keyspace.expires")
            .measured("keys", keys, "INFO keyspace.keys")
            .catalog("policy", policy, "INFO memory.maxmemory_policy")
            .weight(full.0)
            .fix(config_set(
                case,
                "maxmemory-policy",
                &policy.replace("volatile-ttl", "volatile-lru").replace("volatile", "allkeys"),
            ))
            .fix(expire),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, keys, redis};
    use super::*;

    fn look(policy: &str, used: u64, all: u64, expires: u64) -> Vec<Finding> {
        let info = format!("used_memory:{used}\r\nmaxmemory:1000\r\nmaxmemory_policy:{policy}\r\n");
        found(check, &keys(redis(&info), all, expires))
    }

    #[test]
    fn fires_when_few_keys_expire() {
        assert_eq!(look("volatile-lru", 100, 10_000, 999)[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_harder_near_the_limit() {
        let found = look("volatile-ttl", 900, 10_000, 0);
        assert_eq!(found[0].severity, Severity::Error);
        assert!(found[0].fixes[0].statement.contains("allkeys-lru"));
    }

    #[test]
    fn silent_when_enough_expire() {
        assert!(look("volatile-lru", 900, 10_000, 1000).is_empty());
    }

    #[test]
    fn silent_on_other_policies_and_few_keys() {
        assert!(look("allkeys-lru", 900, 10_000, 0).is_empty());
        assert!(look("noeviction", 900, 10_000, 0).is_empty());
        assert!(look("volatile-lru", 900, 999, 0).is_empty());
    }
}

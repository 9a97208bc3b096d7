use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, Rule, Severity, Share, Subject};

use super::fixes::config_set;
use crate::sections::info::Info;
use crate::sections::keyspace::Keyspace;

static WARN: Limit<Share> = Limit {
    what: "memory in use as a part of maxmemory",
    value: Share(0.80),
    source: "judgement: time to order memory before writes fail",
};
static ERROR: Limit<Share> = Limit {
    what: "memory in use as a part of maxmemory, writes about to fail",
    value: Share(0.95),
    source: "judgement: one traffic peak away; client buffers alone move it by percents",
};
static EVICTABLE: Limit<Share> = Limit {
    what: "share of keys a volatile policy can evict, from which it counts as a cache",
    value: Share(0.10),
    source: "judgement, as volatile-policy-without-ttls",
};

pub(super) const RULE: Rule = Rule {
    id: "memory-near-limit",
    title: "Memory is nearly used up and nothing can be evicted",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[&WARN, &ERROR, &EVICTABLE],
    explains: &[],
    wrong_when: "the data set has its final size and writes replace as much as they add",
    do_not: "switch a data store to allkeys-lru to make room: it then throws away data that exists nowhere else",
    lesson: include_str!("memory_near_limit.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(used), Some(limit), Some(policy)) = (info.used_memory, info.maxmemory, info.maxmemory_policy.as_deref())
    else {
        return Ok(vec![]);
    };
    // A cache is meant to be full.
    if limit.0 == 0 || policy.starts_with("allkeys") {
        return Ok(vec![]);
    }
    if policy.starts_with("volatile") {
        let keyspace = case.get::<Keyspace>()?;
        let evictable = Share::of(keyspace.expires().0 as f64, keyspace.keys().0 as f64);
        if evictable.is_none_or(|share| share >= EVICTABLE.value) {
            return Ok(vec![]);
        }
    }
    let counted = used.minus(info.mem_not_counted_for_evict.unwrap_or_default());
    let Some(share) = counted.share_of(limit).filter(|share| *share >= WARN.value) else { return Ok(vec![]) };
    let severity = if share >= ERROR.value { Severity::Error } else { Severity::Warn };
    let cause = format!(
        "{counted} of {limit} is used ({share}); at the limit every write that needs memory is refused with OOM ({policy})"
    );
    let mut finding = Finding::new(severity, Subject::server(), cause)
        .measured("memory that counts", counted, "INFO memory.used_memory - mem_not_counted_for_evict")
        .catalog("limit", limit, "INFO memory.maxmemory")
        .catalog("policy", policy, "INFO memory.maxmemory_policy")
        .weight(share.0);
    let more = Bytes(limit.0 + limit.0 / 4);
    if case.server.host.memory.is_some_and(|host| more.0 as f64 <= host.0 as f64 * 0.75) {
        finding = finding.fix(config_set(case, "maxmemory", &more.0.to_string()));
    }
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, keys, redis};
    use super::*;

    fn severity(policy: &str, used: u64, expires: u64) -> Option<Severity> {
        let info = format!(
            "used_memory:{used}\r\nmem_not_counted_for_evict:100\r\nmaxmemory:1100\r\nmaxmemory_policy:{policy}\r\ntotal_system_memory:99999\r\n"
        );
        found(check, &keys(redis(&info), 1000, expires)).first().map(|finding| finding.severity)
    }

    #[test]
    fn fires_at_eighty_and_ninety_five_percent() {
        assert_eq!(severity("noeviction", 100 + 900, 0), Some(Severity::Warn));
        assert_eq!(severity("noeviction", 100 + 1070, 0), Some(Severity::Error));
    }

    #[test]
    fn fires_when_a_volatile_policy_has_nothing_to_evict() {
        assert_eq!(severity("volatile-lru", 1150, 10), Some(Severity::Error));
    }

    #[test]
    fn silent_on_a_full_cache() {
        assert_eq!(severity("allkeys-lru", 1190, 0), None);
        assert_eq!(severity("volatile-lru", 1190, 900), None);
    }

    #[test]
    fn silent_when_only_buffers_are_above() {
        assert_eq!(severity("noeviction", 100 + 870, 0), None);
    }
}

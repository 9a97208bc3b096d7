use dbwright_model::{Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Rule, Sample, Severity, Subject};

use super::fixes::{code, config_set};
use crate::sections::commands::Commands;
use crate::sections::info::Info;

pub(super) const RULE: Rule = Rule {
    id: "noeviction-rejecting-writes",
    title: "Writes are refused because memory is full",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9; refused writes are counted from 6.2",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[],
    explains: &["memory-near-limit"],
    wrong_when: "the refused commands were a load test, or the counters stem from an incident that is over (CONFIG RESETSTAT clears them)",
    do_not: "delete keys by KEYS and DEL to make room: both block the server; use SCAN with UNLINK",
    lesson: include_str!("noeviction_rejecting_writes.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(used), Some(limit), Some(policy)) = (info.used_memory, info.maxmemory, info.maxmemory_policy.as_deref())
    else {
        return Ok(vec![]);
    };
    if limit.0 == 0 || policy.starts_with("allkeys") || !info.is_primary() {
        return Ok(vec![]);
    }
    let errors = case.get::<Commands>()?.errors.as_ref();
    let refused = errors.map(|errors| errors.get("OOM").copied().unwrap_or_default());
    let counted = used.minus(info.mem_not_counted_for_evict.unwrap_or_default());
    let full = counted > limit && policy == "noeviction";
    let growing =
        case.get::<Sample>().ok().and_then(|sample| sample.rate("errorstat_OOM")).is_some_and(|rate| rate.0 > 0.0);
    let severity = match refused {
        _ if full || growing => Severity::Error,
        Some(Count(1..)) => Severity::Warn,
        _ => return Ok(vec![]),
    };
    let how_many = match refused {
        Some(refused @ Count(1..)) => format!("{refused} commands were refused with OOM since the counters began"),
        _ => "every write that needs memory is refused".to_owned(),
    };
    let cause = format!("{how_many}: {counted} is in use, maxmemory is {limit} and {policy} evicts nothing for them");
    let mut finding = Finding::new(severity, Subject::server(), cause)
        .measured("memory that counts", counted, "INFO memory.used_memory - mem_not_counted_for_evict")
        .catalog("limit", limit, "INFO memory.maxmemory")
        .catalog("policy", policy, "INFO memory.maxmemory_policy")
        .weight(refused.map_or(1.0, |refused| refused.0 as f64));
    if let Some(refused) = refused {
        finding = finding.measured("refused commands", refused, "INFO errorstats.errorstat_OOM");
    }
    let more = Bytes(limit.0 + limit.0 / 4);
    if case.server.host.memory.is_some_and(|host| more.0 as f64 <= host.0 as f64 * 0.75) {
        finding = finding.fix(config_set(case, "maxmemory", &more.0.to_string()));
    }
    Ok(vec![finding.fix(code("give keys that may go a time to live when they are written (SET key value EX seconds)"))])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, redis, redis_6};
    use super::*;

    fn info(used: u64, policy: &str, errors: &str) -> String {
        format!("used_memory:{used}\r\nmaxmemory:1000\r\nmaxmemory_policy:{policy}\r\nrole:master\r\n{errors}")
    }

    #[test]
    fn fires_while_writes_fail() {
        let case = redis(&info(1001, "noeviction", "total_error_replies:9\r\nerrorstat_OOM:count=9\r\n"));
        assert_eq!(found(check, &case)[0].severity, Severity::Error);
    }

    #[test]
    fn fires_on_a_version_that_does_not_count() {
        assert_eq!(found(check, &redis_6(&info(1001, "noeviction", ""))).len(), 1);
    }

    #[test]
    fn fires_softer_after_the_incident() {
        let case = redis(&info(500, "noeviction", "total_error_replies:9\r\nerrorstat_OOM:count=9\r\n"));
        assert_eq!(found(check, &case)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_without_refused_writes() {
        assert!(found(check, &redis(&info(999, "noeviction", "total_error_replies:9\r\n"))).is_empty());
        assert!(found(check, &redis_6(&info(999, "noeviction", ""))).is_empty());
    }

    #[test]
    fn silent_on_a_cache_and_on_a_replica() {
        assert!(
            found(check, &redis(&info(1001, "allkeys-lru", "total_error_replies:9\r\nerrorstat_OOM:count=9\r\n")))
                .is_empty()
        );
        assert!(found(check, &redis(&info(1001, "noeviction", "").replace("master", "slave"))).is_empty());
    }
}

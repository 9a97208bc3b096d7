use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, Rule, Severity, Share, Subject};

use super::fixes::config_set;
use crate::sections::info::Info;

static GROWN: Limit<Bytes> = Limit {
    what: "memory below which the question does not arise",
    value: Bytes::mib(100),
    source: "judgement: an instance that holds little can grow a hundredfold before any host notices",
};
static HALF: Limit<Share> = Limit {
    what: "peak memory as a part of the host's",
    value: Share(0.5),
    source: "fork for a snapshot or rewrite may copy as much again under writes (Redis documentation, persistence)",
};
static FULL: Limit<Share> = Limit {
    what: "peak memory as a part of the host's, close to the end",
    value: Share(0.85),
    source: "what the kernel and buffers need; above it the OOM killer is near",
};

pub(super) const RULE: Rule = Rule {
    id: "maxmemory-unset",
    title: "Memory has no limit",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[&GROWN, &HALF, &FULL],
    explains: &[],
    wrong_when: "the container or service limits memory elsewhere and being killed at that limit is acceptable",
    do_not: "set maxmemory to all of the machine's memory: buffers, fragmentation and the copy made while forking come on top",
    lesson: include_str!("maxmemory_unset.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(Bytes(0)), Some(used)) = (info.maxmemory, info.used_memory) else { return Ok(vec![]) };
    let peak = info.used_memory_peak.unwrap_or(used);
    if used < GROWN.value || case.server.managed.is_some() {
        return Ok(vec![]);
    }
    let host = case.server.host.memory;
    let share = host.and_then(|host| peak.share_of(host));
    let severity = match share {
        Some(share) if share >= FULL.value => Severity::Error,
        Some(share) if share >= HALF.value => Severity::Warn,
        _ => Severity::Info,
    };
    let of = match (share, host) {
        (Some(share), Some(host)) => format!(", {share} of the host's {host}"),
        _ => String::new(),
    };
    let mut finding = Finding::new(
        severity,
        Subject::setting("maxmemory"),
        format!("maxmemory is 0: memory has reached {peak}{of}, and at the end the kernel kills the server instead of a write being refused"),
    )
    .measured("peak memory", peak, "INFO memory.used_memory_peak")
    .catalog("limit", "none", "INFO memory.maxmemory")
    .weight(peak.0 as f64);
    if let Some(host) = host {
        let limit = Bytes((host.0 as f64 * 0.75) as u64 / (1 << 20) * (1 << 20)).0.max(used.0 + (used.0 >> 2));
        finding = finding.measured("memory of the host", host, "INFO memory.total_system_memory").fix(config_set(
            case,
            "maxmemory",
            &limit.to_string(),
        ));
    }
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, redis};
    use super::*;

    fn severity(used: u64, host: u64) -> Option<Severity> {
        let info =
            format!("used_memory:{used}\r\nused_memory_peak:{used}\r\nmaxmemory:0\r\ntotal_system_memory:{host}\r\n");
        found(check, &redis(&info)).first().map(|finding| finding.severity)
    }

    #[test]
    fn fires_by_how_full_the_host_is() {
        assert_eq!(severity(6 << 30, 10 << 30), Some(Severity::Warn));
        assert_eq!(severity(9 << 30, 10 << 30), Some(Severity::Error));
    }

    #[test]
    fn fires_softly_with_room_left() {
        assert_eq!(severity(1 << 30, 10 << 30), Some(Severity::Info));
    }

    #[test]
    fn silent_on_a_small_instance() {
        assert_eq!(severity(99 << 20, 10 << 30), None);
    }

    #[test]
    fn silent_with_a_limit() {
        let case = redis("used_memory:9000000000\r\nmaxmemory:10000000000\r\ntotal_system_memory:10000000000\r\n");
        assert!(found(check, &case).is_empty());
    }
}

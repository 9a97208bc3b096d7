use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, Rule, Severity, Share, Subject};

use super::fixes::code;
use crate::sections::info::Info;
use crate::sections::keyspace::Keyspace;

static OVERHEAD: Limit<Share> = Limit {
    what: "memory that is not data",
    value: Share(0.50),
    source: "judgement: more is spent on keeping keys than on what they hold",
};
static USED: Limit<Bytes> = Limit {
    what: "memory in use",
    value: Bytes::mib(100),
    source: "judgement: on a small instance the fixed part dominates",
};
static MUCH: Limit<Bytes> = Limit {
    what: "memory that is not data, worth a change",
    value: Bytes::gib(1),
    source: "judgement: a change of layout pays from there",
};

pub(super) const RULE: Rule = Rule {
    id: "key-overhead-high",
    title: "More memory goes into keeping keys than into their data",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Memory,
    harm: Harm::Waste,
    limits: &[&OVERHEAD, &USED, &MUCH],
    explains: &[],
    wrong_when: "the server was filled for a test with empty values, or each key needs a time to live of its own",
    do_not: "raise maxmemory for it: half of every gigabyte added goes the same way",
    lesson: include_str!("key_overhead_high.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(used), Some(overhead)) = (info.used_memory, info.used_memory_overhead) else { return Ok(vec![]) };
    let fixed = info.used_memory_startup.unwrap_or_default()
        + info.mem_clients_normal.unwrap_or_default()
        + info.repl_backlog_size.filter(|_| info.repl_backlog_active == Some(true)).unwrap_or_default();
    let lost = overhead.minus(fixed);
    let Some(share) = lost.share_of(used) else { return Ok(vec![]) };
    if used < USED.value || share <= OVERHEAD.value {
        return Ok(vec![]);
    }
    let keys = case.get::<Keyspace>()?.keys();
    if keys.0 == 0 {
        return Ok(vec![]);
    }
    let severity = if lost >= MUCH.value { Severity::Warn } else { Severity::Info };
    let each = Bytes(lost.0 / keys.0);
    let cause =
        format!("{lost} ({share}) of {used} is the dictionary of {keys} keys, about {each} a key, before any value");
    Ok(vec![
        Finding::new(severity, Subject::server(), cause)
            .measured("overhead", lost, "INFO memory.used_memory_overhead - startup, clients and backlog")
            .measured("memory in use", used, "INFO memory.used_memory")
            .measured("keys", keys, "INFO keyspace.keys")
            .weight(lost.0 as f64)
            .fix(code("keep small values together: fields of one hash for every 100 ids (HSET user:{id/100} {id%100} value) instead of a key each")
                .cost("fields of a hash expire one by one only from Redis 7.4 and Valkey 9 (HEXPIRE)")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, keys, redis};
    use super::*;

    fn look(used: u64, overhead: u64, clients: u64) -> Vec<Finding> {
        let info = format!(
            "used_memory:{}\r\nused_memory_overhead:{}\r\nmem_clients_normal:{}\r\n",
            used << 20,
            overhead << 20,
            clients << 20
        );
        found(check, &keys(redis(&info), 10_000_000, 0))
    }

    #[test]
    fn fires_when_most_is_overhead() {
        assert_eq!(look(1000, 600, 10)[0].severity, Severity::Info);
    }

    #[test]
    fn fires_harder_when_it_is_much() {
        assert_eq!(look(4000, 2600, 10)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_when_client_buffers_are_the_overhead() {
        assert!(look(1000, 600, 200).is_empty());
    }

    #[test]
    fn silent_on_a_small_instance() {
        assert!(look(99, 90, 0).is_empty());
    }
}

use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Ratio, Rule, Severity, Subject, Undo,
};

use crate::sections::info::Info;

static RATIO: Limit<Ratio> = Limit {
    what: "resident over used memory",
    value: Ratio(0.9),
    source: "Redis documentation: below 1 parts are swapped; 0.9 leaves out pages never touched",
};
static USED: Limit<Bytes> = Limit {
    what: "memory in use",
    value: Bytes::mib(100),
    source: "judgement: the ratio of a small instance means nothing",
};

pub(super) const RULE: Rule = Rule {
    id: "swapped-out",
    title: "Part of the data is swapped out",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&RATIO, &USED],
    explains: &[],
    wrong_when: "the host compresses memory, or the server was built with an allocator that reports more than it touches",
    do_not: "switch swap off on a full machine: the kernel then kills a process at once instead",
    lesson: include_str!("swapped_out.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(used), Some(rss)) = (info.used_memory, info.used_memory_rss) else { return Ok(vec![]) };
    let ratio = Ratio(rss.0 as f64 / used.0.max(1) as f64);
    if used < USED.value || rss.0 == 0 || ratio >= RATIO.value {
        return Ok(vec![]);
    }
    let out = used.minus(rss);
    let cause = format!(
        "only {rss} of {used} is resident: about {out} is swapped out, and a command that touches it waits for the disk"
    );
    let look = Fix::of(
        FixKind::Shell,
        "grep VmSwap /proc/$(redis-cli INFO server | tr -d '\\r' | sed -n 's/^process_id://p')/status",
        Undo::NotNeeded("it only looks".into()),
    )
    .cost(
        "then free memory on the host, or lower maxmemory, and restart after a failover so that nothing stays in swap",
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::server(), cause)
            .grade(Grade::Derived)
            .measured("resident memory", rss, "INFO memory.used_memory_rss")
            .measured("memory in use", used, "INFO memory.used_memory")
            .weight(out.0 as f64)
            .fix(look),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, redis};
    use super::*;

    fn look(used: u64, rss: u64) -> usize {
        found(check, &redis(&format!("used_memory:{}\r\nused_memory_rss:{}\r\n", used << 20, rss << 20))).len()
    }

    #[test]
    fn fires_when_much_is_not_resident() {
        assert_eq!(look(1000, 500), 1);
    }

    #[test]
    fn fires_just_below_the_limit() {
        assert_eq!(look(1000, 899), 1);
    }

    #[test]
    fn silent_at_the_limit() {
        assert_eq!(look(1000, 900), 0);
    }

    #[test]
    fn silent_on_a_small_instance_or_an_unknown_size() {
        assert_eq!(look(90, 10), 0);
        assert_eq!(look(1000, 0), 0);
    }
}

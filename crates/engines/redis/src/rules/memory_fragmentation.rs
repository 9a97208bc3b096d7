use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Ratio, Rule, Severity, Subject, Undo,
};

use super::fixes::config_set;
use crate::sections::info::Info;

static RATIO: Limit<Ratio> = Limit {
    what: "pages held over bytes allocated",
    value: Ratio(1.5),
    source: "MEMORY DOCTOR warns from 1.4 (Redis 7.0 object.c); 1.5 leaves out the borderline",
};
static WASTE: Limit<Bytes> = Limit {
    what: "memory lost to it",
    value: Bytes::mib(100),
    source: "active-defrag-ignore-bytes defaults to 100 MB",
};

pub(super) const RULE: Rule = Rule {
    id: "memory-fragmentation",
    title: "Memory is fragmented",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Memory,
    harm: Harm::Waste,
    limits: &[&RATIO, &WASTE],
    explains: &[],
    wrong_when: "a large part of the data was just deleted and will soon be written again",
    do_not: "judge by mem_fragmentation_ratio on a small instance: resident memory includes the program itself",
    lesson: include_str!("memory_fragmentation.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(used), Some(rss)) = (info.used_memory, info.used_memory_rss) else { return Ok(vec![]) };
    let inside = match (info.allocator_frag_ratio, info.allocator_frag_bytes) {
        (Some(ratio), Some(bytes)) if ratio > RATIO.value && bytes > WASTE.value => {
            Some((ratio, bytes, "INFO memory.allocator_frag_bytes"))
        }
        _ => None,
    };
    let whole = || {
        let (ratio, lost) = (Ratio(rss.0 as f64 / used.0.max(1) as f64), rss.minus(used));
        (ratio > RATIO.value && lost > WASTE.value).then_some((
            ratio,
            lost,
            "INFO memory.used_memory_rss - used_memory",
        ))
    };
    let Some((ratio, lost, source)) = inside.or_else(whole) else { return Ok(vec![]) };
    if used < WASTE.value {
        return Ok(vec![]);
    }
    let cause = format!("{lost} of memory is held but not used: {ratio} of what the data needs ({used})");
    let finding = Finding::new(Severity::Warn, Subject::server(), cause)
        .measured("memory lost", lost, source)
        .measured("memory in use", used, "INFO memory.used_memory")
        .measured("resident memory", rss, "INFO memory.used_memory_rss")
        .weight(lost.0 as f64);
    let jemalloc = info.mem_allocator.as_deref().is_some_and(|name| name.starts_with("jemalloc"));
    let purge =
        Fix::of(FixKind::Command, "MEMORY PURGE", Undo::NotNeeded("gives free pages back to the kernel".into()))
            .lock("blocks the server while pages are returned, usually milliseconds");
    Ok(vec![match (inside.is_some() && jemalloc, jemalloc) {
        (true, _) => finding.fix(
            config_set(case, "activedefrag", "yes")
                .cost("up to active-defrag-cycle-max percent of the main thread while it works"),
        ),
        (false, true) => finding.fix(purge),
        (false, false) => finding.fix(
            Fix::of(
                FixKind::Shell,
                "redis-cli SHUTDOWN SAVE",
                Undo::NotNeeded("the service manager starts it again".into()),
            )
            .cost("a restart; without jemalloc nothing else compacts memory. Fail over to a replica first"),
        ),
    }])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, redis};
    use super::*;

    fn info(used: u64, rss: u64, ratio: f64, bytes: u64) -> String {
        format!(
            "used_memory:{}\r\nused_memory_rss:{}\r\nallocator_frag_ratio:{ratio}\r\nallocator_frag_bytes:{}\r\nmem_allocator:jemalloc-5.3.0\r\n",
            used << 20,
            rss << 20,
            bytes << 20
        )
    }

    #[test]
    fn fires_on_fragmentation_in_the_allocator() {
        let found = found(check, &redis(&info(1000, 1900, 1.8, 800)));
        assert!(found[0].fixes[0].statement.contains("activedefrag yes"));
    }

    #[test]
    fn fires_on_pages_not_given_back() {
        let found = found(check, &redis(&info(1000, 2000, 1.0, 5)));
        assert_eq!(found[0].fixes[0].statement, "MEMORY PURGE");
    }

    #[test]
    fn silent_on_a_small_instance() {
        assert!(found(check, &redis(&info(5, 60, 3.0, 10))).is_empty());
    }

    #[test]
    fn silent_just_below_the_limits() {
        assert!(found(check, &redis(&info(1000, 1500, 1.5, 500))).is_empty());
        assert!(found(check, &redis(&info(150, 249, 1.6, 90))).is_empty());
    }
}

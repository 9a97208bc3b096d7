use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Grade, Harm, Limit, Rule, Settings, Severity, Share, Subject,
};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "autovacuum-work-mem-inherits",
    title: "Every autovacuum worker may take what was meant for one index build",
    engines: &[Engine::Postgres],
    versions: "12–19; before 17 a worker takes at most 1 GB",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[&SHARE, &USUAL],
    explains: &["memory-overcommitted"],
    wrong_when: "the tables have so few dead rows at a time that no worker ever fills it",
    do_not: "lower autovacuum_max_workers for it: the tables then wait for their turn, and bloat",
    lesson: include_str!("autovacuum_work_mem_inherits.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "memory that all autovacuum workers may take together",
    value: Share(0.25),
    source: "ours: with a quarter for shared_buffers, half of the machine is left for sessions and the system's cache",
};

static USUAL: Limit<Bytes> =
    Limit { what: "maintenance_work_mem", value: Bytes::mib(64), source: "the default, which is small everywhere" };

/// What a worker took at most before 17, whatever the setting.
const CAP: Bytes = Bytes::gib(1);

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.number("autovacuum_work_mem") != Some(-1.0) || settings.is_on("autovacuum") == Some(false) {
        return Ok(vec![]);
    }
    let (Some(each), Some(workers)) =
        (settings.bytes("maintenance_work_mem"), settings.number("autovacuum_max_workers"))
    else {
        return Ok(vec![]);
    };
    if each.0 <= USUAL.value.0 {
        return Ok(vec![]);
    }
    let memory = change::memory(case)?;
    let taken = if case.server.version.major < 17 { Bytes(each.0.min(CAP.0)) } else { each };
    let all = Bytes((taken.0 as f64 * workers) as u64);
    let Some(share) = all.share_of(memory).filter(|share| *share >= SHARE.value) else { return Ok(vec![]) };
    let fits = (memory.0 as f64 * SHARE.value.0 / 2.0 / workers.max(1.0)) as u64;
    let offered = Bytes(fits.clamp(USUAL.value.0, CAP.0) >> 20 << 20);
    let cause = format!(
        "autovacuum_work_mem is -1, so each of {workers} workers may take maintenance_work_mem: {all} together, {share} of the machine's {memory}"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("autovacuum_work_mem"), cause)
            .grade(Grade::Derived)
            .catalog("maintenance_work_mem", each, "pg_settings.setting")
            .catalog("all workers", all, "pg_settings: autovacuum_max_workers × maintenance_work_mem")
            .catalog("memory", memory, &case.server.host.source)
            .fix(change::setting(case, "autovacuum_work_mem", &change::size(offered)).cost(
                "for workers that start from then on; vacuums of tables with very many dead rows may pass their indexes twice",
            ))
            .weight(share.0),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::Why;

    use super::super::bench::pg;
    use super::*;

    fn found(major: u32, own: &str, maintenance_mb: u64, memory: Option<Bytes>) -> Checked {
        let settings = Settings::default()
            .with("autovacuum", "on")
            .with("autovacuum_max_workers", "3")
            .with_unit("autovacuum_work_mem", own, "kB")
            .with_unit("maintenance_work_mem", &(maintenance_mb * 1024).to_string(), "kB");
        let mut case = pg(major).with(&settings);
        case.server.host.memory = memory;
        check(&case)
    }

    #[test]
    fn fires_when_the_workers_may_take_a_quarter() {
        let found = found(15, "-1", 1024, Some(Bytes::gib(8))).unwrap();
        assert!(found[0].cause.contains("3 GB together"), "{}", found[0].cause);
        assert!(
            found[0].fixes[0].statement.starts_with("ALTER SYSTEM SET autovacuum_work_mem = '341MB'"),
            "{found:#?}"
        );
    }

    #[test]
    fn fires_without_a_cap_from_17_on() {
        assert_eq!(found(17, "-1", 4096, Some(Bytes::gib(32))).unwrap().len(), 1);
        assert!(found(16, "-1", 4096, Some(Bytes::gib(32))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_it_is_set() {
        assert!(found(15, "262144", 4096, Some(Bytes::gib(8))).unwrap().is_empty());
    }

    #[test]
    fn silent_with_defaults_on_a_tiny_machine() {
        assert!(found(15, "-1", 64, Some(Bytes::mib(512))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_it_is_little_or_the_memory_is_unknown() {
        assert!(found(15, "-1", 1024, Some(Bytes::gib(16))).unwrap().is_empty());
        assert_eq!(found(15, "-1", 1024, None).unwrap_err().why, Why::NotCollected);
    }
}

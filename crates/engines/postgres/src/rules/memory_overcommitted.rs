use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Grade, Harm, Limit, Rule, Settings, Severity, Share, Subject,
};

use super::change;

static SHARE: Limit<Share> = Limit {
    what: "share of the memory that settings allow",
    value: Share(0.9),
    source: "postgres-checkup G001: 90 %, with two work_mem a connection",
};

pub(super) const RULE: Rule = Rule {
    id: "memory-overcommitted",
    title: "Settings allow more memory than the machine has",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[&SHARE],
    explains: &[],
    wrong_when: "connections are bounded far below max_connections by a pooler",
    do_not: "add swap: a database that swaps is slower than one that refuses",
    lesson: include_str!("memory_overcommitted.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let memory = change::memory(case)?;
    let bytes = |name: &str| settings.bytes(name).unwrap_or_default();
    let number = |name: &str| settings.number(name).unwrap_or(0.0);
    let hash = settings.number("hash_mem_multiplier").unwrap_or(1.0).max(1.0);
    let cleaning = settings.bytes("autovacuum_work_mem").unwrap_or_else(|| bytes("maintenance_work_mem"));
    let connections = number("max_connections");
    // Two sorts or hashes at once in every connection: what a busy hour looks like, not the worst case.
    let sessions = Bytes((connections * bytes("work_mem").0 as f64 * (1.0 + hash)) as u64);
    let vacuum = Bytes((number("autovacuum_max_workers") * cleaning.0 as f64) as u64);
    let total = bytes("shared_buffers") + sessions + vacuum;
    let share = total.share_of(memory).unwrap_or_default();
    if share.0 <= SHARE.value.0 {
        return Ok(vec![]);
    }
    let room = memory.0 as f64 * SHARE.value.0 - (bytes("shared_buffers") + vacuum).0 as f64;
    let fits = Bytes((room.max(0.0) / (connections.max(1.0) * (1.0 + hash))) as u64);
    let cause = format!(
        "settings allow {total} on a machine of {memory} ({share}): under load the kernel ends the server to save itself"
    );
    let mut finding = Finding::new(Severity::Warn, Subject::setting("work_mem"), cause)
        .grade(Grade::Derived)
        .catalog("shared_buffers", bytes("shared_buffers"), "pg_settings.setting")
        .catalog("sessions: max_connections × work_mem × (1 + hash_mem_multiplier)", sessions, "pg_settings.setting")
        .catalog("autovacuum workers", vacuum, "pg_settings.setting")
        .catalog("memory", memory, &case.server.host.source)
        .weight(share.0);
    if fits.0 >= Bytes::mib(1).0 {
        finding = finding.fix(
            change::setting(case, "work_mem", &format!("'{}MB'", fits.0 >> 20))
                .cost("some queries spill to disk: give their role more with ALTER ROLE … SET work_mem"),
        );
    }
    Ok(vec![
        finding.fix(change::setting_at_restart(case, "max_connections", "100").cost("a restart; a pooler in front")),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::Why;

    use super::super::bench::pg;
    use super::*;

    fn found(work_mem_mb: u64, memory: Option<Bytes>) -> Checked {
        let settings = Settings::default()
            .with("max_connections", "200")
            .with("autovacuum_max_workers", "3")
            .with_unit("work_mem", &(work_mem_mb * 1024).to_string(), "kB")
            .with_unit("maintenance_work_mem", "65536", "kB")
            .with_unit("shared_buffers", "524288", "8kB");
        let mut case = pg(15).with(&settings);
        case.server.host.memory = memory;
        check(&case)
    }

    #[test]
    fn fires_when_sessions_may_take_too_much() {
        assert_eq!(found(64, Some(Bytes::gib(16))).unwrap()[0].subject.name, "work_mem");
    }

    #[test]
    fn fires_with_a_value_that_fits() {
        assert!(found(64, Some(Bytes::gib(16))).unwrap()[0].fixes[0].statement.contains("work_mem = '"));
    }

    #[test]
    fn silent_when_it_fits() {
        assert!(found(4, Some(Bytes::gib(16))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_the_memory_is_unknown() {
        assert_eq!(found(64, None).unwrap_err().why, Why::NotCollected);
    }
}

use dbwright_model::{
    Activity, Area, Bytes, Case, Checked, Count, Engine, Finding, Grade, Harm, Limit, Ratio, Rule, Settings, Severity,
    Subject,
};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "work-mem-excessive",
    title: "work_mem is too large for the sessions that are connected",
    engines: &[Engine::Postgres],
    versions: "12–19; hash_mem_multiplier from 13 on, 2 by default from 15 on",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[&NODES, &SESSIONS, &USUAL],
    explains: &["memory-overcommitted"],
    wrong_when: "most of the sessions are a pool's idle ones and never work at the same time",
    do_not: "add swap, or raise work_mem further because queries spill: give it to the query or the role that needs it",
    lesson: include_str!("work_mem_excessive.md"),
    check,
};

static NODES: Limit<Ratio> = Limit {
    what: "sorts and hashes of a query at the same time",
    value: Ratio(2.0),
    source: "a join and a sort above it; one of them hashes, and takes hash_mem_multiplier as much",
};

static SESSIONS: Limit<Count> = Limit {
    what: "client sessions connected",
    value: Count(10),
    source: "ours: with fewer, what each takes is a matter of its own queries",
};

static USUAL: Limit<Bytes> = Limit {
    what: "work_mem",
    value: Bytes::mib(32),
    source: "ours: up to here the number of connections is the problem, see memory-overcommitted",
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let sessions = case.get::<Activity>()?.connections;
    let memory = change::memory(case)?;
    let Some(work_mem) = settings.bytes("work_mem").filter(|size| size.0 > USUAL.value.0) else { return Ok(vec![]) };
    if sessions.0 < SESSIONS.value.0 {
        return Ok(vec![]);
    }
    let hash = settings.number("hash_mem_multiplier").unwrap_or(1.0).max(1.0);
    let each = work_mem.0 as f64 * (NODES.value.0 - 1.0 + hash);
    let all = Bytes((each * sessions.0 as f64) as u64);
    let left = memory.minus(settings.bytes("shared_buffers").unwrap_or_default());
    if all.0 <= left.0 {
        return Ok(vec![]);
    }
    // Half of what is left, for twice as many sessions as now: the system's cache needs the rest.
    let fits = (left.0 as f64 / 4.0 / sessions.0 as f64 / (NODES.value.0 - 1.0 + hash)) as u64;
    let offered = Bytes(fits.clamp(4 << 20, work_mem.0 / 2) >> 20 << 20);
    let cause = format!(
        "work_mem is {work_mem}: if the {sessions} sessions that are connected run a query with a sort and a hash each, they take {all}, and beside shared_buffers the machine has {left}"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("work_mem"), cause)
            .grade(Grade::Derived)
            .catalog("work_mem", work_mem, "pg_settings.setting")
            .measured("client sessions", sessions, "pg_stat_activity")
            .catalog("memory", memory, &case.server.host.source)
            .fix(
                change::setting(case, "work_mem", &change::size(offered))
                    .cost("some queries spill to disk: give their role or their transaction more (SET LOCAL work_mem)"),
            )
            .weight(all.0 as f64 / left.0.max(1) as f64),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::Why;

    use super::super::bench::pg;
    use super::*;

    fn found(work_mem_mb: u64, sessions: u64, memory: Option<Bytes>) -> Checked {
        let settings = Settings::default()
            .with("hash_mem_multiplier", "2")
            .with_unit("work_mem", &(work_mem_mb * 1024).to_string(), "kB")
            .with_unit("shared_buffers", "524288", "8kB");
        let activity = Activity { connections: Count(sessions), ..Activity::default() };
        let mut case = pg(15).with(&settings).with(&activity);
        case.server.host.memory = memory;
        check(&case)
    }

    #[test]
    fn fires_when_todays_sessions_may_take_more_than_there_is() {
        let found = found(256, 40, Some(Bytes::gib(16))).unwrap();
        assert!(
            found[0].cause.contains("they take 30 GB") && found[0].cause.contains("has 12 GB"),
            "{}",
            found[0].cause
        );
        assert!(found[0].fixes[0].statement.starts_with("ALTER SYSTEM SET work_mem = '25MB'"), "{found:#?}");
    }

    #[test]
    fn fires_just_above_what_is_left() {
        assert_eq!(found(412, 10, Some(Bytes::gib(16))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_it_fits() {
        assert!(found(256, 15, Some(Bytes::gib(16))).unwrap().is_empty());
    }

    #[test]
    fn silent_with_a_usual_value_or_few_sessions() {
        assert!(found(32, 2000, Some(Bytes::gib(16))).unwrap().is_empty());
        assert!(found(4096, 9, Some(Bytes::gib(16))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_the_memory_is_unknown() {
        assert_eq!(found(256, 40, None).unwrap_err().why, Why::NotCollected);
    }
}

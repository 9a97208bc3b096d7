use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Grade, Harm, Limit, NotEvaluated, Rule, Settings, Severity, Share,
    Subject, Why,
};

use super::change;

static SHARE: Limit<Share> = Limit {
    what: "share of the memory that settings allow",
    value: Share(0.9),
    source: "MySQLTuner, tuning-primer: 85–90 %",
};

pub(super) const RULE: Rule = Rule {
    id: "memory-overcommitted-by-sessions",
    title: "Settings allow more memory than the machine has",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[&SHARE],
    explains: &[],
    wrong_when: "sessions are bounded far below max_connections, or rarely sort and join without index",
    do_not: "add swap: a database that swaps is slower than one that refuses",
    lesson: include_str!("memory_overcommitted_by_sessions.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(memory) = case.server.host.memory else {
        return Err(NotEvaluated::new(Why::NotCollected, "the machine's memory cannot be read over SQL")
            .allow("dbwright look … --ram 16GB"));
    };
    let bytes = |name: &str| settings.bytes(name).unwrap_or_default();
    let shared = bytes("innodb_buffer_pool_size")
        + bytes("key_buffer_size")
        + bytes("innodb_log_buffer_size")
        + bytes("query_cache_size");
    let session: Bytes = [
        "sort_buffer_size",
        "join_buffer_size",
        "read_buffer_size",
        "read_rnd_buffer_size",
        "thread_stack",
        "binlog_cache_size",
    ]
    .into_iter()
    .map(bytes)
    .sum();
    let (Some(connections), Some(_)) = (settings.number("max_connections"), settings.bytes("innodb_buffer_pool_size"))
    else {
        return Err(NotEvaluated::new(Why::NotCollected, "max_connections or innodb_buffer_pool_size is unknown"));
    };
    let sessions = Bytes((session.0 as f64 * connections) as u64);
    let total = shared + sessions;
    let share = total.share_of(memory).unwrap_or_default();
    if share.0 <= SHARE.value.0 {
        return Ok(vec![]);
    }
    let cause = format!(
        "settings allow {total} on a machine of {memory} ({share}): {shared} shared and {session} for each of {connections} connections"
    );
    let fits = ((memory.0 as f64 * SHARE.value.0 - shared.0 as f64) / session.0.max(1) as f64).max(20.0);
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("max_connections"), cause)
            .grade(Grade::Derived)
            .catalog("shared", shared, "SHOW GLOBAL VARIABLES")
            .catalog("each session", session, "SHOW GLOBAL VARIABLES")
            .catalog("memory", memory, &case.server.host.source)
            .fix(
                change::variable(case, "max_connections", &format!("{fits:.0}"))
                    .also_costs("or smaller per-session buffers; look at Max_used_connections first"),
            )
            .weight(share.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, set};
    use super::*;
    use crate::sections::status::Status;

    fn look(connections: &str, memory: Option<Bytes>) -> Checked {
        let settings = set("max_connections", connections)
            .with_unit("innodb_buffer_pool_size", "4294967296", "B")
            .with_unit("sort_buffer_size", "2097152", "B")
            .with_unit("join_buffer_size", "2097152", "B");
        let mut case = mysql(settings, Status::default());
        case.server.host.memory = memory;
        check(&case)
    }

    #[test]
    fn fires_when_sessions_may_take_too_much() {
        assert_eq!(look("2000", Some(Bytes::gib(8))).unwrap()[0].subject.name, "max_connections");
    }

    #[test]
    fn fires_when_the_pool_alone_is_too_big() {
        assert_eq!(look("1", Some(Bytes::gib(4))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_it_fits() {
        assert!(look("200", Some(Bytes::gib(8))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_the_memory_is_unknown() {
        assert_eq!(look("2000", None).unwrap_err().why, Why::NotCollected);
    }
}

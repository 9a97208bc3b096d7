use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, Rule, Settings, Severity, Subject};

use super::change;

static DEFAULT: Limit<Bytes> = Limit {
    what: "shared_buffers at most",
    value: Bytes::mib(128),
    source: "PostgreSQL's own default, made to start anywhere",
};
static DATA: Limit<Bytes> = Limit {
    what: "data on the server at least",
    value: Bytes::gib(2),
    source: "ours: less is held by the operating system's cache anyway",
};

pub(super) const RULE: Rule = Rule {
    id: "shared-buffers-default",
    title: "The buffer cache has the size of a demonstration",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&DEFAULT, &DATA],
    explains: &["cache-hit-low"],
    wrong_when: "the machine has hardly more memory, or the data that is used fits in 128 MB",
    do_not: "give it most of the memory: the operating system's cache, work_mem and connections need theirs",
    lesson: include_str!("shared_buffers_default.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let (Some(buffers), Some(data)) = (settings.bytes("shared_buffers"), case.server.data) else { return Ok(vec![]) };
    if buffers.0 > DEFAULT.value.0 || data.0 < DATA.value.0 || case.server.managed.is_some() {
        return Ok(vec![]);
    }
    // A quarter of the memory, where it is known; a cautious gigabyte where it is not.
    let (value, why) = match case.server.host.memory {
        Some(memory) => (Bytes(memory.0 / 4), format!("a quarter of {memory}")),
        None => (Bytes::gib(1), "a quarter of the memory is usual; state it with --ram".to_owned()),
    };
    let cause = format!(
        "shared_buffers is {buffers} in front of {data} of data: pages are copied from the system's cache again and again"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("shared_buffers"), cause)
            .catalog("shared_buffers", buffers, "pg_settings.setting")
            .measured("data", data, "pg_database_size()")
            .fix(
                change::setting_at_restart(case, "shared_buffers", &change::size(value))
                    .cost(format!("a restart; {why}")),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(buffers_mb: u64, data: Bytes) -> Vec<Finding> {
        let mut case =
            pg(15).with(&Settings::default().with_unit("shared_buffers", &(buffers_mb * 128).to_string(), "8kB"));
        case.server.data = Some(data);
        check(&case).unwrap()
    }

    #[test]
    fn fires_with_the_default_and_much_data() {
        assert_eq!(found(128, Bytes::gib(40))[0].subject.name, "shared_buffers");
    }

    #[test]
    fn fires_below_the_default() {
        assert_eq!(found(64, Bytes::gib(3)).len(), 1);
    }

    #[test]
    fn silent_with_little_data() {
        assert!(found(128, Bytes::mib(500)).is_empty());
    }

    #[test]
    fn silent_when_it_was_set() {
        assert!(found(4096, Bytes::gib(40)).is_empty());
    }
}

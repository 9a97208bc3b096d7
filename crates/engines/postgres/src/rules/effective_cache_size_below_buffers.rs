use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "effective-cache-size-below-buffers",
    title: "The planner is told of less cache than there is",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "several servers share the machine and little is left for each",
    do_not: "set it to the whole memory of the machine",
    lesson: include_str!("effective_cache_size_below_buffers.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let (Some(cache), Some(buffers)) = (settings.bytes("effective_cache_size"), settings.bytes("shared_buffers"))
    else {
        return Ok(vec![]);
    };
    if cache.0 >= buffers.0 {
        return Ok(vec![]);
    }
    let value = case
        .server
        .host
        .memory
        .map_or(dbwright_model::Bytes(buffers.0 * 3), |memory| dbwright_model::Bytes(memory.0 / 4 * 3));
    let cause = format!(
        "effective_cache_size ({cache}) is smaller than shared_buffers ({buffers}): index scans look dearer than they are"
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("effective_cache_size"), cause)
            .catalog("effective_cache_size", cache, "pg_settings.setting")
            .catalog("shared_buffers", buffers, "pg_settings.setting")
            .fix(
                change::setting(case, "effective_cache_size", &change::size(value))
                    .cost("takes no memory: it is a figure for the planner"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(cache: u64, buffers: u64) -> Vec<Finding> {
        let settings = Settings::default()
            .with_unit("effective_cache_size", &(cache * 128).to_string(), "8kB")
            .with_unit("shared_buffers", &(buffers * 128).to_string(), "8kB");
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_smaller() {
        assert_eq!(found(1024, 8192)[0].subject.name, "effective_cache_size");
    }

    #[test]
    fn fires_with_a_value_to_set() {
        assert!(found(1024, 8192)[0].fixes[0].statement.contains("'24GB'"));
    }

    #[test]
    fn silent_when_equal() {
        assert!(found(1024, 1024).is_empty());
    }

    #[test]
    fn silent_with_the_defaults() {
        assert!(found(4096, 128).is_empty());
    }
}

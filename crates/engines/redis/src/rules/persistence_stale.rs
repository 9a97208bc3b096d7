use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Settings, Severity, Subject, Undo,
};

use dbwright_model::finding::FixKind;

use super::fixes::config_set;
use crate::sections::info::Info;
static CHANGES: Limit<Count> = Limit {
    what: "changes since the last snapshot",
    value: Count(10_000),
    source: "judgement: fewer are rewritten by hand",
};
static AGE: Limit<Seconds> = Limit {
    what: "age of the last snapshot",
    value: Seconds::hours(24.0),
    source: "the default saves at least hourly when anything changed",
};

pub(super) const RULE: Rule = Rule {
    id: "persistence-stale",
    title: "Many changes are in no snapshot for more than a day",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[&CHANGES, &AGE],
    explains: &[],
    wrong_when: "a loss of these changes is accepted, or a replica writes the snapshots",
    do_not: "run SAVE: it blocks the server until the file is written; BGSAVE does not",
    lesson: include_str!("persistence_stale.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let settings = case.get::<Settings>()?;
    let (Some(changes), Some(last)) = (info.rdb_changes_since_last_save, info.rdb_last_save_time) else {
        return Ok(vec![]);
    };
    let persists = settings.text("save").is_some_and(|save| !save.is_empty());
    // With the append-only file the snapshot is a second copy; a failed one has its own rule.
    if !persists
        || info.aof_enabled != Some(false)
        || info.rdb_bgsave_in_progress == Some(true)
        || info.rdb_last_bgsave_ok == Some(false)
        || info.is_cache()
    {
        return Ok(vec![]);
    }
    let age = Seconds(case.server.now.as_second() as f64 - last.0);
    if changes < CHANGES.value || age < AGE.value {
        return Ok(vec![]);
    }
    let cause = format!("{changes} changes are in no snapshot, the last is {age} old: a crash loses them");
    let fix = Fix::of(FixKind::Command, "BGSAVE", Undo::NotNeeded("it writes a snapshot".into()))
        .cost("a fork")
        .verify("LASTSAVE");
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("save"), cause)
            .measured("changes", changes, "INFO persistence.rdb_changes_since_last_save")
            .measured("age of the snapshot", age, "INFO persistence.rdb_last_save_time")
            .weight(changes.0 as f64)
            .fix(config_set(case, "save", "3600 1 300 100 60 10000").cost("a fork for each snapshot"))
            .fix(fix),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set};
    use super::*;

    fn look(changes: u64, age: u64, more: &str, save: &str) -> usize {
        let info = format!(
            "rdb_changes_since_last_save:{changes}\r\nrdb_last_save_time:{}\r\nrdb_last_bgsave_status:ok\r\n{more}",
            1_000_000 - age
        );
        found(check, &set(redis(&info), &[("save", save)])).len()
    }

    #[test]
    fn fires_after_a_day() {
        assert_eq!(look(1_000_000, 90_000, "aof_enabled:0\r\n", "900000 1"), 1);
    }

    #[test]
    fn fires_at_the_limits() {
        assert_eq!(look(10_000, 86_400, "aof_enabled:0\r\n", "900000 1"), 1);
    }

    #[test]
    fn silent_with_the_append_only_file_or_without_snapshots() {
        assert_eq!(look(1_000_000, 90_000, "aof_enabled:1\r\n", "900000 1"), 0);
        assert_eq!(look(1_000_000, 90_000, "aof_enabled:0\r\n", ""), 0);
    }

    #[test]
    fn silent_when_fresh_or_little_changed() {
        assert_eq!(look(1_000_000, 86_399, "aof_enabled:0\r\n", "900000 1"), 0);
        assert_eq!(look(9_999, 90_000, "aof_enabled:0\r\n", "900000 1"), 0);
    }
}

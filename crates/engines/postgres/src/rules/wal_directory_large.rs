use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Ratio, Rule, Settings, Severity,
    Subject, Undo, Why,
};

use super::missing;
use crate::sections::replication::{Replication, Slot};
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "wal-directory-large",
    title: "pg_wal is much larger than configured",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::Outage,
    limits: &[&OVER, &LEAST],
    explains: &[],
    wrong_when: "a bulk load is running, or just ended and the next checkpoints will shrink it",
    do_not: "delete files in pg_wal: the server will not start again",
    lesson: include_str!("wal_directory_large.md"),
    check,
};

static OVER: Limit<Ratio> = Limit {
    what: "size of pg_wal beside max_wal_size",
    value: Ratio(2.0),
    source: "max_wal_size is a soft limit that a checkpoint under load overshoots; twice as much is something else",
};

static LEAST: Limit<Bytes> = Limit {
    what: "size of pg_wal",
    value: Bytes::gib(1),
    source: "ours: the default max_wal_size; less fills no disk",
};

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    let settings = case.get::<Settings>()?;
    let Some(directory) = &wal.directory else {
        return Err(missing::part(case, "postgres.wal", "log directory", "the size of pg_wal is not known"));
    };
    let Some(most) = settings.bytes("max_wal_size") else {
        return Err(NotEvaluated::new(Why::NotCollected, "max_wal_size is not known"));
    };
    let segment = settings.bytes("wal_segment_size").unwrap_or(Bytes::mib(16));
    let kept = settings
        .bytes("wal_keep_size")
        .or_else(|| settings.number("wal_keep_segments").map(|segments| Bytes((segments * segment.0 as f64) as u64)));
    let kept = kept.unwrap_or_default();
    let allowed = Bytes((most.0 as f64 * OVER.value.0) as u64) + kept;
    if directory.size.0 <= allowed.0 || directory.size.0 < LEAST.value.0 {
        return Ok(vec![]);
    }
    let slots = case.get::<Replication>().ok().map(|replication| {
        let retained = |slot: &&Slot| slot.retained.unwrap_or_default().0;
        replication.slots.iter().max_by_key(retained).filter(|slot| retained(slot) > most.0)
    });
    let holder = match slots.flatten() {
        Some(slot) => format!("slot {} keeps {}", slot.name, slot.retained.unwrap_or_default()),
        None if wal.archive_backlog.is_some_and(|waiting| waiting.0 > 32) => "the archiver does not keep up".to_owned(),
        None => "look for a slot, a failing archiver or a checkpoint that does not end".to_owned(),
    };
    let fix = Fix::sql(
        "SELECT slot_name, active, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS kept FROM pg_replication_slots ORDER BY restart_lsn; SELECT * FROM pg_stat_archiver;",
        Undo::NotNeeded("it only reads".into()),
    )
    .cost("shows who holds the log; it is removed at the next checkpoint once nobody does");
    Ok(vec![
        Finding::new(
            Severity::Warn,
            Subject::setting("max_wal_size"),
            format!("pg_wal holds {} where max_wal_size is {most}: {holder}", directory.size),
        )
        .measured("size of pg_wal", directory.size, "pg_ls_waldir()")
        .catalog("max_wal_size", most, "pg_settings.setting")
        .fix(fix)
        .weight(directory.size.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::wal::Directory;
    use dbwright_model::Count;

    fn found(size: Bytes, max_mb: &str, keep_mb: &str, slot: Option<Bytes>) -> Vec<Finding> {
        let wal = Wal { directory: Some(Directory { files: Count(9), size }), ..Wal::default() };
        let settings =
            Settings::default().with_unit("max_wal_size", max_mb, "MB").with_unit("wal_keep_size", keep_mb, "MB");
        let slots = slot.map(|retained| Slot { name: "old".into(), retained: Some(retained), ..Slot::default() });
        let replication = Replication { slots: slots.into_iter().collect(), ..Replication::default() };
        check(&pg(15).with(&wal).with(&settings).with(&replication)).unwrap()
    }

    #[test]
    fn fires_and_names_the_slot() {
        assert!(found(Bytes::gib(9), "1024", "0", Some(Bytes::gib(8)))[0].cause.contains("slot old keeps 8 GB"));
    }

    #[test]
    fn fires_without_a_known_holder() {
        assert_eq!(found(Bytes::mib(2100), "1024", "0", None).len(), 1);
    }

    #[test]
    fn silent_when_kept_on_purpose() {
        assert!(found(Bytes::gib(9), "1024", "8192", None).is_empty());
    }

    #[test]
    fn silent_on_a_large_configured_log() {
        assert!(found(Bytes::gib(30), "16384", "0", None).is_empty());
    }

    #[test]
    fn silent_on_a_tiny_server() {
        assert!(found(Bytes::mib(900), "64", "0", None).is_empty());
    }
}

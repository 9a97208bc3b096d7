use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Ratio, Rule, Settings, Severity,
    Subject,
};

use super::{change, missing};
use crate::sections::replication::Replication;

pub(super) const RULE: Rule = Rule {
    id: "slot-retention-unlimited",
    title: "Replication slots may fill the disk",
    engines: &[Engine::Postgres],
    versions: "13–19",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[&TIMES],
    explains: &[],
    wrong_when: "free disk space is watched closely, and losing a slot would cost more than stopping",
    do_not: "drop slots to be safe and let standbys rely on wal_keep_size alone: a longer absence then costs a new copy",
    lesson: include_str!("slot_retention_unlimited.md"),
    check,
};

static TIMES: Limit<Ratio> = Limit {
    what: "offered max_slot_wal_keep_size, in max_wal_size",
    value: Ratio(10.0),
    source: "ours: room for hours of an absent reader on a server that is configured for its load",
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    let settings = case.get::<Settings>()?;
    if case.server.version.major < 13 {
        return Err(NotEvaluated::not_applicable("max_slot_wal_keep_size came with PostgreSQL 13"));
    }
    missing::unless_read(case, "postgres.replication", "slots")?;
    let slots = replication.slots.iter().filter(|slot| !slot.temporary && slot.retained.is_some()).count();
    if slots == 0 || settings.number("max_slot_wal_keep_size") != Some(-1.0) {
        return Ok(vec![]);
    }
    let most = settings.bytes("max_wal_size").unwrap_or(Bytes::gib(1));
    let offered = Bytes(((most.0 as f64 * TIMES.value.0) as u64).max(10 << 30));
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("max_slot_wal_keep_size"),
            format!("{slots} replication slot{} may keep any amount of log: one reader that stays away fills the disk and stops the server", if slots == 1 { "" } else { "s" }),
        )
        .catalog("max_slot_wal_keep_size", "-1", "pg_settings.setting")
        .catalog("slots", Count(slots as u64), "pg_replication_slots")
        .fix(
            change::setting(case, "max_slot_wal_keep_size", &change::size(offered))
                .disk(offered)
                .cost("a reader that falls further behind loses its slot and must be copied anew; choose what the log's disk can spare"),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::replication::Slot;
    use dbwright_model::Why;

    fn found(major: u32, limit: &str, slots: usize) -> Checked {
        let slot = Slot { name: "s".into(), active: true, retained: Some(Bytes::mib(16)), ..Slot::default() };
        let settings = Settings::default().with_unit("max_slot_wal_keep_size", limit, "MB").with_unit(
            "max_wal_size",
            "4096",
            "MB",
        );
        check(&pg(major).with(&Replication { slots: vec![slot; slots], ..Replication::default() }).with(&settings))
    }

    #[test]
    fn fires_without_a_limit() {
        assert!(found(15, "-1", 1).unwrap()[0].fixes[0].statement.contains("'40GB'"));
    }

    #[test]
    fn fires_once_for_several() {
        assert_eq!(found(18, "-1", 3).unwrap().len(), 1);
    }

    #[test]
    fn silent_with_a_limit_or_without_slots() {
        assert!(found(15, "51200", 1).unwrap().is_empty());
        assert!(found(15, "-1", 0).unwrap().is_empty());
    }

    #[test]
    fn silent_before_13() {
        assert_eq!(found(12, "-1", 1).unwrap_err().why, Why::NotApplicable);
    }
}

use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::missing;
use crate::sections::replication::{Replication, Slot};

pub(super) const RULE: Rule = Rule {
    id: "inactive-replication-slot",
    title: "A replication slot nobody reads keeps the log",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[&HUGE, &MUCH],
    explains: &["wal-directory-large", "slot-retention-unlimited"],
    wrong_when: "the reader is down for a short maintenance and there is room on the disk until it is back",
    do_not: "delete files from pg_wal to make room: the server will not start again",
    lesson: include_str!("inactive_replication_slot.md"),
    check,
};

static HUGE: Limit<Bytes> = Limit {
    what: "log kept by a slot nobody reads, from which on the disk is in danger",
    value: Bytes::gib(10),
    source: "ours: ten times the default max_wal_size",
};

static MUCH: Limit<Bytes> =
    Limit { what: "log kept by a slot nobody reads", value: Bytes::gib(1), source: "ours: the default max_wal_size" };

fn check(case: &Case) -> Checked {
    let slots = &case.get::<Replication>()?.slots;
    missing::unless_read(case, "postgres.replication", "slots")?;
    // A synced slot is a copy of the primary's and waits here for a failover.
    Ok(slots.iter().filter(|slot| !slot.temporary && !slot.synced).filter_map(|slot| finding(case, slot)).collect())
}

fn finding(case: &Case, slot: &Slot) -> Option<Finding> {
    let status = slot.wal_status.as_deref().unwrap_or("");
    let kept = slot.retained.unwrap_or_default();
    let idle = slot.inactive_for.map_or_else(String::new, |age| format!(" for {age}"));
    let (severity, cause) = if status == "lost" || slot.invalidation.is_some() {
        let reason = slot.invalidation.as_deref().unwrap_or("the log it needs was removed");
        (
            Severity::Error,
            format!("slot {} is lost ({reason}): its reader can never continue and must be set up anew", slot.name),
        )
    } else if slot.active {
        return None;
    } else if status == "unreserved" || kept.0 >= HUGE.value.0 {
        let end = match status {
            "unreserved" => "it is lost at the next checkpoint",
            _ => "pg_wal grows until the disk is full and the server stops",
        };
        (Severity::Error, format!("nobody reads slot {}{idle} and it keeps {kept} of log: {end}", slot.name))
    } else if kept.0 >= MUCH.value.0 {
        (
            Severity::Warn,
            format!("nobody reads slot {}{idle} and it keeps {kept} of log, more with every write", slot.name),
        )
    } else if slot.retained.is_some() {
        (Severity::Info, format!("nobody reads slot {}{idle}; it keeps {kept} of log so far", slot.name))
    } else {
        return None;
    };
    let literal = Dialect::Postgres.literal(&slot.name);
    let drop = Fix::sql(
        format!("SELECT pg_drop_replication_slot({literal});"),
        Undo::Impossible("the position is gone: its reader has to be copied anew".into()),
    )
    .cost("only if its reader will not come back; otherwise start the reader")
    .verify(format!("SELECT active, wal_status FROM pg_replication_slots WHERE slot_name = {literal};"));
    // wal_status came with 13.
    let drop = match case.server.version.major {
        ..13 => drop.verify(format!("SELECT active FROM pg_replication_slots WHERE slot_name = {literal};")),
        _ => drop,
    };
    let mut finding = Finding::new(severity, Subject::new(SubjectKind::Replication, &slot.name), cause)
        .measured("log kept", kept, "pg_replication_slots.restart_lsn")
        .catalog("status", if status.is_empty() { "unknown" } else { status }, "pg_replication_slots.wal_status")
        .fix(drop)
        .weight(kept.0 as f64);
    if let Some(age) = slot.xmin_age {
        finding =
            finding.measured("transactions whose dead rows it keeps", age, "pg_replication_slots.xmin, catalog_xmin");
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(slot: Slot) -> Vec<Finding> {
        let slot = Slot { name: "old".into(), ..slot };
        check(&pg(15).with(&Replication { slots: vec![slot], ..Replication::default() })).unwrap()
    }

    #[test]
    fn fires_by_the_amount_kept() {
        let severity = |kept| found(Slot { retained: Some(kept), ..Slot::default() })[0].severity;
        assert_eq!(severity(Bytes::gib(10)), Severity::Error);
        assert_eq!(severity(Bytes::gib(1)), Severity::Warn);
        assert_eq!(severity(Bytes::mib(1000)), Severity::Info);
    }

    #[test]
    fn fires_when_lost_even_if_active() {
        let slot = Slot { wal_status: Some("lost".into()), active: true, ..Slot::default() };
        assert_eq!(found(slot)[0].severity, Severity::Error);
    }

    #[test]
    fn silent_while_read() {
        assert!(found(Slot { active: true, retained: Some(Bytes::gib(50)), ..Slot::default() }).is_empty());
    }

    #[test]
    fn silent_for_synced_temporary_and_never_used() {
        let kept = Slot { retained: Some(Bytes::gib(50)), ..Slot::default() };
        assert!(found(Slot { synced: true, ..kept.clone() }).is_empty());
        assert!(found(Slot { temporary: true, ..kept }).is_empty());
        assert!(found(Slot::default()).is_empty());
    }
}

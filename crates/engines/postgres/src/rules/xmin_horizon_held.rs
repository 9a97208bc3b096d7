use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Settings, Severity, Subject, Undo,
    finding::SubjectKind,
};
use dbwright_sql::Dialect;

use crate::sections::activity::{HolderKind, Horizon};

static WARN: Limit<Count> = Limit {
    what: "transactions begun since (warn)",
    value: Count(20_000_000),
    source: "postgres.ai: 10 % of the default autovacuum_freeze_max_age",
};
static ERROR: Limit<Count> = Limit {
    what: "transactions begun since (error)",
    value: Count(100_000_000),
    source: "postgres.ai: 50 % of the default autovacuum_freeze_max_age",
};

pub(super) const RULE: Rule = Rule {
    id: "xmin-horizon-held",
    title: "Something keeps dead rows from being removed",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Slowdown,
    limits: &[&WARN, &ERROR],
    explains: &["dead-rows-not-vacuumed", "table-bloat", "wraparound-near", "freeze-debt"],
    wrong_when: "it is a backup or a long report that was planned and ends soon",
    do_not: "run VACUUM again and again, or VACUUM FULL: neither can remove what somebody may still see",
    lesson: include_str!("xmin_horizon_held.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let horizon = case.get::<Horizon>()?;
    let max_age = case.get::<Settings>()?.number("autovacuum_freeze_max_age").unwrap_or(200_000_000.0);
    let mut findings = Vec::new();
    for holder in horizon.holders.iter().filter(|holder| holder.xid_age.0 >= WARN.value.0) {
        let severity = if holder.xid_age.0 >= ERROR.value.0 { Severity::Error } else { Severity::Warn };
        let (kind, what, fix) = match holder.kind {
            HolderKind::Session => (
                SubjectKind::Session,
                format!("session {}", holder.name),
                Fix::sql(
                    format!("SELECT pg_terminate_backend({});", holder.name),
                    Undo::Impossible("its transaction is rolled back".into()),
                ),
            ),
            HolderKind::Slot => (
                SubjectKind::Replication,
                format!("replication slot {}", holder.name),
                Fix::sql(
                    format!("SELECT pg_drop_replication_slot({});", Dialect::Postgres.literal(&holder.name)),
                    Undo::Impossible("whoever used it must be set up again".into()),
                )
                .cost("only when its consumer is gone for good; otherwise start the consumer"),
            ),
            HolderKind::Prepared => (
                SubjectKind::Session,
                format!("prepared transaction {}", holder.name),
                Fix::sql(
                    format!("ROLLBACK PREPARED {};", Dialect::Postgres.literal(&holder.name)),
                    Undo::Impossible("its changes are gone".into()),
                ),
            ),
            HolderKind::Standby => (
                SubjectKind::Replication,
                format!("standby {} (hot_standby_feedback)", holder.name),
                Fix::sql(
                    "ALTER SYSTEM SET hot_standby_feedback = off; SELECT pg_reload_conf();",
                    Undo::Statement("ALTER SYSTEM RESET hot_standby_feedback; SELECT pg_reload_conf();".into()),
                )
                .cost("to be run on the standby: its long queries may then be cancelled; or end its long query"),
            ),
        };
        let since = holder.age.map(|age| format!(", for {age}")).unwrap_or_default();
        let cause = format!(
            "{what} holds the horizon {} transactions back{since}: no row that died since can be removed in any table",
            holder.xid_age
        );
        findings.push(
            Finding::new(severity, Subject::new(kind, &holder.name), cause)
                .measured("transactions begun since", holder.xid_age, "age(backend_xmin), age(xmin), age(catalog_xmin)")
                .catalog("autovacuum_freeze_max_age", Count(max_age as u64), "pg_settings.setting")
                .fix(fix)
                .weight(holder.xid_age.0 as f64),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::activity::Holder;

    fn found(kind: HolderKind, age: u64) -> Vec<Finding> {
        let holder = Holder { kind, name: "h1".into(), xid_age: Count(age), age: None };
        check(&pg(15).with(&Settings::default()).with(&Horizon { holders: vec![holder] })).unwrap()
    }

    #[test]
    fn fires_on_a_slot_left_behind() {
        let found = found(HolderKind::Slot, 150_000_000);
        assert_eq!((found[0].severity, found[0].subject.kind), (Severity::Error, SubjectKind::Replication));
        assert_eq!(found[0].fixes[0].statement, "SELECT pg_drop_replication_slot('h1');");
    }

    #[test]
    fn fires_on_every_kind_of_holder() {
        for kind in [HolderKind::Session, HolderKind::Prepared, HolderKind::Standby] {
            assert_eq!(found(kind, 30_000_000)[0].severity, Severity::Warn);
        }
    }

    #[test]
    fn silent_when_the_horizon_is_near() {
        assert!(found(HolderKind::Session, 5_000_000).is_empty());
    }

    #[test]
    fn silent_when_nobody_holds_it() {
        assert!(check(&pg(15).with(&Settings::default()).with(&Horizon::default())).unwrap().is_empty());
    }
}

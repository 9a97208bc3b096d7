use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Severity, Subject};

use super::fixes::config_set;
use crate::sections::info::Info;

pub(super) const RULE: Rule = Rule {
    id: "replica-writable",
    title: "The replica takes writes of its own",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Replication,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "clients write temporary results there and know that they vanish",
    do_not: "write to a replica to relieve the primary: such writes are never replicated and a full copy removes them",
    lesson: include_str!("replica_writable.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    if info.is_primary() || info.replica_read_only != Some(false) {
        return Ok(vec![]);
    }
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("replica-read-only"), "this replica accepts writes: they exist here only, drift from the primary, and are lost with the next full copy")
            .catalog("replica-read-only", "no", "INFO replication.slave_read_only")
            .fix(config_set(case, "replica-read-only", "yes")),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, redis_6};
    use super::*;

    #[test]
    fn fires_on_a_writable_replica() {
        assert_eq!(found(check, &redis("role:slave\r\nslave_read_only:0\r\n")).len(), 1);
    }

    #[test]
    fn fires_on_old_versions_too() {
        assert_eq!(found(check, &redis_6("role:slave\r\nslave_read_only:0\r\n")).len(), 1);
    }

    #[test]
    fn silent_by_default() {
        assert!(found(check, &redis("role:slave\r\nslave_read_only:1\r\n")).is_empty());
    }

    #[test]
    fn silent_on_a_primary() {
        assert!(found(check, &redis("role:master\r\nslave_read_only:0\r\n")).is_empty());
    }
}

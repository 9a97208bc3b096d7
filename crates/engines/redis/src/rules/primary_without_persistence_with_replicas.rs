use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::fixes::config_set;
use crate::sections::info::Info;

pub(super) const RULE: Rule = Rule {
    id: "primary-without-persistence-with-replicas",
    title: "A primary that restarts empty empties its replicas",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &["persistence-off-with-durable-keys"],
    wrong_when: "the primary is never restarted automatically, and a replica is promoted instead",
    do_not: "count replicas as a backup: they copy an empty data set as faithfully as a full one",
    lesson: include_str!("primary_without_persistence_with_replicas.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let settings = case.get::<Settings>()?;
    let (Some(save), Some(aof)) = (settings.text("save"), settings.is_on("appendonly")) else { return Ok(vec![]) };
    if !save.is_empty()
        || aof
        || !info.is_primary()
        || info.is_cache()
        || info.replicas.is_empty()
        || case.server.managed.is_some()
    {
        return Ok(vec![]);
    }
    let replicas = Count(info.replicas.len() as u64);
    let cause = format!(
        "neither snapshots nor the append-only file are on and {replicas} replicas follow: when a service manager restarts it, it comes back empty and they copy that"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::server(), cause)
            .catalog("save", save, "CONFIG GET save")
            .catalog("appendonly", "no", "CONFIG GET appendonly")
            .measured("replicas", replicas, "INFO replication.slaveN")
            .weight(replicas.0 as f64)
            .fix(
                config_set(case, "appendonly", "yes")
                    .cost("one fork to write the first file, then about the write load once more as disk writes"),
            ),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set};
    use super::*;

    const REPLICA: &str = "role:master\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=42,lag=1\r\n";

    fn look(info: &str, save: &str, aof: &str) -> usize {
        found(check, &set(redis(info), &[("save", save), ("appendonly", aof)])).len()
    }

    #[test]
    fn fires_with_a_replica() {
        assert_eq!(look(REPLICA, "", "no"), 1);
    }

    #[test]
    fn fires_whatever_the_state_of_the_replica() {
        assert_eq!(look(&REPLICA.replace("online", "wait_bgsave"), "", "no"), 1);
    }

    #[test]
    fn silent_when_it_persists() {
        assert_eq!(look(REPLICA, "3600 1", "no"), 0);
        assert_eq!(look(REPLICA, "", "yes"), 0);
    }

    #[test]
    fn silent_without_replicas_or_on_a_cache() {
        assert_eq!(look("role:master\r\n", "", "no"), 0);
        assert_eq!(look(&format!("{REPLICA}maxmemory:10\r\nmaxmemory_policy:allkeys-lfu\r\n"), "", "no"), 0);
    }
}

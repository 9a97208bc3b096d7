use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Settings, Severity, Share, Subject,
};

use super::fixes::config_set;
use crate::sections::info::Info;
use crate::sections::keyspace::Keyspace;
static KEYS: Limit<Count> =
    Limit { what: "keys without a time to live", value: Count(1_000), source: "judgement: fewer look like a test" };
static SHARE: Limit<Share> = Limit {
    what: "share of keys without a time to live",
    value: Share(0.10),
    source: "judgement: below it the server is a cache with a few odd keys",
};

pub(super) const RULE: Rule = Rule {
    id: "persistence-off-with-durable-keys",
    title: "Nothing is written to disk, yet keys are kept for ever",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[&KEYS, &SHARE],
    explains: &[],
    wrong_when: "everything in here can be computed again, or a replica does the persisting",
    do_not: "answer with replicas alone: a restarted empty primary empties its replicas as well",
    lesson: include_str!("persistence_off_with_durable_keys.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let settings = case.get::<Settings>()?;
    let (Some(save), Some(aof)) = (settings.text("save"), settings.is_on("appendonly")) else { return Ok(vec![]) };
    if !save.is_empty() || aof || !info.is_primary() || info.is_cache() || case.server.managed.is_some() {
        return Ok(vec![]);
    }
    let keyspace = case.get::<Keyspace>()?;
    let durable = Count(keyspace.keys().0.saturating_sub(keyspace.expires().0));
    let Some(share) = keyspace.durable() else { return Ok(vec![]) };
    if durable < KEYS.value || share < SHARE.value {
        return Ok(vec![]);
    }
    let cause = format!(
        "{durable} keys ({share}) have no time to live, and neither snapshots nor the append-only file are on: a restart loses all of them"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::server(), cause)
            .catalog("save", save, "CONFIG GET save")
            .catalog("appendonly", "no", "CONFIG GET appendonly")
            .measured("keys without a time to live", durable, "INFO keyspace.keys - expires")
            .weight(durable.0 as f64)
            .fix(
                config_set(case, "appendonly", "yes")
                    .cost("one fork to write the first file, then about the write load once more as disk writes"),
            )
            .fix(
                config_set(case, "save", "3600 1 300 100 60 10000")
                    .cost("a fork for each snapshot; what was written since the last is lost in a crash"),
            ),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, keys, redis, set};
    use super::*;

    fn look(info: &str, save: &str, aof: &str, all: u64, expires: u64) -> usize {
        found(check, &keys(set(redis(info), &[("save", save), ("appendonly", aof)]), all, expires)).len()
    }

    #[test]
    fn fires_when_durable_keys_are_not_kept() {
        assert_eq!(look("role:master\r\n", "", "no", 10_000, 0), 1);
    }

    #[test]
    fn fires_at_the_limits() {
        assert_eq!(look("role:master\r\n", "", "no", 10_000, 9_000), 1);
    }

    #[test]
    fn silent_when_something_persists_or_another_server_leads() {
        assert_eq!(look("role:master\r\n", "3600 1", "no", 10_000, 0), 0);
        assert_eq!(look("role:master\r\n", "", "yes", 10_000, 0), 0);
        assert_eq!(look("role:slave\r\n", "", "no", 10_000, 0), 0);
    }

    #[test]
    fn silent_on_a_cache() {
        assert_eq!(look("role:master\r\nmaxmemory:10\r\nmaxmemory_policy:allkeys-lru\r\n", "", "no", 10_000, 0), 0);
        assert_eq!(look("role:master\r\n", "", "no", 10_000, 9_001), 0);
        assert_eq!(look("role:master\r\n", "", "no", 999, 0), 0);
    }
}

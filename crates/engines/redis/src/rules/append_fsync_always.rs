use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::fixes::config_set;

pub(super) const RULE: Rule = Rule {
    id: "append-fsync-always",
    title: "Every write waits for the disk",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "losing even the last second of writes is not acceptable",
    do_not: "set appendfsync no for speed: the kernel then keeps up to half a minute of writes",
    lesson: include_str!("append_fsync_always.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.is_on("appendonly") != Some(true) || settings.text("appendfsync") != Some("always") {
        return Ok(vec![]);
    }
    let cause = "appendfsync is always: each round of writes waits for the disk before anyone gets an answer; everysec loses at most about a second";
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("appendfsync"), cause)
            .catalog("appendfsync", "always", "CONFIG GET appendfsync")
            .fix(
                config_set(case, "appendfsync", "everysec")
                    .cost("a crash of the machine may lose about a second of writes"),
            ),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set, valkey};
    use super::*;

    #[test]
    fn fires_when_always() {
        assert_eq!(found(check, &set(redis(""), &[("appendonly", "yes"), ("appendfsync", "always")])).len(), 1);
    }

    #[test]
    fn fires_on_valkey() {
        assert_eq!(found(check, &set(valkey(""), &[("appendonly", "yes"), ("appendfsync", "always")])).len(), 1);
    }

    #[test]
    fn silent_by_default() {
        assert!(found(check, &set(redis(""), &[("appendonly", "yes"), ("appendfsync", "everysec")])).is_empty());
    }

    #[test]
    fn silent_when_the_file_is_off() {
        assert!(found(check, &set(redis(""), &[("appendonly", "no"), ("appendfsync", "always")])).is_empty());
    }
}

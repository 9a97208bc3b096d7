use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, NotEvaluated, Rule, Settings, Severity, Subject, Undo, Why,
};
use dbwright_sql::Dialect;

use super::change;
use crate::sections::replication::{Replication, Standby};
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "synchronous-standby-missing",
    title: "Commits wait for a synchronous standby that is not there",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "the standby restarts just now and will be back in a moment",
    do_not: "restart the server or cancel the waiting sessions: cancelled commits are done here anyway, and the next ones wait again",
    lesson: include_str!("synchronous_standby_missing.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    let settings = case.get::<Settings>()?;
    let names = settings.text("synchronous_standby_names").unwrap_or("");
    if names.trim().is_empty() || replication.receiver.is_some() || case.get::<Wal>().is_ok_and(|wal| wal.in_recovery) {
        return Ok(vec![]);
    }
    if matches!(settings.text("synchronous_commit"), Some("off" | "local")) {
        return Ok(vec![]);
    }
    if replication.standbys.iter().any(|standby| standby.state.is_none()) {
        return Err(NotEvaluated::new(Why::Privilege, "the standbys' states may only be seen by monitoring roles")
            .allow(crate::sections::grant(case, "pg_monitor")));
    }
    let is_synchronous = |standby: &&Standby| matches!(standby.sync_state.as_deref(), Some("sync" | "quorum"));
    let there = replication.standbys.iter().filter(is_synchronous).count();
    let needed = required(names);
    if there >= needed {
        return Ok(vec![]);
    }
    let old = Dialect::Postgres.literal(names);
    let mut fix = change::setting(case, "synchronous_standby_names", "''")
        .cost("frees the waiting commits at once, which are then only on this server; bring the standby back and set it again")
        .verify("SELECT application_name, state, sync_state FROM pg_stat_replication;");
    if case.server.managed.is_none() {
        fix.undo =
            Undo::Statement(format!("ALTER SYSTEM SET synchronous_standby_names = {old}; SELECT pg_reload_conf();"));
    }
    Ok(vec![
        Finding::new(
            Severity::Error,
            Subject::setting("synchronous_standby_names"),
            format!("{there} of {needed} synchronous standbys are connected: every commit waits, and goes on waiting until one is back"),
        )
        .measured("connected", Count(there as u64), "pg_stat_replication.sync_state")
        .catalog("needed", Count(needed as u64), "pg_settings: synchronous_standby_names")
        .fix(fix),
    ])
}

/// How many standbys a commit waits for: `FIRST 2 (a, b)`, `ANY 1 (*)`, `2 (a, b)`, `a, b`.
fn required(names: &str) -> usize {
    let text = names.trim();
    let Some((head, _)) = text.split_once('(') else { return 1 };
    head.split_whitespace().last().and_then(|word| word.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(names: &str, states: &[&str], commit: &str) -> Vec<Finding> {
        let standbys = states.iter().map(|state| Standby {
            state: Some("streaming".into()),
            sync_state: Some((*state).into()),
            ..Standby::default()
        });
        let settings = Settings::default().with("synchronous_standby_names", names).with("synchronous_commit", commit);
        check(&pg(15).with(&Replication { standbys: standbys.collect(), ..Replication::default() }).with(&settings))
            .unwrap()
    }

    #[test]
    fn fires_when_none_is_there() {
        assert_eq!(found("replica1", &["async"], "on")[0].severity, Severity::Error);
    }

    #[test]
    fn fires_when_too_few_are() {
        assert!(found("ANY 2 (a, b, c)", &["quorum"], "on")[0].cause.starts_with("1 of 2"));
    }

    #[test]
    fn silent_when_enough_are() {
        assert!(found("FIRST 1 (a, b)", &["sync", "potential"], "on").is_empty());
    }

    #[test]
    fn silent_when_nobody_waits() {
        assert!(found("", &[], "on").is_empty());
        assert!(found("a", &[], "local").is_empty());
    }

    #[test]
    fn the_number_is_read_in_every_form() {
        assert_eq!(["a, b", "2 (a, b)", "FIRST 3 (*)", "any 2(a)", "*"].map(required), [1, 2, 3, 2, 1]);
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "timeouts-missing",
    title: "Nothing limits how long a transaction may take",
    engines: &[Engine::Postgres],
    versions: "12–19; transaction_timeout from 17",
    area: Area::Locks,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "limits are set per role or by the application in every session",
    do_not: "set statement_timeout for everybody in the configuration file: it also ends backups and index builds",
    lesson: include_str!("timeouts_missing.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    const TIMEOUTS: [&str; 3] = ["idle_in_transaction_session_timeout", "statement_timeout", "lock_timeout"];
    let unset: Vec<&str> = TIMEOUTS.into_iter().filter(|name| settings.number(name) == Some(0.0)).collect();
    let role_wide = settings.number("transaction_timeout").is_some_and(|limit| limit > 0.0);
    // One of them is a decision; none is an oversight.
    if unset.len() < TIMEOUTS.len() || role_wide {
        return Ok(vec![]);
    }
    let cause = "no timeout is set for statements, locks or idle transactions: one forgotten session can hold everybody up until someone notices";
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("idle_in_transaction_session_timeout"), cause)
            .catalog("unset", unset.join(", "), "pg_settings.setting")
            .fix(change::setting(case, "idle_in_transaction_session_timeout", "'5min'").cost("sessions idle in a transaction for longer are closed; set statement_timeout and lock_timeout per role with ALTER ROLE")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(idle: &str, statement: &str, lock: &str) -> Vec<Finding> {
        let settings = Settings::default()
            .with("idle_in_transaction_session_timeout", idle)
            .with("statement_timeout", statement)
            .with("lock_timeout", lock);
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_none_is_set() {
        assert_eq!(found("0", "0", "0").len(), 1);
    }

    #[test]
    fn fires_only_as_information() {
        assert_eq!(found("0", "0", "0")[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_one_is_set() {
        assert!(found("300000", "0", "0").is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(check(&pg(15).with(&Settings::default())).unwrap().is_empty());
    }
}

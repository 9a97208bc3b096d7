use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "logging-gaps",
    title: "The log would not show what went wrong",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "another tool records the same (a metrics agent, a service's own log)",
    do_not: "log every statement instead: log_statement = all fills disks and slows everything down",
    lesson: include_str!("logging_gaps.md"),
    check,
};

/// Settings whose value means that an event is not logged, with the value that logs it.
const EVENTS: &[(&str, &str, &str)] = &[
    ("log_checkpoints", "off", "on"),
    ("log_lock_waits", "off", "on"),
    ("log_temp_files", "-1", "'10MB'"),
    ("log_autovacuum_min_duration", "-1", "'10s'"),
];

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let gaps: Vec<_> = EVENTS.iter().filter(|(name, silent, _)| settings.text(name) == Some(silent)).collect();
    // Two of them are off by default: one gap alone is a decision.
    if gaps.len() < 2 {
        return Ok(vec![]);
    }
    let names: Vec<&str> = gaps.iter().map(|(name, ..)| *name).collect();
    let cause = format!(
        "{} are not logged: after an incident nobody can tell who waited, what spilled and what vacuum did",
        names.join(", ")
    );
    let finding = Finding::new(Severity::Info, Subject::setting(names[0]), cause).catalog(
        "not logged",
        names.join(", "),
        "pg_settings.setting",
    );
    Ok(vec![gaps.iter().fold(finding, |finding, (name, _, value)| finding.fix(change::setting(case, name, value)))])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(settings: Settings) -> Vec<Finding> {
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_several_are_off() {
        assert_eq!(
            found(Settings::default().with("log_lock_waits", "off").with("log_temp_files", "-1"))[0].fixes.len(),
            2
        );
    }

    #[test]
    fn fires_once_for_all() {
        assert_eq!(
            found(
                Settings::default()
                    .with("log_lock_waits", "off")
                    .with("log_temp_files", "-1")
                    .with("log_checkpoints", "off")
            )
            .len(),
            1
        );
    }

    #[test]
    fn silent_when_all_are_logged() {
        assert!(found(Settings::default().with("log_lock_waits", "on").with("log_temp_files", "0")).is_empty());
    }

    #[test]
    fn silent_when_only_one_is_off() {
        assert!(found(Settings::default().with("log_lock_waits", "off").with("log_temp_files", "0")).is_empty());
    }
}

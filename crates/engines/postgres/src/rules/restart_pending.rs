use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "restart-pending",
    title: "A changed setting waits for a restart",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Maintenance,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the restart is planned",
    do_not: "restart in the busiest hour to get it over with",
    lesson: include_str!("restart_pending.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let pending = settings.0.iter().filter(|(_, setting)| setting.pending_restart);
    Ok(pending
        .map(|(name, setting)| {
            let cause = format!("{name} was changed in a file but the server still runs with {}: the next restart, planned or not, changes its behaviour", setting.value);
            let restart = dbwright_model::Fix::of(
                dbwright_model::finding::FixKind::Shell,
                "pg_ctl restart -D \"$PGDATA\" -m fast",
                dbwright_model::Undo::Statement(format!("ALTER SYSTEM RESET {name};")),
            );
            let mut finding = Finding::new(Severity::Info, Subject::setting(name), cause)
                .catalog("value in use", setting.value.as_str(), "pg_settings.setting")
                .catalog("restart pending", "yes", "pg_settings.pending_restart");
            finding = match &case.server.managed {
                Some(service) => finding.fix(change::setting_at_restart(case, name, "…").cost(format!("reboot the instance in {service}"))),
                None => finding.fix(restart.cost("all connections are closed; a checkpoint before it makes it short")),
            };
            finding
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn with(pending: bool, value: &str) -> Vec<Finding> {
        let setting = dbwright_model::Setting { value: value.into(), pending_restart: pending, ..Default::default() };
        let mut settings = Settings::default();
        settings.0.insert("max_connections".into(), setting);
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_pending() {
        assert_eq!(with(true, "100")[0].subject.name, "max_connections");
    }

    #[test]
    fn fires_with_the_value_in_use() {
        assert!(with(true, "137")[0].cause.contains("137"));
    }

    #[test]
    fn silent_when_in_force() {
        assert!(with(false, "100").is_empty());
    }

    #[test]
    fn silent_without_settings_changed() {
        assert!(check(&pg(15).with(&Settings::default())).unwrap().is_empty());
    }
}

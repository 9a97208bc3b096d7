use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "planner-method-disabled",
    title: "The planner may not use one of its methods",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Statistics,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &["planner-setting-steers"],
    wrong_when: "it is the result of measurements on this workload, and each upgrade measures again",
    do_not: "switch a method off for the whole server to repair one query: SET LOCAL in that query, or better its statistics",
    lesson: include_str!("planner_method_disabled.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let mut findings = Vec::new();
    for (name, setting) in settings.0.iter().filter(|(name, _)| name.starts_with("enable_")) {
        // Methods that are off by default are off for a reason.
        if setting.value != "off" || setting.default.as_deref() != Some("on") || setting::is_ours(setting) {
            continue;
        }
        let cause = format!("{name} is off for everybody: queries that would be fastest that way take another");
        let mut finding = Finding::new(Severity::Warn, Subject::setting(name), cause)
            .catalog(name, "off", "pg_settings.setting")
            .fix(
                change::setting(case, name, "on")
                    .cost("plans change at once: look at the most expensive queries before and after"),
            );
        if let Some(source) = &setting.source {
            finding = finding.catalog("set in", source.as_str(), "pg_settings.source");
        }
        findings.push(finding);
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn with(name: &str, value: &str, default: &str) -> Vec<Finding> {
        let setting =
            dbwright_model::Setting { value: value.into(), default: Some(default.into()), ..Default::default() };
        let mut settings = Settings::default();
        settings.0.insert(name.into(), setting);
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_a_method_is_off() {
        assert_eq!(with("enable_hashjoin", "off", "on")[0].subject.name, "enable_hashjoin");
    }

    #[test]
    fn fires_on_sequential_scans_too() {
        assert_eq!(with("enable_seqscan", "off", "on").len(), 1);
    }

    #[test]
    fn silent_on_methods_that_are_off_by_default() {
        assert!(with("enable_partitionwise_join", "off", "off").is_empty());
    }

    #[test]
    fn silent_when_it_is_off_for_us_alone() {
        let ours = dbwright_model::Setting {
            value: "off".into(),
            default: Some("on".into()),
            source: Some("user".into()),
            ..Default::default()
        };
        let settings = Settings([("enable_hashjoin".to_owned(), ours)].into());
        assert!(check(&pg(15).with(&settings)).unwrap().is_empty());
    }

    #[test]
    fn silent_when_on() {
        assert!(with("enable_hashjoin", "on", "on").is_empty());
    }
}

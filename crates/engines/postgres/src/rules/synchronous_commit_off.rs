use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "synchronous-commit-off",
    title: "Commits are acknowledged before they are safe",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "losing the last half second of commits in a crash was agreed on by those who own the data",
    do_not: "confuse it with fsync = off: this loses the last commits, that one loses the cluster",
    lesson: include_str!("synchronous_commit_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let level = match settings.get("synchronous_commit") {
        Some(found) if !setting::is_ours(found) => found.value.as_str(),
        _ => return Ok(vec![]),
    };
    let standby = settings.text("synchronous_standby_names").is_some_and(|names| !names.is_empty());
    let effect = match level {
        "off" => "the last commits before a crash are lost though clients were told they are safe",
        "local" if standby => "commits do not wait for the synchronous standby: a failover loses the last ones",
        _ => return Ok(vec![]),
    };
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("synchronous_commit"),
            format!("synchronous_commit is {level} for everybody: {effect}"),
        )
        .catalog("synchronous_commit", level, "pg_settings.setting")
        .fix(
            change::setting(case, "synchronous_commit", "on")
                .cost("each commit waits for the disk; set it off per transaction where losses are agreed on"),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(settings: Settings) -> Vec<Finding> {
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_off() {
        assert_eq!(found(Settings::default().with("synchronous_commit", "off")).len(), 1);
    }

    #[test]
    fn fires_when_a_standby_is_not_waited_for() {
        assert_eq!(
            found(Settings::default().with("synchronous_commit", "local").with("synchronous_standby_names", "(set)"))
                .len(),
            1
        );
    }

    #[test]
    fn silent_when_on() {
        assert!(found(Settings::default().with("synchronous_commit", "on")).is_empty());
    }

    #[test]
    fn silent_when_it_is_off_for_our_role_alone() {
        let ours = dbwright_model::Setting { value: "off".into(), source: Some("user".into()), ..Default::default() };
        assert!(found(Settings([("synchronous_commit".to_owned(), ours)].into())).is_empty());
    }

    #[test]
    fn silent_when_local_without_standby() {
        assert!(found(Settings::default().with("synchronous_commit", "local")).is_empty());
    }
}

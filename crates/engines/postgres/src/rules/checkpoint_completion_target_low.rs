use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rule, Settings, Severity, Share, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "checkpoint-completion-target-low",
    title: "Checkpoints write in bursts",
    engines: &[Engine::Postgres],
    versions: "12–19; the default is 0.5 before 14 and 0.9 from 14 on",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&TARGET],
    explains: &[],
    wrong_when: "measurements on this disk showed that short bursts disturb less than steady writing",
    do_not: "set it to 1.0: the checkpoint then ends when the next one is due, and any delay makes that one late",
    lesson: include_str!("checkpoint_completion_target_low.md"),
    check,
};

static TARGET: Limit<Share> = Limit {
    what: "checkpoint_completion_target",
    value: Share(0.7),
    source: "the documentation from 14 on: 0.9 spreads the writes best, and reducing it is not recommended",
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let (Some(target), Some(setting)) =
        (settings.number("checkpoint_completion_target"), settings.get("checkpoint_completion_target"))
    else {
        return Ok(vec![]);
    };
    // 0.5 was the default before 14: then nobody chose it.
    let chosen = setting.source.as_deref() != Some("default")
        && setting.default.as_deref().and_then(|default| default.parse::<f64>().ok()) != Some(target);
    if target >= TARGET.value.0 || !chosen {
        return Ok(vec![]);
    }
    let every = settings.seconds("checkpoint_timeout").unwrap_or_default();
    let busy = dbwright_model::Seconds(every.0 * target);
    let cause = format!(
        "checkpoint_completion_target is {target}: all that changed in {every} is written within {busy}, and the disk is idle for the rest"
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("checkpoint_completion_target"), cause)
            .catalog("checkpoint_completion_target", Share(target), "pg_settings.setting")
            .catalog("checkpoint_timeout", every, "pg_settings.setting")
            .fix(
                change::setting(case, "checkpoint_completion_target", "0.9")
                    .cost("the same writes over a longer time; the log of up to one more interval is kept"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::Setting;

    use super::super::bench::pg;
    use super::*;

    fn found(major: u32, value: &str, source: &str) -> Vec<Finding> {
        let mut settings = Settings::default().with_unit("checkpoint_timeout", "300", "s");
        let setting = Setting {
            value: value.into(),
            default: Some(if major < 14 { "0.5" } else { "0.9" }.into()),
            source: Some(source.into()),
            ..Setting::default()
        };
        settings.0.insert("checkpoint_completion_target".into(), setting);
        check(&pg(major).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_it_was_lowered() {
        let found = found(15, "0.5", "configuration file");
        assert!(found[0].cause.contains("within 2 min 30 s"), "{}", found[0].cause);
    }

    #[test]
    fn fires_below_the_old_default_too() {
        assert_eq!(found(13, "0.1", "configuration file").len(), 1);
    }

    #[test]
    fn silent_at_the_default_of_old_versions() {
        assert!(found(13, "0.5", "default").is_empty());
        assert!(found(13, "0.5", "configuration file").is_empty());
    }

    #[test]
    fn silent_at_the_limit_and_above() {
        assert!(found(15, "0.7", "configuration file").is_empty());
        assert!(found(15, "0.9", "default").is_empty());
    }
}

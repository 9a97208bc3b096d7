use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rule, Seconds, Settings, Severity, Subject};

use super::change;

static SHORT: Limit<Seconds> = Limit {
    what: "binary logs are kept for less than",
    value: Seconds::days(1.0),
    source: "PMM, pt-variable-advisor: a day is the least between backups",
};

pub(super) const RULE: Rule = Rule {
    id: "binlog-retention",
    title: "Binary logs are kept too shortly or for ever",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[&SHORT],
    explains: &[],
    wrong_when: "a tool copies the logs away as they are written",
    do_not: "delete log files with rm: the server's index still lists them",
    lesson: include_str!("binlog_retention.md"),
    check,
};

/// How long logs are kept, in either product's variable; `None` when neither is there.
fn kept(settings: &Settings) -> Option<Seconds> {
    let seconds = settings.number("binlog_expire_logs_seconds").unwrap_or(0.0);
    let days =
        settings.number("expire_logs_days").or_else(|| settings.number("binlog_expire_logs_seconds").map(|_| 0.0))?;
    Some(Seconds(if seconds > 0.0 { seconds } else { days * 86_400.0 }))
}

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.is_on("log_bin") != Some(true) {
        return Ok(vec![]);
    }
    let Some(kept) = kept(settings) else { return Ok(vec![]) };
    let (severity, cause) = match kept.0 {
        0.0 => (Severity::Info, "binary logs are never removed: they grow until the disk is full".to_owned()),
        seconds if seconds < SHORT.value.0 => (
            Severity::Warn,
            format!(
                "binary logs are kept for {kept}: a replica that is away for longer, or a restore from last night, cannot catch up"
            ),
        ),
        _ => return Ok(vec![]),
    };
    Ok(vec![
        Finding::new(severity, Subject::setting("binlog_expire_logs_seconds"), cause)
            .catalog("kept for", kept, "SHOW GLOBAL VARIABLES")
            .fix(
                change::variable(case, "binlog_expire_logs_seconds", "604800")
                    .also_costs("a week of logs on disk; MariaDB before 10.6: expire_logs_days = 7"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_kept_for_ever() {
        assert_eq!(
            on_mysql(check, &[("log_bin", "ON"), ("binlog_expire_logs_seconds", "0")], &[])[0].severity,
            Severity::Info
        );
    }

    #[test]
    fn fires_when_kept_for_hours() {
        assert_eq!(
            on_mariadb(
                check,
                &[("log_bin", "ON"), ("binlog_expire_logs_seconds", "7200"), ("expire_logs_days", "0.083333")],
                &[]
            )[0]
            .severity,
            Severity::Warn
        );
    }

    #[test]
    fn silent_at_the_default_of_a_month() {
        assert!(on_mysql(check, &[("log_bin", "ON"), ("binlog_expire_logs_seconds", "2592000")], &[]).is_empty());
    }

    #[test]
    fn silent_without_binary_log() {
        assert!(on_mysql(check, &[("log_bin", "OFF"), ("binlog_expire_logs_seconds", "0")], &[]).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "flush-log-at-commit-relaxed",
    title: "Commits are not forced to disk",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "the data can be loaded again, or a replica that is in step takes over",
    do_not: "set it to 0 or 2 for speed on the server that takes the orders: group commit and faster log storage win more",
    lesson: include_str!("flush_log_at_commit_relaxed.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let (severity, effect) = match settings.text("innodb_flush_log_at_trx_commit") {
        Some("0") => (Severity::Error, "a crash of the server process alone loses up to a second of commits"),
        Some("2") => (Severity::Warn, "a crash of the machine loses up to a second of commits"),
        _ => return Ok(vec![]),
    };
    let value = settings.text("innodb_flush_log_at_trx_commit").unwrap_or_default().to_owned();
    Ok(vec![
        setting::finding(
            severity,
            "innodb_flush_log_at_trx_commit",
            format!("innodb_flush_log_at_trx_commit is {value}: {effect}"),
            value,
        )
        .fix(change::variable(case, "innodb_flush_log_at_trx_commit", "1")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_at_zero_as_error() {
        assert_eq!(on_mysql(check, &[("innodb_flush_log_at_trx_commit", "0")], &[])[0].severity, Severity::Error);
    }

    #[test]
    fn fires_at_two_as_warning() {
        assert_eq!(on_mariadb(check, &[("innodb_flush_log_at_trx_commit", "2")], &[])[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_at_one() {
        assert!(on_mysql(check, &[("innodb_flush_log_at_trx_commit", "1")], &[]).is_empty());
    }

    #[test]
    fn silent_at_three_which_flushes_twice() {
        assert!(on_mariadb(check, &[("innodb_flush_log_at_trx_commit", "3")], &[]).is_empty());
    }
}

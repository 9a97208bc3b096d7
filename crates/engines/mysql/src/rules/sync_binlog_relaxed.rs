use dbwright_model::{Area, Case, Checked, Engine, Harm, Product, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "sync-binlog-relaxed",
    title: "The binary log is not forced to disk",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "nothing replicates from this server and no point-in-time recovery is planned",
    do_not: "set it without innodb_flush_log_at_trx_commit = 1: the two logs then disagree after a crash",
    lesson: include_str!("sync_binlog_relaxed.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.is_on("log_bin") != Some(true)
        || settings.number("sync_binlog") == Some(1.0)
        || settings.number("sync_binlog").is_none()
    {
        return Ok(vec![]);
    }
    let value = settings.text("sync_binlog").unwrap_or_default().to_owned();
    // MariaDB ships 0: what nobody chose is worth knowing, what somebody chose against the default is a warning.
    let severity =
        if case.server.product == Product::MariaDB && value == "0" { Severity::Info } else { Severity::Warn };
    let cause = format!(
        "sync_binlog is {value}: after a crash of the machine the binary log lacks commits that the tables have, and replicas lose them"
    );
    Ok(vec![
        setting::finding(severity, "sync_binlog", cause, value).fix(
            change::variable(case, "sync_binlog", "1")
                .also_costs("each commit flushes the binary log too; group commit shares the flush"),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_relaxed_on_mysql() {
        assert_eq!(on_mysql(check, &[("log_bin", "ON"), ("sync_binlog", "0")], &[])[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_softly_at_the_default_of_mariadb() {
        assert_eq!(on_mariadb(check, &[("log_bin", "ON"), ("sync_binlog", "0")], &[])[0].severity, Severity::Info);
    }

    #[test]
    fn silent_at_one() {
        assert!(on_mysql(check, &[("log_bin", "ON"), ("sync_binlog", "1")], &[]).is_empty());
    }

    #[test]
    fn silent_without_binary_log() {
        assert!(on_mysql(check, &[("log_bin", "OFF"), ("sync_binlog", "0")], &[]).is_empty());
    }
}

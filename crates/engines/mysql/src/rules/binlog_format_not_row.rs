use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "binlog-format-not-row",
    title: "Changes are logged as statements",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Replication,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "nothing reads the binary log",
    do_not: "mix it with the isolation level READ COMMITTED: statements are then refused",
    lesson: include_str!("binlog_format_not_row.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let format = settings.text("binlog_format").unwrap_or("ROW").to_owned();
    if settings.is_on("log_bin") != Some(true) || format.eq_ignore_ascii_case("ROW") {
        return Ok(vec![]);
    }
    let severity = if format.eq_ignore_ascii_case("STATEMENT") { Severity::Warn } else { Severity::Info };
    let cause = format!(
        "binlog_format is {format}: statements whose outcome depends on order or time give replicas other rows"
    );
    Ok(vec![
        setting::finding(severity, "binlog_format", cause, format).fix(
            change::variable(case, "binlog_format", "'ROW'")
                .also_costs("new sessions only; statements that change many rows write more log"),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_on_statements() {
        assert_eq!(
            on_mysql(check, &[("log_bin", "ON"), ("binlog_format", "STATEMENT")], &[])[0].severity,
            Severity::Warn
        );
    }

    #[test]
    fn fires_softly_on_the_mixed_default_of_mariadb() {
        assert_eq!(
            on_mariadb(check, &[("log_bin", "ON"), ("binlog_format", "MIXED")], &[])[0].severity,
            Severity::Info
        );
    }

    #[test]
    fn silent_on_rows() {
        assert!(on_mysql(check, &[("log_bin", "ON"), ("binlog_format", "ROW")], &[]).is_empty());
    }

    #[test]
    fn silent_without_binary_log() {
        assert!(on_mariadb(check, &[("log_bin", "OFF"), ("binlog_format", "STATEMENT")], &[]).is_empty());
    }
}

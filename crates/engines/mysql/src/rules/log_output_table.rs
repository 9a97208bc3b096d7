use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "log-output-table",
    title: "Logs are written into tables",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Observability,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "the logs are off or hardly ever written",
    do_not: "query the log table while it is written on a busy server: it is a CSV file that is read from end to end",
    lesson: include_str!("log_output_table.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let output = settings.text("log_output").unwrap_or_default();
    if !output.contains("TABLE") {
        return Ok(vec![]);
    }
    let written = settings.is_on("general_log") == Some(true) || settings.is_on("slow_query_log") == Some(true);
    let severity = if written { Severity::Warn } else { Severity::Info };
    let cause = format!(
        "log_output is {output}: log lines go into tables of the server, which is slower than a file and grows inside the data directory"
    );
    Ok(vec![setting::finding(severity, "log_output", cause, output).fix(change::variable(
        case,
        "log_output",
        "'FILE'",
    ))])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_as_warning_when_a_log_is_written() {
        assert_eq!(
            on_mysql(check, &[("log_output", "TABLE"), ("slow_query_log", "ON")], &[])[0].severity,
            Severity::Warn
        );
    }

    #[test]
    fn fires_softly_when_none_is() {
        assert_eq!(on_mariadb(check, &[("log_output", "FILE,TABLE")], &[])[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_files() {
        assert!(on_mysql(check, &[("log_output", "FILE")], &[]).is_empty());
    }

    #[test]
    fn silent_when_switched_off() {
        assert!(on_mysql(check, &[("log_output", "NONE")], &[]).is_empty());
    }
}

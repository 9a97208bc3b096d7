use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "general-log-on",
    title: "Every statement is written to the general log",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Observability,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "somebody is looking for something right now and will switch it off",
    do_not: "leave it on to have it when something happens: the slow log is made for that",
    lesson: include_str!("general_log_on.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.is_on("general_log") != Some(true) {
        return Ok(vec![]);
    }
    Ok(vec![
        setting::finding(Severity::Warn, "general_log", "general_log is on: every statement of every session, with all its values, is written to a log that grows without end", "ON")
            .fix(change::variable(case, "general_log", "OFF")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_on() {
        assert_eq!(on_mysql(check, &[("general_log", "ON")], &[])[0].subject.name, "general_log");
    }

    #[test]
    fn fires_on_mariadb() {
        assert!(on_mariadb(check, &[("general_log", "ON")], &[])[0].fixes[0].statement.starts_with("SET GLOBAL"));
    }

    #[test]
    fn silent_when_off() {
        assert!(on_mysql(check, &[("general_log", "OFF")], &[]).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(on_mysql(check, &[("slow_query_log", "ON")], &[]).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "performance-schema-off",
    title: "The server does not measure itself",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "memory is so tight that its 100–400 MB matter",
    do_not: "believe that it slows the server down: with the default instruments it costs a few percent at most",
    lesson: include_str!("performance_schema_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    if case.get::<Settings>()?.is_on("performance_schema") != Some(false) {
        return Ok(vec![]);
    }
    let cause = "performance_schema is off: neither statements nor index use nor waits are counted, so half of the questions cannot be answered";
    Ok(vec![
        setting::finding(Severity::Info, "performance_schema", cause, "OFF")
            .fix(change::at_restart(case, "performance_schema", "ON").cost("a restart, and 100–400 MB of memory")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_off() {
        assert_eq!(on_mariadb(check, &[("performance_schema", "OFF")], &[]).len(), 1);
    }

    #[test]
    fn fires_as_information() {
        assert_eq!(on_mysql(check, &[("performance_schema", "OFF")], &[])[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_on() {
        assert!(on_mysql(check, &[("performance_schema", "ON")], &[]).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(on_mysql(check, &[("slow_query_log", "OFF")], &[]).is_empty());
    }
}

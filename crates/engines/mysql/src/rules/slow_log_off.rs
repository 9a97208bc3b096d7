use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "slow-log-off",
    title: "Slow statements are not recorded",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "performance_schema or another tool records them",
    do_not: "set long_query_time to 0 on a busy server and leave it",
    lesson: include_str!("slow_log_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let off = settings.is_on("slow_query_log") == Some(false);
    // Where digests are counted, the slow log is a luxury.
    if !off || settings.is_on("performance_schema") == Some(true) {
        return Ok(vec![]);
    }
    let cause =
        "slow_query_log is off and performance_schema too: after a slow hour nothing tells which statements made it";
    Ok(vec![setting::finding(Severity::Info, "slow_query_log", cause, "OFF").fix(
        change::variable(case, "slow_query_log", "ON").also_costs("set long_query_time = 1 too; rotate the file"),
    )])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_nothing_records() {
        assert_eq!(on_mariadb(check, &[("slow_query_log", "OFF"), ("performance_schema", "OFF")], &[]).len(), 1);
    }

    #[test]
    fn fires_when_the_other_is_unknown() {
        assert_eq!(on_mysql(check, &[("slow_query_log", "OFF")], &[]).len(), 1);
    }

    #[test]
    fn silent_when_on() {
        assert!(on_mysql(check, &[("slow_query_log", "ON")], &[]).is_empty());
    }

    #[test]
    fn silent_when_digests_are_counted() {
        assert!(on_mysql(check, &[("slow_query_log", "OFF"), ("performance_schema", "ON")], &[]).is_empty());
    }
}

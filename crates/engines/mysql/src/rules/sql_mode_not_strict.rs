use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "sql-mode-not-strict",
    title: "Values that do not fit are changed in silence",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Schema,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "an old application depends on it and is being replaced",
    do_not: "add STRICT_ALL_TABLES in the middle of the day: statements that worked begin to fail",
    lesson: include_str!("sql_mode_not_strict.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(mode) = settings.text("sql_mode") else { return Ok(vec![]) };
    if mode.contains("STRICT_TRANS_TABLES") || mode.contains("STRICT_ALL_TABLES") || mode.contains("TRADITIONAL") {
        return Ok(vec![]);
    }
    let wanted = if mode.is_empty() {
        "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO".to_owned()
    } else {
        format!("STRICT_TRANS_TABLES,{mode}")
    };
    let cause = "sql_mode is not strict: text that is too long is cut, numbers out of range become the largest, invalid dates become zero";
    Ok(vec![
        setting::finding(Severity::Warn, "sql_mode", cause, if mode.is_empty() { "(empty)" } else { mode })
            .fix(change::variable(case, "sql_mode", &format!("'{wanted}'")).also_costs("new sessions only; statements that used to be changed in silence now fail: look at SHOW WARNINGS in a test first")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_empty() {
        assert!(on_mysql(check, &[("sql_mode", "")], &[])[0].fixes[0].statement.contains("STRICT_TRANS_TABLES"));
    }

    #[test]
    fn fires_when_only_others_are_set() {
        assert_eq!(on_mariadb(check, &[("sql_mode", "NO_ENGINE_SUBSTITUTION")], &[]).len(), 1);
    }

    #[test]
    fn silent_when_strict() {
        assert!(on_mysql(check, &[("sql_mode", "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES")], &[]).is_empty());
    }

    #[test]
    fn silent_when_strict_by_another_name() {
        assert!(on_mariadb(check, &[("sql_mode", "STRICT_ALL_TABLES")], &[]).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{account, change, setting};

pub(super) const RULE: Rule = Rule {
    id: "local-infile-on",
    title: "The server may ask clients for their files",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "loading jobs use LOAD DATA LOCAL",
    do_not: "rely on this alone: a client must switch it off too, since a false server asks without being asked",
    lesson: include_str!("local_infile_on.md"),
    check,
};

fn check(case: &Case) -> Checked {
    if case.get::<Settings>()?.is_on("local_infile") != Some(true) {
        return Ok(vec![]);
    }
    let default = if account::maria(case) || case.server.version.major < 8 { ", as it is by default" } else { "" };
    let cause = format!(
        "local_infile is on{default}: an injected LOAD DATA LOCAL reads files of the machine the application runs on"
    );
    Ok(vec![setting::finding(Severity::Info, "local_infile", cause, "ON").fix(change::variable(
        case,
        "local_infile",
        "OFF",
    ))])
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{mariadb, recent};
    use super::*;
    use dbwright_model::Finding;

    fn with(case: Case, value: &str) -> Vec<Finding> {
        check(&case.with(&Settings::default().with("local_infile", value))).unwrap()
    }

    #[test]
    fn fires_on_mysql_and_keeps_it() {
        assert_eq!(with(recent(), "ON")[0].fixes[0].statement, "SET PERSIST local_infile = OFF;");
    }

    #[test]
    fn fires_on_mariadb_and_names_the_file() {
        let fix = with(mariadb(), "ON")[0].fixes[0].clone();
        assert_eq!(fix.statement, "SET GLOBAL local_infile = OFF;");
        assert!(fix.risk.cost.unwrap().contains("[mysqld]"));
    }

    #[test]
    fn silent_when_off() {
        assert!(with(recent(), "OFF").is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(check(&recent()).unwrap().is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "force-recovery-on",
    title: "InnoDB runs in rescue mode",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "somebody is dumping the data out of a damaged server right now",
    do_not: "go on working with it: from 4 on the data files can be damaged for good",
    lesson: include_str!("force_recovery_on.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(level) = settings.number("innodb_force_recovery").filter(|level| *level > 0.0) else { return Ok(vec![]) };
    let cause = format!(
        "innodb_force_recovery is {level}: InnoDB skips what keeps its data consistent so that it can be dumped"
    );
    Ok(vec![
        setting::finding(Severity::Error, "innodb_force_recovery", cause, level.to_string()).fix(
            change::at_restart(case, "innodb_force_recovery", "0")
                .cost("dump everything first and load it into a new server"),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_at_any_level() {
        assert_eq!(on_mysql(check, &[("innodb_force_recovery", "1")], &[]).len(), 1);
    }

    #[test]
    fn fires_at_the_worst() {
        assert_eq!(on_mariadb(check, &[("innodb_force_recovery", "6")], &[])[0].severity, Severity::Error);
    }

    #[test]
    fn silent_at_zero() {
        assert!(on_mysql(check, &[("innodb_force_recovery", "0")], &[]).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(on_mysql(check, &[("fsync", "0")], &[]).is_empty());
    }
}

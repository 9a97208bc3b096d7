use dbwright_model::case::Role;
use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity, Undo};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "binary-log-off",
    title: "There is no binary log",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "the server is a replica that nothing reads from, or its data can be loaded again",
    do_not: "switch it on without a retention: it fills the disk",
    lesson: include_str!("binary_log_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.is_on("log_bin") != Some(false) || case.server.role == Role::Replica {
        return Ok(vec![]);
    }
    let cause = "log_bin is off: after a mistake the data can be brought back to the last backup only, not to the moment before it";
    let mut fix = change::at_restart(case, "log_bin", "binlog")
        .cost("a restart; writes go to one more log; set binlog_expire_logs_seconds and server_id too");
    // `log_bin = OFF` would make a log of that name.
    fix.undo = Undo::Statement("skip_log_bin".into());
    Ok(vec![setting::finding(Severity::Info, "log_bin", cause, "OFF").fix(fix)])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mariadb, on_mysql, set};
    use super::*;
    use crate::sections::status::Status;

    #[test]
    fn fires_when_off() {
        assert_eq!(on_mysql(check, &[("log_bin", "OFF")], &[])[0].subject.name, "log_bin");
    }

    #[test]
    fn fires_on_mariadb_too() {
        assert_eq!(on_mariadb(check, &[("log_bin", "OFF")], &[])[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_on() {
        assert!(on_mysql(check, &[("log_bin", "ON")], &[]).is_empty());
    }

    #[test]
    fn silent_on_a_replica() {
        let mut case = mysql(set("log_bin", "OFF"), Status::default());
        case.server.role = Role::Replica;
        assert!(check(&case).unwrap().is_empty());
    }
}

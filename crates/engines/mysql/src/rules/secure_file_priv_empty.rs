use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "secure-file-priv-empty",
    title: "The server reads and writes files anywhere",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "nobody has the FILE privilege",
    do_not: "set it to a folder inside the data directory",
    lesson: include_str!("secure_file_priv_empty.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.text("secure_file_priv") != Some("") {
        return Ok(vec![]);
    }
    let cause = "secure_file_priv is empty: whoever has FILE can read every file the server can, and write new ones into any folder of its user";
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("secure_file_priv"), cause)
            .catalog("secure_file_priv", "(empty)", "SHOW GLOBAL VARIABLES")
            .fix(
                change::at_restart("secure_file_priv", "/var/lib/mysql-files")
                    .cost("a restart; LOAD DATA and INTO OUTFILE work only there"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mariadb, mysql, set};
    use super::*;
    use crate::sections::status::Status;

    #[test]
    fn fires_when_empty() {
        assert_eq!(check(&mysql(set("secure_file_priv", ""), Status::default())).unwrap().len(), 1);
    }

    #[test]
    fn fires_on_mariadb() {
        assert_eq!(
            check(&mariadb(set("secure_file_priv", ""), Status::default())).unwrap()[0].subject.name,
            "secure_file_priv"
        );
    }

    #[test]
    fn silent_with_a_folder() {
        assert!(check(&mysql(set("secure_file_priv", "/var/lib/mysql-files/"), Status::default())).unwrap().is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(check(&mysql(set("local_infile", "OFF"), Status::default())).unwrap().is_empty());
    }
}

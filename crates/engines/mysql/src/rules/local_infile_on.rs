use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "local-infile-on",
    title: "Clients may be asked for their files",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "LOAD DATA LOCAL is used, from trusted hosts",
    do_not: "rely on the server being trusted: it is the client's files that are at risk",
    lesson: include_str!("local_infile_on.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.is_on("local_infile") != Some(true) {
        return Ok(vec![]);
    }
    let value = settings.text("local_infile").unwrap_or_default().to_owned();
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("local_infile"),
            format!(
                "local_infile is {value}: a statement slipped into a query can load any file that the client may read"
            ),
        )
        .catalog("local_infile", value, "SHOW GLOBAL VARIABLES")
        .fix(change::variable(case, "local_infile", "OFF")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mariadb, mysql, set};
    use super::*;
    use crate::sections::status::Status;

    #[test]
    fn fires_when_on() {
        assert_eq!(
            check(&mysql(set("local_infile", "ON"), Status::default())).unwrap()[0].subject.name,
            "local_infile"
        );
    }

    #[test]
    fn fires_on_mariadb() {
        assert_eq!(check(&mariadb(set("local_infile", "ON"), Status::default())).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_off() {
        assert!(check(&mysql(set("local_infile", "OFF"), Status::default())).unwrap().is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(check(&mysql(set("secure_file_priv", ""), Status::default())).unwrap().is_empty());
    }
}

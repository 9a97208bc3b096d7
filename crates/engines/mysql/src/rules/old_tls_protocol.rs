use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "old-tls-protocol",
    title: "Old versions of TLS are accepted",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "a client that cannot be changed needs it",
    do_not: "accept everything for compatibility",
    lesson: include_str!("old_tls_protocol.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(versions) = settings.text("tls_version") else { return Ok(vec![]) };
    let old: Vec<&str> = versions
        .split(',')
        .map(str::trim)
        .filter(|version| matches!(*version, "TLSv1" | "TLSv1.0" | "TLSv1.1"))
        .collect();
    if old.is_empty() {
        return Ok(vec![]);
    }
    let cause = format!("tls_version accepts {}: both have been withdrawn for their weaknesses", old.join(" and "));
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("tls_version"), cause)
            .catalog("tls_version", versions, "SHOW GLOBAL VARIABLES")
            .fix(change::at_restart("tls_version", "TLSv1.2,TLSv1.3")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mariadb, mysql, set};
    use super::*;
    use crate::sections::status::Status;

    #[test]
    fn fires_on_each_old_one() {
        assert!(
            check(&mysql(set("tls_version", "TLSv1,TLSv1.1,TLSv1.2"), Status::default())).unwrap()[0]
                .cause
                .contains("TLSv1 and TLSv1.1")
        );
    }

    #[test]
    fn fires_on_one() {
        assert_eq!(check(&mariadb(set("tls_version", "TLSv1.1,TLSv1.2,TLSv1.3"), Status::default())).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_current_ones() {
        assert!(check(&mysql(set("tls_version", "TLSv1.2,TLSv1.3"), Status::default())).unwrap().is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(check(&mysql(set("have_ssl", "DISABLED"), Status::default())).unwrap().is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "file-privilege",
    title: "An ordinary account may read and write the server's files",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0 and later, MariaDB 10.4 and later",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "it is the account of an import or export job that runs on the machine, and secure_file_priv names its directory",
    do_not: "move secure_file_priv to / so that the import works: name one directory for it",
    lesson: include_str!("file_privilege.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = &case.get::<Accounts>()?.accounts;
    let findings = accounts.iter().filter(|account| !account.locked && account.file && !account.admin());
    Ok(findings
        .map(|account| {
            let name = account::literal(account);
            let cause = format!(
                "{} has FILE: who gets its password can read every file that the server's system user can",
                account.shown()
            );
            let fix = Fix::sql(
                format!("REVOKE FILE ON *.* FROM {name};"),
                Undo::Statement(format!("GRANT FILE ON *.* TO {name};")),
            )
            .cost("LOAD DATA INFILE and SELECT INTO OUTFILE of this account fail; LOAD DATA LOCAL needs no FILE")
            .verify(format!("SHOW GRANTS FOR {name};"));
            let severity = if account.remote() { Severity::Warn } else { Severity::Info };
            Finding::new(severity, account::subject(account), cause)
                .catalog("FILE", "granted", "mysql.user.file_priv")
                .fix(fix)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::account::tests::{look, made};
    use super::*;

    #[test]
    fn fires_on_an_application_with_file() {
        let found = look(check, made("app", "%", |account| account.file = true));
        assert_eq!(found[0].fixes[0].statement, "REVOKE FILE ON *.* FROM 'app'@'%';");
    }

    #[test]
    fn fires_softly_on_the_machine_itself() {
        assert_eq!(look(check, made("job", "localhost", |account| account.file = true))[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_administrators() {
        assert!(look(check, made("root", "localhost", |a| (a.file, a.super_user) = (true, true))).is_empty());
    }

    #[test]
    fn silent_without_the_privilege() {
        assert!(look(check, made("app", "%", |_| ())).is_empty());
    }
}

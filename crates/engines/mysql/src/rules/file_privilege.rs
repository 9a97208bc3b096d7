use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Rule, Settings, Severity, Undo};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "file-privilege",
    title: "An application's account may read and write files of the server",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["secure-file-priv-empty"],
    wrong_when: "the account loads or exports files on the server's machine and secure_file_priv names a folder for that",
    do_not: "grant FILE for LOAD DATA LOCAL: that reads on the client's side and needs no privilege of the server",
    lesson: include_str!("file_privilege.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = case.get::<Accounts>()?;
    let folder = case.get::<Settings>().ok().and_then(|settings| settings.text("secure_file_priv"));
    // NULL forbids files altogether.
    if folder.is_some_and(|folder| folder.eq_ignore_ascii_case("null")) {
        return Ok(vec![]);
    }
    let reach = match folder {
        Some("") => "every file the server's system user can, anywhere",
        _ => "files in the folder of secure_file_priv",
    };
    let files = account::open(accounts).filter(|account| account.file && !account.admin());
    Ok(files
        .map(|found| {
            let name = account::sql(found);
            let cause = format!("{} has FILE: an injection in its application reads and writes {reach}", found.shown());
            account::finding(Severity::Warn, found, cause).catalog("FILE", "granted", "mysql.user.file_priv").fix(
                Fix::sql(
                    format!("REVOKE FILE ON *.* FROM {name};"),
                    Undo::Statement(format!("GRANT FILE ON *.* TO {name};")),
                )
                .cost("LOAD DATA INFILE and SELECT … INTO OUTFILE of the account fail from then on")
                .verify(format!("SHOW GRANTS FOR {name};")),
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{account, accounts, admin, mariadb, mysql, recent};
    use super::*;
    use crate::sections::accounts::Account;

    fn file(user: &str) -> Account {
        Account { file: true, ..account(user, "localhost") }
    }

    #[test]
    fn fires_on_an_application() {
        let found = check(&accounts(recent(), vec![file("app")])).unwrap();
        assert_eq!(found[0].fixes[0].statement, "REVOKE FILE ON *.* FROM 'app'@'localhost';");
    }

    #[test]
    fn fires_louder_where_no_folder_is_set() {
        let case = mariadb().with(&Settings::default().with("secure_file_priv", ""));
        assert!(check(&accounts(case, vec![file("app")])).unwrap()[0].cause.contains("anywhere"));
    }

    #[test]
    fn silent_on_administrators_and_locked() {
        let locked = Account { locked: true, ..file("old") };
        assert!(check(&accounts(recent(), vec![admin("root", "localhost"), locked])).unwrap().is_empty());
    }

    #[test]
    fn silent_where_files_are_forbidden() {
        let case = mysql(dbwright_model::Version::new(8, 4, 0));
        let case = case.with(&Settings::default().with("secure_file_priv", "NULL"));
        assert!(check(&accounts(case, vec![file("app")])).unwrap().is_empty());
    }
}

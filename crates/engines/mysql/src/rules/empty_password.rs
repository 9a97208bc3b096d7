use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "empty-password",
    title: "An account needs no password",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["any-host-account", "remote-admin-account"],
    wrong_when: "the server is a test that only this machine can reach",
    do_not: "rely on the host pattern alone: every program on that host is in then, also one that a web application was talked into starting",
    lesson: include_str!("empty_password.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = case.get::<Accounts>()?;
    let open = account::open(accounts).filter(|account| account.no_password && !account.user.is_empty());
    Ok(open
        .map(|found| {
            let rights = if found.admin() { ", and it administrates the server" } else { "" };
            let cause = format!("{} logs in without a password{rights}", found.shown());
            account::finding(Severity::Error, found, cause)
                .catalog("authentication_string", "(empty)", "mysql.user.authentication_string")
                .catalog("plugin", found.plugin.clone(), "mysql.user.plugin")
                .fix(account::new_password(case, found))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{account, accounts, admin, mariadb, recent};
    use super::*;
    use crate::sections::accounts::Account;

    fn open(account: Account) -> Account {
        Account { no_password: true, guessable: None, ..account }
    }

    #[test]
    fn fires_on_mysql_with_a_random_password() {
        let found = check(&accounts(recent(), vec![open(admin("root", "localhost"))])).unwrap();
        assert_eq!(found[0].fixes[0].statement, "ALTER USER 'root'@'localhost' IDENTIFIED BY RANDOM PASSWORD;");
        assert!(found[0].cause.contains("administrates"));
    }

    #[test]
    fn fires_on_mariadb_with_a_lock() {
        let found = check(&accounts(mariadb(), vec![open(account("o'neil", "10.%"))])).unwrap();
        assert_eq!(found[0].fixes[0].statement, "ALTER USER 'o''neil'@'10.%' ACCOUNT LOCK;");
    }

    #[test]
    fn silent_when_locked_as_roles_are() {
        let role = Account { locked: true, ..open(account("reader", "%")) };
        assert!(check(&accounts(recent(), vec![role])).unwrap().is_empty());
    }

    #[test]
    fn silent_with_a_password_or_a_socket() {
        let socket = Account { plugin: "unix_socket".into(), ..account("root", "localhost") };
        assert!(check(&accounts(mariadb(), vec![socket, account("app", "%")])).unwrap().is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "password-equals-user",
    title: "A password is the account's own name, or one that everybody tries",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["any-host-account", "remote-admin-account"],
    wrong_when: "the server is a test that only this machine can reach",
    do_not: "send ALTER USER … IDENTIFIED BY with the new password from a shared shell: it stays in the client's history file",
    lesson: include_str!("password_equals_user.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = case.get::<Accounts>()?;
    let weak = account::open(accounts).filter(|account| account.guessable == Some(true));
    Ok(weak
        .map(|found| {
            let from = if found.host == "%" { "from anywhere".to_owned() } else { format!("from {}", found.host) };
            let cause = format!("the password of {} is its own name or one of the first that everybody tries: whoever reaches the port {from} is in", found.shown());
            account::finding(Severity::Error, found, cause)
                .measured("the stored password fits a guess", "yes", "mysql.user.authentication_string, compared here and not kept")
                .fix(account::new_password(case, found))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{account, accounts, mariadb, recent};
    use super::*;
    use crate::sections::accounts::Account;

    fn weak(host: &str) -> Account {
        Account { guessable: Some(true), ..account("app", host) }
    }

    #[test]
    fn fires_on_a_guess() {
        let found = check(&accounts(recent(), vec![weak("%")])).unwrap();
        assert_eq!(found[0].subject.name, "app@%");
        assert!(found[0].cause.contains("from anywhere"));
    }

    #[test]
    fn fires_on_mariadb_for_one_host() {
        let found = check(&accounts(mariadb(), vec![weak("web1")])).unwrap();
        assert!(found[0].cause.contains("from web1"));
        assert!(found[0].fixes[0].statement.ends_with("ACCOUNT LOCK;"));
    }

    #[test]
    fn silent_on_a_good_or_unknown_password() {
        let unknown = Account { guessable: None, ..account("b", "%") };
        assert!(check(&accounts(recent(), vec![account("a", "%"), unknown])).unwrap().is_empty());
    }

    #[test]
    fn silent_when_locked() {
        assert!(check(&accounts(recent(), vec![Account { locked: true, ..weak("%") }])).unwrap().is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "anonymous-account",
    title: "Anybody may come in without a user name",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["any-host-account", "empty-password"],
    wrong_when: "an application really connects without a user name",
    do_not: "only set a password: the account still stands in the way of named accounts that come from the same host",
    lesson: include_str!("anonymous_account.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = case.get::<Accounts>()?;
    let anonymous = account::open(accounts).filter(|account| account.user.is_empty());
    Ok(anonymous
        .map(|found| {
            let how =
                if found.no_password { "without name and password" } else { "under any name that has no account" };
            let cause = format!("clients from {} log in {how} as the anonymous account {}", found.host, found.shown());
            account::finding(Severity::Error, found, cause)
                .catalog("user", "(empty)", "mysql.user.user")
                .fix(account::drop(found))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{account, accounts, recent};
    use super::*;
    use crate::sections::accounts::Account;

    fn found(account: Account) -> Vec<dbwright_model::Finding> {
        check(&accounts(recent(), vec![account])).unwrap()
    }

    #[test]
    fn fires_on_no_name() {
        let found = found(account("", "localhost"));
        assert_eq!(found[0].subject.name, "@localhost");
        assert_eq!(found[0].fixes[0].statement, "DROP USER ''@'localhost';");
    }

    #[test]
    fn fires_on_no_name_and_no_password() {
        let found = found(Account { no_password: true, ..account("", "%") });
        assert!(found[0].cause.contains("without name and password"));
    }

    #[test]
    fn silent_when_locked() {
        assert!(found(Account { locked: true, ..account("", "localhost") }).is_empty());
    }

    #[test]
    fn silent_with_a_name() {
        assert!(found(account("a", "localhost")).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo};

use super::account;
use crate::sections::accounts::{Account, Accounts};

pub(super) const RULE: Rule = Rule {
    id: "remote-admin-account",
    title: "An account that may do everything can come from another machine",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["any-host-account"],
    wrong_when: "it is the operator's only way in, and the network lets nobody else reach the port",
    do_not: "drop it before another administrator is known to get in",
    lesson: include_str!("remote_admin_account.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = case.get::<Accounts>()?;
    let remote = account::open(accounts).filter(|account| account.admin() && account.remote());
    Ok(remote.map(|found| finding(case, accounts, found)).collect())
}

fn finding(case: &Case, accounts: &Accounts, found: &Account) -> Finding {
    let anywhere = found.host == "%";
    let severity = match (&case.server.managed, anywhere && account::reachable(case)) {
        (Some(_), _) => Severity::Info,
        (None, true) => Severity::Error,
        (None, false) => Severity::Warn,
    };
    let from = if anywhere { "any host" } else { found.host.as_str() };
    let what = if found.super_user { "has SUPER" } else { "may do everything and pass it on" };
    let cause = format!("{} {what} and logs in from {from}: one stolen password is the whole server", found.shown());
    account::finding(severity, found, cause)
        .catalog("host", found.host.to_string(), "mysql.user.host")
        .fix(bring_home(accounts, found))
}

/// Moves it to the server's machine, or locks it when it is there already under the same name.
fn bring_home(accounts: &Accounts, found: &Account) -> Fix {
    let home = Account { host: "localhost".into(), ..found.clone() };
    if accounts.accounts.iter().any(|other| other.user == home.user && other.host == home.host) {
        return account::lock(found);
    }
    let (from, to) = (account::sql(found), account::sql(&home));
    Fix::sql(format!("RENAME USER {from} TO {to};"), Undo::Statement(format!("RENAME USER {to} TO {from};")))
        .cost("administration works from the server's own machine only (or through SSH); objects that name it as definer keep the old name")
        .verify(format!("SHOW GRANTS FOR {to};"))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{account, accounts, admin, loopback, recent};
    use super::*;

    #[test]
    fn fires_as_an_error_from_anywhere() {
        let found = check(&accounts(recent(), vec![admin("boss", "%")])).unwrap();
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(found[0].fixes[0].statement, "RENAME USER 'boss'@'%' TO 'boss'@'localhost';");
    }

    #[test]
    fn fires_as_a_warning_from_a_network_or_behind_loopback() {
        let found = check(&accounts(recent(), vec![admin("root", "10.0.%"), admin("root", "localhost")])).unwrap();
        assert_eq!(found[0].severity, Severity::Warn);
        assert_eq!(found[0].fixes[0].statement, "ALTER USER 'root'@'10.0.%' ACCOUNT LOCK;");
        assert_eq!(check(&accounts(loopback(), vec![admin("boss", "%")])).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_at_home_or_locked() {
        let locked = Account { locked: true, ..admin("boss", "%") };
        assert!(check(&accounts(recent(), vec![admin("root", "localhost"), locked])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_a_backup_account_that_cannot_pass_on_its_rights() {
        let everything = Account { everything: true, ..account("backup", "%") };
        assert!(check(&accounts(recent(), vec![everything])).unwrap().is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Severity};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "empty-password",
    title: "An account needs no password",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0 and later, MariaDB 10.4 and later",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["weak-auth-plugin"],
    wrong_when: "a firewall lets only trusted hosts reach the server, and everybody there may do what the account may",
    do_not: "rely on the host part alone: an address can be taken over by whoever gets onto that network or machine",
    lesson: include_str!("empty_password.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = &case.get::<Accounts>()?.accounts;
    let findings = accounts.iter().filter(|account| !account.locked && account.no_password && !account.user.is_empty());
    Ok(findings
        .map(|account| {
            let severity = if account.remote() || account.admin() { Severity::Error } else { Severity::Warn };
            let cause = format!(
                "anybody who reaches the server from {} is let in as {} without a password",
                account.host, account.user
            );
            Finding::new(severity, account::subject(account), cause)
                .catalog("password", "(none)", "mysql.user.authentication_string is empty")
                .catalog("plugin", account.plugin.as_str(), "mysql.user.plugin")
                .fix(account::shut(case, account))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::account::tests::{look, made};
    use super::*;

    #[test]
    fn fires_as_an_error_when_reachable_from_elsewhere() {
        let found = look(check, made("app", "10.0.%", |account| account.no_password = true));
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Error, "app@10.0.%"));
        assert_eq!(found[0].fixes[0].statement, "ALTER USER 'app'@'10.0.%' IDENTIFIED BY RANDOM PASSWORD;");
    }

    #[test]
    fn fires_as_a_warning_on_the_machine_itself() {
        assert_eq!(
            look(check, made("app", "localhost", |account| account.no_password = true))[0].severity,
            Severity::Warn
        );
    }

    #[test]
    fn silent_with_a_password_or_the_sockets_proof() {
        assert!(look(check, made("app", "%", |_| ())).is_empty());
        assert!(look(check, made("root", "localhost", |account| account.plugin = "unix_socket".into())).is_empty());
    }

    #[test]
    fn silent_when_locked() {
        assert!(
            look(check, made("app", "%", |account| (account.no_password, account.locked) = (true, true))).is_empty()
        );
    }
}

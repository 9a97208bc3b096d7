use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "anonymous-account",
    title: "Anybody may log in without a name",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0 and later, MariaDB 10.4 and later",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["empty-password", "any-host-account"],
    wrong_when: "never on a server that holds data: even a locked-down anonymous account is chosen before named ones for its host",
    do_not: "give the account a password and keep it: it still wins over a named account with a wider host, which then cannot log in",
    lesson: include_str!("anonymous_account.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = &case.get::<Accounts>()?.accounts;
    let findings = accounts.iter().filter(|account| !account.locked && account.user.is_empty());
    Ok(findings
        .map(|account| {
            let name = account::literal(account);
            let cause = format!("the account {name} lets anybody from {} in under any user name", account.host);
            let fix = Fix::sql(
                format!("DROP USER {name};"),
                Undo::Impossible("its privileges are gone; SHOW CREATE USER and SHOW GRANTS print them before".into()),
            )
            .cost("sessions that are logged in stay until they leave")
            .verify("SELECT user, host FROM mysql.user WHERE user = '';");
            Finding::new(Severity::Error, account::subject(account), cause)
                .catalog("user", "(empty)", "mysql.user.user")
                .fix(fix)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::account::tests::{look, made};
    use super::*;

    #[test]
    fn fires_with_the_statement_that_drops_it() {
        let found = look(check, made("", "localhost", |_| ()));
        assert_eq!(
            (found[0].subject.name.as_str(), found[0].fixes[0].statement.as_str()),
            ("@localhost", "DROP USER ''@'localhost';")
        );
    }

    #[test]
    fn fires_with_a_password_too() {
        assert_eq!(look(check, made("", "%", |account| account.no_password = false)).len(), 1);
    }

    #[test]
    fn silent_when_locked() {
        assert!(look(check, made("", "%", |account| account.locked = true)).is_empty());
    }

    #[test]
    fn silent_on_named_accounts() {
        assert!(look(check, made("app", "%", |_| ())).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Severity};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "weak-auth-plugin",
    title: "A password is stored in an old way",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0 and later, MariaDB 10.4 and later",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "an old driver that cannot do better still has to log in with it",
    do_not: "switch all accounts at once: a driver that does not know the new plugin is locked out at its next connection",
    lesson: include_str!("weak_auth_plugin.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = &case.get::<Accounts>()?.accounts;
    let findings =
        accounts.iter().filter(|account| !account.locked && account::weak(case, account) && !account.no_password);
    Ok(findings
        .map(|account| {
            let cause = format!(
                "the password of {} is stored by {}, whose hash is quickly searched once it leaks",
                account.shown(),
                account.plugin
            );
            let severity = if account.plugin == "mysql_old_password" { Severity::Warn } else { Severity::Info };
            let fix = account::modern(case, account);
            Finding::new(severity, account::subject(account), cause)
                .catalog("plugin", account.plugin.as_str(), "mysql.user.plugin")
                .fix(fix)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::account::tests::{look, made};
    use super::*;

    #[test]
    fn fires_on_the_native_plugin_of_mysql() {
        let found = look(check, made("app", "%", |account| account.plugin = "mysql_native_password".into()));
        assert!(found[0].fixes[0].statement.contains("WITH caching_sha2_password BY RANDOM PASSWORD"));
    }

    #[test]
    fn fires_louder_on_the_oldest() {
        let found = look(check, made("app", "%", |account| account.plugin = "mysql_old_password".into()));
        assert_eq!(found[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_on_the_default_of_today() {
        assert!(look(check, made("app", "%", |_| ())).is_empty());
    }

    #[test]
    fn silent_when_locked_or_without_password() {
        let native = |a: &mut crate::sections::accounts::Account| a.plugin = "mysql_native_password".into();
        assert!(
            look(
                check,
                made("app", "%", |a| {
                    native(a);
                    a.locked = true
                })
            )
            .is_empty()
        );
        assert!(
            look(
                check,
                made("app", "%", |a| {
                    native(a);
                    a.no_password = true
                })
            )
            .is_empty()
        );
    }
}

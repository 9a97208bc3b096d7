use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "remote-admin-account",
    title: "An administrator may log in from anywhere",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0 and later, MariaDB 10.4 and later",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["any-host-account"],
    wrong_when: "the provider of a managed service needs it so (its firewall is then the wall)",
    do_not: "rename root in the belief that this hides it: the privileges are what is dangerous, not the name",
    lesson: include_str!("remote_admin_account.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = &case.get::<Accounts>()?.accounts;
    let findings = accounts.iter().filter(|account| !account.locked && account.admin() && account::any_host(account));
    Ok(findings
        .map(|account| {
            let name = account::literal(account);
            let cause = format!("{} may do everything to this server and may log in from any machine", account.shown());
            let severity = if case.server.managed.is_some() { Severity::Warn } else { Severity::Error };
            let undo = format!("RENAME USER {}@'localhost' TO {name};", account::quoted(&account.user));
            let fix = Fix::sql(
                format!("RENAME USER {name} TO {}@'localhost';", account::quoted(&account.user)),
                Undo::Statement(undo),
            )
            .cost("refused when such an account is there already: then drop this one; reach the server through SSH or a VPN")
            .verify("SELECT user, host FROM mysql.user WHERE super_priv = 'Y';");
            Finding::new(severity, account::subject(account), cause)
                .catalog("host", account.host.as_str(), "mysql.user.host")
                .catalog("privileges", "administrator", "mysql.user: super_priv, grant_priv")
                .fix(fix)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::account::tests::{look, made};
    use super::*;

    #[test]
    fn fires_on_super_from_anywhere() {
        let found = look(check, made("root", "%", |account| account.super_user = true));
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(found[0].fixes[0].statement, "RENAME USER 'root'@'%' TO 'root'@'localhost';");
    }

    #[test]
    fn fires_on_all_privileges_with_grant() {
        assert_eq!(look(check, made("dba", "%", |a| (a.everything, a.grants) = (true, true))).len(), 1);
    }

    #[test]
    fn silent_on_the_machine_itself_or_one_network() {
        assert!(look(check, made("root", "localhost", |account| account.super_user = true)).is_empty());
        assert!(look(check, made("dba", "10.1.2.%", |account| account.super_user = true)).is_empty());
    }

    #[test]
    fn silent_on_ordinary_accounts() {
        assert!(look(check, made("app", "%", |account| account.everything = true)).is_empty());
    }
}

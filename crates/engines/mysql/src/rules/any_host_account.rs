use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "any-host-account",
    title: "An account may log in from any machine",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0 and later, MariaDB 10.4 and later",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "a firewall or a private network lets only the application's machines reach the server's port",
    do_not: "list every machine by name: with skip_name_resolve names never match, and machines come and go; name their network",
    lesson: include_str!("any_host_account.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = &case.get::<Accounts>()?.accounts;
    let findings = accounts.iter().filter(|account| {
        !account.locked && account::any_host(account) && !account.admin() && !account.user.is_empty()
    });
    Ok(findings
        .map(|account| {
            let name = account::literal(account);
            let cause = format!("{} may log in from any machine that reaches the port", account.shown());
            let network = format!("{}@'10.0.0.0/255.0.0.0'", account::quoted(&account.user));
            let fix = Fix::sql(
                format!("RENAME USER {name} TO {network};"),
                Undo::Statement(format!("RENAME USER {network} TO {name};")),
            )
            .cost("put the network of the application's machines there; sessions that are logged in stay")
            .verify("SELECT user, host FROM mysql.user WHERE host = '%';");
            // Where a service or its firewall stands in front, this is the usual way.
            Finding::new(Severity::Info, account::subject(account), cause)
                .catalog("host", account.host.as_str(), "mysql.user.host")
                .catalog("must use TLS", if account.tls { "yes" } else { "no" }, "mysql.user.ssl_type")
                .fix(fix)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::account::tests::{look, made};
    use super::*;

    #[test]
    fn fires_on_the_wildcard() {
        assert_eq!(look(check, made("app", "%", |_| ()))[0].subject.name, "app@%");
    }

    #[test]
    fn fires_on_an_empty_host_which_means_the_same() {
        assert_eq!(look(check, made("app", "", |_| ())).len(), 1);
    }

    #[test]
    fn silent_when_a_network_is_named() {
        assert!(look(check, made("app", "10.0.%", |_| ())).is_empty());
        assert!(look(check, made("app", "localhost", |_| ())).is_empty());
    }

    #[test]
    fn silent_on_administrators_who_are_spoken_of_elsewhere() {
        assert!(look(check, made("root", "%", |account| account.super_user = true)).is_empty());
    }
}

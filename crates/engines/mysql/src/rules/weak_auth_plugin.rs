use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Severity, Subject, Undo};

use super::account;
use crate::sections::accounts::{Account, Accounts};

pub(super) const RULE: Rule = Rule {
    id: "weak-auth-plugin",
    title: "Passwords are kept as unsalted SHA-1",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0–8.4, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "clients that cannot do better still connect (very old drivers)",
    do_not: "change the plugin without changing the password: the old hash may be in a backup already",
    lesson: include_str!("weak_auth_plugin.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = case.get::<Accounts>()?;
    let maria = account::maria(case);
    let major = case.server.version.major;
    if !maria && major < 8 {
        return Err(NotEvaluated::not_applicable("this version has nothing better that all drivers speak"));
    }
    // MariaDB's own default: only worth a word where the hash protects something that others reach.
    let weak: Vec<&Account> = account::open(accounts)
        .filter(|account| account.plugin == "mysql_native_password" && !account.no_password)
        .filter(|account| !maria || (account.remote() && account::reachable(case)))
        .collect();
    let Some(first) = weak.first() else { return Ok(vec![]) };
    let names: Vec<String> = weak.iter().map(|account| account.shown()).collect();
    let others = if weak.len() > 1 { format!(" and {} more", weak.len() - 1) } else { String::new() };
    let outcome = match maria {
        true => "who reads mysql.global_priv or a backup of it can guess billions of passwords a second",
        false => {
            "who reads mysql.user or a backup can guess billions of passwords a second, and MySQL 9 lets none of them in"
        }
    };
    let cause =
        format!("{}{others} keep the password as unsalted SHA-1 (mysql_native_password): {outcome}", first.shown());
    Ok(vec![
        Finding::new(Severity::Info, Subject::server(), cause)
            .catalog("accounts", names.join(", "), "mysql.user.plugin")
            .fix(if maria { load_plugin(case) } else { new_hash(&weak) }),
    ])
}

fn new_hash(weak: &[&Account]) -> Fix {
    let statements: Vec<String> = weak
        .iter()
        .map(|account| {
            format!("ALTER USER {} IDENTIFIED WITH caching_sha2_password BY RANDOM PASSWORD;", account::sql(account))
        })
        .collect();
    Fix::sql(statements.join("\n"), Undo::Impossible("set another password the same way".into()))
        .cost("each answer shows the new password, once: give it to the application at the same time; its driver must know caching_sha2_password")
        .verify("SELECT user, host, plugin FROM mysql.user WHERE plugin = 'mysql_native_password';")
}

fn load_plugin(case: &Case) -> Fix {
    // parsec came with MariaDB 11.6; ed25519 is in all of them.
    let plugin = if case.server.version.at_least(11, 6) { "parsec" } else { "ed25519" };
    Fix::sql(
        format!("INSTALL SONAME 'auth_{plugin}';"),
        Undo::Statement(format!("UNINSTALL SONAME 'auth_{plugin}';")),
    )
    .cost(format!("only loads the plugin; then give each account a new password by ALTER USER … IDENTIFIED VIA {plugin} USING PASSWORD(…), once its driver knows {plugin}"))
    .verify(format!("SELECT plugin_status FROM information_schema.plugins WHERE plugin_name = '{plugin}';"))
}

#[cfg(test)]
mod tests {
    use dbwright_model::Version;

    use super::super::fixtures::{account, accounts, mariadb, mysql, recent};
    use super::*;

    fn native(user: &str, host: &str) -> Account {
        Account { plugin: "mysql_native_password".into(), ..account(user, host) }
    }

    #[test]
    fn fires_once_on_mysql() {
        let found = check(&accounts(recent(), vec![native("a", "localhost"), native("b", "%")])).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].cause.starts_with("a@localhost and 1 more"));
        assert_eq!(found[0].fixes[0].statement.lines().count(), 2);
    }

    #[test]
    fn fires_on_remote_accounts_of_mariadb() {
        let found = check(&accounts(mariadb(), vec![native("a", "10.%")])).unwrap();
        assert_eq!(found[0].fixes[0].statement, "INSTALL SONAME 'auth_ed25519';");
    }

    #[test]
    fn silent_on_local_accounts_of_mariadb() {
        assert!(check(&accounts(mariadb(), vec![native("root", "localhost")])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_better_plugins_and_locked_accounts() {
        let locked = Account { locked: true, ..native("old", "%") };
        assert!(check(&accounts(recent(), vec![account("a", "%"), locked])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_old_mysql() {
        assert!(check(&accounts(mysql(Version::new(5, 7, 44)), vec![native("a", "%")])).is_err());
    }
}

use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, NotEvaluated, Rule, Settings, Severity, Undo};

use super::{account, change, setting};
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "tls-not-required",
    title: "Passwords and rows may travel in clear text",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.5–12",
    area: Area::Security,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the network itself encrypts (WireGuard, a mesh of services), or a proxy ends TLS on this machine",
    do_not: "require it before every client has been seen to use TLS: those that do not are refused at once",
    lesson: include_str!("tls_not_required.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    match settings.is_on("require_secure_transport") {
        Some(false) if account::reachable(case) => {}
        Some(_) => return Ok(vec![]),
        None => return Err(NotEvaluated::not_applicable("this version cannot require it of all connections")),
    }
    if let Ok(accounts) = case.get::<Accounts>() {
        let mut remote = account::open(accounts).filter(|account| account.remote()).peekable();
        if remote.peek().is_none() || remote.all(|account| account.tls) {
            return Ok(vec![]);
        }
    }
    let able = settings.text("have_ssl").is_none_or(|text| text.eq_ignore_ascii_case("yes"));
    let state = if able { "offers TLS but does not require it" } else { "has no certificate, so it cannot do TLS" };
    let cause = format!("other machines reach the server, and it {state}: whoever listens in between reads along");
    let found = setting::finding(Severity::Info, "require_secure_transport", cause, "OFF");
    let fix = match able {
        true => change::variable(case, "require_secure_transport", "ON")
            .lock("none; connections that are open stay, new ones without TLS are refused"),
        false => Fix::of(
            FixKind::Config,
            "[mysqld]\nssl_cert = /etc/mysql/server-cert.pem\nssl_key = /etc/mysql/server-key.pem",
            Undo::Statement("[mysqld]\nskip_ssl".into()),
        )
        .cost("a restart, and a certificate at these paths that the server's system user can read; require TLS afterwards")
        .verify("SHOW GLOBAL VARIABLES LIKE 'have_ssl';"),
    };
    Ok(vec![found.fix(fix)])
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{account, accounts, loopback, mariadb, mysql};
    use super::*;
    use crate::sections::accounts::Account;

    fn settings(value: &str) -> Settings {
        Settings::default().with("bind_address", "*").with("require_secure_transport", value)
    }

    fn recent(value: &str) -> Case {
        mysql(dbwright_model::Version::new(8, 4, 2)).with(&settings(value))
    }

    #[test]
    fn fires_when_optional() {
        let found = check(&accounts(recent("OFF"), vec![account("app", "10.%")])).unwrap();
        assert_eq!(found[0].fixes[0].statement, "SET PERSIST require_secure_transport = ON;");
    }

    #[test]
    fn fires_when_impossible() {
        let case = mariadb().with(&settings("OFF").with("have_ssl", "DISABLED"));
        let found = check(&case).unwrap();
        assert!(found[0].fixes[0].statement.contains("ssl_cert"));
    }

    #[test]
    fn silent_when_required_or_alone() {
        assert!(check(&recent("ON")).unwrap().is_empty());
        let alone = loopback().get::<Settings>().unwrap().clone().with("require_secure_transport", "OFF");
        assert!(check(&mariadb().with(&alone)).unwrap().is_empty());
    }

    #[test]
    fn silent_when_every_remote_account_must() {
        let app = Account { tls: true, ..account("app", "10.%") };
        assert!(check(&accounts(recent("OFF"), vec![app, account("root", "localhost")])).unwrap().is_empty());
    }
}

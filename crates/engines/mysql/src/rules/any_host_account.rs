use dbwright_model::{Activity, Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo};
use dbwright_sql::Dialect;

use super::account;
use crate::sections::accounts::{Account, Accounts};

pub(super) const RULE: Rule = Rule {
    id: "any-host-account",
    title: "An account may come from any host",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "a firewall or the network of the containers lets only the right machines reach the port",
    do_not: "narrow it to a host name while skip_name_resolve is on: host names then never fit, and nobody gets in",
    lesson: include_str!("any_host_account.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = case.get::<Accounts>()?;
    Ok(accounts.accounts.iter().filter(|account| account.host == "%").map(|account| finding(case, account)).collect())
}

fn finding(case: &Case, found: &Account) -> Finding {
    let reachable = account::reachable(case);
    let (severity, state) = match (found.locked, reachable, &case.server.managed) {
        (true, ..) => (Severity::Info, "; it is locked now"),
        (_, false, _) => (Severity::Info, "; the server listens on its own machine only for now"),
        (.., Some(_)) => (Severity::Info, "; the service's firewall is all that is in the way"),
        _ => (Severity::Warn, ", so a password that leaks works from every machine that reaches the port"),
    };
    let cause = format!("{} accepts every host{state}", found.shown());
    account::finding(severity, found, cause).catalog("host", "%", "mysql.user.host").fix(narrow(case, found))
}

/// The host its sessions come from now, when it is one or one network; else the question where they come from.
fn narrow(case: &Case, found: &Account) -> Fix {
    let from = account::sql(found);
    match used(case, found) {
        Some(host) => {
            let to = account::sql(&Account { host: host.as_str().into(), ..found.clone() });
            Fix::sql(
                format!("RENAME USER {from} TO {to};"),
                Undo::Statement(format!("RENAME USER {to} TO {from};")),
            )
            .cost(format!("only {host} gets in from then on, which is where all its sessions come from now; views and routines that name it as definer keep the old name"))
            .verify(format!("SHOW GRANTS FOR {to};"))
        }
        None => Fix::sql(
            format!(
                "SELECT host, total_connections FROM performance_schema.accounts WHERE user = {};",
                Dialect::MySql.literal(&found.user)
            ),
            Undo::NotNeeded("it only reads".into()),
        )
        .cost("shows where it came from since the start; then RENAME USER to a pattern that covers those"),
    }
}

fn used(case: &Case, found: &Account) -> Option<String> {
    let sessions = &case.get::<Activity>().ok()?.sessions;
    Activity::all_seen(case).ok()?;
    let mut hosts: Vec<&str> = sessions
        .iter()
        .filter(|session| session.user.as_ref() == Some(&found.user))
        .filter_map(|session| session.client.as_ref().map(|host| host.as_str()))
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    let network = |host: &str| -> Option<String> {
        let address: std::net::Ipv4Addr = host.parse().ok()?;
        let [a, b, c, _] = address.octets();
        Some(format!("{a}.{b}.{c}.%"))
    };
    match hosts.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first, rest @ ..] => {
            network(first).filter(|shared| rest.iter().all(|host| network(host).as_ref() == Some(shared)))
        }
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::activity::Session;

    use super::super::fixtures::{account, accounts, loopback, mariadb, recent};
    use super::*;

    fn session(client: &str) -> Session {
        Session { user: Some("app".into()), client: Some(client.into()), ..Session::default() }
    }

    #[test]
    fn fires_and_narrows_to_the_network_in_use() {
        let sessions = vec![session("10.1.2.3"), session("10.1.2.4")];
        let case = accounts(recent(), vec![account("app", "%")]).with(&Activity { sessions, ..Activity::default() });
        let found = check(&case).unwrap();
        assert_eq!(found[0].severity, Severity::Warn);
        assert_eq!(found[0].fixes[0].statement, "RENAME USER 'app'@'%' TO 'app'@'10.1.2.%';");
    }

    #[test]
    fn fires_and_asks_when_it_comes_from_everywhere() {
        let sessions = vec![session("10.1.2.3"), session("10.9.2.4")];
        let case = accounts(mariadb(), vec![account("app", "%")]).with(&Activity { sessions, ..Activity::default() });
        assert!(check(&case).unwrap()[0].fixes[0].statement.starts_with("SELECT host"));
    }

    #[test]
    fn fires_gently_when_it_cannot_be_used() {
        let locked = Account { locked: true, ..account("app", "%") };
        assert_eq!(check(&accounts(recent(), vec![locked])).unwrap()[0].severity, Severity::Info);
        let case = accounts(loopback(), vec![account("app", "%")]);
        assert_eq!(check(&case).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_networks() {
        assert!(
            check(&accounts(recent(), vec![account("app", "10.%"), account("b", "%.shop.example")]))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn silent_on_local_accounts() {
        assert!(check(&accounts(recent(), vec![account("app", "localhost")])).unwrap().is_empty());
    }
}

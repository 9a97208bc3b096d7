use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "tls-not-required",
    title: "Passwords and data may travel in clear",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "the network between is private and encrypted",
    do_not: "require TLS before every client can: they are refused",
    lesson: include_str!("tls_not_required.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let local =
        settings.text("bind_address").is_some_and(|address| matches!(address, "127.0.0.1" | "localhost" | "::1"))
            || settings.is_on("skip_networking") == Some(true);
    if settings.is_on("require_secure_transport") != Some(false) || local {
        return Ok(vec![]);
    }
    let cause = "require_secure_transport is off and the server listens beyond this machine: a client that does not ask for TLS sends everything in clear";
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("require_secure_transport"), cause)
            .catalog("require_secure_transport", "OFF", "SHOW GLOBAL VARIABLES")
            .fix(
                change::variable(case, "require_secure_transport", "ON")
                    .cost("clients without TLS are refused from then on; sockets are not affected"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mariadb, mysql, set};
    use super::*;
    use crate::sections::status::Status;

    #[test]
    fn fires_when_listening_everywhere() {
        assert_eq!(
            check(&mysql(set("require_secure_transport", "OFF").with("bind_address", "*"), Status::default()))
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn fires_when_the_address_is_unknown() {
        assert_eq!(check(&mariadb(set("require_secure_transport", "OFF"), Status::default())).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_loopback() {
        assert!(
            check(&mysql(set("require_secure_transport", "OFF").with("bind_address", "127.0.0.1"), Status::default()))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn silent_when_required() {
        assert!(check(&mysql(set("require_secure_transport", "ON"), Status::default())).unwrap().is_empty());
    }
}

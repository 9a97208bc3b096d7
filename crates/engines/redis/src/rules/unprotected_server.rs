use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::default_user_nopass::loopback_only;
use super::fixes::config_set;
use crate::sections::security::Security;

pub(super) const RULE: Rule = Rule {
    id: "unprotected-server",
    title: "The server is open to the network without a password",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["default-user-nopass"],
    wrong_when: "a firewall or a private network lets only the application through; a password is then still one line of defence more",
    do_not: "rely on an unusual port: scanners try all of them",
    lesson: include_str!("unprotected_server.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let security = case.get::<Security>()?;
    let open = security.users.iter().any(|user| user.name == "default" && user.on && user.nopass);
    let (Some(bind), Some(false)) = (settings.text("bind"), settings.is_on("protected-mode")) else {
        return Ok(vec![]);
    };
    if !open || loopback_only(bind) || case.server.managed.is_some() {
        return Ok(vec![]);
    }
    // An empty list means every interface.
    let shown = if bind.is_empty() { "every interface" } else { bind };
    let cause = format!(
        "protected mode is off, it listens on {shown}, and the user default has no password: anyone who reaches it reads, changes and deletes everything"
    );
    Ok(vec![
        Finding::new(Severity::Error, Subject::server(), cause)
            .catalog("protected-mode", "no", "CONFIG GET protected-mode")
            .catalog("bind", shown, "CONFIG GET bind")
            .catalog("default user", "on nopass", "ACL LIST")
            .fix(
                config_set(case, "protected-mode", "yes").cost(
                    "at once; clients on other machines are cut off from new connections until there is a password",
                ),
            ),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set};
    use super::*;
    use crate::sections::security::User;

    fn look(nopass: bool, bind: &str, protected: &str) -> usize {
        let user = User { name: "default".into(), on: true, nopass, ..User::default() };
        let case = redis("").with(&Security { users: vec![user] });
        found(check, &set(case, &[("bind", bind), ("protected-mode", protected)])).len()
    }

    #[test]
    fn fires_on_every_interface() {
        assert_eq!(look(true, "0.0.0.0", "no"), 1);
        assert_eq!(look(true, "", "no"), 1);
    }

    #[test]
    fn fires_when_one_address_is_not_local() {
        assert_eq!(look(true, "127.0.0.1 10.0.0.5", "no"), 1);
    }

    #[test]
    fn silent_with_a_password_or_protected() {
        assert_eq!(look(false, "0.0.0.0", "no"), 0);
        assert_eq!(look(true, "0.0.0.0", "yes"), 0);
    }

    #[test]
    fn silent_on_loopback() {
        assert_eq!(look(true, "127.0.0.1 -::1", "no"), 0);
    }
}

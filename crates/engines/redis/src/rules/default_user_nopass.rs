use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Settings, Severity, Subject, Undo};

use crate::sections::security::Security;
use dbwright_model::finding::{FixKind, SubjectKind};

pub(super) const RULE: Rule = Rule {
    id: "default-user-nopass",
    title: "Anyone who reaches the port is the default user",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "the port is reachable from the machine itself only, and everybody on it may read and delete the data",
    do_not: "hide the port or rename commands instead of a password: a single connection is enough",
    lesson: include_str!("default_user_nopass.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let security = case.get::<Security>()?;
    let open = security.users.iter().find(|user| user.name == "default" && user.on && user.nopass);
    let Some(user) = open else { return Ok(vec![]) };
    let settings = case.get::<Settings>().ok();
    let local = settings.and_then(|settings| settings.text("bind")).is_some_and(loopback_only);
    let protected = settings.and_then(|settings| settings.is_on("protected-mode")) == Some(true);
    // Protected mode, and a loopback address, keep others away; the default of a fresh server.
    let severity = if local || protected { Severity::Info } else { Severity::Warn };
    let may = if user.all_commands { "run every command" } else { "log in" };
    let cause = format!("the user default has no password: whoever reaches the port may {may}");
    let fix = Fix::of(FixKind::Command, "CONFIG SET requirepass \"$(openssl rand -base64 32)\"", Undo::Statement("CONFIG SET requirepass \"\"".into()))
        .cost("sets the password of the user default; print the password first and give it to every client, then CONFIG REWRITE");
    let fix = Fix { kind: FixKind::Shell, statement: format!("redis-cli {}", fix.statement), ..fix };
    Ok(vec![
        Finding::new(severity, Subject::new(SubjectKind::Account, "default"), cause)
            .catalog("flags", "on nopass", "ACL LIST")
            .catalog(
                "only reachable locally",
                if local || protected { "yes" } else { "no" },
                "CONFIG GET bind, protected-mode",
            )
            .fix(fix),
    ])
}

/// Whether every address is one of the machine itself.
pub(super) fn loopback_only(bind: &str) -> bool {
    let mut addresses = bind.split_ascii_whitespace().map(|address| address.trim_start_matches('-')).peekable();
    addresses.peek().is_some()
        && addresses.all(|address| address.starts_with("127.") || address == "::1" || address == "localhost")
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set};
    use super::*;
    use crate::sections::security::User;

    fn look(nopass: bool, on: bool, settings: &[(&str, &str)]) -> Vec<Finding> {
        let user = User { name: "default".into(), on, nopass, all_keys: true, all_commands: true, dangerous: vec![] };
        found(check, &set(redis("").with(&Security { users: vec![user] }), settings))
    }

    #[test]
    fn fires_softly_on_a_fresh_server() {
        assert_eq!(
            look(true, true, &[("bind", "127.0.0.1 -::1"), ("protected-mode", "yes")])[0].severity,
            Severity::Info
        );
    }

    #[test]
    fn fires_when_others_reach_it() {
        assert_eq!(look(true, true, &[("bind", "0.0.0.0"), ("protected-mode", "no")])[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_with_a_password() {
        assert!(look(false, true, &[("bind", "0.0.0.0"), ("protected-mode", "no")]).is_empty());
    }

    #[test]
    fn silent_when_the_user_is_off() {
        assert!(look(true, false, &[("bind", "0.0.0.0"), ("protected-mode", "no")]).is_empty());
    }

    #[test]
    fn addresses_are_told_apart() {
        assert!(
            loopback_only("127.0.0.1 -::1")
                && !loopback_only("* -::*")
                && !loopback_only("127.0.0.1 10.0.0.1")
                && !loopback_only("")
        );
    }
}

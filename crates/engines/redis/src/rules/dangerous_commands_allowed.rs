use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};

use crate::sections::security::Security;
use dbwright_model::finding::{FixKind, SubjectKind};

pub(super) const RULE: Rule = Rule {
    id: "dangerous-commands-allowed",
    title: "An application user may stop or empty the server",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "the user belongs to an administrator or to deployment tooling",
    do_not: "rename commands in the configuration: replicas, tools and upgrades break on it, and ACLs do the same cleanly",
    lesson: include_str!("dangerous_commands_allowed.md"),
    check,
};

/// Words in names of users who administer.
const ADMIN: &[&str] = &["admin", "root", "ops", "dba", "operator", "sentinel", "replica", "backup", "migrat"];

fn check(case: &Case) -> Checked {
    let security = case.get::<Security>()?;
    let findings = security.users.iter().filter(|user| user.on && !user.dangerous.is_empty()).filter_map(|user| {
        let name = user.name.as_str();
        // The user default has its own rules; one that reads a few keys with KEYS harms nobody.
        let admin = name == "default" || ADMIN.iter().any(|word| name.to_ascii_lowercase().contains(word));
        if admin || user.dangerous == ["KEYS"] {
            return None;
        }
        let list = user.dangerous.join(", ");
        let cause = format!("{name} may run {list}: a bug or a stolen password of this application empties, stops or reconfigures the server");
        let fix = Fix::of(
            FixKind::Command,
            format!("ACL SETUSER {name} -@admin -@dangerous +info"),
            Undo::Statement(format!("ACL SETUSER {name} {}", user.dangerous.iter().map(|command| format!("+{}", command.to_lowercase())).collect::<Vec<_>>().join(" "))),
        )
        .cost("at once, for its open connections too; ACL SAVE or CONFIG REWRITE keeps it")
        .verify("ACL LIST");
        let severity = if user.all_keys { Severity::Warn } else { Severity::Info };
        Some(
            Finding::new(severity, Subject::new(SubjectKind::Account, name), cause)
                .catalog("allowed", list, "ACL LIST")
                .weight(user.dangerous.len() as f64)
                .fix(fix),
        )
    });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;
    use crate::sections::security::User;

    fn look(name: &str, on: bool, dangerous: &[&str]) -> Vec<Finding> {
        let dangerous = dangerous.iter().map(|command| (*command).to_owned()).collect();
        let user = User { name: name.into(), on, all_keys: true, dangerous, ..User::default() };
        found(check, &redis("").with(&Security { users: vec![user] }))
    }

    #[test]
    fn fires_on_an_application() {
        let found = look("app", true, &["CONFIG", "FLUSHALL", "KEYS"]);
        assert_eq!((found[0].subject.name.as_str(), found[0].severity), ("app", Severity::Warn));
    }

    #[test]
    fn fires_on_a_single_command() {
        assert_eq!(look("shop", true, &["FLUSHALL"]).len(), 1);
    }

    #[test]
    fn silent_on_administrators_and_default() {
        assert!(look("redis-admin", true, &["FLUSHALL"]).is_empty());
        assert!(look("default", true, &["FLUSHALL"]).is_empty());
    }

    #[test]
    fn silent_when_off_or_only_keys() {
        assert!(look("app", false, &["FLUSHALL"]).is_empty());
        assert!(look("app", true, &["KEYS"]).is_empty());
    }
}

use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Settings, Severity, Subject, Undo};

use dbwright_model::finding::FixKind;

pub(super) const RULE: Rule = Rule {
    id: "debug-command-enabled",
    title: "DEBUG or MODULE may be run over the network",
    engines: &[Engine::Redis],
    versions: "Redis 7–8, Valkey 7.2–9",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "it is a test server that may be stopped at any time",
    do_not: "leave it on for one diagnosis and forget it: DEBUG SLEEP and DEBUG SEGFAULT stop the server",
    lesson: include_str!("debug_command_enabled.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let findings =
        ["enable-debug-command", "enable-module-command", "enable-protected-configs"].into_iter().filter_map(|name| {
            let value = settings.text(name)?;
            // `local` allows it from the machine itself, where one can stop the server anyway.
            if value != "yes" {
                return None;
            }
            let can = match name {
                "enable-debug-command" => "crash or stall the server with DEBUG",
                "enable-module-command" => "load code of their own with MODULE LOAD",
                _ => "change where files are written with CONFIG SET dir",
            };
            let fix = Fix::of(FixKind::Config, format!("{name} no"), Undo::Statement(format!("{name} yes")))
                .cost("takes a restart");
            Some(
                Finding::new(
                    Severity::Warn,
                    Subject::setting(name),
                    format!("{name} is yes: users of any connection whose ACL allows it can {can}"),
                )
                .catalog(name, value, "CONFIG GET")
                .fix(fix),
            )
        });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set};
    use super::*;

    fn look(name: &str, value: &str) -> usize {
        found(check, &set(redis(""), &[(name, value)])).len()
    }

    #[test]
    fn fires_on_debug() {
        assert_eq!(look("enable-debug-command", "yes"), 1);
    }

    #[test]
    fn fires_on_modules() {
        assert_eq!(look("enable-module-command", "yes"), 1);
    }

    #[test]
    fn silent_by_default() {
        assert_eq!(look("enable-debug-command", "no"), 0);
    }

    #[test]
    fn silent_when_only_local_and_before_seven() {
        assert_eq!(look("enable-debug-command", "local"), 0);
        assert_eq!(look("maxmemory", "0"), 0);
    }
}

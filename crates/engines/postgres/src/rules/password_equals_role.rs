use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::missing;
use crate::sections::security::{Role, Security};

pub(super) const RULE: Rule = Rule {
    id: "password-equals-role",
    title: "A password is the role's own name, or one that everybody tries",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &["password-md5"],
    wrong_when: "the server is a test that only this machine can reach",
    do_not: "send ALTER ROLE … PASSWORD with the new password in clear text: it ends up in the server's log and in shell histories",
    lesson: include_str!("password_equals_role.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let roles = &case.get::<Security>()?.roles;
    if roles.iter().all(|role| role.password.is_none()) {
        return Err(missing::part(case, "postgres.security", "passwords", "the stored passwords cannot be tried"));
    }
    Ok(roles.iter().filter(|role| role.login).filter_map(finding).collect())
}

fn finding(role: &Role) -> Option<Finding> {
    let what = match (role.password_is_name, role.password_is_famous) {
        (Some(true), _) => "its own name",
        (_, Some(true)) => "one of the first that everybody tries",
        _ => return None,
    };
    let name = Dialect::Postgres.quote(&role.name);
    let rights = if role.superuser { ", and the role is a superuser" } else { "" };
    Some(
        Finding::new(
            Severity::Error,
            Subject::new(SubjectKind::Account, &role.name),
            format!("the password of role {} is {what}{rights}: anybody who reaches the port is in", role.name),
        )
        .measured("the stored password fits the guess", "yes", "pg_authid.rolpassword, compared here and not kept")
        .fix(
            Fix::of(
                FixKind::Command,
                format!("\\password {name}"),
                Undo::Impossible("choose another password instead".into()),
            )
            .cost("in psql: asks for the new password; change it in the application at the same time"),
        )
        .weight(f64::from(u8::from(role.superuser))),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    use crate::sections::security::PasswordKind;

    fn found(login: bool, name: Option<bool>, famous: Option<bool>) -> Checked {
        let role = Role {
            name: "app".into(),
            login,
            password: Some(PasswordKind::Scram),
            password_is_name: name,
            password_is_famous: famous,
            ..Role::default()
        };
        check(&pg(15).with(&Security { roles: vec![role], ..Security::default() }))
    }

    #[test]
    fn fires_on_the_name() {
        assert_eq!(found(true, Some(true), Some(false)).unwrap()[0].severity, Severity::Error);
    }

    #[test]
    fn fires_on_a_famous_one() {
        assert!(found(true, Some(false), Some(true)).unwrap()[0].cause.contains("everybody tries"));
    }

    #[test]
    fn silent_on_others_and_unknown() {
        assert!(found(true, Some(false), Some(false)).unwrap().is_empty());
        assert!(found(true, None, None).unwrap().is_empty());
    }

    #[test]
    fn silent_where_nobody_logs_in() {
        assert!(found(false, Some(true), None).unwrap().is_empty());
    }

    #[test]
    fn silent_without_privilege() {
        let roles = vec![Role { login: true, ..Role::default() }];
        assert!(check(&pg(15).with(&Security { roles, ..Security::default() })).is_err());
    }
}

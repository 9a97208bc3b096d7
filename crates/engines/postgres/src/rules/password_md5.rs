use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Severity, Subject, Undo, Why,
};
use dbwright_sql::Dialect;

use super::change;
use crate::sections::security::{PasswordKind, Role, Security};

pub(super) const RULE: Rule = Rule {
    id: "password-md5",
    title: "Passwords are stored as MD5",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "a driver or pooler in use cannot speak SCRAM",
    do_not: "change pg_hba.conf from md5 to scram-sha-256 before every role has a new password: those that have not are locked out",
    lesson: include_str!("password_md5.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let roles = &case.get::<Security>()?.roles;
    if roles.iter().all(|role| role.password.is_none()) {
        return Err(NotEvaluated::new(Why::Privilege, "how passwords are stored may only be seen by superusers")
            .allow("connect as a superuser for this check"));
    }
    let md5: Vec<&Role> = roles.iter().filter(|role| role.password == Some(PasswordKind::Md5)).collect();
    let Some(first) = md5.first() else { return Ok(vec![]) };
    let names: Vec<&str> = md5.iter().take(5).map(|role| role.name.as_str()).collect();
    let more = if md5.len() > names.len() { ", …" } else { "" };
    let major = case.server.version.major;
    // Up to 13 it is what the server does unless told otherwise.
    let (severity, end) = match major {
        ..14 => (Severity::Info, "what is stored is enough to log in, and is guessed billions of times a second"),
        14..18 => (Severity::Warn, "what is stored is enough to log in, and is guessed billions of times a second"),
        _ => (Severity::Warn, "this is deprecated since 18 and will stop working in a later version"),
    };
    let name = Dialect::Postgres.quote(&first.name);
    let finding = Finding::new(
        severity,
        Subject::setting("password_encryption"),
        format!("{} roles ({}{more}) have MD5 passwords: {end}", md5.len(), names.join(", ")),
    )
    .measured("roles", Count(md5.len() as u64), "pg_authid.rolpassword")
    .fix(change::setting(case, "password_encryption", "'scram-sha-256'").cost("for passwords set from now on"))
    .fix(
        Fix::of(
            FixKind::Command,
            format!("\\password {name}"),
            Undo::Impossible("the old form is not kept; the same password can be set again".into()),
        )
        .cost("in psql, for each of the roles: asks for the password and sends it hashed; every client driver must know SCRAM; lines of pg_hba.conf with md5 accept it")
        .verify("SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'md5%';"),
    );
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(major: u32, kinds: &[Option<PasswordKind>]) -> Checked {
        let roles = kinds.iter().map(|kind| Role { name: "app".into(), password: *kind, ..Role::default() });
        check(&pg(major).with(&Security { roles: roles.collect(), ..Security::default() }))
    }

    #[test]
    fn fires_as_a_warning_from_14_on() {
        assert_eq!(found(15, &[Some(PasswordKind::Md5)]).unwrap()[0].severity, Severity::Warn);
        assert!(found(18, &[Some(PasswordKind::Md5)]).unwrap()[0].cause.contains("deprecated"));
    }

    #[test]
    fn fires_as_a_note_where_it_is_the_default() {
        assert_eq!(found(12, &[Some(PasswordKind::Md5)]).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_scram_and_none() {
        assert!(found(15, &[Some(PasswordKind::Scram), Some(PasswordKind::None)]).unwrap().is_empty());
    }

    #[test]
    fn silent_without_privilege() {
        assert_eq!(found(15, &[None]).unwrap_err().why, Why::Privilege);
    }
}

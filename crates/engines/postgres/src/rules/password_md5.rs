use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Settings, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::{change, missing};
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
        return Err(missing::part(case, "postgres.security", "passwords", "how passwords are stored is not known"));
    }
    let switched = case.get::<Settings>().ok().and_then(|settings| settings.text("password_encryption"));
    let md5 = roles.iter().filter(|role| role.login && role.password == Some(PasswordKind::Md5));
    Ok(md5.map(|role| finding(case, role, switched == Some("scram-sha-256"))).collect())
}

fn finding(case: &Case, role: &Role, switched: bool) -> Finding {
    let guessed = "what is stored is enough to log in, and is guessed billions of times a second";
    // Up to 13 it is what the server does unless told otherwise.
    let (severity, end) = match case.server.version.major {
        ..14 => (Severity::Info, guessed),
        14..18 => (Severity::Warn, guessed),
        _ => (Severity::Warn, "this is deprecated since 18 and will stop working in a later version"),
    };
    let name = Dialect::Postgres.quote(&role.name);
    let mut finding = Finding::new(
        severity,
        Subject::new(SubjectKind::Account, &role.name),
        format!("the password of role {} is stored as MD5: {end}", role.name),
    )
    .catalog("stored as", "md5", "pg_authid.rolpassword")
    .weight(f64::from(u8::from(role.superuser)));
    if !switched {
        finding = finding
            .fix(change::setting(case, "password_encryption", "'scram-sha-256'").cost("for passwords set from now on"));
    }
    finding.fix(
        Fix::of(
            FixKind::Command,
            format!("\\password {name}"),
            Undo::Impossible("the old form is not kept; the same password can be set again".into()),
        )
        .cost("in psql: asks for the password, which may be the same, and sends it hashed; every client driver must know SCRAM; lines of pg_hba.conf with md5 accept it")
        .verify("SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'md5%';"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::Why;

    fn found(major: u32, kinds: &[Option<PasswordKind>]) -> Checked {
        let roles =
            kinds.iter().map(|kind| Role { name: "app".into(), login: true, password: *kind, ..Role::default() });
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
        assert_eq!(found(15, &[None]).unwrap_err().why, Why::NotCollected);
    }
}

use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use crate::sections::security::{Role, Security};

pub(super) const RULE: Rule = Rule {
    id: "superuser-login-roles",
    title: "Several superusers can log in",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "it is the personal account of an administrator, used for administration only",
    do_not: "revoke it from the role that owns extensions and event triggers without testing: some of them need it",
    lesson: include_str!("superuser_login_roles.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let roles = &case.get::<Security>()?.roles;
    let extra = roles.iter().filter(|role| role.superuser && role.login && !role.bootstrap && !role.service);
    Ok(extra.map(|role| finding(case, role)).collect())
}

fn finding(case: &Case, role: &Role) -> Finding {
    let name = Dialect::Postgres.quote(&role.name);
    let predefined = match case.server.version.major {
        ..14 => "pg_monitor",
        _ => "pg_read_all_data, pg_write_all_data, pg_monitor",
    };
    Finding::new(
        Severity::Info,
        Subject::new(SubjectKind::Account, &role.name),
        format!("role {} may log in and is a superuser: whoever has its password reads every file and runs every program of the server's account", role.name),
    )
    .catalog("superuser", "true", "pg_roles.rolsuper")
    .fix(
        Fix::sql(
            format!("GRANT {predefined} TO {name}; ALTER ROLE {name} NOSUPERUSER;"),
            Undo::Statement(format!("ALTER ROLE {name} SUPERUSER;")),
        )
        .cost("give it only those of the predefined roles that it needs; ownership of objects stays; before 14, grant on the tables themselves")
        .verify("SELECT rolname FROM pg_roles WHERE rolsuper AND rolcanlogin;"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(role: Role) -> Vec<Finding> {
        let role = Role { name: if role.name.is_empty() { "app".into() } else { role.name }, ..role };
        check(&pg(15).with(&Security { roles: vec![role], ..Security::default() })).unwrap()
    }

    #[test]
    fn fires_on_an_application_role() {
        assert_eq!(found(Role { superuser: true, login: true, ..Role::default() })[0].severity, Severity::Info);
    }

    #[test]
    fn fires_on_a_person() {
        assert_eq!(found(Role { name: "Ann".into(), superuser: true, login: true, ..Role::default() }).len(), 1);
    }

    #[test]
    fn silent_on_the_first_one_and_on_groups() {
        assert!(found(Role { superuser: true, login: true, bootstrap: true, ..Role::default() }).is_empty());
        assert!(found(Role { superuser: true, ..Role::default() }).is_empty());
    }

    #[test]
    fn silent_on_a_service() {
        assert!(found(Role { service: true, superuser: true, login: true, ..Role::default() }).is_empty());
    }
}

use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Name, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::missing;
use crate::sections::security::Security;

pub(super) const RULE: Rule = Rule {
    id: "public-can-create",
    title: "Everybody may create objects in a schema",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "all roles belong to the same people",
    do_not: "drop the schema public: extensions and old tools expect it",
    lesson: include_str!("public_can_create.md"),
    check,
};

fn check(case: &Case) -> Checked {
    missing::unless_read(case, "postgres.security", "schemas")?;
    let security = case.get::<Security>()?;
    let major = case.server.version.major;
    // With a single role besides superusers there is nobody to be protected from.
    let others = security.roles.iter().filter(|role| role.login && !role.superuser).count();
    Ok(security.open_schemas.iter().map(|schema| finding(schema, major, others)).collect())
}

fn finding(schema: &Name, major: u32, others: usize) -> Finding {
    let inherited = schema == "public" && major < 15;
    let severity = if inherited || others < 2 { Severity::Info } else { Severity::Warn };
    let why = if inherited { " (the default before PostgreSQL 15)" } else { "" };
    let name = Dialect::Postgres.quote(schema);
    Finding::new(
        severity,
        Subject::new(SubjectKind::Schema, schema),
        format!("every role may create objects in schema {schema}{why}: a function or table planted there is used by others whose search_path finds it first"),
    )
    .catalog("CREATE for PUBLIC", "yes", "pg_namespace.nspacl")
    .catalog("roles that can log in and are no superusers", Count(others as u64), "pg_roles")
    .fix(
        Fix::sql(
            format!("REVOKE CREATE ON SCHEMA {name} FROM PUBLIC;"),
            Undo::Statement(format!("GRANT CREATE ON SCHEMA {name} TO PUBLIC;")),
        )
        .cost("roles that create tables there (migrations) need the right by name: GRANT CREATE ON SCHEMA … TO …")
        .verify(format!("SELECT nspacl FROM pg_namespace WHERE nspname = {};", Dialect::Postgres.literal(schema))),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    use crate::sections::security::Role;

    fn found(major: u32, schema: &str, others: usize) -> Vec<Finding> {
        let role = Role { login: true, ..Role::default() };
        let security = Security { open_schemas: vec![schema.into()], roles: vec![role; others], ..Security::default() };
        check(&pg(major).with(&security)).unwrap()
    }

    #[test]
    fn fires_as_a_note_where_it_is_the_default() {
        assert_eq!(found(12, "public", 5)[0].severity, Severity::Info);
    }

    #[test]
    fn fires_as_a_warning_where_someone_granted_it() {
        assert_eq!(found(15, "public", 2)[0].severity, Severity::Warn);
        assert_eq!(found(12, "App", 2)[0].fixes[0].statement, "REVOKE CREATE ON SCHEMA \"App\" FROM PUBLIC;");
    }

    #[test]
    fn silent_when_closed() {
        assert!(check(&pg(15).with(&Security::default())).unwrap().is_empty());
    }

    #[test]
    fn silent_as_a_warning_with_one_role() {
        assert_eq!(found(15, "public", 1)[0].severity, Severity::Info);
    }
}

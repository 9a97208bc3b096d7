use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use crate::sections::security::{Role, Security};

pub(super) const RULE: Rule = Rule {
    id: "password-expiring",
    title: "A password expires soon",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Outage,
    limits: &[&SOON],
    explains: &[],
    wrong_when: "the account is meant to end then",
    do_not: "set VALID UNTIL to tomorrow again and again: it will be forgotten once",
    lesson: include_str!("password_expiring.md"),
    check,
};

static SOON: Limit<Seconds> = Limit {
    what: "time until a password expires",
    value: Seconds::days(7.0),
    source: "PMM warns a week ahead as well: time for one ordinary release",
};

fn check(case: &Case) -> Checked {
    let roles = &case.get::<Security>()?.roles;
    Ok(roles.iter().filter(|role| role.login).filter_map(finding).collect())
}

fn finding(role: &Role) -> Option<Finding> {
    let left = role.expires_in.filter(|left| *left < SOON.value)?;
    let name = Dialect::Postgres.quote(&role.name);
    let (severity, cause) = match left.0 > 0.0 {
        true => (
            Severity::Warn,
            format!("the password of role {} expires in {left}: new connections are refused from then on", role.name),
        ),
        false => (
            Severity::Info,
            format!("the password of role {} expired {} ago: it cannot log in with it", role.name, Seconds(-left.0)),
        ),
    };
    Some(
        Finding::new(severity, Subject::new(SubjectKind::Account, &role.name), cause)
            .catalog("until it expires", left, "pg_roles.rolvaliduntil")
            .fix(
                Fix::sql(
                    format!("ALTER ROLE {name} VALID UNTIL 'infinity';"),
                    Undo::Statement(format!("ALTER ROLE {name} VALID UNTIL 'now';")),
                )
                .cost("or the next date that your policy asks for, together with a new password")
                .verify("SELECT rolname, rolvaliduntil FROM pg_roles WHERE rolvaliduntil IS NOT NULL;"),
            )
            .weight(-left.0),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(login: bool, days: Option<f64>) -> Vec<Finding> {
        let role = Role { name: "app".into(), login, expires_in: days.map(Seconds::days), ..Role::default() };
        check(&pg(15).with(&Security { roles: vec![role], ..Security::default() })).unwrap()
    }

    #[test]
    fn fires_within_a_week() {
        assert_eq!(found(true, Some(6.9))[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_as_a_note_when_expired() {
        assert_eq!(found(true, Some(-30.0))[0].severity, Severity::Info);
    }

    #[test]
    fn silent_later_or_never() {
        assert!(found(true, Some(7.1)).is_empty());
        assert!(found(true, None).is_empty());
    }

    #[test]
    fn silent_where_nobody_logs_in() {
        assert!(found(false, Some(1.0)).is_empty());
    }
}

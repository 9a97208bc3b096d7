use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::missing;
use crate::sections::security::{Definer, Security};

pub(super) const RULE: Rule = Rule {
    id: "security-definer-search-path",
    title: "A SECURITY DEFINER function trusts the caller's search_path",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "every name in its body, operators included, is qualified",
    do_not: "set search_path to public only: it is searched after pg_temp unless pg_temp is named last, and others may create there",
    lesson: include_str!("security_definer_search_path.md"),
    check,
};

fn check(case: &Case) -> Checked {
    missing::unless_read(case, "postgres.security", "functions")?;
    Ok(case.get::<Security>()?.open_definers.iter().map(finding).collect())
}

fn finding(definer: &Definer) -> Finding {
    let function = definer.function.as_str();
    let severity = if definer.superuser && definer.public { Severity::Warn } else { Severity::Info };
    let who = if definer.public { "anybody" } else { "whoever may call it" };
    let owner = match definer.superuser {
        true => format!("superuser {}", definer.owner),
        false => format!("role {}", definer.owner),
    };
    // `"a.b".f()`: a quoted schema may contain dots.
    let end = if function.starts_with('"') { function.find("\".").map(|at| at + 1) } else { function.find('.') };
    let schema = end.map_or("public", |at| &function[..at]);
    Finding::new(
        severity,
        Subject::new(SubjectKind::Routine, function),
        format!("function {function} runs with the rights of {owner} and finds names by the caller's search_path: {who} can make it run code of theirs"),
    )
    .catalog("owner", definer.owner.to_string(), "pg_proc.proowner")
    .catalog("everybody may call it", if definer.public { "yes" } else { "no" }, "pg_proc.proacl")
    .fix(
        Fix::sql(
            format!("ALTER ROUTINE {function} SET search_path = pg_catalog, {schema}, pg_temp;"),
            Undo::Statement(format!("ALTER ROUTINE {function} RESET search_path;")),
        )
        .cost("names of other schemas in its body must be qualified or their schema added before pg_temp")
        .verify(format!("SELECT proconfig FROM pg_proc WHERE oid = {}::regprocedure;", Dialect::Postgres.literal(function))),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    use crate::sections::security::Role;

    fn found(superuser: bool, public: bool) -> Vec<Finding> {
        let definer = Definer { function: "app.pay(integer)".into(), owner: "owner".into(), superuser, public };
        check(&pg(15).with(&Security { open_definers: vec![definer], ..Security::default() })).unwrap()
    }

    #[test]
    fn fires_as_a_warning_for_a_superuser() {
        let found = found(true, true);
        assert_eq!(found[0].severity, Severity::Warn);
        assert_eq!(
            found[0].fixes[0].statement,
            "ALTER ROUTINE app.pay(integer) SET search_path = pg_catalog, app, pg_temp;"
        );
    }

    #[test]
    fn fires_as_a_note_otherwise() {
        assert_eq!(found(false, true)[0].severity, Severity::Info);
        assert_eq!(found(true, false)[0].severity, Severity::Info);
    }

    #[test]
    fn silent_without_such_functions() {
        assert!(check(&pg(15).with(&Security::default())).unwrap().is_empty());
    }

    #[test]
    fn silent_about_ordinary_security() {
        let roles = vec![Role { superuser: true, ..Role::default() }];
        assert!(check(&pg(18).with(&Security { roles, ..Security::default() })).unwrap().is_empty());
    }
}

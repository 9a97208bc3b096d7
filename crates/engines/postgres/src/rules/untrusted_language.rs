use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};

use super::missing;
use crate::sections::security::{Definer, Security};

pub(super) const RULE: Rule = Rule {
    id: "untrusted-language",
    title: "Everybody may call functions that reach the operating system",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "the function checks its arguments and does nothing dangerous with them",
    do_not: "drop the language with CASCADE: it takes the functions along",
    lesson: include_str!("untrusted_language.md"),
    check,
};

fn check(case: &Case) -> Checked {
    missing::unless_read(case, "postgres.security", "untrusted languages")?;
    Ok(case.get::<Security>()?.untrusted.iter().map(finding).collect())
}

fn finding(definer: &Definer) -> Finding {
    let function = definer.function.as_str();
    Finding::new(
        Severity::Info,
        Subject::new(SubjectKind::Routine, function),
        format!("function {function} is written in an untrusted language and everybody may call it: a mistake in its handling of arguments reaches the files and programs of the server"),
    )
    .catalog("owner", definer.owner.to_string(), "pg_proc.proowner")
    .fix(
        Fix::sql(
            format!("REVOKE EXECUTE ON ROUTINE {function} FROM PUBLIC;"),
            Undo::Statement(format!("GRANT EXECUTE ON ROUTINE {function} TO PUBLIC;")),
        )
        .cost("grant it by name to the roles that call it"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(untrusted: &[&str]) -> Vec<Finding> {
        let definer = |name: &&str| Definer { function: (*name).into(), public: true, ..Definer::default() };
        check(&pg(15).with(&Security { untrusted: untrusted.iter().map(definer).collect(), ..Security::default() }))
            .unwrap()
    }

    #[test]
    fn fires_on_each_function() {
        assert_eq!(found(&["public.a()", "public.b(text)"]).len(), 2);
    }

    #[test]
    fn fires_with_the_exact_signature() {
        assert_eq!(
            found(&["public.b(text)"])[0].fixes[0].statement,
            "REVOKE EXECUTE ON ROUTINE public.b(text) FROM PUBLIC;"
        );
    }

    #[test]
    fn silent_without_them() {
        assert!(found(&[]).is_empty());
    }

    #[test]
    fn silent_about_definers() {
        let security = Security { open_definers: vec![Definer::default()], ..Security::default() };
        assert!(check(&pg(15).with(&security)).unwrap().is_empty());
    }
}

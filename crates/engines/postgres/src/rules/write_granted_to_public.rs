use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::missing;
use crate::sections::security::{OpenTable, Security};

pub(super) const RULE: Rule = Rule {
    id: "write-granted-to-public",
    title: "Everybody may change a table",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "it is a scratch table that everybody is meant to write, or row security limits what each may change",
    do_not: "revoke ALL from PUBLIC in one sweep: reads that someone relies on go as well",
    lesson: include_str!("write_granted_to_public.md"),
    check,
};

fn check(case: &Case) -> Checked {
    missing::unless_read(case, "postgres.security", "tables")?;
    Ok(case.get::<Security>()?.open_tables.iter().map(finding).collect())
}

fn finding(open: &OpenTable) -> Finding {
    let table = Dialect::Postgres.qualified(&open.table);
    Finding::new(
        Severity::Warn,
        Subject::table(&open.table),
        format!("every role that can connect may {} on {}, now and in the future", open.privileges, open.table),
    )
    .catalog("granted to PUBLIC", open.privileges.clone(), "pg_class.relacl")
    .fix(
        Fix::sql(
            format!("REVOKE {} ON {table} FROM PUBLIC;", open.privileges),
            Undo::Statement(format!("GRANT {} ON {table} TO PUBLIC;", open.privileges)),
        )
        .lock("none on the table's rows; new statements see it at once")
        .cost("grant it by name to the roles that do write there first")
        .verify(format!("SELECT relacl FROM pg_class WHERE oid = {}::regclass;", Dialect::Postgres.literal(&table))),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::catalog::ObjectName;

    fn found(privileges: &str) -> Vec<Finding> {
        let table = OpenTable { table: ObjectName::new("public", "Orders"), privileges: privileges.into() };
        check(&pg(15).with(&Security { open_tables: vec![table], ..Security::default() })).unwrap()
    }

    #[test]
    fn fires_with_the_exact_privileges() {
        assert_eq!(
            found("INSERT, UPDATE")[0].fixes[0].statement,
            "REVOKE INSERT, UPDATE ON public.\"Orders\" FROM PUBLIC;"
        );
    }

    #[test]
    fn fires_on_a_single_one() {
        assert_eq!(found("TRUNCATE")[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_without_grants() {
        assert!(check(&pg(15).with(&Security::default())).unwrap().is_empty());
    }

    #[test]
    fn silent_about_open_schemas() {
        assert!(
            check(&pg(15).with(&Security { open_schemas: vec!["public".into()], ..Security::default() }))
                .unwrap()
                .is_empty()
        );
    }
}

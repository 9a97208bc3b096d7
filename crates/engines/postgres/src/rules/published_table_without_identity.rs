use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Severity, Subject, Undo, Why,
};
use dbwright_sql::Dialect;

use crate::sections::schema::Schema;

pub(super) const RULE: Rule = Rule {
    id: "published-table-without-identity",
    title: "A published table has nothing to identify its rows by",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "rows of the table are only ever inserted; then publish inserts only, so that it is said",
    do_not: "set REPLICA IDENTITY NOTHING to be rid of the message: then updates and deletes still fail",
    lesson: include_str!("published_table_without_identity.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let Some(tables) = &case.get::<Schema>()?.unidentified else {
        return Err(NotEvaluated::new(Why::NotCollected, "publications could not be read"));
    };
    Ok(tables
        .iter()
        .map(|table| {
            let name = Dialect::Postgres.qualified(&table.table);
            let publications: Vec<&str> = table.publications.iter().map(|publication| publication.as_str()).collect();
            let cause = format!(
                "published by {}, but without primary key or replica identity: every UPDATE and DELETE of it fails",
                publications.join(", ")
            );
            let undo = Undo::Statement(format!("ALTER TABLE {name} REPLICA IDENTITY DEFAULT;"));
            let fix = match &table.candidate {
                Some(index) => {
                    Fix::sql(format!("ALTER TABLE {name} REPLICA IDENTITY USING INDEX {};", Dialect::Postgres.quote(index)), undo)
                }
                None => Fix::sql(format!("ALTER TABLE {name} REPLICA IDENTITY FULL;"), undo).cost(
                    "every UPDATE and DELETE logs the whole old row, and the subscriber searches for it; a primary key is the better remedy",
                ),
            };
            Finding::new(Severity::Warn, Subject::table(&table.table), cause)
                .catalog("publications", publications.join(", "), "pg_publication_tables")
                .catalog("replica identity", "none", "pg_class.relreplident, pg_index.indisprimary")
                .fix(
                    fix.lock("ACCESS EXCLUSIVE for a moment")
                        .verify(format!("SELECT relreplident FROM pg_class WHERE oid = {}::regclass;", Dialect::Postgres.literal(&name))),
                )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;

    use super::*;
    use crate::rules::fixtures::case_of;
    use crate::sections::schema::Unidentified;

    fn found(tables: Option<Vec<Option<&str>>>) -> Checked {
        let table = |candidate: Option<&str>| Unidentified {
            table: ObjectName::new("public", "readings"),
            publications: vec!["warehouse".into()],
            candidate: candidate.map(Into::into),
        };
        let unidentified = tables.map(|tables| tables.into_iter().map(table).collect());
        check(&case_of(15).with(&Schema { unidentified, ..Schema::default() }))
    }

    #[test]
    fn fires_and_takes_the_whole_row_without_an_index() {
        let found = found(Some(vec![None])).unwrap();
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE public.readings REPLICA IDENTITY FULL;");
    }

    #[test]
    fn fires_and_takes_the_unique_index_there_is() {
        let found = found(Some(vec![Some("readings_key")])).unwrap();
        assert!(found[0].fixes[0].statement.ends_with("REPLICA IDENTITY USING INDEX readings_key;"));
    }

    #[test]
    fn silent_when_all_are_identified() {
        assert!(found(Some(vec![])).unwrap().is_empty());
    }

    #[test]
    fn silent_but_said_when_publications_are_unknown() {
        assert_eq!(found(None).unwrap_err().why, Why::NotCollected);
    }
}

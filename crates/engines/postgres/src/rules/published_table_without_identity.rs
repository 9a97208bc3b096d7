use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Severity, Subject, Undo, Why,
};
use dbwright_sql::Dialect;

use crate::sections::replication::{Replication, Unidentified};

pub(super) const RULE: Rule = Rule {
    id: "published-table-without-identity",
    title: "A published table refuses UPDATE and DELETE",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "rows of the table are only ever inserted",
    do_not: "set REPLICA IDENTITY NOTHING to be rid of the question: it is what makes them fail",
    lesson: include_str!("published_table_without_identity.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let Some(tables) = &case.get::<Replication>()?.unidentified else {
        return Err(NotEvaluated::new(Why::NotCollected, "the published tables could not be read"));
    };
    Ok(tables.iter().map(finding).collect())
}

fn finding(found: &Unidentified) -> Finding {
    let table = Dialect::Postgres.qualified(&found.table);
    let full = Fix::sql(
        format!("ALTER TABLE {table} REPLICA IDENTITY FULL;"),
        Undo::Statement(format!("ALTER TABLE {table} REPLICA IDENTITY DEFAULT;")),
    )
    .lock("ACCESS EXCLUSIVE for a moment")
    .cost("works at once; each UPDATE and DELETE logs the whole old row, and the subscriber may scan its table for it: give the table a primary key soon");
    let fix = match found.has_key {
        true => Fix::sql(
            format!("ALTER TABLE {table} REPLICA IDENTITY DEFAULT;"),
            Undo::Statement(format!("ALTER TABLE {table} REPLICA IDENTITY NOTHING;")),
        )
        .lock("ACCESS EXCLUSIVE for a moment"),
        false => full,
    };
    let mut finding = Finding::new(
        Severity::Warn,
        Subject::table(&found.table),
        format!(
            "publication {} contains {} without a replica identity: every UPDATE and DELETE on it fails",
            found.publication, found.table
        ),
    )
    .catalog("publication", found.publication.to_string(), "pg_publication_tables")
    .fix(fix.verify(format!(
        "SELECT relreplident FROM pg_class WHERE oid = {}::regclass;",
        Dialect::Postgres.literal(&table)
    )));
    if let Some(rows) = found.rows {
        finding = finding.measured("rows inserted", rows, "pg_stat_user_tables.n_tup_ins").weight(rows.0 as f64);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::Rows;
    use dbwright_model::catalog::ObjectName;

    fn found(tables: Option<Vec<bool>>) -> Checked {
        let table = |has_key| Unidentified {
            table: ObjectName::new("public", "log"),
            publication: "p".into(),
            rows: Some(Rows(5)),
            has_key,
        };
        let unidentified = tables.map(|tables| tables.into_iter().map(table).collect());
        check(&pg(15).with(&Replication { unidentified, ..Replication::default() }))
    }

    #[test]
    fn fires_with_full_where_there_is_no_key() {
        assert!(found(Some(vec![false])).unwrap()[0].fixes[0].statement.contains("REPLICA IDENTITY FULL"));
    }

    #[test]
    fn fires_with_default_where_there_is_one() {
        assert!(found(Some(vec![true])).unwrap()[0].fixes[0].statement.contains("REPLICA IDENTITY DEFAULT"));
    }

    #[test]
    fn silent_when_all_are_identified() {
        assert!(found(Some(vec![])).unwrap().is_empty());
    }

    #[test]
    fn silent_when_it_could_not_be_read() {
        assert!(found(None).is_err());
    }
}

use dbwright_model::{Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use crate::autovacuum::on_primary;
use crate::sections::tables::Tables;

pub(super) const RULE: Rule = Rule {
    id: "unlogged-table",
    title: "A table is lost at the next crash",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "the rows can be computed or fetched again: a cache, a staging area, sessions that may be lost",
    do_not: "rely on backups for it: a physical backup restores an unlogged table empty",
    lesson: include_str!("unlogged_table.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let replicated = case.get::<Catalog>().is_ok_and(|catalog| catalog.has_replicas);
    let unlogged = case.get::<Tables>()?.tables.iter().filter(|table| table.unlogged && table.live.0 > 0);
    Ok(unlogged
        .map(|table| {
            let name = Dialect::Postgres.qualified(&table.name);
            let (severity, also) = match replicated {
                true => (Severity::Warn, ", and it is empty on every standby already"),
                false => (Severity::Info, ""),
            };
            let cause = format!("the table is unlogged: its {} are gone after a crash of the server{also}", table.live);
            let size = table.size.unwrap_or(Bytes(0));
            Finding::new(severity, Subject::table(&table.name), cause)
                .catalog("persistence", "unlogged", "pg_class.relpersistence")
                .measured("rows", table.live, "pg_stat_user_tables.n_live_tup")
                .weight(table.live.0 as f64)
                .fix(
                    Fix::sql(
                        format!("ALTER TABLE {name} SET LOGGED;"),
                        Undo::Statement(format!("ALTER TABLE {name} SET UNLOGGED;")),
                    )
                    .lock("ACCESS EXCLUSIVE (nobody reads or writes the table until it is done)")
                    .disk(size)
                    .cost("rewrites the table and writes all of it to the log")
                    .verify(format!(
                        "SELECT relpersistence FROM pg_class WHERE oid = {}::regclass;",
                        Dialect::Postgres.literal(&name)
                    )),
                )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::Rows;

    use super::*;
    use crate::rules::fixtures::{case, catalog, table};
    use crate::sections::tables::TableFacts;

    fn carts(rows: u64, replicas: bool) -> Vec<Finding> {
        let carts = TableFacts { unlogged: true, live: Rows(rows), ..table("carts", rows) };
        check(&case(vec![carts, table("orders", 10)]).with(&Catalog { has_replicas: replicas, ..catalog(vec![]) }))
            .unwrap()
    }

    #[test]
    fn fires_on_an_unlogged_table() {
        let found = carts(5_000, false);
        assert_eq!(
            (found.len(), found[0].severity, found[0].subject.name.as_str()),
            (1, Severity::Info, "public.carts")
        );
    }

    #[test]
    fn fires_louder_with_standbys() {
        assert_eq!(carts(5_000, true)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_when_it_is_empty() {
        assert!(carts(0, true).is_empty());
    }

    #[test]
    fn silent_on_logged_tables() {
        assert!(check(&case(vec![table("orders", 10)])).unwrap().is_empty());
    }
}

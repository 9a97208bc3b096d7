use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "test-database",
    title: "A database that everybody may write to by default",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "tests use it, on a server that is for tests",
    do_not: "put real data there: on MariaDB every account may read and change it, whatever its grants say",
    lesson: include_str!("test_database.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = case.get::<Accounts>()?;
    let catalog = case.get::<Catalog>().ok();
    Ok(accounts
        .test_databases
        .iter()
        .map(|database| {
            let tables =
                catalog.map(|catalog| catalog.tables.iter().filter(|table| table.name.schema == *database).count());
            let holds = match tables {
                Some(0) => " and is empty".to_owned(),
                Some(1) => " and holds a table".to_owned(),
                Some(n) => format!(" and holds {n} tables"),
                None => String::new(),
            };
            let cause = format!(
                "database {database} exists{holds}; installations often let every account write to test and test_…, also to fill the disk"
            );
            let found = Finding::new(Severity::Info, Subject::new(SubjectKind::Database, database), cause)
                .catalog("database", database.to_string(), "information_schema.schemata.schema_name");
            // A fix never throws away tables.
            match tables {
                Some(0) => found.fix(
                    Fix::sql(
                        format!("DROP DATABASE {};", Dialect::MySql.quote(database)),
                        Undo::Statement(format!("CREATE DATABASE {};", Dialect::MySql.quote(database))),
                    )
                    .verify("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'test%';"),
                ),
                _ => found.fix(
                    Fix::sql(
                        "SELECT user, host, db FROM mysql.db WHERE db LIKE 'test%';",
                        Undo::NotNeeded("it only reads".into()),
                    )
                    .cost("shows who may write to it; move the tables that matter before you drop it"),
                ),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{ObjectName, Table};

    use super::super::fixtures::{catalog, mariadb, recent, table};
    use super::*;

    fn found(databases: &[&str], tables: Vec<Table>) -> Vec<Finding> {
        let test_databases = databases.iter().map(|name| (*name).into()).collect();
        check(&catalog(mariadb(), tables).with(&Accounts { accounts: vec![], test_databases })).unwrap()
    }

    #[test]
    fn fires_on_an_empty_one() {
        assert_eq!(found(&["test"], vec![table(1)])[0].fixes[0].statement, "DROP DATABASE test;");
    }

    #[test]
    fn fires_but_drops_no_tables() {
        let used = Table { name: ObjectName::new("test_a", "t"), ..table(1) };
        let found = found(&["test_a"], vec![used]);
        assert!(found[0].cause.contains("holds a table"));
        assert!(found[0].fixes[0].statement.starts_with("SELECT"));
    }

    #[test]
    fn silent_without_one() {
        assert!(found(&[], vec![table(1)]).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(check(&recent()).is_err());
    }
}

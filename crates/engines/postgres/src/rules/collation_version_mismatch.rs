use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Severity, Subject, Undo, Why,
};
use dbwright_sql::Dialect;

use crate::sections::databases::{Database, Databases};

pub(super) const RULE: Rule = Rule {
    id: "collation-version-mismatch",
    title: "The collation changed below existing indexes",
    engines: &[Engine::Postgres],
    versions: "15–19",
    area: Area::Maintenance,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "no index of the database contains text that the two versions sort differently (plain ASCII letters and digits usually sort alike)",
    do_not: "run ALTER DATABASE … REFRESH COLLATION VERSION alone: it silences the warning and leaves the indexes wrong",
    lesson: include_str!("collation_version_mismatch.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let section = case.get::<Databases>()?;
    if case.server.version.major < 15 {
        let detail = "databases remember the version of their collation from PostgreSQL 15 on";
        return Err(NotEvaluated::new(Why::Version, detail));
    }
    let changed = section.databases.iter().filter_map(|database| {
        let built = database.collation_version.as_deref()?;
        let actual = database.collation_actual.as_deref()?;
        (built != actual).then(|| finding(case, database, built, actual))
    });
    Ok(changed.collect())
}

fn finding(case: &Case, database: &Database, built: &str, actual: &str) -> Finding {
    let name = Dialect::Postgres.quote(&database.name);
    let reindex = Fix::sql(
        format!("REINDEX DATABASE CONCURRENTLY {name}; ALTER DATABASE {name} REFRESH COLLATION VERSION;"),
        Undo::NotNeeded("the indexes are built anew in the same shape".into()),
    )
    .lock("SHARE UPDATE EXCLUSIVE on one table at a time (reads and writes go on)")
    .cost("run it while connected to that database; needs room for the largest index twice; unique indexes that already hold duplicates fail and must be cleaned first")
    .verify(format!(
        "SELECT datname, datcollversion, pg_database_collation_actual_version(oid) FROM pg_database WHERE datname = {};",
        Dialect::Postgres.literal(&database.name)
    ));
    let collation = database.collation.as_deref().unwrap_or("its collation");
    let major = case.server.version.major;
    Finding::new(
        Severity::Error,
        Subject::new(SubjectKind::Database, &database.name),
        format!(
            "indexes on text were sorted by {collation} version {built} and are searched by version {actual}: lookups miss rows and unique indexes let duplicates in"
        ),
    )
    .catalog("version the indexes were built with", built, "pg_database.datcollversion")
    .catalog("version the system has", actual, "pg_database_collation_actual_version()")
    .catalog("PostgreSQL", major.to_string(), "server_version")
    .fix(reindex)
    .weight(database.size.unwrap_or_default().0 as f64)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(major: u32, built: Option<&str>, actual: Option<&str>) -> Checked {
        let database = Database {
            name: "shop".into(),
            collation: Some("de_DE.UTF-8".into()),
            collation_version: built.map(Into::into),
            collation_actual: actual.map(Into::into),
            ..Database::default()
        };
        check(&pg(major).with(&Databases { databases: vec![database] }))
    }

    #[test]
    fn fires_after_a_new_libc() {
        assert!(found(15, Some("2.31"), Some("2.36")).unwrap()[0].cause.contains("2.31"));
    }

    #[test]
    fn fires_when_the_library_went_back() {
        assert_eq!(found(18, Some("2.36"), Some("2.31")).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_equal() {
        assert!(found(15, Some("2.36"), Some("2.36")).unwrap().is_empty());
    }

    #[test]
    fn silent_for_the_c_collation() {
        assert!(found(15, None, None).unwrap().is_empty());
    }

    #[test]
    fn silent_where_versions_are_not_kept() {
        assert_eq!(found(14, None, None).unwrap_err().why, Why::Version);
    }
}

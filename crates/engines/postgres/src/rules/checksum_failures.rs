use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};

use crate::sections::databases::{Database, Databases};

pub(super) const RULE: Rule = Rule {
    id: "checksum-failures",
    title: "Data pages fail their checksum",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "the pages were repaired since and the counter was not reset; pg_stat_reset() in that database starts it anew",
    do_not: "set zero_damaged_pages = on or ignore_checksum_failure = on to make the errors go away: the first destroys the damaged pages for good",
    lesson: include_str!("checksum_failures.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let section = case.get::<Databases>()?;
    let damaged = section.databases.iter().filter_map(|each| Some((each, each.checksum_failures.filter(|n| n.0 > 0)?)));
    Ok(damaged.map(|(database, failures)| finding(database, failures)).collect())
}

fn finding(database: &Database, failures: Count) -> Finding {
    let (subject, connect) = match database.name.is_empty() {
        true => ("shared catalogs", "postgres"),
        false => (database.name.as_str(), database.name.as_str()),
    };
    let shell = connect.replace('\'', "'\\''");
    let amcheck = Fix::of(
        FixKind::Shell,
        format!("pg_amcheck --heapallindexed --install-missing --database='{shell}'"),
        Undo::NotNeeded("it only reads, apart from installing the extension amcheck".into()),
    )
    .lock("ACCESS SHARE (reads and writes go on)")
    .cost("reads every table and index of the database; names the damaged ones; the program comes with 14 and later")
    .verify(
        "SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database WHERE checksum_failures > 0;",
    );
    let when = database.checksum_failure_age.map_or_else(String::new, |age| format!(", the last {age} ago"));
    let cause = format!(
        "{failures} page reads failed their checksum{when}: the storage returned other bytes than were written"
    );
    Finding::new(Severity::Error, Subject::new(SubjectKind::Database, subject), cause)
        .measured("checksum failures", failures, "pg_stat_database.checksum_failures")
        .fix(amcheck)
        .weight(failures.0 as f64)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(name: &str, failures: Option<u64>) -> Vec<Finding> {
        let database = Database { name: name.into(), checksum_failures: failures.map(Count), ..Database::default() };
        check(&pg(15).with(&Databases { databases: vec![database] })).unwrap()
    }

    #[test]
    fn fires_on_a_single_failure() {
        assert_eq!(found("shop", Some(1))[0].severity, Severity::Error);
    }

    #[test]
    fn fires_on_shared_catalogs() {
        assert_eq!(found("", Some(2))[0].subject.name, "shared catalogs");
    }

    #[test]
    fn silent_without_failures() {
        assert!(found("shop", Some(0)).is_empty());
    }

    #[test]
    fn silent_where_nothing_is_checked() {
        assert!(found("shop", None).is_empty());
    }
}

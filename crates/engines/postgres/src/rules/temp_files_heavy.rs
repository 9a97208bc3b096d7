use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Subject, Undo,
};
use dbwright_sql::Dialect;

use super::window::DAY;
use super::{change, window};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "temp-files-heavy",
    title: "Sorts and hashes spill to disk all day",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&PER_DAY, &OF_SIZE, &OFFERED, &DAY],
    explains: &["spilling-query"],
    wrong_when: "the files come from a few nightly reports or index builds that nobody waits for",
    do_not: "raise work_mem for the whole server: every sort and hash of every session may take it, and the sum brings the machine down",
    lesson: include_str!("temp_files_heavy.md"),
    check,
};

static PER_DAY: Limit<Bytes> = Limit {
    what: "temporary files written in a day",
    value: Bytes::gib(1),
    source: "below this a day's spills are a second or two of disk time; PMM alerts at the same amount",
};

static OF_SIZE: Limit<Share> = Limit {
    what: "temporary files written in a day, as part of the database's size",
    value: Share(0.1),
    source: "ours: keeps large databases quiet whose spills are small beside their other reads",
};

static OFFERED: Limit<Bytes> = Limit {
    what: "largest work_mem offered for a whole database",
    value: Bytes::mib(64),
    source: "it is taken per sort and per session; beyond this only single queries or roles should have it",
};

fn check(case: &Case) -> Checked {
    let heavy = window::databases(case)?.into_iter().filter(|(database, days)| {
        let daily = database.temp_bytes.0 as f64 / days;
        daily >= PER_DAY.value.0 as f64 && database.size.is_none_or(|size| daily >= OF_SIZE.value.0 * size.0 as f64)
    });
    Ok(heavy.map(|(database, days)| finding(case, database, days)).collect())
}

fn finding(case: &Case, database: &Database, days: f64) -> Finding {
    let daily = Bytes((database.temp_bytes.0 as f64 / days) as u64);
    let mean = Bytes(database.temp_bytes.0 / database.temp_files.0.max(1));
    let cause =
        format!("{daily} a day are written to temporary files, {mean} each: sorts and hashes do not fit work_mem");
    let mut finding = Finding::new(Severity::Warn, Subject::new(SubjectKind::Database, &database.name), cause)
        .measured("temporary files in a day", daily, "pg_stat_database.temp_bytes")
        .measured("temporary files", database.temp_files, "pg_stat_database.temp_files")
        .measured("age of the counters", Seconds::days(days), "pg_stat_database.stats_reset")
        .fix(change::setting(case, "log_temp_files", "'10MB'").cost(
            "one log line a file from 10 MB on, with the statement that wrote it: first find which queries these are",
        ))
        .weight(daily.0 as f64);
    // A sort needs more in memory than its file holds on disk.
    let needed = Bytes((mean.0 * 2).next_power_of_two().max(8 << 20));
    if needed.0 <= OFFERED.value.0 {
        let name = Dialect::Postgres.quote(&database.name);
        let value = change::size(needed);
        finding = finding.fix(
            Fix::sql(
                format!("ALTER DATABASE {name} SET work_mem = {value};"),
                Undo::Statement(format!("ALTER DATABASE {name} RESET work_mem;")),
            )
            .cost(format!("for new sessions; up to {value} for each sort or hash of each running query, so count the sessions first"))
            .verify("SELECT temp_files, temp_bytes FROM pg_stat_database WHERE datname = current_database();"),
        );
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::databases::Databases;
    use dbwright_model::{Count, Why};

    fn found(daily: Bytes, size: Option<Bytes>, files: u64, window: Seconds) -> Checked {
        let database = Database {
            name: "shop".into(),
            window: Some(window),
            temp_bytes: Bytes((daily.0 as f64 * window.0 / 86_400.0) as u64),
            temp_files: Count(files),
            size,
            ..Database::default()
        };
        check(&pg(15).with(&Databases { databases: vec![database] }))
    }

    #[test]
    fn fires_and_offers_what_the_mean_file_needs() {
        let found = found(Bytes::gib(2), Some(Bytes::gib(5)), 2048, Seconds::days(4.0)).unwrap();
        assert_eq!(found[0].fixes[1].statement, "ALTER DATABASE shop SET work_mem = '8MB';");
    }

    #[test]
    fn fires_without_an_offer_for_huge_sorts() {
        assert_eq!(found(Bytes::gib(20), None, 10, Seconds::days(2.0)).unwrap()[0].fixes.len(), 1);
    }

    #[test]
    fn silent_below_a_gigabyte_a_day() {
        assert!(found(Bytes::mib(1000), Some(Bytes::gib(1)), 100, Seconds::days(4.0)).unwrap().is_empty());
    }

    #[test]
    fn silent_where_it_is_little_beside_the_data() {
        assert!(found(Bytes::gib(2), Some(Bytes::gib(30)), 100, Seconds::days(4.0)).unwrap().is_empty());
    }

    #[test]
    fn silent_on_young_counters() {
        assert_eq!(found(Bytes::gib(90), None, 9, Seconds::hours(3.0)).unwrap_err().why, Why::Window);
    }
}

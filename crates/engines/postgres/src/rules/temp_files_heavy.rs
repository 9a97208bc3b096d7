use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Undo};
use dbwright_sql::Dialect;

use super::window::{Counted, DAY, EVENTS, SAMPLE};
use super::{change, window};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "temp-files-heavy",
    title: "Sorts and hashes spill to disk all day",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&PER_DAY, &OF_SIZE, &OFFERED, &DAY, &SAMPLE, &EVENTS],
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
    let heavy = window::databases(case)?.into_iter().filter(|database| {
        let daily = database.daily(database.temp_bytes.0 as f64);
        database.enough(database.temp_files)
            && daily >= PER_DAY.value.0 as f64
            && database.size.is_none_or(|size| daily >= OF_SIZE.value.0 * size.0 as f64)
    });
    Ok(heavy.map(|database| finding(case, &database)).collect())
}

fn finding(case: &Case, database: &Counted<'_, Database>) -> Finding {
    let daily = Bytes(database.daily(database.temp_bytes.0 as f64) as u64);
    let mean = Bytes(database.temp_bytes.0 / database.temp_files.0.max(1));
    let pace = match database.sampled {
        true => format!("{} were written to temporary files {}", database.temp_bytes, database.when()),
        false => format!("{daily} a day are written to temporary files"),
    };
    let cause = format!("{pace}, {mean} each: sorts and hashes do not fit work_mem");
    let mut finding = Finding::new(Severity::Warn, database.subject(), cause)
        .measured("temporary files in a day, at this pace", daily, "pg_stat_database.temp_bytes")
        .measured("temporary files", database.temp_files, "pg_stat_database.temp_files")
        .measured("age of the counters", database.window, database.source())
        .fix(change::setting(case, "log_temp_files", "'10MB'").cost(
            "one log line a file from 10 MB on, with the statement that wrote it: first find which queries these are",
        ))
        .weight(daily.0 as f64);
    // A sort needs more in memory than its file holds on disk.
    let needed = Bytes((mean.0 * 2).next_power_of_two().max(8 << 20));
    if needed.0 <= OFFERED.value.0 && !database.sampled {
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
    use super::super::bench::{pg, sample};
    use super::*;
    use crate::sections::databases::Databases;
    use dbwright_model::{Count, Seconds, Why};

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

    /// The same of a server that was started an hour ago, within 20 s.
    fn in_a_sample(grown: &[(&str, f64)]) -> Vec<Finding> {
        let database = Database { name: "shop".into(), window: Some(Seconds(3600.0)), ..Database::default() };
        check(&pg(15).with(&Databases { databases: vec![database] }).with(&sample(20.0, grown))).unwrap()
    }

    #[test]
    fn fires_within_a_sample() {
        let found = in_a_sample(&[("pg_stat_database.temp_files", 10.0), ("pg_stat_database.temp_bytes", 1e8)]);
        assert_eq!(found[0].subject, dbwright_model::Subject::server());
    }

    #[test]
    fn silent_on_too_little_in_a_sample() {
        assert!(in_a_sample(&[("pg_stat_database.temp_files", 9.0), ("pg_stat_database.temp_bytes", 1e9)]).is_empty());
    }
}

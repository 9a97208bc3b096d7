use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rule, Settings, Severity, Share, Undo,
    Why,
};

use super::window;
use super::window::{Counted, DAY, SAMPLE};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "cache-hit-low",
    title: "Sessions spend their time reading from disk",
    engines: &[Engine::Postgres],
    versions: "14–19",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&HITS, &WAITING, &READS, &DAY, &SAMPLE],
    explains: &[],
    wrong_when: "the work is analytical: large scans read from disk whatever the cache",
    do_not: "raise shared_buffers until the ratio looks good: it may only move pages out of the system's cache, which had them already",
    lesson: include_str!("cache_hit_low.md"),
    check,
};

static HITS: Limit<Share> = Limit {
    what: "pages found in shared buffers",
    value: Share(0.99),
    source: "the customary mark for transaction processing; alone it means nothing, as the system's cache may hold the rest",
};

static WAITING: Limit<Share> = Limit {
    what: "time executing that was spent reading pages",
    value: Share(0.1),
    source: "ours: below a tenth, no cache can make a query noticeably faster",
};

static READS: Limit<Count> =
    Limit { what: "pages read", value: Count(100_000), source: "a percentage needs numbers behind it" };

fn check(case: &Case) -> Checked {
    if case.server.version.major < 14 {
        return Err(NotEvaluated::new(Why::Version, "the time spent in queries is counted from PostgreSQL 14 on"));
    }
    if case.get::<Settings>()?.is_on("track_io_timing") == Some(false) {
        let detail = "without track_io_timing nobody can tell a slow disk from the system's cache";
        return Err(NotEvaluated::new(Why::Setting, detail)
            .allow("ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();"));
    }
    let mut found = Vec::new();
    for database in window::databases(case)? {
        let hits = Share::of(database.pages_hit.0 as f64, (database.pages_hit.0 + database.pages_read.0) as f64);
        let waiting = database.active_time.and_then(|active| Share::of(database.read_time.0, active.0));
        let (Some(hits), Some(waiting)) = (hits, waiting) else { continue };
        if hits < HITS.value && waiting > WAITING.value && database.pages_read.0 >= READS.value.0 {
            found.push(finding(&database, hits, waiting));
        }
    }
    Ok(found)
}

fn finding(database: &Counted<'_, Database>, hits: Share, waiting: Share) -> Finding {
    Finding::new(
        Severity::Info,
        database.subject(),
        format!("{waiting} of the time in queries is spent reading pages from below shared buffers, which hold {hits} of what is asked for"),
    )
    .measured("time reading", waiting, "pg_stat_database.blk_read_time / active_time")
    .measured("pages found in shared buffers", hits, "pg_stat_database.blks_hit")
    .measured("pages read", database.pages_read, "pg_stat_database.blks_read")
    .fix(
        Fix::sql(
            "SELECT relname, heap_blks_read, idx_blks_read FROM pg_statio_user_tables ORDER BY heap_blks_read + coalesce(idx_blks_read, 0) DESC LIMIT 10;",
            Undo::NotNeeded("it only reads".into()),
        )
        .cost("names the tables the reads go to: first a missing index, then a larger shared_buffers"),
    )
    .weight(database.read_time.0)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{pg, sample};
    use super::*;
    use crate::sections::databases::Databases;
    use dbwright_model::Seconds;

    fn found(hit: u64, read: u64, reading: f64, active: Option<f64>) -> Vec<Finding> {
        let database = Database {
            name: "shop".into(),
            window: Some(Seconds::days(3.0)),
            pages_hit: Count(hit),
            pages_read: Count(read),
            read_time: Seconds(reading),
            active_time: active.map(Seconds),
            ..Database::default()
        };
        let settings = Settings::default().with("track_io_timing", "on");
        check(&pg(15).with(&Databases { databases: vec![database] }).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_reads_take_the_time() {
        assert_eq!(found(9_000_000, 1_000_000, 500.0, Some(1000.0)).len(), 1);
    }

    #[test]
    fn fires_just_above_a_tenth() {
        assert_eq!(found(900_000, 100_000, 101.0, Some(1000.0)).len(), 1);
    }

    #[test]
    fn silent_when_reads_are_fast() {
        assert!(found(9_000_000, 1_000_000, 99.0, Some(1000.0)).is_empty());
    }

    #[test]
    fn silent_when_almost_everything_hits() {
        assert!(found(99_100_000, 900_000, 500.0, Some(1000.0)).is_empty());
    }

    #[test]
    fn silent_on_few_reads_and_before_14() {
        assert!(found(1, 99_999, 500.0, Some(1000.0)).is_empty());
        assert!(found(9_000_000, 1_000_000, 500.0, None).is_empty());
    }

    #[test]
    fn silent_without_timing() {
        let case = pg(15).with(&Settings::default().with("track_io_timing", "off"));
        assert_eq!(check(&case).unwrap_err().why, Why::Setting);
    }

    /// The same of a server that was started an hour ago, within 20 s.
    fn in_a_sample(grown: &[(&str, f64)]) -> Vec<Finding> {
        let database = Database { name: "shop".into(), window: Some(Seconds(3600.0)), ..Database::default() };
        check(
            &pg(15)
                .with(&Databases { databases: vec![database] })
                .with(&sample(20.0, grown))
                .with(&Settings::default().with("track_io_timing", "on")),
        )
        .unwrap()
    }

    #[test]
    fn fires_within_a_sample() {
        let found = in_a_sample(&[
            ("pg_stat_database.blks_hit", 900_000.0),
            ("pg_stat_database.blks_read", 100_000.0),
            ("pg_stat_database.blk_read_time", 9_000.0),
            ("pg_stat_database.active_time", 60_000.0),
        ]);
        assert_eq!(found[0].subject, dbwright_model::Subject::server());
    }

    #[test]
    fn silent_on_too_little_in_a_sample() {
        assert!(
            in_a_sample(&[
                ("pg_stat_database.blks_hit", 900_000.0),
                ("pg_stat_database.blks_read", 99_999.0),
                ("pg_stat_database.blk_read_time", 9_000.0),
                ("pg_stat_database.active_time", 60_000.0)
            ])
            .is_empty()
        );
    }
}

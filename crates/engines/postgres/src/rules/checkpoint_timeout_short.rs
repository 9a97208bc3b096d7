use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Seconds, Settings, Severity, Share,
    Subject, Why,
};

use super::window::DAY;
use super::{change, window};
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "checkpoint-timeout-short",
    title: "Checkpoints every few minutes double the log",
    engines: &[Engine::Postgres],
    versions: "14–19",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&TIMEOUT, &IMAGES, &DAILY, &DAY],
    explains: &[],
    wrong_when: "recovery after a crash must be as short as possible and the disk has room for the writes",
    do_not: "set full_page_writes = off to be rid of the page images: a torn page after a power failure then stays torn",
    lesson: include_str!("checkpoint_timeout_short.md"),
    check,
};

static TIMEOUT: Limit<Seconds> = Limit {
    what: "checkpoint_timeout",
    value: Seconds(300.0),
    source: "the default; servers with steady writes are run at 15 to 30 minutes",
};

static IMAGES: Limit<Share> = Limit {
    what: "records that carry a whole page",
    value: Share(0.1),
    source: "ours: a whole page is some fifty times an ordinary record, so a tenth of the records is most of the log",
};

static DAILY: Limit<Bytes> =
    Limit { what: "log in a day", value: Bytes::gib(10), source: "ours: less does not trouble a disk or a standby" };

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    let settings = case.get::<Settings>()?;
    let Some(timeout) = settings.seconds("checkpoint_timeout").filter(|timeout| *timeout <= TIMEOUT.value) else {
        return Ok(vec![]);
    };
    let Some(log) = &wal.log else {
        return Err(NotEvaluated::new(Why::Version, "the log is counted from PostgreSQL 14 on"));
    };
    // No sample stands in: behind a checkpoint the log of a minute is nearly all whole pages.
    let days = window::days(Some(log.window))?;
    let daily = Bytes((log.bytes.0 as f64 / days) as u64);
    let Some(images) = Share::of(log.full_page_images.0 as f64, log.records.0 as f64) else { return Ok(vec![]) };
    if daily.0 < DAILY.value.0 || images < IMAGES.value || settings.is_on("full_page_writes") == Some(false) {
        return Ok(vec![]);
    }
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("checkpoint_timeout"),
            format!("with a checkpoint every {timeout}, {images} of the log's records carry a whole page: {daily} of log a day, much of it the same pages again"),
        )
        .measured("records with a whole page", log.full_page_images, "pg_stat_wal.wal_fpi")
        .measured("records", log.records, "pg_stat_wal.wal_records")
        .measured("log in a day", daily, "pg_stat_wal.wal_bytes")
        .catalog("checkpoint_timeout", timeout, "pg_settings.setting")
        .fix(
            change::setting(case, "checkpoint_timeout", "'15min'")
                .cost("crash recovery replays up to a quarter of an hour of log; max_wal_size must be large enough for it"),
        )
        .weight(daily.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::wal::Log;
    use dbwright_model::Count;

    fn case(timeout: &str, records: u64, images: u64, bytes: Bytes) -> Case {
        let log = Log {
            window: Seconds::days(2.0),
            records: Count(records),
            full_page_images: Count(images),
            bytes,
            ..Log::default()
        };
        pg(15).with(&Wal { log: Some(log), ..Wal::default() }).with(&Settings::default().with_unit(
            "checkpoint_timeout",
            timeout,
            "s",
        ))
    }

    #[test]
    fn fires_at_the_default_with_much_log() {
        assert_eq!(check(&case("300", 1_000_000, 200_000, Bytes::gib(60))).unwrap().len(), 1);
    }

    #[test]
    fn fires_below_the_default() {
        assert_eq!(check(&case("60", 1_000_000, 100_000, Bytes::gib(20))).unwrap().len(), 1);
    }

    #[test]
    fn silent_at_a_quarter_of_an_hour() {
        assert!(check(&case("900", 1_000_000, 200_000, Bytes::gib(60))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_few_images_or_little_log() {
        assert!(check(&case("300", 1_000_000, 99_000, Bytes::gib(60))).unwrap().is_empty());
        assert!(check(&case("300", 1_000_000, 200_000, Bytes::gib(19))).unwrap().is_empty());
    }
}

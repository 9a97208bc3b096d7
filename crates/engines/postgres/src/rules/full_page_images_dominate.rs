use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Grade, Harm, Limit, NotEvaluated, Rule, Settings, Severity, Share,
    Subject, Why,
};

use super::window::DAY;
use super::{change, window};
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "full-page-images-dominate",
    title: "Most of the log is whole pages, uncompressed",
    engines: &[Engine::Postgres],
    versions: "14–19",
    area: Area::Durability,
    harm: Harm::Waste,
    limits: &[&SHARE, &DAILY, &DAY],
    explains: &[],
    wrong_when: "the CPU is the bottleneck and the disk is not",
    do_not: "set full_page_writes = off: a torn page after a power failure then stays torn",
    lesson: include_str!("full_page_images_dominate.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "log that is whole pages",
    value: Share(0.5),
    source: "ours: from half on, compressing them at least halves what they take of the log",
};

static DAILY: Limit<Bytes> =
    Limit { what: "log in a day", value: Bytes::gib(10), source: "ours: less does not trouble a disk or a standby" };

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    let settings = case.get::<Settings>()?;
    // With compression the size of the images is not known.
    if settings.text("wal_compression") != Some("off") {
        return Ok(vec![]);
    }
    let Some(log) = &wal.log else {
        return Err(NotEvaluated::new(Why::Version, "the log is counted from PostgreSQL 14 on"));
    };
    // No sample stands in: behind a checkpoint the log of a minute is nearly all whole pages.
    let days = window::days(Some(log.window))?;
    let page = settings.bytes("block_size").unwrap_or(Bytes(8192));
    let images = Bytes((log.full_page_images.0 * page.0).min(log.bytes.0));
    let daily = Bytes((log.bytes.0 as f64 / days) as u64);
    let Some(share) = images.share_of(log.bytes).filter(|share| *share >= SHARE.value) else { return Ok(vec![]) };
    if daily.0 < DAILY.value.0 {
        return Ok(vec![]);
    }
    let method = if case.server.version.major >= 15 { "lz4" } else { "on" };
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("wal_compression"),
            format!("up to {share} of {daily} of log a day are whole pages, written uncompressed"),
        )
        .grade(Grade::Derived)
        .measured("whole pages", log.full_page_images, "pg_stat_wal.wal_fpi")
        .measured("log", log.bytes, "pg_stat_wal.wal_bytes")
        .fix(
            change::setting(case, "wal_compression", method)
                .cost("some CPU for each page image; lz4 needs a server built with it, as the packages are"),
        )
        .weight(images.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::wal::Log;
    use dbwright_model::{Count, Seconds};

    fn case(major: u32, compression: &str, images: u64, bytes: Bytes) -> Case {
        let log = Log { window: Seconds::days(2.0), full_page_images: Count(images), bytes, ..Log::default() };
        pg(major)
            .with(&Wal { log: Some(log), ..Wal::default() })
            .with(&Settings::default().with("wal_compression", compression).with("block_size", "8192"))
    }

    #[test]
    fn fires_with_the_method_of_the_version() {
        let found = |major| check(&case(major, "off", 8_000_000, Bytes::gib(80))).unwrap();
        assert!(found(15)[0].fixes[0].statement.contains("lz4"));
        assert!(found(14)[0].fixes[0].statement.contains("= on"));
    }

    #[test]
    fn fires_at_half() {
        assert_eq!(check(&case(16, "off", 1_310_720 * 4, Bytes::gib(80))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_compressed() {
        assert!(check(&case(15, "pglz", 8_000_000, Bytes::gib(80))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_little_log_or_few_images() {
        assert!(check(&case(15, "off", 8_000_000, Bytes::gib(19))).unwrap().is_empty());
        assert!(check(&case(15, "off", 5_000_000, Bytes::gib(80))).unwrap().is_empty());
    }
}

use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, NotEvaluated, Rate, Rule, Settings, Severity, Subject,
    Why,
};

use super::window::{DAY, EVENTS, SAMPLE};
use super::{change, window};
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "wal-buffers-full",
    title: "Sessions wait for room in the log's buffers",
    engines: &[Engine::Postgres],
    versions: "14–19",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&RATE, &LARGE, &DAY, &SAMPLE, &EVENTS],
    explains: &[],
    wrong_when: "they come from bulk loads, which are bound by the disk anyway",
    do_not: "make wal_buffers gigabytes: every commit flushes it, so it is never full of more than the running transactions",
    lesson: include_str!("wal_buffers_full.md"),
    check,
};

static RATE: Limit<Rate> = Limit {
    what: "writes forced by full buffers, a second",
    value: Rate(0.1),
    source: "ours: some 9000 a day; a first load alone makes a few thousand",
};

static LARGE: Limit<Bytes> = Limit {
    what: "wal_buffers",
    value: Bytes::mib(64),
    source: "ours: a larger buffer than several segments does not help a log that is flushed at every commit",
};

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    let Some(log) = &wal.log else {
        return Err(NotEvaluated::new(Why::Version, "the log is counted from PostgreSQL 14 on"));
    };
    let log = window::counted(case, log)?;
    let Some(buffers) = case.get::<Settings>()?.bytes("wal_buffers") else {
        return Err(NotEvaluated::new(Why::NotCollected, "wal_buffers is not known"));
    };
    let rate = Rate(log.buffers_full.0 as f64 / log.window.0);
    if rate < RATE.value || !log.enough(log.buffers_full) || buffers.0 >= LARGE.value.0 {
        return Ok(vec![]);
    }
    let offered = Bytes((buffers.0 * 4).next_power_of_two().clamp(16 << 20, LARGE.value.0));
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("wal_buffers"),
            format!("the log was written {} times {} only because its {buffers} of buffers were full, {rate}: whoever wanted to write a record had to wait for the disk", log.buffers_full, log.when()),
        )
        .measured("writes because of full buffers", log.buffers_full, "pg_stat_wal.wal_buffers_full")
        .measured("log", log.bytes, "pg_stat_wal.wal_bytes")
        .catalog("wal_buffers", buffers, "pg_settings.setting")
        .fix(change::setting_at_restart(case, "wal_buffers", &change::size(offered)))
        .weight(rate.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{pg, sample};
    use super::*;
    use crate::sections::wal::Log;
    use dbwright_model::{Count, Seconds};

    fn case(full: u64, buffers_8k: &str, window: Seconds) -> Case {
        let log = Log { window, buffers_full: Count(full), ..Log::default() };
        pg(15).with(&Wal { log: Some(log), ..Wal::default() }).with(&Settings::default().with_unit(
            "wal_buffers",
            buffers_8k,
            "8kB",
        ))
    }

    #[test]
    fn fires_on_a_small_buffer() {
        let found = check(&case(50_000, "512", Seconds::days(2.0))).unwrap();
        assert_eq!(found[0].fixes[0].statement, "ALTER SYSTEM SET wal_buffers = '16MB';");
    }

    #[test]
    fn fires_at_16_mb_too() {
        let found = check(&case(500_000, "2048", Seconds::days(2.0))).unwrap();
        assert_eq!(found[0].fixes[0].statement, "ALTER SYSTEM SET wal_buffers = '64MB';");
    }

    #[test]
    fn silent_after_a_first_load() {
        assert!(check(&case(9_000, "512", Seconds::days(2.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_large_or_young() {
        assert!(check(&case(500_000, "8192", Seconds::days(2.0))).unwrap().is_empty());
        assert_eq!(check(&case(500_000, "512", Seconds::hours(2.0))).unwrap_err().why, Why::Window);
    }

    fn in_a_sample(full: f64) -> Vec<Finding> {
        let grown = [
            ("pg_stat_wal.wal_records", 1e5),
            ("pg_stat_wal.wal_fpi", 1e3),
            ("pg_stat_wal.wal_bytes", 1e8),
            ("pg_stat_wal.wal_buffers_full", full),
        ];
        check(&case(0, "512", Seconds::hours(1.0)).with(&sample(20.0, &grown))).unwrap()
    }

    #[test]
    fn fires_within_a_sample() {
        assert!(in_a_sample(10.0)[0].cause.contains("10 times in a sample of 20 s"));
    }

    #[test]
    fn silent_on_too_little_in_a_sample() {
        assert!(in_a_sample(9.0).is_empty());
    }
}

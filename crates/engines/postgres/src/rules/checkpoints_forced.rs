use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Sample, Seconds, Settings,
    Severity, Share, Subject, Why,
};

use super::window::{DAY, SAMPLE};
use super::{change, window};
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "checkpoints-forced",
    title: "The log fills up before checkpoints are due",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &LEAST, &FILLED, &DAY, &SAMPLE],
    explains: &["full-page-images-dominate", "checkpoint-timeout-short"],
    wrong_when: "the counters still contain a first bulk load; SELECT pg_stat_reset_shared('bgwriter') (from 17 on 'checkpointer') starts them anew",
    do_not: "lower checkpoint_completion_target or checkpoint_timeout to get it over with: both write more",
    lesson: include_str!("checkpoints_forced.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "checkpoints that came before checkpoint_timeout",
    value: Share(0.2),
    source: "the documentation asks to raise max_wal_size when they come too often; a nightly load alone stays below a fifth",
};

static LEAST: Limit<Count> =
    Limit { what: "forced checkpoints", value: Count(10), source: "a percentage needs numbers behind it" };

static FILLED: Limit<Share> = Limit {
    what: "log written between two checkpoints, beside the amount that forces one",
    value: Share(0.3),
    source: "ours: far less than the amount that forces a checkpoint means that commands and backups asked for them",
};

/// Room above the computed need, for days that are busier than those seen.
const ROOM: f64 = 1.1;

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    let settings = case.get::<Settings>()?;
    if wal.in_recovery {
        return Err(NotEvaluated::not_applicable("a standby checkpoints as its primary does"));
    }
    let Some(checkpoints) = &wal.checkpoints else {
        return Err(NotEvaluated::new(Why::NotCollected, "the checkpoint counters were not read"));
    };
    let checkpoints = window::counted(case, checkpoints)?;
    // The log over the same time: of the sample where the checkpoints are.
    let log = wal.log.as_ref().map(|log| match window::counted(case, log) {
        Ok(log) if log.sampled == checkpoints.sampled => (*log).clone(),
        _ => log.clone(),
    });
    let (Some(most), Some(timeout), Some(target)) = (
        settings.bytes("max_wal_size"),
        settings.seconds("checkpoint_timeout"),
        settings.number("checkpoint_completion_target"),
    ) else {
        return Err(NotEvaluated::new(Why::NotCollected, "the checkpoint settings are not known"));
    };
    let all = checkpoints.timed.0 + checkpoints.requested.0;
    let Some(share) = Share::of(checkpoints.requested.0 as f64, all as f64) else { return Ok(vec![]) };
    if share <= SHARE.value || checkpoints.requested.0 < LEAST.value.0 {
        return Ok(vec![]);
    }
    // A checkpoint starts early enough to end, spread by the target, before max_wal_size is reached.
    let trigger = most.0 as f64 / (1.0 + target);
    // What was written between two checkpoints on average; too little means that they were not forced by the log.
    if let Some(log) = &log {
        let between = log.bytes.0 as f64 / log.window.0 * checkpoints.window.0 / all as f64;
        if between < trigger * FILLED.value.0 {
            return Ok(vec![]);
        }
    }
    // The timed ones took their full interval each; the forced ones shared the rest of the time.
    let quiet = checkpoints.timed.0 as f64 * timeout.0;
    let busy = checkpoints.window.0 - if quiet < checkpoints.window.0 { quiet } else { 0.0 };
    let mean = log.as_ref().map_or(0.0, |log| log.bytes.0 as f64 / log.window.0);
    let sampled = case.get::<Sample>().ok().and_then(|sample| sample.rate("wal_bytes")).map_or(0.0, |rate| rate.0);
    let rate = (checkpoints.requested.0 as f64 * trigger / busy).max(mean).max(sampled);
    let needed = Bytes((rate * timeout.0 * (1.0 + target) * ROOM) as u64);
    let offered = Bytes(needed.0.max(most.0 * 2).div_ceil(1 << 30) << 30);
    let every = Seconds(checkpoints.window.0 / all as f64);
    let fix = change::setting(case, "max_wal_size", &change::size(offered))
        .disk(offered.minus(most))
        .cost("crash recovery replays up to that much log; keep it below half of the log's disk");
    Ok(vec![
        Finding::new(
            Severity::Warn,
            Subject::setting("max_wal_size"),
            format!(
                "{share} of the checkpoints were forced by the amount of log, one every {every} on average: pages are written again and again, and each first change after a checkpoint logs the whole page"
            ),
        )
        .measured("forced", checkpoints.requested, "checkpoints_req, from 17 on pg_stat_checkpointer.num_requested")
        .measured("timed", checkpoints.timed, "checkpoints_timed, from 17 on pg_stat_checkpointer.num_timed")
        .catalog("max_wal_size", most, "pg_settings.setting")
        .estimated("log written in busy times, a second", Bytes(rate as u64), "forced checkpoints × trigger ÷ their time")
        .estimated("max_wal_size for checkpoint_timeout at that rate", needed, "rate × timeout × (1 + completion target) × 1.1")
        .fix(fix)
        .weight(share.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{pg, sample};
    use super::*;

    use crate::sections::wal::{Checkpoints, Log};

    fn case(timed: u64, requested: u64, log: Option<Bytes>, window: Seconds) -> Case {
        let checkpoints =
            Checkpoints { window, timed: Count(timed), requested: Count(requested), ..Checkpoints::default() };
        let log = log.map(|bytes| Log { window, bytes, ..Log::default() });
        let settings = Settings::default()
            .with_unit("max_wal_size", "1024", "MB")
            .with_unit("checkpoint_timeout", "300", "s")
            .with("checkpoint_completion_target", "0.9");
        pg(15).with(&Wal { checkpoints: Some(checkpoints), log, ..Wal::default() }).with(&settings)
    }

    #[test]
    fn fires_and_computes_the_need() {
        // Two days, every minute one: 539 MB a minute, 9 MB/s; 300 s of it times 1.9 × 1.1 are 5.5 GB.
        let found = check(&case(0, 2880, None, Seconds::days(2.0))).unwrap();
        assert!(found[0].fixes[0].statement.starts_with("ALTER SYSTEM SET max_wal_size = '6GB'"), "{found:#?}");
    }

    #[test]
    fn fires_when_the_log_confirms_it() {
        assert_eq!(check(&case(300, 400, Some(Bytes::gib(250)), Seconds::days(2.0))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_commands_asked_for_them() {
        assert!(check(&case(300, 400, Some(Bytes::gib(20)), Seconds::days(2.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_a_nightly_load() {
        assert!(check(&case(500, 60, None, Seconds::days(2.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_a_few_and_on_young_counters() {
        assert!(check(&case(0, 9, None, Seconds::days(2.0))).unwrap().is_empty());
        assert_eq!(check(&case(0, 900, None, Seconds::hours(2.0))).unwrap_err().why, Why::Window);
    }

    #[test]
    fn fires_within_a_sample() {
        let grown = [("checkpoints_requested", 10.0), ("checkpoints_timed", 1.0), ("wal_bytes", 1e10)];
        let found = check(&case(0, 0, None, Seconds::hours(1.0)).with(&sample(120.0, &grown))).unwrap();
        assert!(found[0].fixes[0].statement.starts_with("ALTER SYSTEM SET max_wal_size = '49GB'"), "{found:#?}");
    }

    #[test]
    fn silent_on_too_little_in_a_sample() {
        let grown = [("checkpoints_requested", 9.0)];
        assert!(check(&case(0, 0, None, Seconds::hours(1.0)).with(&sample(120.0, &grown))).unwrap().is_empty());
    }
}

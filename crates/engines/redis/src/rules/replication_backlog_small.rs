use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Sample, Seconds, Severity, Subject,
    Why,
};

use super::fixes::config_set;
use crate::sections::info::Info;
static COVERS: Limit<Seconds> = Limit {
    what: "time the backlog covers",
    value: Seconds(60.0),
    source: "judgement: a restart of a replica or a switch takes about that long",
};
static WINDOW: Limit<Seconds> =
    Limit { what: "uptime", value: Seconds::hours(24.0), source: "a day holds every usual load" };

pub(super) const RULE: Rule = Rule {
    id: "replication-backlog-small",
    title: "The replication backlog covers less than a minute",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Replication,
    harm: Harm::Slowdown,
    limits: &[&COVERS, &WINDOW],
    explains: &[],
    wrong_when: "replicas sit in the same rack and never lose their link",
    do_not: "raise repl-timeout instead: it hides a dead link and does not save the full copy",
    lesson: include_str!("replication_backlog_small.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(size), Some(offset), Some(uptime)) = (info.repl_backlog_size, info.repl_offset, info.uptime) else {
        return Ok(vec![]);
    };
    if !info.is_primary() || info.replicas.is_empty() || size.0 == 0 {
        return Ok(vec![]);
    }
    let sampled = case.get::<Sample>().ok().and_then(|sample| sample.rate("master_repl_offset"));
    if sampled.is_none() && uptime < WINDOW.value {
        let reason =
            NotEvaluated::new(Why::Window, format!("the counters cover {uptime}, this needs {}", WINDOW.value));
        return Err(reason.allow("dbwright look --sample 30s, or ask again tomorrow"));
    }
    let rate = sampled.map_or(offset.0 as f64 / uptime.0.max(1.0), |rate| rate.0);
    let covers = Seconds(size.0 as f64 / rate.max(1.0));
    if covers >= COVERS.value {
        return Ok(vec![]);
    }
    let failed = info.sync_partial_err.unwrap_or_default();
    // The first connection of each replica counts as one that failed.
    let severity = if failed.0 > info.replicas.len() as u64 { Severity::Warn } else { Severity::Info };
    let wanted = ((rate * 300.0) as u64).next_power_of_two().max(16 << 20);
    let cause = format!(
        "at {} of writes per second the backlog of {size} covers {covers}: a longer break of the link costs a full copy",
        Bytes(rate as u64)
    );
    Ok(vec![
        Finding::new(severity, Subject::setting("repl-backlog-size"), cause)
            .catalog("backlog", size, "INFO replication.repl_backlog_size")
            .measured("covers", covers, "repl_backlog_size / growth of master_repl_offset")
            .measured("partial copies that failed", failed, "INFO stats.sync_partial_err")
            .weight(rate)
            .fix(
                config_set(case, "repl-backlog-size", &wanted.to_string())
                    .cost("that much memory, once for all replicas"),
            ),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;

    fn info(uptime: u64, offset: u64, failed: u64) -> String {
        format!(
            "role:master\r\nuptime_in_seconds:{uptime}\r\nmaster_repl_offset:{offset}\r\nrepl_backlog_size:1048576\r\nsync_partial_err:{failed}\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0\r\n"
        )
    }

    #[test]
    fn fires_when_it_covers_seconds() {
        assert_eq!(found(check, &redis(&info(100_000, 100_000 * 100_000, 0)))[0].severity, Severity::Info);
    }

    #[test]
    fn fires_harder_when_replicas_had_to_start_over() {
        assert_eq!(found(check, &redis(&info(100_000, 100_000 * 100_000, 5)))[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_when_it_covers_minutes() {
        assert!(found(check, &redis(&info(100_000, 100_000 * 10_000, 5))).is_empty());
    }

    #[test]
    fn silent_without_replicas() {
        let info = info(100_000, 100_000 * 100_000, 5).replace("slave0", "other");
        assert!(found(check, &redis(&info)).is_empty());
    }
}

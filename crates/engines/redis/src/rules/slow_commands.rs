use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Share, Subject,
};

use dbwright_model::finding::SubjectKind;

use super::fixes::code;
use crate::sections::commands::Commands;
use crate::sections::slowlog::Slowlog;
static MEAN: Limit<Seconds> = Limit {
    what: "mean time of a call",
    value: Seconds::millis(1.0),
    source: "judgement: usual commands take 1 to 20 µs",
};
static SHARE: Limit<Share> = Limit { what: "share of all command time", value: Share(0.10), source: "judgement" };
static CALLS: Limit<Count> = Limit { what: "calls", value: Count(10), source: "judgement: fewer are by hand" };
static SPENT: Limit<Seconds> =
    Limit { what: "time together", value: Seconds(10.0), source: "judgement: less is noise on a fresh server" };
static BLOCKED: Limit<Seconds> =
    Limit { what: "one run in the slow log", value: Seconds::millis(100.0), source: "judgement: a person notices" };

pub(super) const RULE: Rule = Rule {
    id: "slow-commands",
    title: "A command takes a noticeable part of the one thread",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&MEAN, &SHARE, &CALLS, &SPENT, &BLOCKED],
    explains: &[],
    wrong_when: "it runs at night, or on a replica that nobody else uses",
    do_not: "add a replica for it without reading in smaller steps: the command blocks the replica in the same way",
    lesson: include_str!("slow_commands.md"),
    check,
};

/// Commands whose work grows with the size of the key or of the database, and what to use instead.
const GROWING: &[(&str, &str)] = &[
    ("keys", "SCAN 0 MATCH pattern COUNT 100, repeated until the cursor is 0"),
    ("smembers", "SSCAN key 0 COUNT 100, or SISMEMBER for what is really asked"),
    ("hgetall", "HMGET key field … for the fields that are used, or HSCAN"),
    ("hkeys", "HSCAN key 0 COUNT 100"),
    ("hvals", "HSCAN key 0 COUNT 100"),
    ("lrange", "LRANGE key 0 99, page by page"),
    ("zrange", "ZRANGE key 0 99, page by page"),
    ("zrevrange", "ZREVRANGE key 0 99, page by page"),
    ("zrangebyscore", "ZRANGEBYSCORE key min max LIMIT 0 100"),
    ("sort", "keep a sorted set beside the data instead of sorting on each read"),
    ("sinter", "SINTERCARD (from 7.0) where only the number matters, or keep the result"),
    ("sunion", "keep the union up to date when members change"),
    ("sdiff", "keep the difference up to date when members change"),
    ("flushall", "FLUSHALL ASYNC"),
    ("flushdb", "FLUSHDB ASYNC"),
    ("del", "UNLINK, which frees in the background"),
    ("eval", "smaller scripts: the server does nothing else while one runs"),
    ("evalsha", "smaller scripts: the server does nothing else while one runs"),
];

fn check(case: &Case) -> Checked {
    let commands = case.get::<Commands>()?;
    let total = commands.total_time();
    let slowlog = case.get::<Slowlog>().ok();
    let mut findings = Vec::new();
    for (name, instead) in GROWING {
        let stat = commands.commands.get(*name).cloned().unwrap_or_default();
        let mean = Seconds(stat.time.0 / stat.calls.0.max(1) as f64);
        let share = Share::of(stat.time.0, total.0).unwrap_or_default();
        let costly =
            stat.calls >= CALLS.value && mean >= MEAN.value && share >= SHARE.value && stat.time >= SPENT.value;
        let entries = slowlog.iter().flat_map(|log| &log.groups);
        let logged: Vec<_> = entries
            .filter(|group| group.command.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(name)))
            .collect();
        let longest = logged.iter().map(|group| group.longest.0).fold(0.0, f64::max);
        let blocked = longest >= BLOCKED.value.0;
        if !costly && !blocked {
            continue;
        }
        let upper = name.to_uppercase();
        let cause = match costly {
            true => format!(
                "{upper} takes {mean} on average and {share} of all command time ({} calls); every other client waits meanwhile",
                stat.calls
            ),
            false => format!("{upper} held the server up for {} at once; every other client waited", Seconds(longest)),
        };
        let mut finding = Finding::new(Severity::Warn, Subject::new(SubjectKind::Query, &upper), cause)
            .measured("calls", stat.calls, "INFO commandstats.calls")
            .measured("time", stat.time, "INFO commandstats.usec")
            .weight(stat.time.0)
            .fix(code(format!("instead of {upper}: {instead}")));
        if let Some(group) = logged.iter().max_by(|a, b| a.longest.0.total_cmp(&b.longest.0)) {
            let on = group.keys.as_ref().map(|keys| format!(" on {keys}")).unwrap_or_default();
            finding = finding.measured(&format!("longest{on}"), group.longest, "SLOWLOG GET");
        }
        findings.push(finding);
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;
    use crate::sections::slowlog::SlowGroup;

    #[test]
    fn fires_on_a_command_that_takes_much_of_the_time() {
        let found =
            found(check, &redis("cmdstat_keys:calls=1000,usec=50000000\r\ncmdstat_get:calls=9000000,usec=9000000\r\n"));
        assert_eq!(found[0].subject.name, "KEYS");
        assert!(found[0].fixes[0].statement.contains("SCAN"));
    }

    #[test]
    fn fires_on_one_long_block_in_the_slow_log() {
        let group = SlowGroup {
            command: "LRANGE 0 -1".into(),
            keys: Some("feed:*".into()),
            longest: Seconds(0.3),
            ..SlowGroup::default()
        };
        let log = Slowlog { groups: vec![group], ..Slowlog::default() };
        assert_eq!(found(check, &redis("").with(&log))[0].subject.name, "LRANGE");
    }

    #[test]
    fn silent_on_fast_or_rare_commands() {
        assert!(found(check, &redis("cmdstat_hgetall:calls=9000000,usec=90000000\r\n")).is_empty());
        assert!(found(check, &redis("cmdstat_keys:calls=3,usec=30000\r\n")).is_empty());
    }

    #[test]
    fn silent_on_a_small_share_and_on_short_entries() {
        let group = SlowGroup { command: "SORT".into(), longest: Seconds(0.09), ..SlowGroup::default() };
        let log = Slowlog { groups: vec![group], ..Slowlog::default() };
        let case =
            redis("cmdstat_sort:calls=1000,usec=5000000\r\ncmdstat_get:calls=90000000,usec=90000000\r\n").with(&log);
        assert!(found(check, &case).is_empty());
    }
}

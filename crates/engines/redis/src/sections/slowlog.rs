//! The slow log, by command and key pattern: never an argument, never a value.

use std::collections::BTreeMap;

use dbwright_model::{Case, Count, Name, Seconds, Section};
use redis::Value;
use serde::{Deserialize, Serialize};

use crate::command;
use crate::reply;
use crate::sections::pattern;
use crate::session::Session;

/// The newest entries of the slow log, grouped.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Slowlog {
    /// Entries in the log.
    pub length: Count,
    /// Entries read.
    pub read: Count,
    /// Age of the oldest entry read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Seconds>,
    /// By command and key pattern, most time first.
    pub groups: Vec<SlowGroup>,
}

/// Slow runs of one command on one pattern of keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SlowGroup {
    /// The command, upper case, with the option words that decide its cost (`LRANGE 0 -1`).
    pub command: String,
    /// Pattern of its first key, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Name>,
    /// Most words in one call, the command included.
    pub arity: Count,
    /// Entries.
    pub entries: Count,
    /// Their time together.
    pub total: Seconds,
    /// The longest.
    pub longest: Seconds,
    /// Age of the newest.
    pub newest: Seconds,
}

impl Section for Slowlog {
    const ID: &'static str = "redis.slowlog";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "slow log";
}

/// Commands whose first argument is no key.
const KEYLESS: &[&str] = &[
    "KEYS",
    "SCAN",
    "FLUSHALL",
    "FLUSHDB",
    "INFO",
    "CONFIG",
    "CLIENT",
    "CLUSTER",
    "DEBUG",
    "SAVE",
    "BGSAVE",
    "BGREWRITEAOF",
    "PING",
    "AUTH",
    "HELLO",
    "SELECT",
    "PUBLISH",
    "SPUBLISH",
    "SCRIPT",
    "FUNCTION",
    "ACL",
    "LATENCY",
    "SLOWLOG",
    "MEMORY",
    "OBJECT",
    "EVAL",
    "EVALSHA",
    "EVAL_RO",
    "EVALSHA_RO",
    "FCALL",
    "FCALL_RO",
    "COMMAND",
    "MULTI",
    "EXEC",
    "SWAPDB",
    "WAIT",
    "XREAD",
    "XREADGROUP",
    "PSYNC",
    "SYNC",
    "REPLCONF",
    "SHUTDOWN",
    "MODULE",
    "REPLICAOF",
    "SLAVEOF",
    "RANDOMKEY",
    "DBSIZE",
];

/// Groups the entries of `SLOWLOG GET` relative to `now` (Unix seconds).
fn grouped(entries: &[Value], now: f64) -> (Vec<SlowGroup>, Option<Seconds>) {
    let mut groups: BTreeMap<(String, Option<String>), SlowGroup> = BTreeMap::new();
    let mut oldest: Option<f64> = None;
    for entry in entries {
        let fields = reply::items(entry);
        let [_, at, micros, words, ..] = fields else { continue };
        let words = reply::items(words);
        let Some(name) = words.first().and_then(reply::text) else { continue };
        // A name of a command is letters; anything else would be data sent by mistake.
        let name = match name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-|".contains(&b)) && name.len() <= 40 {
            true => name.to_ascii_uppercase(),
            false => "(unreadable)".to_owned(),
        };
        let range = |i: usize| words.get(i).and_then(reply::text);
        let whole = matches!(name.as_str(), "LRANGE" | "ZRANGE" | "ZREVRANGE")
            && range(2).as_deref() == Some("0")
            && range(3).as_deref() == Some("-1");
        let keys = (!KEYLESS.contains(&name.as_str()) && name != "(unreadable)")
            .then(|| words.get(1))
            .flatten()
            .and_then(|key| match key {
                Value::BulkString(bytes) => Some(pattern::of(bytes)),
                _ => None,
            });
        let command = if whole { format!("{name} 0 -1") } else { name };
        let age = (now - reply::count(at).unwrap_or(0) as f64).max(0.0);
        oldest = Some(oldest.unwrap_or(age).max(age));
        let time = Seconds(reply::count(micros).unwrap_or(0) as f64 / 1e6);
        let group = groups.entry((command.clone(), keys.clone())).or_insert_with(|| SlowGroup {
            command,
            keys: keys.map(Name::from),
            newest: Seconds(age),
            ..SlowGroup::default()
        });
        // The server shortens calls of more than 32 words: `... (30 more arguments)`.
        let more = words
            .last()
            .and_then(reply::text)
            .and_then(|last| last.strip_prefix("... (")?.strip_suffix(" more arguments)")?.parse::<u64>().ok());
        group.arity = Count(group.arity.0.max(words.len() as u64 + more.map_or(0, |more| more.saturating_sub(1))));
        group.entries.0 += 1;
        group.total = group.total + time;
        group.longest = Seconds(group.longest.0.max(time.0));
        group.newest = Seconds(group.newest.0.min(age));
    }
    let mut groups: Vec<SlowGroup> = groups.into_values().collect();
    groups.sort_by(|a, b| b.total.0.total_cmp(&a.total.0).then_with(|| a.command.cmp(&b.command)));
    groups.truncate(50);
    (groups, oldest.map(Seconds))
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let entries = match session.run(command::SLOWLOG_GET, &[]).await {
        Ok(entries) => entries,
        Err(trouble) => return case.miss(trouble.gap(Slowlog::ID, None)),
    };
    let entries = reply::items(&entries);
    let length = session.run(command::SLOWLOG_LEN, &[]).await.ok().as_ref().and_then(reply::count);
    let (groups, oldest) = grouped(entries, case.server.now.as_second() as f64);
    let read = Count(entries.len() as u64);
    case.store(&Slowlog { length: length.map_or(read, Count), read, oldest, groups });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: i64, micros: i64, words: &[&str]) -> Value {
        let words = words.iter().map(|word| Value::BulkString(word.as_bytes().to_vec())).collect();
        Value::Array(vec![Value::Int(1), Value::Int(at), Value::Int(micros), Value::Array(words)])
    }

    #[test]
    fn entries_are_grouped_without_their_arguments() {
        let entries = [
            entry(100, 20_000, &["hgetall", "user:17"]),
            entry(90, 40_000, &["HGETALL", "user:18"]),
            entry(80, 15_000, &["SET", "card:9", "4111-1111"]),
            entry(80, 15_000, &["LRANGE", "feed:7", "0", "-1"]),
            entry(80, 15_000, &["KEYS", "secret*"]),
        ];
        let (groups, oldest) = grouped(&entries, 110.0);
        assert_eq!(oldest, Some(Seconds(30.0)));
        assert_eq!((groups[0].command.as_str(), groups[0].keys.as_ref().unwrap().as_str()), ("HGETALL", "user:*"));
        assert_eq!((groups[0].entries, groups[0].newest), (Count(2), Seconds(10.0)));
        assert!(groups.iter().any(|group| group.command == "LRANGE 0 -1"));
        let shown = format!("{groups:?}");
        assert!(!shown.contains("4111") && !shown.contains("secret"), "{shown}");
    }
}

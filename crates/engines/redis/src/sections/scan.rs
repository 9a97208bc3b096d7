//! Taking the sample: SCAN in small steps, facts of each key in short pipelines, never a value.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use dbwright_model::{Bytes, Case, Count, Name, Seconds, Section, Share, Why};
use redis::Value;

use super::keyspace::{BigKey, Database, KeySample, Keyspace, Pattern, Rung};
use super::pattern;
use crate::command::{self, Command};
use crate::reply;
use crate::session::{Session, Trouble};

/// Most keys looked at.
const KEYS: u64 = 20_000;
/// Longest time spent on the sample; also half of what is left of the deadline.
const TIME: Duration = Duration::from_secs(20);
/// Keys a pipeline asks about: four commands each.
const BATCH: usize = 25;
/// Most patterns and big keys kept.
const PATTERNS: usize = 300;
const BIGGEST: usize = 50;
/// Upper ends of the rungs for collections that left their compact encoding.
const RUNGS: [u64; 5] = [128, 256, 512, 1024, 2048];

/// What is known of one key.
struct Key {
    database: u32,
    name: Vec<u8>,
    kind: String,
    encoding: String,
    bytes: u64,
    /// Milliseconds; `None` without a time to live.
    ttl: Option<u64>,
    elements: Option<u64>,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let mut keyspace = Keyspace { databases: databases(&session.info), sample: None };
    let total = keyspace.keys().0;
    if total > 0 {
        let home = session.database;
        let mut keys = Vec::new();
        let stopped = look(session, &keyspace.databases, &mut keys).await.err();
        let _ = session.select(home).await;
        if let Some(trouble) = &stopped {
            case.miss(trouble.gap(Keyspace::ID, Some("sample")));
        }
        if !keys.is_empty() {
            keyspace.sample = Some(summary(keys, total));
        }
    }
    case.store(&keyspace);
}

fn databases(info: &str) -> Vec<Database> {
    let read = |(key, value): (&str, &str)| {
        let number = key.strip_prefix("db")?.parse().ok()?;
        let count = |name| reply::word(value, name, ',').and_then(|text| text.parse().ok()).map(Count);
        Some(Database { number, keys: count("keys")?, expires: count("expires")? })
    };
    reply::lines(info).filter_map(read).collect()
}

/// Fills `keys`; an error says why it stopped early, and what was seen until then stays.
async fn look(session: &mut Session, databases: &[Database], keys: &mut Vec<Key>) -> Result<(), Trouble> {
    let total: u64 = databases.iter().map(|database| database.keys.0).sum();
    let left = session.deadline.saturating_duration_since(Instant::now());
    let until = Instant::now() + TIME.min(left / 2);
    for database in databases {
        let share = (KEYS as f64 * database.keys.0 as f64 / total as f64).ceil() as u64;
        let budget = share.max(100).min(database.keys.0);
        session.select(database.number).await?;
        let mut seen: HashSet<Vec<u8>> = HashSet::new();
        let mut cursor = b"0".to_vec();
        while (seen.len() as u64) < budget {
            if Instant::now() >= until {
                return Err(Trouble::new(
                    Why::Budget,
                    format!("the sample stopped at {} keys for lack of time", keys.len()),
                ));
            }
            let page = session.run(command::SCAN, &[&cursor, b"COUNT", b"100"]).await?;
            let [next, found] = reply::items(&page) else {
                return Err(Trouble::new(Why::Error, "SCAN gave an unexpected reply"));
            };
            cursor = reply::text(next).unwrap_or_default().into_bytes();
            let fresh: Vec<Vec<u8>> = reply::items(found)
                .iter()
                .filter_map(|key| match key {
                    // SCAN may return a key twice.
                    Value::BulkString(name) if seen.insert(name.clone()) => Some(name.clone()),
                    _ => None,
                })
                .collect();
            for batch in fresh.chunks(BATCH) {
                describe(session, database.number, batch, keys).await?;
            }
            if cursor.is_empty() || cursor == b"0" {
                break;
            }
        }
    }
    Ok(())
}

/// Asks for type, time to live, encoding and memory of some keys; then for the length of those where it costs nothing.
async fn describe(session: &mut Session, database: u32, names: &[Vec<u8>], keys: &mut Vec<Key>) -> Result<(), Trouble> {
    let arguments: Vec<[&[u8]; 3]> = names.iter().map(|name| [name.as_slice(), b"SAMPLES", b"5"]).collect();
    let asked: Vec<(&'static Command, &[&[u8]])> = arguments
        .iter()
        .flat_map(|words| {
            [
                (command::TYPE, &words[..1]),
                (command::PTTL, &words[..1]),
                (command::OBJECT_ENCODING, &words[..1]),
                (command::MEMORY_USAGE, &words[..]),
            ]
        })
        .collect();
    let replies = session.pipeline(&asked).await?;
    let from = keys.len();
    for (name, facts) in names.iter().zip(replies.chunks_exact(4)) {
        let [kind, ttl, encoding, bytes] = facts else { continue };
        for (reply, (command, _)) in facts.iter().zip(&asked) {
            if let Value::ServerError(error) = reply {
                let trouble = session.trouble(command, error);
                // A user confined to some keys may run the command, only not on this one.
                let about_key = error.details().is_some_and(|detail| detail.contains("key"));
                if trouble.why == Why::Privilege && !about_key {
                    return Err(trouble);
                }
            }
        }
        // Gone in the meantime, or not for us to see.
        let (Some(kind), Some(bytes)) = (reply::text(kind), reply::count(bytes)) else { continue };
        if kind == "none" {
            continue;
        }
        keys.push(Key {
            database,
            name: name.clone(),
            kind,
            encoding: reply::text(encoding).unwrap_or_default(),
            bytes,
            ttl: reply::count(ttl),
            elements: None,
        });
    }
    if !session.no_touch && evicts_by_use(session) {
        // STRLEN and its kin would make every key look used just now.
        return Ok(());
    }
    let measured: Vec<usize> = (from..keys.len()).filter(|&at| length(&keys[at].kind).is_some()).collect();
    let arguments: Vec<[&[u8]; 1]> = measured.iter().map(|&at| [keys[at].name.as_slice()]).collect();
    let asked: Vec<(&'static Command, &[&[u8]])> = measured
        .iter()
        .zip(&arguments)
        .filter_map(|(&at, words)| Some((length(&keys[at].kind)?, &words[..])))
        .collect();
    let replies = session.pipeline(&asked).await?;
    for (at, reply) in measured.into_iter().zip(&replies) {
        keys[at].elements = reply::count(reply);
    }
    Ok(())
}

fn length(kind: &str) -> Option<&'static Command> {
    Some(match kind {
        "string" => command::STRLEN,
        "hash" => command::HLEN,
        "list" => command::LLEN,
        "set" => command::SCARD,
        "zset" => command::ZCARD,
        "stream" => command::XLEN,
        _ => return None,
    })
}

fn evicts_by_use(session: &Session) -> bool {
    let policy = reply::lines(&session.info).find(|(key, _)| *key == "maxmemory_policy").map(|(_, value)| value);
    policy.is_none_or(|policy| policy.ends_with("lru") || policy.ends_with("lfu"))
}

/// The sample by pattern.
fn summary(keys: Vec<Key>, total: u64) -> KeySample {
    let mut names: Vec<Vec<String>> = keys.iter().map(|key| pattern::segments(&key.name)).collect();
    pattern::collapse(&mut names);
    let mut patterns: BTreeMap<(u32, String, &str), (Pattern, Vec<u64>)> = BTreeMap::new();
    for (key, name) in keys.iter().zip(names) {
        let name = name.concat();
        let (pattern, ttls) = patterns.entry((key.database, name.clone(), &key.kind)).or_insert_with(|| {
            let kind = key.kind.clone();
            (Pattern { name: Name::from(name), database: key.database, kind, ..Pattern::default() }, Vec::new())
        });
        pattern.keys.0 += 1;
        pattern.bytes.0 += key.bytes;
        pattern.name_bytes.0 += key.name.len() as u64;
        pattern.encodings.entry(key.encoding.clone()).or_default().0 += 1;
        if let Some(ttl) = key.ttl {
            pattern.expiring.0 += 1;
            ttls.push(ttl);
        }
        if let Some(elements) = key.elements {
            pattern.elements.get_or_insert_default().0 += elements;
            if matches!(key.encoding.as_str(), "hashtable" | "skiplist") {
                let up_to = RUNGS.iter().copied().find(|&rung| elements <= rung).unwrap_or(u64::MAX);
                let at = pattern.expanded.partition_point(|rung| rung.up_to.0 < up_to);
                if pattern.expanded.get(at).is_none_or(|rung| rung.up_to.0 != up_to) {
                    pattern.expanded.insert(at, Rung { up_to: Count(up_to), ..Rung::default() });
                }
                let rung = &mut pattern.expanded[at];
                rung.keys.0 += 1;
                rung.elements.0 += elements;
                rung.bytes.0 += key.bytes;
            }
        }
    }
    let mut patterns: Vec<Pattern> = patterns
        .into_values()
        .map(|(mut pattern, mut ttls)| {
            ttls.sort_unstable();
            pattern.ttl_median = ttls.get(ttls.len() / 2).map(|ttl| Seconds(*ttl as f64 / 1e3));
            pattern.ttl_longest = ttls.last().map(|ttl| Seconds(*ttl as f64 / 1e3));
            pattern.together = together(&ttls);
            pattern
        })
        .collect();
    patterns
        .sort_by(|a, b| b.bytes.0.cmp(&a.bytes.0).then_with(|| a.name.cmp(&b.name)).then(a.database.cmp(&b.database)));
    patterns.truncate(PATTERNS);
    let sampled = keys.len() as u64;
    let lengths = keys.iter().all(|key| key.elements.is_some() || length(&key.kind).is_none());
    let mut biggest: Vec<BigKey> = keys
        .into_iter()
        .map(|key| BigKey {
            name: String::from_utf8_lossy(&key.name).chars().take(200).collect::<String>().into(),
            database: key.database,
            kind: key.kind,
            encoding: key.encoding,
            bytes: Bytes(key.bytes),
            elements: key.elements.map(Count),
            expiring: key.ttl.is_some(),
        })
        .collect();
    biggest.sort_by(|a, b| b.bytes.0.cmp(&a.bytes.0).then_with(|| a.name.cmp(&b.name)));
    biggest.truncate(BIGGEST);
    let share = Share((sampled as f64 / total as f64).min(1.0));
    KeySample { keys: Count(sampled), share, lengths, patterns, biggest }
}

/// Largest share of `ttls` (sorted, milliseconds) that ends within one ten-second window.
fn together(ttls: &[u64]) -> Option<Share> {
    const WINDOW: u64 = 10_000;
    let (mut first, mut most) = (0, 0);
    for (last, ttl) in ttls.iter().enumerate() {
        while ttl - ttls[first] >= WINDOW {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    Share::of(most as f64, ttls.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, kind: &str, encoding: &str, bytes: u64, ttl: Option<u64>, elements: u64) -> Key {
        let (name, kind, encoding) = (name.into(), kind.into(), encoding.into());
        Key { database: 0, name, kind, encoding, bytes, ttl, elements: Some(elements) }
    }

    #[test]
    fn a_sample_is_summed_by_pattern() {
        let keys = vec![
            key("session:1", "string", "raw", 100, Some(60_000), 40),
            key("session:2", "string", "raw", 300, Some(61_000), 240),
            key("user:1", "hash", "hashtable", 40_000, None, 600),
        ];
        let sample = summary(keys, 300);
        assert_eq!((sample.keys, sample.whole(Count(2)), sample.lengths), (Count(3), Count(200), true));
        assert_eq!(
            sample.patterns[0].expanded,
            [Rung { up_to: Count(1024), keys: Count(1), elements: Count(600), bytes: Bytes(40_000) }]
        );
        let sessions = &sample.patterns[1];
        assert_eq!((sessions.name.as_str(), sessions.keys, sessions.bytes), ("session:*", Count(2), Bytes(400)));
        assert_eq!((sessions.expiring, sessions.together), (Count(2), Some(Share(1.0))));
        assert_eq!(sample.biggest[0].name, "user:1");
    }

    #[test]
    fn spread_expiry_is_not_together() {
        let ttls: Vec<u64> = (0..100).map(|i| i * 60_000).collect();
        assert_eq!(together(&ttls), Some(Share(0.01)));
        assert_eq!(together(&[]), None);
    }

    #[test]
    fn databases_are_read_from_info() {
        let found = databases(
            "# Keyspace\r\ndb0:keys=10,expires=2,avg_ttl=0\r\ndb15:keys=1,expires=0,avg_ttl=0,subexpiry=0\r\n",
        );
        assert_eq!(found[1], Database { number: 15, keys: Count(1), expires: Count(0) });
    }
}

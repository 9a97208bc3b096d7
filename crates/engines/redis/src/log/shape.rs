//! What a command asks, without its values: `SET user:{n} ? EX ?`. Keys become patterns, the rest placeholders.

use dbwright_reading::shape::Shape;

/// Different patterns of keys that are shown of one command.
const SHOWN: usize = 4;

/// Where a command has its keys.
enum Keys {
    /// Nowhere.
    None,
    /// The first arguments, so many.
    First(usize),
    /// All arguments.
    All,
    /// Every other argument: `MSET key value key value`.
    Pairs,
    /// As many as the argument in that place says, behind it: `EVAL script 1 key`.
    Counted(usize),
    /// Behind the word STREAMS, half of what follows.
    Streams,
    /// All but the last: `BLPOP key key timeout`.
    AllButLast,
    /// Behind a word that says what to do: `OBJECT ENCODING key`.
    Second,
}

/// Writes the shape of a command: its words, decoded.
pub(super) fn command(shape: &mut Shape, words: &[&[u8]]) {
    shape.clear();
    let Some((name, rest)) = words.split_first() else { return };
    if name.len() > 40 || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte)) {
        shape.push("?");
        return;
    }
    let mut upper = [0; 40];
    let name = upper_case(name, &mut upper);
    shape.push_name(name);
    // The server leaves out what is too much for its log.
    let rest = match rest.split_last() {
        Some((last, before)) if last.starts_with(b"... (") && last.ends_with(b"more arguments)") => before,
        _ => rest,
    };
    let number = |at: usize| rest.get(at).and_then(|word| std::str::from_utf8(word).ok()?.parse::<usize>().ok());
    let keys = keys(name);
    let mut from = 0;
    let mut word = [0; 40];
    match keys {
        Keys::Second => {
            if let Some(sub) = rest.first().filter(|sub| sub.len() <= 40 && sub.iter().all(u8::is_ascii_alphabetic)) {
                shape.push(" ");
                shape.push_name(upper_case(sub, &mut word));
                from = 1;
            }
        }
        // A script is told by its hash; its text may hold anything.
        Keys::Counted(1) if matches!(name, b"EVALSHA" | b"EVALSHA_RO" | b"FCALL" | b"FCALL_RO") => {
            let called = rest.first().copied().unwrap_or_default();
            shape.push(" ");
            shape.push_name(if name.starts_with(b"EVAL") { &called[..called.len().min(8)] } else { called });
            from = 1;
        }
        Keys::Counted(1) if name.starts_with(b"EVAL") => {
            let script = dbwright_reading::hash::Hash::of(rest.first().copied().unwrap_or_default());
            shape.push(&format!(" script#{:08x}", script as u32));
            from = 1;
        }
        _ => {}
    }
    let (first, count, step) = match keys {
        Keys::None => (0, 0, 1),
        Keys::First(count) => (0, count, 1),
        Keys::All => (0, rest.len(), 1),
        Keys::AllButLast => (0, rest.len().saturating_sub(1), 1),
        Keys::Pairs => (0, rest.len(), 2),
        Keys::Counted(at) => (at + 1, number(at).unwrap_or(0), 1),
        Keys::Second => (1, usize::from(with_key(name) && rest.len() > 1), 1),
        Keys::Streams => {
            let at = rest.iter().position(|word| word.eq_ignore_ascii_case(b"STREAMS")).map_or(rest.len(), |at| at + 1);
            (at, (rest.len() - at) / 2, 1)
        }
    };
    let end = first.saturating_add(count).min(rest.len());
    let target = name.ends_with(b"STORE") && matches!(keys, Keys::Counted(1));
    let is_key = |at: usize| (at >= first && at < end && (at - first).is_multiple_of(step)) || (target && at == 0);
    let (mut before, mut shown, mut asked) = (0..0, 0, false);
    for (at, word) in rest.iter().enumerate().skip(from) {
        if is_key(at) {
            shape.literal(word);
            asked = false;
            let from = shape.text.len();
            if shown <= SHOWN {
                shape.push(" ");
                shape.push_pattern(without_note(word));
                let now = from..shape.text.len();
                if shape.text.get(now.clone()) == shape.text.get(before.clone()) {
                    shape.text.truncate(from);
                    continue;
                }
                shown += 1;
                before = now;
                if shown > SHOWN {
                    shape.text.truncate(from);
                    shape.push(" …");
                }
            }
            continue;
        }
        if matches!(keys, Keys::Pairs) {
            shape.literal(word);
            continue;
        }
        argument(shape, name, rest, at, &mut asked);
    }
    if matches!(keys, Keys::Pairs) {
        shape.push(" ?");
    }
}

/// An argument that is no key: options by their words, ranges that mean all, patterns of keys; else one placeholder for
/// any number of values.
fn argument(shape: &mut Shape, name: &[u8], rest: &[&[u8]], at: usize, asked: &mut bool) {
    let word = rest[at];
    let ranges = matches!(name, b"LRANGE" | b"ZRANGE" | b"ZREVRANGE" | b"GETRANGE");
    let everything = rest.get(1).zip(rest.get(2)).is_some_and(|(from, to)| (*from, *to) == (b"0", b"-1"));
    let matched = at > 0 && rest[at - 1].eq_ignore_ascii_case(b"MATCH");
    let mut upper = [0; 40];
    if ranges && everything && (at == 1 || at == 2) {
        shape.push(" ");
        shape.push_name(word);
    } else if matched
        || matches!(
            (name, at),
            (b"KEYS" | b"PSUBSCRIBE" | b"SUBSCRIBE" | b"SSUBSCRIBE", _) | (b"PUBLISH" | b"SPUBLISH", 0)
        )
    {
        shape.literal(word);
        shape.push(" ");
        shape.push_pattern(word);
    } else if word.len() <= 40 && OPTIONS.binary_search(&upper_case(word, &mut upper)).is_ok() {
        shape.push(" ");
        shape.push_name(upper_case(word, &mut [0; 40]));
        *asked = false;
        return;
    } else {
        shape.literal(word);
        shape.push(if *asked { "" } else { " ?" });
        *asked = true;
        return;
    }
    *asked = false;
}

/// A key without the note that the rest of it was left out.
fn without_note(key: &[u8]) -> &[u8] {
    if !key.ends_with(b" more bytes)") {
        return key;
    }
    memchr::memmem::rfind(key, b"... (").map_or(key, |at| &key[..at])
}

fn upper_case<'a>(word: &[u8], space: &'a mut [u8; 40]) -> &'a [u8] {
    let length = word.len().min(space.len());
    for (to, from) in space.iter_mut().zip(word) {
        *to = from.to_ascii_uppercase();
    }
    &space[..length]
}

fn keys(name: &[u8]) -> Keys {
    match name {
        b"MGET" | b"DEL" | b"UNLINK" | b"EXISTS" | b"TOUCH" | b"WATCH" | b"SUNION" | b"SINTER" | b"SDIFF"
        | b"PFCOUNT" | b"PFMERGE" | b"SUNIONSTORE" | b"SINTERSTORE" | b"SDIFFSTORE" => Keys::All,
        b"MSET" | b"MSETNX" => Keys::Pairs,
        b"BLPOP" | b"BRPOP" | b"BZPOPMIN" | b"BZPOPMAX" => Keys::AllButLast,
        b"RENAME" | b"RENAMENX" | b"SMOVE" | b"COPY" | b"LMOVE" | b"BLMOVE" | b"RPOPLPUSH" | b"BRPOPLPUSH" | b"LCS"
        | b"ZRANGESTORE" | b"GEOSEARCHSTORE" => Keys::First(2),
        b"EVAL" | b"EVALSHA" | b"EVAL_RO" | b"EVALSHA_RO" | b"FCALL" | b"FCALL_RO" | b"BLMPOP" | b"BZMPOP"
        | b"ZUNIONSTORE" | b"ZINTERSTORE" | b"ZDIFFSTORE" => Keys::Counted(1),
        b"ZUNION" | b"ZINTER" | b"ZDIFF" | b"SINTERCARD" | b"ZINTERCARD" | b"LMPOP" | b"ZMPOP" => Keys::Counted(0),
        b"XREAD" | b"XREADGROUP" => Keys::Streams,
        b"OBJECT" | b"MEMORY" | b"XINFO" | b"XGROUP" | b"CONFIG" | b"CLIENT" | b"CLUSTER" | b"COMMAND" | b"SCRIPT"
        | b"FUNCTION" | b"ACL" | b"LATENCY" | b"SLOWLOG" | b"COMMANDLOG" | b"DEBUG" | b"PUBSUB" | b"MODULE"
        | b"BITOP" => Keys::Second,
        b"AUTH" | b"HELLO" | b"SELECT" | b"PING" | b"ECHO" | b"INFO" | b"KEYS" | b"SCAN" | b"FLUSHALL" | b"FLUSHDB"
        | b"PUBLISH" | b"SPUBLISH" | b"SUBSCRIBE" | b"SSUBSCRIBE" | b"PSUBSCRIBE" | b"UNSUBSCRIBE"
        | b"PUNSUBSCRIBE" | b"MULTI" | b"EXEC" | b"DISCARD" | b"UNWATCH" | b"WAIT" | b"WAITAOF" | b"SWAPDB"
        | b"SHUTDOWN" | b"SAVE" | b"BGSAVE" | b"BGREWRITEAOF" | b"REPLICAOF" | b"SLAVEOF" | b"PSYNC" | b"REPLCONF"
        | b"MONITOR" | b"DBSIZE" | b"TIME" | b"ROLE" | b"LASTSAVE" | b"RANDOMKEY" | b"READONLY" | b"READWRITE"
        | b"ASKING" | b"FAILOVER" | b"RESET" | b"QUIT" | b"MIGRATE" => Keys::None,
        _ => Keys::First(1),
    }
}

/// Whether a key follows what the command is to do.
fn with_key(name: &[u8]) -> bool {
    matches!(name, b"OBJECT" | b"MEMORY" | b"XINFO" | b"XGROUP" | b"BITOP")
}

/// Words that are no values, sorted.
const OPTIONS: &[&[u8]] = &[
    b"ALPHA",
    b"ASC",
    b"BLOCK",
    b"BY",
    b"BYBOX",
    b"BYLEX",
    b"BYRADIUS",
    b"BYSCORE",
    b"CH",
    b"COUNT",
    b"DESC",
    b"EX",
    b"EXAT",
    b"FROMLONLAT",
    b"FROMMEMBER",
    b"GET",
    b"GROUP",
    b"GT",
    b"INCR",
    b"KEEPTTL",
    b"LIMIT",
    b"LT",
    b"MATCH",
    b"MAXLEN",
    b"MINID",
    b"NOACK",
    b"NX",
    b"PX",
    b"PXAT",
    b"REV",
    b"STORE",
    b"STREAMS",
    b"TYPE",
    b"WITHSCORES",
    b"WITHVALUES",
    b"XX",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_without_values() {
        for (text, expected) in [
            ("get user:42:cart", "GET user:{n}:cart"),
            ("SET session:9f86d081884c7d65 secret EX 60", "SET session:{hex} ? EX ?"),
            ("MGET user:1 user:2 user:3", "MGET user:{n}"),
            ("MGET user:1:a user:2:b user:3:b", "MGET user:{n}:a user:{n}:b"),
            ("MSET a:1 secret b:2 secret", "MSET a:{n} b:{n} ?"),
            ("HSET user:42 mail secret name secret", "HSET user:{n} ?"),
            ("LRANGE list:7 0 -1", "LRANGE list:{n} 0 -1"),
            ("LRANGE list:7 0 99", "LRANGE list:{n} ?"),
            ("ZRANGEBYSCORE board 10 20 LIMIT 0 5", "ZRANGEBYSCORE board ? LIMIT ?"),
            ("KEYS session:*", "KEYS session:*"),
            ("SCAN 17 MATCH user:* COUNT 100", "SCAN ? MATCH user:* COUNT ?"),
            ("EVALSHA 6b1bf486c81ceb7edf3c093f4c48582e38c0e791 2 k:1 q:2 secret", "EVALSHA 6b1bf486 ? k:{n} q:{n} ?"),
            ("ZUNIONSTORE sum:7 2 a:1 b:2 WEIGHTS 1 2", "ZUNIONSTORE sum:{n} ? a:{n} b:{n} ?"),
            ("XREAD COUNT 10 STREAMS events:2024 other 0 $", "XREAD COUNT ? STREAMS events:{n} other ?"),
            ("OBJECT ENCODING user:42", "OBJECT ENCODING user:{n}"),
            ("CONFIG SET requirepass secret", "CONFIG SET ?"),
            ("AUTH secret", "AUTH ?"),
            ("HELLO 3 AUTH default secret", "HELLO ?"),
            ("PUBLISH news:42 secret", "PUBLISH news:{n} ?"),
            ("BLPOP q:1 q:2 5", "BLPOP q:{n} ?"),
            ("INFO", "INFO"),
            ("JSON.GET doc:7 $.a", "JSON.GET doc:{n} ?"),
            ("", ""),
        ] {
            let words: Vec<&[u8]> = text.split(' ').filter(|word| !word.is_empty()).map(str::as_bytes).collect();
            let mut shape = Shape::default();
            command(&mut shape, &words);
            assert_eq!(shape.text, expected, "{text}");
        }
        assert!(OPTIONS.is_sorted());
    }

    #[test]
    fn what_the_server_left_out_is_left_out() {
        let mut shape = Shape::default();
        command(&mut shape, &[b"DEL", b"a:1", b"b:2", b"... (30 more arguments)"]);
        assert_eq!(shape.text, "DEL a:{n} b:{n}");
        command(&mut shape, &[b"GET", b"page:index... (300 more bytes)"]);
        assert_eq!(shape.text, "GET page:index");
        command(&mut shape, &[b"my secret", b"x"]);
        assert_eq!(shape.text, "?");
    }
}

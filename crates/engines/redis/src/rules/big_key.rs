use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Severity, Subject, Why,
};

use super::fixes::code;
use crate::sections::keyspace::{BigKey, Keyspace};

static STRING: Limit<Bytes> = Limit {
    what: "bytes of a string worth knowing",
    value: Bytes::mib(1),
    source: "1 MB takes 8 ms on a gigabit line, per read",
};
static BYTES: Limit<Bytes> = Limit {
    what: "bytes of a key that hurts",
    value: Bytes::mib(10),
    source: "judgement: copying, freeing or moving 10 MB takes the one thread tens of milliseconds",
};
static ELEMENTS: Limit<Count> = Limit {
    what: "elements of a collection worth knowing",
    value: Count(10_000),
    source: "judgement: HGETALL or SMEMBERS of 10,000 takes milliseconds",
};
static MANY: Limit<Count> = Limit {
    what: "elements of a collection that hurt",
    value: Count(1_000_000),
    source: "freeing a million elements takes about a second where lazyfree is off (Redis documentation, UNLINK)",
};
/// More are not told one by one.
const SHOWN: usize = 20;

pub(super) const RULE: Rule = Rule {
    id: "big-key",
    title: "A single key is very large",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Schema,
    harm: Harm::Slowdown,
    limits: &[&STRING, &BYTES, &ELEMENTS, &MANY],
    explains: &[],
    wrong_when: "it is only used element by element (a leaderboard, a queue) and never read, copied or deleted as a whole",
    do_not: "delete it with DEL while clients wait: UNLINK frees it in the background",
    lesson: include_str!("big_key.md"),
    check,
};

fn severity(key: &BigKey) -> Option<Severity> {
    let elements = key.elements.filter(|_| key.kind != "string");
    match (key.kind.as_str(), elements) {
        // Streams have a rule of their own.
        ("stream", _) => None,
        _ if key.bytes >= BYTES.value => Some(Severity::Warn),
        (_, Some(elements)) if elements >= MANY.value => Some(Severity::Warn),
        (_, Some(elements)) if elements >= ELEMENTS.value => Some(Severity::Info),
        ("string", _) if key.bytes >= STRING.value => Some(Severity::Info),
        _ => None,
    }
}

fn check(case: &Case) -> Checked {
    let keyspace = case.get::<Keyspace>()?;
    if keyspace.keys().0 == 0 {
        return Ok(vec![]);
    }
    let sample =
        keyspace.sample.as_ref().ok_or_else(|| NotEvaluated::new(Why::NotCollected, "no key could be looked at"))?;
    let findings = sample.biggest.iter().filter_map(|key| {
        let severity = severity(key)?;
        let what = match (key.kind.as_str(), key.elements) {
            ("string", _) | (_, None) => format!("a {} of {}", key.kind, key.bytes),
            (kind, Some(elements)) => format!("a {kind} of {elements} elements and {}", key.bytes),
        };
        let harm = match key.kind.as_str() {
            "string" => "every read sends all of it, and other clients wait meanwhile",
            _ => "a command over all of it (or its deletion without lazyfree) stops the server meanwhile",
        };
        let advice = match key.kind.as_str() {
            "string" => "store the parts that are read on their own as fields of a hash, or keep the object in an object store and its address here",
            "list" => "trim it where it grows: LTRIM key -N -1 after each push",
            _ => "split it by a hash of the member: key:{crc32(member) % 64}, so that each part stays small",
        };
        let mut finding = Finding::new(severity, Subject::new(SubjectKind::Key, &key.name), format!("{what}: {harm}"))
            .measured("bytes", key.bytes, "MEMORY USAGE key SAMPLES 5")
            .catalog("encoding", key.encoding.as_str(), "OBJECT ENCODING")
            .weight(key.bytes.0 as f64)
            .fix(code(advice));
        if let Some(elements) = key.elements.filter(|_| key.kind != "string") {
            finding = finding.measured("elements", elements, "HLEN, LLEN, SCARD or ZCARD");
        }
        Some(finding)
    });
    Ok(findings.take(SHOWN).collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::Share;

    use super::super::testing::{found, redis};
    use super::*;
    use crate::sections::keyspace::{Database, KeySample};

    fn look(kind: &str, bytes: u64, elements: u64) -> Vec<Finding> {
        let key = BigKey {
            name: "k".into(),
            kind: kind.into(),
            bytes: Bytes(bytes),
            elements: Some(Count(elements)),
            ..BigKey::default()
        };
        let sample =
            KeySample { keys: Count(1), share: Share(1.0), lengths: true, patterns: vec![], biggest: vec![key] };
        let databases = vec![Database { number: 0, keys: Count(1), expires: Count(0) }];
        found(check, &redis("").with(&Keyspace { databases, sample: Some(sample) }))
    }

    #[test]
    fn fires_on_a_large_string() {
        assert_eq!(look("string", 6 << 20, 6 << 20)[0].severity, Severity::Info);
        assert_eq!(look("string", 10 << 20, 10 << 20)[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_on_many_elements() {
        assert_eq!(look("zset", 5 << 20, 60_000)[0].severity, Severity::Info);
        assert_eq!(look("set", 5 << 20, 1_000_000)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_just_below() {
        assert!(look("string", (1 << 20) - 1, 1 << 20).is_empty());
        assert!(look("hash", 1 << 20, 9_999).is_empty());
    }

    #[test]
    fn silent_on_a_stream_which_has_its_own_rule() {
        assert!(look("stream", 100 << 20, 2_000_000).is_empty());
    }

    #[test]
    fn without_a_sample_it_says_so() {
        let databases = vec![Database { number: 0, keys: Count(1), expires: Count(0) }];
        assert!(check(&redis("").with(&Keyspace { databases, sample: None })).is_err());
    }
}

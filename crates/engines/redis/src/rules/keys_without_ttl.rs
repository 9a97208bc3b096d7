use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, NotEvaluated, Rule, Severity, Share, Subject,
    Undo, Why,
};

use crate::sections::info::Info;
use crate::sections::keyspace::{Keyspace, Pattern};

static SIBLINGS: Limit<Share> = Limit {
    what: "share of the pattern's keys that expire",
    value: Share(0.30),
    source: "judgement: expiry is then the rule and its absence a slip",
};
static FORGOTTEN: Limit<Share> = Limit {
    what: "share of the pattern's keys that never expire",
    value: Share(0.05),
    source: "judgement: fewer are exceptions made on purpose",
};
static KEYS: Limit<Count> =
    Limit { what: "keys that never expire, projected", value: Count(1_000), source: "judgement: fewer are no leak" };
/// Words in key names that promise something temporary.
const TEMPORARY: &[&str] = &[
    "session",
    "sess",
    "cache",
    "cached",
    "tmp",
    "temp",
    "lock",
    "otp",
    "token",
    "ratelimit",
    "rate",
    "throttle",
    "nonce",
];

pub(super) const RULE: Rule = Rule {
    id: "keys-without-ttl",
    title: "Keys meant to expire do not",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Memory,
    harm: Harm::Waste,
    limits: &[&SIBLINGS, &FORGOTTEN, &KEYS],
    explains: &["memory-near-limit"],
    wrong_when: "the keys are removed by the application, or the ones that stay are meant to (pinned sessions, feature flags)",
    do_not: "rely on eviction to clean up: under noeviction and volatile policies these are the keys that stay",
    lesson: include_str!("keys_without_ttl.md"),
    check,
};

/// Whether a segment of the name promises something temporary.
fn sounds_temporary(pattern: &Pattern) -> bool {
    let words = pattern.name.as_str().split(|c: char| !c.is_ascii_alphanumeric());
    words.into_iter().any(|word| TEMPORARY.contains(&word.trim_end_matches('s')) || TEMPORARY.contains(&word))
}

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let keyspace = case.get::<Keyspace>()?;
    if keyspace.keys().0 == 0 {
        return Ok(vec![]);
    }
    let sample =
        keyspace.sample.as_ref().ok_or_else(|| NotEvaluated::new(Why::NotCollected, "no key could be looked at"))?;
    // A cache throws them out in time.
    let severity = if info.is_cache() { Severity::Info } else { Severity::Warn };
    let mut findings = Vec::new();
    for pattern in &sample.patterns {
        let staying = Count(pattern.keys.0 - pattern.expiring.0.min(pattern.keys.0));
        let whole = sample.whole(staying);
        let (Some(expire), Some(stay)) = (
            Share::of(pattern.expiring.0 as f64, pattern.keys.0 as f64),
            Share::of(staying.0 as f64, pattern.keys.0 as f64),
        ) else {
            continue;
        };
        let mixed = expire >= SIBLINGS.value && stay >= FORGOTTEN.value;
        let named = expire.0 == 0.0 && sounds_temporary(pattern) && !info.is_cache();
        if whole < KEYS.value || !(mixed || named) {
            continue;
        }
        let bytes = sample.whole_bytes(pattern.mean_bytes()).0 * staying.0;
        let (cause, grade) = match mixed {
            true => (
                format!(
                    "{stay} of these keys (about {whole}) have no time to live while their siblings expire: they stay for ever"
                ),
                Grade::Measured,
            ),
            false => (
                format!("none of about {whole} keys has a time to live, although their name says they are temporary"),
                Grade::Suspected,
            ),
        };
        let lifetime = pattern.ttl_longest.map_or(86_400, |longest| longest.0.ceil() as u64).max(60);
        // NX leaves those alone that have one; it came with 7.0.
        let statement = match case.server.version.at_least(7, 0) {
            true => format!(
                "redis-cli -n {} --scan --pattern '{}' | xargs -I{{}} redis-cli -n {} EXPIRE {{}} {lifetime} NX",
                pattern.database,
                glob(pattern),
                pattern.database
            ),
            false => format!(
                "redis-cli -n {db} --scan --pattern '{}' | while read -r key; do [ \"$(redis-cli -n {db} TTL \"$key\")\" = -1 ] && redis-cli -n {db} EXPIRE \"$key\" {lifetime}; done",
                glob(pattern),
                db = pattern.database
            ),
        };
        let fix = Fix::of(FixKind::Shell, statement, Undo::Statement("PERSIST on the same keys, before they expire".into()))
            .cost("then set the time to live where the key is written: SET key value EX seconds; HSET and friends need an EXPIRE in the same transaction");
        findings.push(
            Finding::new(severity, Subject::new(SubjectKind::Key, pattern.subject()), cause)
                .grade(grade)
                .measured("keys of the pattern in the sample", pattern.keys, "SCAN")
                .measured("without a time to live", staying, "PTTL")
                .estimated("on the whole server", whole, "sample / share of all keys")
                .weight(bytes as f64)
                .fix(fix),
        );
    }
    Ok(findings)
}

/// The pattern for `SCAN`; characters it would read otherwise are escaped.
fn glob(pattern: &Pattern) -> String {
    let mut out = String::new();
    for c in pattern.name.as_str().chars() {
        match c {
            '[' | ']' | '?' | '\\' => out.extend(['\\', c]),
            '\'' => out.push('?'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, pattern, redis, redis_6, sampled};
    use super::*;

    fn session(name: &str, keys: u64, expiring: u64) -> Pattern {
        Pattern { expiring: Count(expiring), ..pattern(name, "string", keys, keys * 100) }
    }

    #[test]
    fn fires_when_siblings_expire() {
        let case = sampled(redis(""), 9000, 6000, vec![session("session:*", 9000, 6000)], 1.0);
        let found = found(check, &case);
        assert_eq!((found[0].subject.name.as_str(), found[0].severity), ("session:*", Severity::Warn));
        assert!(found[0].fixes[0].statement.contains("NX"));
    }

    #[test]
    fn fires_by_name_when_none_expires_and_without_nx_on_redis_6() {
        let case = sampled(redis_6(""), 100_000, 0, vec![session("cache:page:*", 1000, 0)], 0.01);
        let found = found(check, &case);
        assert_eq!(found[0].grade, Grade::Suspected);
        assert!(!found[0].fixes[0].statement.contains("NX"));
    }

    #[test]
    fn silent_when_all_or_hardly_any_expire() {
        let patterns =
            vec![session("session:*", 9000, 9000), session("user:*", 9000, 20), session("feed:*", 9000, 8800)];
        assert!(found(check, &sampled(redis(""), 27_000, 0, patterns, 1.0)).is_empty());
    }

    #[test]
    fn silent_when_they_are_few() {
        assert!(found(check, &sampled(redis(""), 1000, 0, vec![session("session:*", 1000, 500)], 1.0)).is_empty());
    }

    #[test]
    fn silent_on_names_in_a_cache_that_evicts() {
        let case = redis("maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n");
        assert!(found(check, &sampled(case, 9000, 0, vec![session("cache:*", 9000, 0)], 1.0)).is_empty());
    }
}

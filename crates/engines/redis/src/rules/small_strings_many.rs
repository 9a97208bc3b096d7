use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Grade, Harm, Limit, NotEvaluated, Rule, Severity, Share,
    Subject, Why,
};

use super::fixes::code;
use crate::sections::keyspace::Keyspace;

static BYTES: Limit<Bytes> =
    Limit { what: "mean memory of a key", value: Bytes(200), source: "judgement: half of it is then the key itself" };
static KEYS: Limit<Count> = Limit {
    what: "keys of the pattern, projected",
    value: Count(1_000_000),
    source: "judgement: a million such keys waste about 60 MB",
};
static EXPIRING: Limit<Share> = Limit {
    what: "share that expires",
    value: Share(0.10),
    source: "fields of a hash have no time to live before Redis 7.4 and Valkey 9",
};
/// What a string costs more than a field of a compact hash, measured on Redis 7.0 with 8-byte values.
const EACH: u64 = 60;

pub(super) const RULE: Rule = Rule {
    id: "small-strings-many",
    title: "Millions of tiny strings could be fields of hashes",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Schema,
    harm: Harm::Waste,
    limits: &[&BYTES, &KEYS, &EXPIRING],
    explains: &["key-overhead-high"],
    wrong_when: "each value needs a time to live of its own, or is used with commands that only strings have",
    do_not: "put all of them into one hash: it becomes a giant key in the full encoding and saves nothing",
    lesson: include_str!("small_strings_many.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let keyspace = case.get::<Keyspace>()?;
    if keyspace.keys() < KEYS.value {
        return Ok(vec![]);
    }
    let sample =
        keyspace.sample.as_ref().ok_or_else(|| NotEvaluated::new(Why::NotCollected, "no key could be looked at"))?;
    let mut findings = Vec::new();
    for pattern in sample.patterns.iter().filter(|pattern| pattern.kind == "string") {
        let keys = sample.whole(pattern.keys);
        let expiring = Share::of(pattern.expiring.0 as f64, pattern.keys.0 as f64).unwrap_or_default();
        if keys < KEYS.value || pattern.mean_bytes() >= BYTES.value || expiring >= EXPIRING.value {
            continue;
        }
        let saving = Bytes(keys.0 * EACH);
        let cause = format!(
            "about {keys} strings take {} each, most of it for the key: grouped into hashes they would take about {saving} less",
            pattern.mean_bytes()
        );
        findings.push(
            Finding::new(Severity::Info, Subject::new(SubjectKind::Key, pattern.subject()), cause)
                .grade(Grade::Derived)
                .measured("mean memory", pattern.mean_bytes(), "MEMORY USAGE of the sample")
                .estimated("keys", keys, "sample / share of all keys")
                .estimated("saving", saving, "60 bytes a key")
                .weight(saving.0 as f64)
                .fix(code("HSET prefix:{id / 100} {id % 100} value, and HGET to read: a hundred values share one key and one compact list")),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, pattern, redis, sampled};
    use super::*;
    use crate::sections::keyspace::Pattern;

    fn look(keys: u64, mean: u64, expiring: u64, share: f64) -> usize {
        let pattern = Pattern { expiring: Count(expiring), ..pattern("n:*", "string", keys, keys * mean) };
        let all = (keys as f64 / share) as u64;
        found(check, &sampled(redis(""), all, 0, vec![pattern], share)).len()
    }

    #[test]
    fn fires_on_millions_of_tiny_strings() {
        assert_eq!(look(20_000, 80, 0, 0.01), 1);
    }

    #[test]
    fn fires_just_at_a_million() {
        assert_eq!(look(10_000, 199, 900, 0.01), 1);
    }

    #[test]
    fn silent_when_values_are_larger_or_keys_fewer() {
        assert_eq!(look(20_000, 200, 0, 0.01), 0);
        assert_eq!(look(9_999, 80, 0, 0.01), 0);
    }

    #[test]
    fn silent_when_they_expire() {
        assert_eq!(look(20_000, 80, 2_000, 0.01), 0);
    }
}

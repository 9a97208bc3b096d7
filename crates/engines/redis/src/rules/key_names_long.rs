use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Severity, Share, Subject, Why,
};

use super::fixes::code;
use crate::sections::keyspace::Keyspace;

static NAME: Limit<Bytes> = Limit {
    what: "mean length of a name",
    value: Bytes(100),
    source: "judgement: longer than most of the rest of a key's overhead",
};
static PART: Limit<Share> =
    Limit { what: "names as a part of the pattern's memory", value: Share(0.30), source: "judgement" };
static TOTAL: Limit<Bytes> = Limit {
    what: "bytes of names, projected",
    value: Bytes::mib(100),
    source: "judgement: less is not worth a migration",
};

pub(super) const RULE: Rule = Rule {
    id: "key-names-long",
    title: "Long key names take a good part of the memory",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Schema,
    harm: Harm::Waste,
    limits: &[&NAME, &PART, &TOTAL],
    explains: &[],
    wrong_when: "the names are fixed by a library that cannot be configured",
    do_not: "shorten names until nobody can read them: what counts is the part that repeats in millions of keys",
    lesson: include_str!("key_names_long.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let keyspace = case.get::<Keyspace>()?;
    if keyspace.keys().0 < 100_000 {
        return Ok(vec![]);
    }
    let sample =
        keyspace.sample.as_ref().ok_or_else(|| NotEvaluated::new(Why::NotCollected, "no key could be looked at"))?;
    let mut findings = Vec::new();
    for pattern in &sample.patterns {
        let total = sample.whole_bytes(pattern.name_bytes);
        let mean = Bytes(pattern.name_bytes.0 / pattern.keys.0.max(1));
        let Some(part) = pattern.name_bytes.share_of(pattern.bytes) else { continue };
        if total < TOTAL.value || (mean < NAME.value && part < PART.value) {
            continue;
        }
        let cause = format!("names of {mean} on average take {total}, {part} of what these keys take");
        findings.push(
            Finding::new(Severity::Info, Subject::new(SubjectKind::Key, pattern.subject()), cause)
                .measured("mean length", mean, "SCAN")
                .estimated("bytes of names", total, "sample / share of all keys")
                .weight(total.0 as f64)
                .fix(code("shorten the repeated part of the name, and replace long hexadecimal ids by their base64 form; read both names until the old ones are gone")),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, pattern, redis, sampled};
    use super::*;
    use crate::sections::keyspace::Pattern;

    fn look(name: u64, mean: u64, keys: u64) -> usize {
        let pattern = Pattern { name_bytes: Bytes(1000 * name), ..pattern("a:*", "string", 1000, 1000 * mean) };
        found(check, &sampled(redis(""), keys, 0, vec![pattern], 1000.0 / keys as f64)).len()
    }

    #[test]
    fn fires_on_long_names() {
        assert_eq!(look(120, 2000, 1_000_000), 1);
    }

    #[test]
    fn fires_when_names_are_most_of_the_key() {
        assert_eq!(look(60, 150, 2_000_000), 1);
    }

    #[test]
    fn silent_on_usual_names() {
        assert_eq!(look(40, 200, 10_000_000), 0);
    }

    #[test]
    fn silent_when_all_names_together_are_little() {
        assert_eq!(look(120, 150, 800_000), 0);
    }
}

use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Grade, Harm, Limit, NotEvaluated, Product, Rule, Settings,
    Severity, Subject, Why,
};

use super::fixes::config_set;
use crate::sections::keyspace::{Keyspace, Pattern};

static SAVING: Limit<Bytes> =
    Limit { what: "memory saved, projected", value: Bytes::mib(10), source: "judgement: less is not worth a setting" };
static MUCH: Limit<Bytes> =
    Limit { what: "memory saved, projected, for a warning", value: Bytes::gib(1), source: "judgement" };
static MOST: Limit<Count> = Limit {
    what: "elements up to which a compact encoding is advised",
    value: Count(1024),
    source: "an access walks the whole list: measured about 5 µs at 1,024 short fields",
};

pub(super) const RULE: Rule = Rule {
    id: "encoding-past-limit",
    title: "Collections are just too long for the compact encoding",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9; ziplist names before 7.0, listpacks for sets from 7.2",
    area: Area::Memory,
    harm: Harm::Waste,
    limits: &[&SAVING, &MUCH, &MOST],
    explains: &[],
    wrong_when: "the collections are still growing: they will soon be too long for the raised limit as well",
    do_not: "raise the limit into the thousands: each access walks the list, and memory saved is paid with processor time",
    lesson: include_str!("encoding_past_limit.md"),
    check,
};

/// Bytes an element costs more in the full encoding, measured with short members on Redis 6.0, 7.0, 8.0 and Valkey 8.1.
fn extra(product: Product, kind: &str) -> u64 {
    match (product, kind) {
        (Product::Valkey, "hash") => 25,
        (Product::Valkey, "set") => 17,
        (Product::Valkey, _) => 72,
        (_, "hash") => 56,
        (_, "set") => 40,
        _ => 94,
    }
}

/// The setting that ends the compact encoding of that type on this server.
fn setting<'a>(settings: &Settings, kind: &str) -> Option<(&'a str, Count)> {
    let names: &[&str] = match kind {
        "hash" => &["hash-max-listpack-entries", "hash-max-ziplist-entries"],
        "zset" => &["zset-max-listpack-entries", "zset-max-ziplist-entries"],
        // Before 7.2 only sets of integers have one, and the sample does not tell which those are.
        "set" => &["set-max-listpack-entries"],
        _ => return None,
    };
    names.iter().find_map(|name| Some((*name, Count(settings.number(name)? as u64))))
}

fn check(case: &Case) -> Checked {
    let keyspace = case.get::<Keyspace>()?;
    if keyspace.keys().0 == 0 {
        return Ok(vec![]);
    }
    let sample =
        keyspace.sample.as_ref().ok_or_else(|| NotEvaluated::new(Why::NotCollected, "no key could be looked at"))?;
    let settings = case.get::<Settings>()?;
    let mut findings = Vec::new();
    for pattern in &sample.patterns {
        let Some((name, limit)) = setting(settings, &pattern.kind) else { continue };
        let raised = Count((limit.0 * 2).min(MOST.value.0));
        let Some((keys, elements)) = between(pattern, limit, raised) else { continue };
        let saving = sample.whole_bytes(Bytes(elements.0 * extra(case.server.product, &pattern.kind)));
        if saving < SAVING.value {
            continue;
        }
        let severity = if saving >= MUCH.value { Severity::Warn } else { Severity::Info };
        let whole = sample.whole(keys);
        let cause = format!(
            "about {whole} {}s hold a little more than the {limit} entries up to which they are stored compactly: {saving} could be saved",
            pattern.kind
        );
        findings.push(
            Finding::new(severity, Subject::new(SubjectKind::Key, pattern.subject()), cause)
                .grade(Grade::Derived)
                .measured("in the full encoding just above the limit", keys, "OBJECT ENCODING and length of the sample")
                .catalog(name, limit, "CONFIG GET")
                .estimated("saving", saving, "elements × bytes measured per element, projected")
                .weight(saving.0 as f64)
                .fix(config_set(case, name, &raised.0.to_string()).cost(
                    "each access to these keys walks up to twice as far; existing keys change only when they are written anew or loaded from a snapshot",
                )),
        );
    }
    Ok(findings)
}

/// Keys in the full encoding with more than `limit` and up to `raised` elements.
fn between(pattern: &Pattern, limit: Count, raised: Count) -> Option<(Count, Count)> {
    let rungs = pattern.expanded.iter().filter(|rung| rung.up_to > limit && rung.up_to <= raised);
    let (keys, elements) =
        rungs.fold((0, 0), |(keys, elements), rung| (keys + rung.keys.0, elements + rung.elements.0));
    (keys > 0).then_some((Count(keys), Count(elements)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, pattern, redis, redis_6, sampled, set, valkey};
    use super::*;
    use crate::sections::keyspace::Rung;

    fn carts(up_to: u64, keys: u64, each: u64) -> Pattern {
        let rung = Rung { up_to: Count(up_to), keys: Count(keys), elements: Count(keys * each), bytes: Bytes(0) };
        Pattern { expanded: vec![rung], ..pattern("cart:*", "hash", keys, 1) }
    }

    #[test]
    fn fires_when_hashes_are_a_little_too_long() {
        let case = set(redis(""), &[("hash-max-listpack-entries", "512")]);
        let found = found(check, &sampled(case, 100_000, 0, vec![carts(1024, 1000, 600)], 0.01));
        assert!(found[0].fixes[0].statement.contains("hash-max-listpack-entries 1024"), "{found:#?}");
        assert_eq!(found[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_by_the_old_name_and_less_on_valkey() {
        let old = set(redis_6(""), &[("hash-max-ziplist-entries", "128")]);
        let old = found(check, &sampled(old, 1000, 0, vec![carts(256, 1000, 200)], 1.0));
        assert!(old[0].fixes[0].statement.contains("ziplist-entries 256"));
        let new = set(valkey(""), &[("hash-max-listpack-entries", "128")]);
        assert!(found(check, &sampled(new, 1000, 0, vec![carts(256, 1000, 200)], 1.0)).is_empty());
    }

    #[test]
    fn silent_far_above_the_limit_and_below_it() {
        let case = || set(redis(""), &[("hash-max-listpack-entries", "512")]);
        assert!(found(check, &sampled(case(), 100_000, 0, vec![carts(2048, 1000, 2000)], 0.01)).is_empty());
        // Long values, not many fields, made these expand.
        assert!(found(check, &sampled(case(), 100_000, 0, vec![carts(128, 1000, 100)], 0.01)).is_empty());
    }

    #[test]
    fn silent_when_little_is_saved() {
        let case = set(redis(""), &[("hash-max-listpack-entries", "512")]);
        assert!(found(check, &sampled(case, 100, 0, vec![carts(1024, 100, 600)], 1.0)).is_empty());
    }
}

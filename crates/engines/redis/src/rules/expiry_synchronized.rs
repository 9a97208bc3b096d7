use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Seconds, Severity, Share, Subject,
    Why,
};

use super::fixes::code;
use crate::sections::keyspace::Keyspace;

static TOGETHER: Limit<Share> = Limit {
    what: "share of a pattern's keys that expire within ten seconds",
    value: Share(0.20),
    source: "judgement: a fifth of a cache lost at once is a stampede",
};
static KEYS: Limit<Count> = Limit {
    what: "keys that expire together, projected",
    value: Count(1_000),
    source: "judgement: fewer are recomputed unnoticed",
};
static MANY: Limit<Count> = Limit {
    what: "keys that expire together, projected, for a warning",
    value: Count(10_000),
    source: "judgement: the source behind the cache feels it",
};
static LONG: Limit<Seconds> = Limit {
    what: "longest time to live of the pattern",
    value: Seconds::minutes(3.0),
    source: "ten seconds are a small part of it only from there",
};

pub(super) const RULE: Rule = Rule {
    id: "expiry-synchronized",
    title: "Many keys expire at the same moment",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&TOGETHER, &KEYS, &MANY, &LONG],
    explains: &[],
    wrong_when: "the keys are not read again after they expire, or all of them have to end together (a sale, a deadline)",
    do_not: "lengthen the time to live for all: the herd then comes later, and as large",
    lesson: include_str!("expiry_synchronized.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let keyspace = case.get::<Keyspace>()?;
    if keyspace.expires().0 == 0 {
        return Ok(vec![]);
    }
    let sample =
        keyspace.sample.as_ref().ok_or_else(|| NotEvaluated::new(Why::NotCollected, "no key could be looked at"))?;
    let mut findings = Vec::new();
    for pattern in &sample.patterns {
        let (Some(together), Some(longest)) = (pattern.together, pattern.ttl_longest) else { continue };
        let keys = sample.whole(Count((together.0 * pattern.expiring.0 as f64).round() as u64));
        // Fewer than a hundred in the sample make any share.
        if together < TOGETHER.value || keys < KEYS.value || longest < LONG.value || pattern.expiring.0 < 100 {
            continue;
        }
        let severity = if keys >= MANY.value { Severity::Warn } else { Severity::Info };
        let cause = format!(
            "about {keys} keys, {together} of the pattern's that expire, do so within the same ten seconds: all their readers miss at once"
        );
        let spread = (longest.0 * 0.2).round() as u64;
        findings.push(
            Finding::new(severity, Subject::new(SubjectKind::Key, pattern.subject()), cause)
                .measured("expire together", together, "PTTL of the sample, in windows of ten seconds")
                .estimated("keys", keys, "sample / share of all keys")
                .measured("longest time to live", longest, "PTTL")
                .weight(keys.0 as f64)
                .fix(code(format!("spread it where the key is written: SET key value EX (ttl + random(0, {spread}))"))),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, pattern, redis, sampled};
    use super::*;
    use crate::sections::keyspace::Pattern;

    fn look(keys: u64, share: f64, together: f64, longest: f64) -> Vec<Finding> {
        let pattern = Pattern {
            expiring: Count(keys),
            together: Some(Share(together)),
            ttl_longest: Some(Seconds(longest)),
            ..pattern("promo:*", "string", keys, keys * 100)
        };
        found(check, &sampled(redis(""), keys, keys, vec![pattern], share))
    }

    #[test]
    fn fires_when_all_expire_together() {
        let found = look(4000, 1.0, 1.0, 5000.0);
        assert_eq!((found[0].subject.name.as_str(), found[0].severity), ("promo:*", Severity::Info));
    }

    #[test]
    fn fires_harder_when_they_are_many() {
        assert_eq!(look(4000, 0.1, 0.3, 5000.0)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_when_spread() {
        assert!(look(100_000, 1.0, 0.19, 5000.0).is_empty());
    }

    #[test]
    fn silent_when_everything_lives_for_moments_only() {
        assert!(look(100_000, 1.0, 1.0, 60.0).is_empty());
        assert!(look(900, 1.0, 1.0, 5000.0).is_empty());
    }
}

use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, NotEvaluated, Rule, Severity, Subject,
    Undo, Why,
};

use super::fixes::code;
use crate::sections::commands::Commands;
use crate::sections::keyspace::Keyspace;

static ENTRIES: Limit<Count> = Limit {
    what: "entries worth knowing",
    value: Count(10_000),
    source: "judgement: more than most consumers have outstanding",
};
static MANY: Limit<Count> = Limit { what: "entries that hurt", value: Count(1_000_000), source: "judgement" };
static BYTES: Limit<Bytes> = Limit { what: "memory that hurts", value: Bytes::mib(100), source: "judgement" };

pub(super) const RULE: Rule = Rule {
    id: "stream-unbounded",
    title: "A stream grows and nothing trims it",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Space,
    harm: Harm::Outage,
    limits: &[&ENTRIES, &MANY, &BYTES],
    explains: &["memory-near-limit"],
    wrong_when: "XADD trims it with MAXLEN or MINID to about this length",
    do_not: "trust XACK to remove entries: it only takes them off a group's list of pending ones",
    lesson: include_str!("stream_unbounded.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let keyspace = case.get::<Keyspace>()?;
    if keyspace.keys().0 == 0 {
        return Ok(vec![]);
    }
    let sample =
        keyspace.sample.as_ref().ok_or_else(|| NotEvaluated::new(Why::NotCollected, "no key could be looked at"))?;
    let commands = case.get::<Commands>()?;
    // Somebody trims or deletes; whether enough, the counters do not tell.
    if commands.calls("xtrim") + commands.calls("xdel") + commands.calls("xdelex") + commands.calls("xackdel") > 0 {
        return Ok(vec![]);
    }
    let mut findings = Vec::new();
    for key in sample.biggest.iter().filter(|key| key.kind == "stream" && !key.expiring) {
        let Some(entries) = key.elements.filter(|entries| *entries >= ENTRIES.value) else { continue };
        let severity = if entries >= MANY.value || key.bytes >= BYTES.value { Severity::Warn } else { Severity::Info };
        let cause = format!(
            "it holds {entries} entries in {}, has no time to live, and XTRIM and XDEL were never called: unless XADD trims, it grows for ever",
            key.bytes
        );
        let keep = (entries.0 / 10).max(1_000);
        let trim = Fix::of(
            FixKind::Command,
            format!("XTRIM {} MAXLEN ~ {keep}", quoted(key.name.as_str())),
            Undo::Impossible("the entries are gone".into()),
        )
        .lock("blocks the server while it frees; add LIMIT on a very long stream")
        .verify(format!("XLEN {}", quoted(key.name.as_str())));
        findings.push(
            Finding::new(severity, Subject::new(SubjectKind::Key, &key.name), cause)
                .grade(Grade::Suspected)
                .measured("entries", entries, "XLEN")
                .measured("memory", key.bytes, "MEMORY USAGE key SAMPLES 5")
                .measured("XADD calls", Count(commands.calls("xadd")), "INFO commandstats.cmdstat_xadd")
                .weight(key.bytes.0 as f64)
                .fix(code(format!("trim where it is written: XADD key MAXLEN ~ {keep} * field value (or MINID ~ an id, to keep a span of time)")))
                .fix(trim),
        );
    }
    Ok(findings)
}

/// A name as redis-cli reads it.
fn quoted(name: &str) -> String {
    match name.bytes().all(|b| b.is_ascii_graphic() && !b"\"'\\".contains(&b)) {
        true => name.to_owned(),
        false => format!("\"{}\"", name.escape_default()),
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::Share;

    use super::super::testing::{found, redis};
    use super::*;
    use crate::sections::keyspace::{BigKey, Database, KeySample};

    fn look(info: &str, entries: u64, bytes: u64, expiring: bool) -> Vec<Finding> {
        let key = BigKey {
            name: "stream:clicks".into(),
            kind: "stream".into(),
            bytes: Bytes(bytes),
            elements: Some(Count(entries)),
            expiring,
            ..BigKey::default()
        };
        let sample =
            KeySample { keys: Count(1), share: Share(1.0), lengths: true, patterns: vec![], biggest: vec![key] };
        let databases = vec![Database { number: 0, keys: Count(1), expires: Count(0) }];
        found(check, &redis(info).with(&Keyspace { databases, sample: Some(sample) }))
    }

    #[test]
    fn fires_when_nothing_ever_trims() {
        assert_eq!(look("cmdstat_xadd:calls=30000,usec=9\r\n", 30_000, 1 << 20, false)[0].severity, Severity::Info);
    }

    #[test]
    fn fires_harder_when_it_is_large() {
        assert_eq!(look("", 30_000, 100 << 20, false)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_when_somebody_trims() {
        assert!(look("cmdstat_xtrim:calls=1,usec=9\r\n", 30_000, 1 << 20, false).is_empty());
    }

    #[test]
    fn silent_on_a_short_or_expiring_stream() {
        assert!(look("", 9_999, 1 << 20, false).is_empty());
        assert!(look("", 30_000, 1 << 20, true).is_empty());
    }
}

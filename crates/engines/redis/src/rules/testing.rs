//! Cases for the tests of rules.

use std::collections::BTreeMap;

use dbwright_model::case::Role;
use dbwright_model::{Case, Checked, Count, Finding, Product, Redaction, Server, Settings, Share, Version};
use jiff::Timestamp;

use crate::sections::commands::Commands;
use crate::sections::info::Info;
use crate::sections::keyspace::{Database, KeySample, Keyspace, Pattern};

fn case(product: Product, version: Version, info: &str) -> Case {
    let (facts, commands) = (Info::read(info), Commands::read(info));
    let mut server = Server::new(product, version);
    server.uptime = facts.uptime;
    server.now = Timestamp::from_second(1_000_000).unwrap();
    server.host.memory = facts.total_system_memory;
    server.role = if facts.is_primary() { Role::Primary } else { Role::Replica };
    Case::new(server, Redaction::Literals).with(&facts).with(&commands)
}

/// Redis 7.4 with what INFO says.
pub(super) fn redis(info: &str) -> Case {
    case(Product::Redis, Version::new(7, 4, 0), info)
}

/// Valkey 8.1 with what INFO says.
pub(super) fn valkey(info: &str) -> Case {
    case(Product::Valkey, Version::new(8, 1, 0), info)
}

/// Redis 6.0, which tells much less.
pub(super) fn redis_6(info: &str) -> Case {
    case(Product::Redis, Version::new(6, 0, 16), info)
}

/// Adds settings.
pub(super) fn set(case: Case, settings: &[(&str, &str)]) -> Case {
    let settings = settings.iter().fold(Settings::default(), |all, (name, value)| match *name {
        "slowlog-log-slower-than" => all.with_unit(name, value, "us"),
        "latency-monitor-threshold" => all.with_unit(name, value, "ms"),
        _ => all.with(name, value),
    });
    case.with(&settings)
}

/// Adds database 0 with that many keys, of which so many expire.
pub(super) fn keys(case: Case, keys: u64, expires: u64) -> Case {
    sampled(case, keys, expires, vec![], 1.0)
}

/// The same with a sample of `share` of the keys.
pub(super) fn sampled(case: Case, keys: u64, expires: u64, patterns: Vec<Pattern>, share: f64) -> Case {
    let seen: Count = patterns.iter().map(|pattern| pattern.keys).sum();
    let sample = KeySample { keys: seen, share: Share(share), lengths: true, patterns, biggest: vec![] };
    let database = Database { number: 0, keys: Count(keys), expires: Count(expires) };
    case.with(&Keyspace { databases: vec![database], sample: Some(sample) })
}

/// A pattern of that type with so many keys and bytes.
pub(super) fn pattern(name: &str, kind: &str, keys: u64, bytes: u64) -> Pattern {
    Pattern {
        name: name.into(),
        kind: kind.into(),
        keys: Count(keys),
        bytes: dbwright_model::Bytes(bytes),
        encodings: BTreeMap::new(),
        ..Pattern::default()
    }
}

/// What the check finds; panics when it could not look.
pub(super) fn found(check: fn(&Case) -> Checked, case: &Case) -> Vec<Finding> {
    check(case).unwrap()
}

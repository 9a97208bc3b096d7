//! Planted faults on real Redis and Valkey servers are found, each with the right object.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use dbwright_lab::{Binaries, Lab, Options, Product};
use support::{Report, judge, server, server_of, with_settings};

fn recall(binaries: &Binaries) {
    let settings = [("save", ""), ("appendonly", "no"), ("slowlog-log-slower-than", "-1")];
    let lab = Lab::start(binaries, &with_settings(Options::new().without_password(), &settings)).unwrap();
    let client = redis::Client::open(lab.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut faults: Vec<(String, String)> = Vec::new();
    let mut planted = |rule: &str, object: &str| faults.push((rule.into(), object.into()));
    let mut fill = |count: usize, command: &dyn Fn(usize) -> redis::Cmd| {
        for from in (0..count).step_by(1000) {
            let mut pipe = redis::pipe();
            for i in from..(from + 1000).min(count) {
                pipe.add_command(command(i)).ignore();
            }
            pipe.exec(&mut connection).unwrap();
        }
    };
    let cmd = |words: &[&str]| {
        let mut cmd = redis::cmd(words[0]);
        cmd.arg(&words[1..]);
        cmd
    };

    planted("big-key", "leaderboard");
    fill(60_000, &|i| cmd(&["ZADD", "leaderboard", &i.to_string(), &format!("player-{i}")]));
    planted("big-key", "blob:export");
    fill(1, &|_| cmd(&["SET", "blob:export", &"x".repeat(6 << 20)]));
    // Sessions that expire, and a third that was forgotten.
    planted("keys-without-ttl", "session:*");
    fill(6000, &|i| cmd(&["SET", &format!("session:{i}"), "data", "EX", &(3600 + i * 7).to_string()]));
    fill(3000, &|i| cmd(&["SET", &format!("session:{}", 10_000 + i), "data"]));
    planted("expiry-synchronized", "promo:*");
    fill(4000, &|i| cmd(&["SET", &format!("promo:{i}"), "data", "EX", "5000"]));
    planted("multiple-databases", "server");
    planted("stream-unbounded", "stream:clicks");
    fill(30_000, &|i| cmd(&["XADD", "stream:clicks", "*", "n", &i.to_string()]));
    planted("script-cache-large", "server");
    fill(1500, &|i| cmd(&["EVAL", &format!("return {i}"), "0"]));
    planted("slowlog-misconfigured", "slowlog-log-slower-than");
    planted("persistence-off-with-durable-keys", "server");
    planted("memory-near-limit", "server");
    planted("noeviction-rejecting-writes", "server");
    planted("dangerous-commands-allowed", "app");
    planted("default-user-nopass", "default");
    fill(1, &|_| cmd(&["ACL", "SETUSER", "app", "on", ">kj34h5kj34h5", "~*", "+@all"]));
    for _ in 0..1 {
        let mut other = client.get_connection().unwrap();
        cmd(&["SELECT", "3"]).exec(&mut other).unwrap();
        cmd(&["SET", "elsewhere", "1"]).exec(&mut other).unwrap();
    }
    let info: String = cmd(&["INFO", "memory"]).query(&mut client.get_connection().unwrap()).unwrap();
    let used: u64 = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse().unwrap();
    let mut last = client.get_connection().unwrap();
    cmd(&["CONFIG", "SET", "maxmemory", &(used + 4096).to_string()]).exec(&mut last).unwrap();
    for i in 0..200 {
        // Refused once the limit is reached: that is the point.
        let _ = cmd(&["SET", &format!("late:{i}"), &"y".repeat(4000), "EX", "99999"]).exec(&mut last);
    }

    let report = Report::of(&lab.url(), &[]);
    judge(&report, &faults, 12);
}

#[test]
fn planted_faults_are_found_on_redis() {
    if let Some(binaries) = server(Product::Redis) {
        recall(&binaries);
    }
}

#[test]
fn planted_faults_are_found_on_redis_6() {
    if let Some(binaries) = std::env::var_os("CI").is_none().then(|| server_of(Product::Redis, 6)).flatten() {
        recall(&binaries);
    }
}

#[test]
fn planted_faults_are_found_on_valkey() {
    if let Some(binaries) = server(Product::Valkey) {
        recall(&binaries);
    }
}

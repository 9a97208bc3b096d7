//! How long the collector holds a large server up: fills five million keys (`KEYS=n` for another number), gathers a case,
//! and prints the longest command the server saw.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]

use std::time::Instant;

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::Target;
use dbwright_model::room::{GatherOptions, Room};

#[tokio::main]
async fn main() {
    let keys: u64 = std::env::var("KEYS").ok().and_then(|keys| keys.parse().ok()).unwrap_or(5_000_000);
    let Ok(binaries) = dbwright_lab::find_version(Product::Redis, 7) else { return println!("skipped: no Redis 7") };
    let options = Options::new().setting("enable-debug-command", "yes").setting("save", "");
    let lab = Lab::start(&binaries, &options).unwrap();
    let mut connection = redis::Client::open(lab.url()).unwrap().get_connection().unwrap();
    redis::cmd("DEBUG").arg("POPULATE").arg(keys).arg("session").arg(40).exec(&mut connection).unwrap();
    redis::cmd("EVAL")
        .arg("for i = 1, 1000000 do redis.call('HSET', 'giant', i, i) end for i = 1, 500000 do redis.call('ZADD', 'board', i, i) end")
        .arg(0)
        .exec(&mut connection)
        .unwrap();
    redis::cmd("CONFIG").arg(&["SET", "slowlog-log-slower-than", "1000"]).exec(&mut connection).unwrap();
    redis::cmd("SLOWLOG").arg("RESET").exec(&mut connection).unwrap();
    redis::cmd("CONFIG").arg("RESETSTAT").exec(&mut connection).unwrap();
    let Ok(Target::Server(target)) = Target::parse(&lab.url()) else { panic!("no server") };
    let started = Instant::now();
    let case = dbwright_redis::Redis.gather(&target, &GatherOptions::default(), &()).await.unwrap();
    println!("{keys} keys, gathered in {:?} with {} commands", started.elapsed(), case.server.statements);
    println!("gaps: {:?}", case.gaps.iter().map(|gap| &gap.detail).collect::<Vec<_>>());
    let slow: u64 = redis::cmd("SLOWLOG").arg("LEN").query(&mut connection).unwrap();
    println!("commands above 1 ms: {slow}");
    let info: String = redis::cmd("INFO").arg("latencystats").query(&mut connection).unwrap();
    let mut worst: Vec<(f64, &str)> = info
        .lines()
        .filter_map(|line| line.strip_prefix("latency_percentiles_usec_")?.split_once(':'))
        .filter_map(|(name, values)| Some((values.rsplit_once('=')?.1.trim().parse().ok()?, name)))
        .collect();
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (micros, name) in worst.iter().take(6) {
        println!("{name}: p99.9 {micros} µs");
    }
}

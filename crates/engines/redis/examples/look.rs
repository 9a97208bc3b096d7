//! Gathers a case from a server and prints what the room's own rules find: `cargo run --example look redis://host:port`.

use std::time::{Duration, Instant};

use dbwright_model::Target;
use dbwright_model::room::{GatherOptions, Room};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = std::env::args().nth(1).ok_or("give a URL")?;
    let sample = std::env::args().nth(2).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let Target::Server(target) = Target::parse(&target)? else { return Err("that is no server".into()) };
    let options = GatherOptions { sample, ..GatherOptions::default() };
    let started = Instant::now();
    let case = match dbwright_redis::Redis.gather(&target, &options, &()).await {
        Ok(case) => case,
        Err(error) => {
            println!("{:?} {error}\n  {}", error.kind, error.hint);
            return Ok(());
        }
    };
    println!("{:?} {:?}", started.elapsed(), case.server);
    for gap in &case.gaps {
        println!("gap {gap:?}");
    }
    for rule in dbwright_redis::Redis.rules() {
        match (rule.check)(&case) {
            Ok(found) => found.iter().for_each(|f| println!("{} {} {}: {}", f.severity, rule.id, f.subject, f.cause)),
            Err(reason) => println!("- {}: {} {}", rule.id, reason.why, reason.detail),
        }
    }
    Ok(())
}

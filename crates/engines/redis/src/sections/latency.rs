//! What the latency monitor remembers.

use dbwright_model::{Case, Seconds, Section};
use serde::{Deserialize, Serialize};

use crate::command;
use crate::reply;
use crate::session::Session;

/// Events above `latency-monitor-threshold`; empty when the monitor is off.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Latency {
    /// By name.
    pub events: Vec<LatencyEvent>,
}

/// One kind of event: `fork`, `command`, `aof-fsync-always`…
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyEvent {
    /// The server's name for it.
    pub name: String,
    /// How long ago it last happened.
    pub age: Seconds,
    /// How long it took then.
    pub latest: Seconds,
    /// The longest ever.
    pub longest: Seconds,
}

impl Section for Latency {
    const ID: &'static str = "redis.latency";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "latency events";
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let value = match session.run(command::LATENCY_LATEST, &[]).await {
        Ok(value) => value,
        Err(trouble) => return case.miss(trouble.gap(Latency::ID, None)),
    };
    let now = case.server.now.as_second() as f64;
    let events = reply::items(&value).iter().filter_map(|event| {
        let [name, at, latest, longest, ..] = reply::items(event) else { return None };
        Some(LatencyEvent {
            name: reply::text(name)?,
            age: Seconds((now - reply::count(at)? as f64).max(0.0)),
            latest: Seconds::millis(reply::count(latest)? as f64),
            longest: Seconds::millis(reply::count(longest)? as f64),
        })
    });
    let mut events: Vec<LatencyEvent> = events.collect();
    events.sort_by(|a, b| a.name.cmp(&b.name));
    case.store(&Latency { events });
}

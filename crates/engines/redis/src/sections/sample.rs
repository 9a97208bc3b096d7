//! The counters of INFO twice, for rates of now.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dbwright_model::{Case, Sample, Seconds, Section, Why};

use crate::command;
use crate::reply;
use crate::session::{Session, Trouble};

/// Counters that only grow.
const COUNTERS: &[&str] = &[
    "total_connections_received",
    "total_commands_processed",
    "total_net_input_bytes",
    "total_net_output_bytes",
    "rejected_connections",
    "expired_keys",
    "evicted_keys",
    "keyspace_hits",
    "keyspace_misses",
    "master_repl_offset",
    "sync_full",
    "total_error_replies",
];

fn counters(info: &str) -> BTreeMap<&str, f64> {
    reply::lines(info)
        .filter(|(key, _)| COUNTERS.contains(key) || key.starts_with("errorstat_"))
        .filter_map(|(key, value)| Some((key, value.strip_prefix("count=").unwrap_or(value).parse().ok()?)))
        .collect()
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case, interval: Duration) {
    let started = Instant::now();
    let first = match session.run(command::INFO, &[]).await {
        Ok(info) => reply::text(&info).unwrap_or_default(),
        Err(trouble) => return case.miss(trouble.gap(Sample::ID, None)),
    };
    if started + interval >= session.deadline {
        return case
            .miss(Trouble::new(Why::Budget, "the deadline comes before the second reading").gap(Sample::ID, None));
    }
    tokio::time::sleep(interval).await;
    let interval = Seconds(started.elapsed().as_secs_f64());
    let second = match session.run(command::INFO, &[]).await {
        Ok(info) => reply::text(&info).unwrap_or_default(),
        Err(trouble) => return case.miss(trouble.gap(Sample::ID, None)),
    };
    let after = counters(&second);
    let both = counters(&first)
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), (value, *after.get(key)?))))
        .collect();
    case.store(&Sample { interval, counters: both });
}

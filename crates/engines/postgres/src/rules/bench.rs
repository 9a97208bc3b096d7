//! What the tests of the rules share.

use dbwright_model::{Case, Product, Redaction, Sample, Seconds, Server, Version};

/// An empty case about a PostgreSQL of that major version.
pub(super) fn pg(major: u32) -> Case {
    Case::new(Server::new(Product::PostgreSQL, Version::new(major, 4, 0)), Redaction::Literals)
}

/// A sample of that many seconds in which the given counters grew, and all others of every version did not.
pub(super) fn sample(seconds: f64, grown: &[(&str, f64)]) -> Sample {
    let still = [
        "xact_commit",
        "xact_rollback",
        "blks_read",
        "blks_hit",
        "blk_read_time",
        "temp_files",
        "temp_bytes",
        "deadlocks",
    ];
    let still = still.map(|name| (format!("pg_stat_database.{name}"), 0.0));
    let others = ["checkpoints_timed", "checkpoints_requested", "wal_bytes"].map(|name| (name.to_owned(), 0.0));
    let grown = grown.iter().map(|(name, by)| ((*name).to_owned(), *by));
    let counters = still.into_iter().chain(others).chain(grown).map(|(name, by)| (name, (1000.0, 1000.0 + by)));
    Sample { interval: Seconds(seconds), counters: counters.collect() }
}

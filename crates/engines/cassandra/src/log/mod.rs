//! Cassandra's `system.log` and `debug.log`: slow and timed-out operations, pauses, tombstones, and what else goes wrong.

mod class;
mod cql;
mod line;
mod monitoring;

use dbwright_model::log::LogFormat;

/// The forms this room reads.
pub(crate) static FORMATS: &[&LogFormat] = &[&line::FORMAT];

#[cfg(test)]
mod tests;

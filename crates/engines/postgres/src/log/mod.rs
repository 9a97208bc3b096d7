//! Logs of PostgreSQL and what stands in front of it.

mod classes;
mod csv;
mod explained;
mod guess;
mod json;
mod language;
mod pgbouncer;
mod prefix;
mod record;
mod stderr;
mod time;

use dbwright_model::log::LogFormat;

/// The forms that are read.
pub(crate) static FORMATS: &[&LogFormat] = &[&csv::FORMAT, &json::FORMAT, &pgbouncer::FORMAT, &stderr::FORMAT];

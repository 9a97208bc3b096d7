//! MongoDB's logs: the structured log of 4.4 and later, and documents of the profiler.

mod class;
mod line;
mod operation;
mod profile;
mod shape;

use dbwright_model::log::LogFormat;

/// The forms this room reads.
pub(crate) static FORMATS: &[&LogFormat] = &[&line::FORMAT, &profile::FORMAT];

#[cfg(test)]
mod tests;

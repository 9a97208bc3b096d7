//! Logs of MySQL and MariaDB: slow, general and error log.

mod banner;
mod class;
mod error;
mod general;
#[cfg(test)]
mod heard;
mod line;
mod number;
mod slow;
mod time;
mod tried;

use dbwright_model::log::LogFormat;

/// The forms that are read; the most telling first.
pub(crate) static FORMATS: &[&LogFormat] = &[&slow::FORMAT, &general::FORMAT, &error::FORMAT, &error::JSON];

#[cfg(test)]
mod tests;

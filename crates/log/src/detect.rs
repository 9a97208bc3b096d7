//! Telling which form a log is in.

use dbwright_model::log::{Detected, LogFormat};

/// The form that understands most of the sample, with its reader; the first in the list when several do.
pub fn detect(sample: &[u8], formats: &[&'static LogFormat]) -> Option<(&'static LogFormat, Detected)> {
    let mut best: Option<(&'static LogFormat, Detected)> = None;
    for format in formats {
        if let Some(detected) = (format.detect)(sample)
            && best.as_ref().is_none_or(|(_, best)| detected.understood > best.understood)
        {
            best = Some((format, detected));
        }
    }
    best
}

//! What a digest was made from.

use dbwright_model::{Bytes, Count, Name, Section, Share};
use serde::{Deserialize, Serialize};

/// The logs a digest was made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LogFiles {
    /// In the order they were read.
    pub files: Vec<LogFile>,
}

impl Section for LogFiles {
    const ID: &'static str = "logs";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "logs that were read";
}

/// A log that was read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LogFile {
    /// The file, or `-`.
    pub name: Name,
    /// Its form: `postgres-stderr`.
    pub format: String,
    /// What was found out about the form: `log_line_prefix '%m [%p] '`. Names may stand in it.
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    pub detail: Name,
    /// Its size, unpacked.
    pub bytes: Bytes,
    /// Its lines that are not blank.
    pub lines: Count,
    /// Those of them that were not understood.
    pub missed: Count,
    /// Lines of other programs in the same log; not among the lines.
    #[serde(default)]
    pub foreign: Count,
    /// What ended the reading before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}

impl LogFiles {
    /// Part of all lines that was understood; `None` of no lines.
    pub fn understood(&self) -> Option<Share> {
        let sum = |of: fn(&LogFile) -> Count| self.files.iter().map(|file| of(file).0).sum::<u64>() as f64;
        let lines = sum(|file| file.lines);
        Share::of(lines - sum(|file| file.missed), lines)
    }
}

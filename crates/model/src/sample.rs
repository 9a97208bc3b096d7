//! Two looks at the counters, for rates of now instead of averages since some reset.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::Section;
use crate::units::{Rate, Seconds};

/// Counters read twice, `interval` apart (`--sample 10s`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Time between the two looks.
    pub interval: Seconds,
    /// Counter name (the engine's own) → first and second reading.
    pub counters: BTreeMap<String, (f64, f64)>,
}

impl Section for Sample {
    const ID: &'static str = "sample";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "two readings of the counters";
}

impl Sample {
    /// By how much the counter grew; `None` when it is unknown or was reset in between.
    pub fn growth(&self, counter: &str) -> Option<f64> {
        let (first, second) = self.counters.get(counter)?;
        (second >= first).then_some(second - first)
    }

    /// How fast it grew; `None` when that is unknown, or no time passed.
    pub fn rate(&self, counter: &str) -> Option<Rate> {
        let growth = self.growth(counter).filter(|_| self.interval.0 > 0.0)?;
        Some(Rate(growth / self.interval.0))
    }
}

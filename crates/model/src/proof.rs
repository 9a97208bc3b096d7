//! A proof: before and after a fix, measured or planned, where nothing can break.

use serde::{Deserialize, Serialize};

use crate::units::Quantity;

/// How before and after were obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Executed.
    Measured,
    /// Asked of the planner.
    Planned,
}

/// Before and after a fix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// What was tried: the fix's statement.
    pub fix: String,
    /// Where: a lab of which version, a named scratch database, what data.
    pub on: String,
    /// How.
    pub method: Method,
    /// How many runs of each.
    pub runs: u32,
    /// The figure before.
    pub before: Quantity,
    /// The figure after, in the same unit.
    pub after: Quantity,
    /// What the proof could not reproduce.
    #[serde(default)]
    pub limits: Vec<String>,
}

impl Proof {
    /// Whether the fix made the figure smaller.
    pub fn helps(&self) -> bool {
        matches!((self.before.number(), self.after.number()), (Some(before), Some(after)) if after < before)
    }
}

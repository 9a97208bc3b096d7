//! Where the time of a plan went, with what rounding leaves open.

use serde::{Deserialize, Serialize};

use super::Buffers;
use crate::units::Seconds;

/// A figure and the bounds that rounding leaves it, in seconds. `low <= value <= high`, never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Interval {
    /// Not less than this.
    pub low: f64,
    /// The best single figure.
    pub value: f64,
    /// Not more than this.
    pub high: f64,
}

impl Interval {
    /// A figure with bounds; all are raised to zero and put in order.
    pub fn new(low: f64, value: f64, high: f64) -> Interval {
        let value = value.max(0.0);
        Interval { low: low.clamp(0.0, value), value, high: high.max(value) }
    }
    /// A figure that is known exactly.
    pub fn exact(value: f64) -> Interval {
        Interval::new(value, value, value)
    }
    /// The best figure with its unit.
    pub fn seconds(self) -> Seconds {
        Seconds(self.value)
    }
    /// Whether rounding alone could explain it: it may be nothing.
    pub fn below_resolution(self) -> bool {
        self.low == 0.0 && self.high > 0.0
    }
}

/// What a node cost by itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Own {
    /// Time in it and everything below, all loops together, as wall-clock time (parallel processes side by side).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Interval>,
    /// Time in it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Interval>,
    /// Pages it touched itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffers: Option<Buffers>,
    /// Processes that shared its work.
    pub processes: f64,
}

/// One line of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What: `operators`, `triggers`, `just-in-time compilation`, `serialization`, `after the root`, `unexplained`.
    pub what: String,
    /// How much.
    pub time: Interval,
}

/// The account of a plan: its entries add up to `execution`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The time to be explained: the execution time, or the root's where none was printed.
    pub execution: Seconds,
    /// What it is made of.
    pub entries: Vec<Entry>,
    /// Where figures had to be bent to fit: a child above its parent, a sub-plan nobody refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

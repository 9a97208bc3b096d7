//! Plans as data: what rules ask of them, where the time went, what differs between two.
//!
//! Over the neutral tree of `dbwright_model::plan`; no engine's format is known here. Pure.

mod account;
mod diff;
pub mod prescribe;
mod redact;
mod view;
pub mod worth;

pub use account::account;
pub use diff::{Change, ChangeKind, Delta, Measure, Pair, PlanDiff, Speed, Verdict, compare, fingerprint};
pub use redact::redact;
pub use view::{At, every, places};

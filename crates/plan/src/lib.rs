//! Plans as data: what rules ask of them, where the time went, what differs between two.
//!
//! Over the neutral tree of `dbwright_model::plan`; no engine's format is known here. Pure.

pub mod prescribe;
mod account;
mod redact;
mod view;

pub use account::account;
pub use redact::redact;
pub use view::{At, every, places};

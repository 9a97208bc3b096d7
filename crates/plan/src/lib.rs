//! Plans as data: what rules ask of them, where the time went, what differs between two.
//!
//! Over the neutral tree of `dbwright_model::plan`; no engine's format is known here. Pure.

mod view;

pub use view::{At, every, places};

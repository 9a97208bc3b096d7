//! Logs as streams of events: files of any size, cut into chunks of whole records, read by all cores, told in order.
//!
//! An engine's room knows what its records look like ([`dbwright_model::log::Reader`]); who listens ([`Listener`]) makes of the events what
//! it needs. Memory is bounded by the chunks in flight, never by the input.

mod detect;
mod filter;
mod find;
mod follow;
mod packing;
mod source;
mod stream;
mod traces;
mod wrapping;

pub use detect::{Recognised, Unknown, detect};
pub use filter::{Filter, Filtered, Kept};
pub use find::{Found, find};
pub use source::{Progress, Source, SourceError};
pub use stream::{Lines, Listener, Streamed, Told, follow, stream};
pub use traces::TRACES;

//! What a database does: digests of events that can be merged, and what they say about tables and programs. Pure:
//! events in, values out.

pub mod access;
pub mod chatter;
pub mod compare;
pub mod digest;
mod files;
mod hash;
mod latency;
mod outline;
mod queries;
mod series;
mod tally;

pub use chatter::Chatter;
pub use digest::{Digest, Digesting};
pub use files::{LogFile, LogFiles};
pub use latency::Latency;
pub use series::{Interval, Series};
pub use tally::{Sums, Tally};

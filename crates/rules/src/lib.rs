//! What is true of any database, over the neutral vocabulary, and how findings are ranked and merged.

mod chatter;
mod ddl;
mod diagnose;
#[cfg(test)]
mod example;
mod happened;
mod ignore;
mod partitions;
mod query;
mod releases;
pub mod rules;
mod shape;
pub mod topics;

pub use diagnose::diagnose;
pub use ignore::{Ignore, Ignores};

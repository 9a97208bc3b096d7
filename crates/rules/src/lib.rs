//! What is true of any database, over the neutral vocabulary, and how findings are ranked and merged.

mod diagnose;
mod ignore;
pub mod rules;

pub use diagnose::diagnose;
pub use ignore::{Ignore, Ignores};

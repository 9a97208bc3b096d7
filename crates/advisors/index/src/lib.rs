//! Which indexes a workload needs, which it does not, and what each costs to keep.
//!
//! Statements are understood ([`load`]), candidates are made from what they demand ([`candidates`]), a planner is asked what
//! it would do with them ([`dbwright_model::whatif::WhatIf`]), and a search finds the set that is worth its space and its
//! upkeep. Nothing here talks to a server.

pub mod candidates;
pub mod load;
pub mod search;

pub use load::{Load, Query};

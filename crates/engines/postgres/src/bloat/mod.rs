//! How large a table or an index would be if it were written anew, from the catalog and the planner's statistics alone.
//!
//! Pure functions: no server, no extension. They model what the server does when it writes: alignment in column order,
//! null bitmaps, fillfactor, pages that cannot be split, B-tree deduplication.

pub(crate) mod btree;
pub(crate) mod heap;
pub(crate) mod layout;

/// Rounded up to the next multiple of eight, as the server aligns tuples.
pub(crate) fn max_align(bytes: f64) -> f64 {
    (bytes / 8.0).ceil() * 8.0
}

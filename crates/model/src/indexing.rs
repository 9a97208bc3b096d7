//! What an engine's room knows of making and keeping indexes.

use crate::candidate::Candidate;
use crate::catalog::{Index, Table};
use crate::engine::Version;
use crate::finding::Fix;
use crate::units::Bytes;

/// An engine's knowledge of indexes: how they are made, how large they get, what they cost to keep.
pub trait Indexing: Sync {
    /// The statement that makes the candidate on a live system, with the lock, the undo, how to verify, and `size` as its
    /// disk. `name` is free within the schema. On a partitioned table this is what takes the weakest locks.
    fn create(
        &self,
        candidate: &Candidate,
        name: &str,
        table: &Table,
        size: Option<Bytes>,
        version: Version,
    ) -> Vec<Fix>;
    /// The statement that removes an existing index on a live system, with its undo. `None` when nothing makes it again.
    fn remove(&self, index: &Index, table: &Table, version: Version) -> Option<Fix>;
    /// Its size when just built, from statistics. `None` when these do not suffice.
    fn size(&self, candidate: &Candidate, table: &Table, version: Version) -> Option<Bytes>;
    /// Whether a server of that version can have it at all.
    fn can(&self, candidate: &Candidate, table: &Table, version: Version) -> bool;
    /// What writing one row costs an index.
    fn upkeep(&self, candidate: &Candidate, table: &Table, version: Version) -> Upkeep;
}

/// What an index costs when rows are written.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Upkeep {
    /// Server time of one new entry, in microseconds.
    pub entry_us: f64,
    /// Log (WAL, redo) that one new entry writes, in bytes, without full page images.
    pub entry_log: f64,
}

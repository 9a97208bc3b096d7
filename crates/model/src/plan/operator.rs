//! What operators do, in words all engines share.

use serde::{Deserialize, Serialize};

/// What a node does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// Reads a table (collection) from end to end.
    FullScan,
    /// Reads a random part of a table.
    SampleScan,
    /// Reads an index, then the rows it points to.
    IndexScan,
    /// Reads an index from end to end, then the rows.
    FullIndexScan,
    /// Reads an index only: it covers what is asked.
    IndexOnlyScan,
    /// Collects row addresses from an index.
    BitmapIndexScan,
    /// Combines collected row addresses.
    BitmapCombine,
    /// Reads the pages of collected row addresses.
    BitmapHeapScan,
    /// Finds rows by their physical address.
    TidScan,
    /// Fetches documents or rows for index entries (as a step of its own).
    Fetch,
    /// Rows a function made.
    FunctionScan,
    /// Rows written in the query.
    ValuesScan,
    /// Rows of a subquery or view.
    SubqueryScan,
    /// Rows of a common table expression.
    CteScan,
    /// Rows of the last round of a recursion.
    WorkTableScan,
    /// Rows of another server.
    ForeignScan,
    /// An extension's own operator.
    Custom,
    /// For each row of one input, looks the other up.
    NestedLoop,
    /// Builds a hash table of one input, probes it with the other.
    HashJoin,
    /// Walks two sorted inputs side by side.
    MergeJoin,
    /// A join whose way is not said.
    Join,
    /// Builds a hash table.
    Hash,
    /// Sorts.
    Sort,
    /// Sorts an input that is sorted in part, group by group.
    IncrementalSort,
    /// Groups sorted or whole input and computes aggregates.
    Aggregate,
    /// Groups by hashing.
    HashAggregate,
    /// Drops duplicates.
    Distinct,
    /// Window functions.
    Window,
    /// `INTERSECT`, `EXCEPT`.
    SetOperation,
    /// Union of results.
    Union,
    /// Stops after so many rows.
    Limit,
    /// Keeps its input to return it again.
    Materialize,
    /// Writes its input into a temporary table.
    TemporaryTable,
    /// Caches results by key.
    Memoize,
    /// Collects the rows of parallel workers.
    Gather,
    /// One input after another (partitions, branches, shards).
    Append,
    /// Sorted inputs merged.
    MergeAppend,
    /// A recursion.
    Recursion,
    /// Computes without reading.
    Result,
    /// Set-returning functions in the output list.
    ProjectSet,
    /// Computes or picks columns or fields as a step of its own.
    Project,
    /// Tests rows as a step of its own.
    Filter,
    /// Locks the rows it returns.
    Lock,
    /// Inserts, updates, deletes, merges.
    Modify,
    /// Collects the results of shards.
    ShardMerge,
    /// Anything else.
    #[default]
    Other,
}

impl Operator {
    /// Whether it reads a table, alone or through an index.
    pub fn is_scan(self) -> bool {
        use Operator::*;
        matches!(
            self,
            FullScan | SampleScan | IndexScan | FullIndexScan | IndexOnlyScan | BitmapHeapScan | TidScan | ForeignScan
        )
    }
    /// Whether it joins two inputs.
    pub fn is_join(self) -> bool {
        matches!(self, Operator::NestedLoop | Operator::HashJoin | Operator::MergeJoin | Operator::Join)
    }
}

/// How a node hangs on its parent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// Nothing above it.
    #[default]
    Root,
    /// The (first) input.
    Outer,
    /// The second input of a join.
    Inner,
    /// One of many inputs (partitions, branches).
    Member,
    /// A subquery in the FROM list.
    Subquery,
    /// Computed once, before or when first needed; others refer to its result.
    InitPlan,
    /// A common table expression; CTE scans read it.
    Cte,
    /// Part of an expression of the parent, computed for its rows.
    SubPlan,
}

impl Link {
    /// Whether rows flow from the node to its parent, rather than a value into an expression.
    pub fn is_input(self) -> bool {
        !matches!(self, Link::InitPlan | Link::Cte | Link::SubPlan)
    }
}

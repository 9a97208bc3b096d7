//! What PostgreSQL calls its operators, in the text format and in the others.

use dbwright_model::plan::Operator;

/// The words of the other formats that the text format puts into an operator's name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kind<'a> {
    /// `Node Type`.
    pub(super) node_type: &'a str,
    /// `Strategy` of an aggregate or set operation.
    pub(super) strategy: Option<&'a str>,
    /// `Operation` of `ModifyTable` or of a foreign scan.
    pub(super) operation: Option<&'a str>,
    /// `Custom Plan Provider`.
    pub(super) provider: Option<&'a str>,
}

impl Kind<'_> {
    /// The name the text format prints, without `Parallel`, `Partial` and the like.
    pub(super) fn name(&self) -> String {
        match (self.node_type, self.strategy, self.operation) {
            ("Aggregate", Some("Sorted"), _) => "GroupAggregate".to_owned(),
            ("Aggregate", Some("Hashed"), _) => "HashAggregate".to_owned(),
            ("Aggregate", Some("Mixed"), _) => "MixedAggregate".to_owned(),
            ("SetOp", Some("Hashed"), _) => "HashSetOp".to_owned(),
            ("ModifyTable", _, Some(operation)) => operation.to_owned(),
            ("Foreign Scan", _, Some(operation)) if operation != "Select" => format!("Foreign {operation}"),
            (other, ..) => other.to_owned(),
        }
    }

    /// The operator.
    pub(super) fn operator(&self) -> Operator {
        match (self.node_type, self.provider) {
            ("Custom Scan", Some("Citus Adaptive" | "Citus Router" | "Citus Real-Time" | "Citus Task-Tracker")) => {
                Operator::ShardMerge
            }
            ("Aggregate", _) if matches!(self.strategy, Some("Hashed" | "Mixed")) => Operator::HashAggregate,
            _ => operator(&self.name()),
        }
    }
}

/// The words behind a name of the text format: `Node Type`, `Strategy`, `Operation`.
pub(super) fn behind(name: &str) -> (&str, Option<&'static str>, Option<&str>) {
    match name {
        "Aggregate" => ("Aggregate", Some("Plain"), None),
        "GroupAggregate" => ("Aggregate", Some("Sorted"), None),
        "HashAggregate" => ("Aggregate", Some("Hashed"), None),
        "MixedAggregate" => ("Aggregate", Some("Mixed"), None),
        "SetOp" => ("SetOp", Some("Sorted"), None),
        "HashSetOp" => ("SetOp", Some("Hashed"), None),
        "Insert" | "Update" | "Delete" | "Merge" => ("ModifyTable", None, Some(name)),
        "Foreign Scan" => ("Foreign Scan", None, Some("Select")),
        "Foreign Insert" => ("Foreign Scan", None, Some("Insert")),
        "Foreign Update" => ("Foreign Scan", None, Some("Update")),
        "Foreign Delete" => ("Foreign Scan", None, Some("Delete")),
        other => (other, None, None),
    }
}

/// The operator behind a name of the text format.
fn operator(name: &str) -> Operator {
    match name {
        "Seq Scan" => Operator::FullScan,
        "Sample Scan" => Operator::SampleScan,
        "Index Scan" => Operator::IndexScan,
        "Index Only Scan" => Operator::IndexOnlyScan,
        "Bitmap Index Scan" => Operator::BitmapIndexScan,
        "BitmapAnd" | "BitmapOr" => Operator::BitmapCombine,
        "Bitmap Heap Scan" => Operator::BitmapHeapScan,
        "Tid Scan" | "Tid Range Scan" => Operator::TidScan,
        "Function Scan" | "Table Function Scan" => Operator::FunctionScan,
        "Values Scan" => Operator::ValuesScan,
        "Subquery Scan" => Operator::SubqueryScan,
        "CTE Scan" => Operator::CteScan,
        "WorkTable Scan" => Operator::WorkTableScan,
        "Foreign Scan" => Operator::ForeignScan,
        "Custom Scan" => Operator::Custom,
        "Nested Loop" => Operator::NestedLoop,
        "Hash Join" => Operator::HashJoin,
        "Merge Join" => Operator::MergeJoin,
        "Hash" => Operator::Hash,
        "Sort" => Operator::Sort,
        "Incremental Sort" => Operator::IncrementalSort,
        "Aggregate" | "GroupAggregate" | "Group" => Operator::Aggregate,
        "HashAggregate" | "MixedAggregate" => Operator::HashAggregate,
        "Unique" => Operator::Distinct,
        "WindowAgg" => Operator::Window,
        "SetOp" | "HashSetOp" => Operator::SetOperation,
        "Limit" => Operator::Limit,
        "Materialize" => Operator::Materialize,
        "Memoize" | "Result Cache" => Operator::Memoize,
        "Gather" | "Gather Merge" => Operator::Gather,
        "Append" => Operator::Append,
        "Merge Append" => Operator::MergeAppend,
        "Recursive Union" => Operator::Recursion,
        "Result" => Operator::Result,
        "ProjectSet" => Operator::ProjectSet,
        "LockRows" => Operator::Lock,
        "ModifyTable" | "Insert" | "Update" | "Delete" | "Merge" | "Foreign Insert" | "Foreign Update"
        | "Foreign Delete" => Operator::Modify,
        _ => Operator::Other,
    }
}

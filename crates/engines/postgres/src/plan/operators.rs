//! Lessons about the operators of plans: what each does, when it is chosen, how to read it, and a lab that shows it.

use dbwright_model::Engine;
use dbwright_model::lesson::Topic;

const fn operator(id: &'static str, text: &'static str) -> Topic {
    Topic { id, engine: Some(Engine::Postgres), text }
}

/// One a kind of operator.
pub(crate) static TOPICS: &[Topic] = &[
    operator("aggregate", include_str!("operators/aggregate.md")),
    operator("append", include_str!("operators/append.md")),
    operator("bitmap-scan", include_str!("operators/bitmap_scan.md")),
    operator("cte-scan", include_str!("operators/cte_scan.md")),
    operator("function-scan", include_str!("operators/function_scan.md")),
    operator("gather", include_str!("operators/gather.md")),
    operator("group-aggregate", include_str!("operators/group_aggregate.md")),
    operator("hash-aggregate", include_str!("operators/hash_aggregate.md")),
    operator("hash-join", include_str!("operators/hash_join.md")),
    operator("incremental-sort", include_str!("operators/incremental_sort.md")),
    operator("index-only-scan", include_str!("operators/index_only_scan.md")),
    operator("index-scan", include_str!("operators/index_scan.md")),
    operator("limit", include_str!("operators/limit.md")),
    operator("lock-rows", include_str!("operators/lock_rows.md")),
    operator("materialize", include_str!("operators/materialize.md")),
    operator("memoize", include_str!("operators/memoize.md")),
    operator("merge-join", include_str!("operators/merge_join.md")),
    operator("modify-table", include_str!("operators/modify_table.md")),
    operator("nested-loop", include_str!("operators/nested_loop.md")),
    operator("recursive-union", include_str!("operators/recursive_union.md")),
    operator("seq-scan", include_str!("operators/seq_scan.md")),
    operator("set-operation", include_str!("operators/set_operation.md")),
    operator("sort", include_str!("operators/sort.md")),
    operator("subplan", include_str!("operators/subplan.md")),
    operator("tid-scan", include_str!("operators/tid_scan.md")),
    operator("unique", include_str!("operators/unique.md")),
    operator("values-and-result", include_str!("operators/values_and_result.md")),
    operator("window-aggregate", include_str!("operators/window_aggregate.md")),
];

//! Lessons about the operators of plans: what each does, when it is chosen, how to read it, and a lab that shows it.

use dbwright_model::Engine;
use dbwright_model::lesson::Topic;

const fn operator(id: &'static str, text: &'static str) -> Topic {
    Topic { id, engine: Some(Engine::MySql), text }
}

/// One a kind of operator.
pub(crate) static TOPICS: &[Topic] = &[
    operator("mysql-covering-index-scan", include_str!("operators/mysql_covering_index_scan.md")),
    operator("mysql-hash-join", include_str!("operators/mysql_hash_join.md")),
    operator("mysql-index-lookup", include_str!("operators/mysql_index_lookup.md")),
    operator("mysql-materialize", include_str!("operators/mysql_materialize.md")),
    operator("mysql-nested-loop", include_str!("operators/mysql_nested_loop.md")),
    operator("mysql-range-scan", include_str!("operators/mysql_range_scan.md")),
    operator("mysql-single-row-lookup", include_str!("operators/mysql_single_row_lookup.md")),
    operator("mysql-sort", include_str!("operators/mysql_sort.md")),
    operator("mysql-table-scan", include_str!("operators/mysql_table_scan.md")),
    operator("mysql-temporary-table", include_str!("operators/mysql_temporary_table.md")),
];

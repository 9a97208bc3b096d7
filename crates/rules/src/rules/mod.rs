//! The neutral rules: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod autovacuum_interrupted_logged;
mod blocked_session;
mod cartesian_product;
mod checkpoints_too_frequent_logged;
mod connection_churn_logged;
mod connections_mostly_idle;
mod connections_near_limit;
mod connections_refused_logged;
mod count_for_paging;
mod deadlocks_logged;
mod digest_table_overflowing;
mod dominant_query;
mod duplicate_index;
mod errors_of_programs_logged;
mod failed_transaction_open;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod full_scan_heavy_table;
mod idle_in_transaction;
mod index_larger_than_table;
mod key_exhaustion;
mod lock_waits_logged;
mod logins_failing_logged;
mod long_transaction;
mod look_ups_in_a_loop;
mod minor_release_behind;
mod missing_primary_key;
mod n_plus_one;
mod not_in_query;
mod offset_paging;
mod query_errors_often;
mod query_examines_many_rows;
mod query_without_index;
mod random_order;
mod redundant_index;
mod repeated_read;
mod replication_interrupted_logged;
mod row_by_row_writes;
mod select_then_insert;
mod server_in_danger_logged;
mod slow_frequent_query;
mod spilling_query;
mod statements_cancelled_logged;
mod temp_files_logged;
mod too_many_indexes;
mod transaction_open_over_silence;
mod unbounded_result;
mod unstable_query;
mod unused_index;
mod version_end_of_life;

/// Rules over the neutral vocabulary, for every engine they name.
pub static RULES: &[Rule] = &[
    autovacuum_interrupted_logged::RULE,
    blocked_session::RULE,
    cartesian_product::RULE,
    checkpoints_too_frequent_logged::RULE,
    connection_churn_logged::RULE,
    connections_mostly_idle::RULE,
    connections_near_limit::RULE,
    connections_refused_logged::RULE,
    count_for_paging::RULE,
    deadlocks_logged::RULE,
    digest_table_overflowing::RULE,
    dominant_query::RULE,
    duplicate_index::RULE,
    errors_of_programs_logged::RULE,
    failed_transaction_open::RULE,
    foreign_key_type_mismatch::RULE,
    foreign_key_without_index::RULE,
    full_scan_heavy_table::RULE,
    idle_in_transaction::RULE,
    index_larger_than_table::RULE,
    key_exhaustion::RULE,
    lock_waits_logged::RULE,
    logins_failing_logged::RULE,
    long_transaction::RULE,
    look_ups_in_a_loop::RULE,
    minor_release_behind::RULE,
    missing_primary_key::RULE,
    n_plus_one::RULE,
    not_in_query::RULE,
    offset_paging::RULE,
    query_errors_often::RULE,
    query_examines_many_rows::RULE,
    query_without_index::RULE,
    random_order::RULE,
    redundant_index::RULE,
    repeated_read::RULE,
    replication_interrupted_logged::RULE,
    row_by_row_writes::RULE,
    select_then_insert::RULE,
    server_in_danger_logged::RULE,
    slow_frequent_query::RULE,
    spilling_query::RULE,
    statements_cancelled_logged::RULE,
    temp_files_logged::RULE,
    too_many_indexes::RULE,
    transaction_open_over_silence::RULE,
    unbounded_result::RULE,
    unstable_query::RULE,
    unused_index::RULE,
    version_end_of_life::RULE,
];

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{ObjectName, TableKind};
    use dbwright_model::{Catalog, Count};

    use super::RULES;
    use crate::example::{catalog, foreign_key, index, mysql, postgres, primary, table};
    use crate::{Ignores, diagnose};

    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }

    /// A catalog in which each of so many tables has something of everything.
    fn large(tables: usize) -> Catalog {
        let name = |n: usize| format!("t{n:06}");
        let make = |n: usize| {
            let mut t = table(&name(n), &["id", "a", "b"]);
            t.indexes = ["x", "y"].map(|i| index(&format!("{}_{i}", name(n)), &["a"])).to_vec();
            t.indexes.push(index(&format!("{}_z", name(n)), &["a", "b"]));
            t.indexes.push(primary(&format!("{}_pkey", name(n)), &["id"]));
            t.indexes.iter_mut().for_each(|index| index.scans = Some(Count(0)));
            t.foreign_keys = vec![foreign_key("fk", &["b"], &name(n / 2))];
            match n % 100 {
                0 => t.kind = TableKind::Partitioned,
                1..20 => {
                    t.kind = TableKind::Partition;
                    t.parent = Some(ObjectName::new("public", name(n - n % 100)));
                }
                _ => {}
            }
            t
        };
        let usage_since = Some("2026-09-01T00:00:00Z".parse().unwrap());
        Catalog { usage_since, ..catalog((0..tables).map(make).collect()) }
    }

    /// Work that grows with the square of the tables would take minutes.
    #[test]
    fn ten_thousand_tables_take_seconds_at_most() {
        let catalog = large(10_000);
        for case in [postgres(&catalog), mysql(&catalog)] {
            let start = std::time::Instant::now();
            let diagnosis = diagnose(&case, RULES, Ignores::default());
            let took = start.elapsed();
            println!("{} findings in {took:?}", diagnosis.findings.len());
            assert!(diagnosis.findings.len() > 20_000);
            assert!(took.as_secs() < 30, "{took:?}");
        }
    }
}

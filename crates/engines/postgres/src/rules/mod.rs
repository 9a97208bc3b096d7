//! The rules only PostgreSQL needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod alignment_waste;
mod autovacuum_disabled_on_table;
mod autovacuum_off;
mod autovacuum_saturated;
mod autovacuum_throttled;
mod column_type_smell;
mod constraint_not_validated;
mod dead_rows_not_vacuumed;
mod default_partition_used;
mod disabled_trigger;
mod freeze_debt;
mod fsync_off;
mod index_bloat;
mod index_low_cardinality;
mod index_on_mostly_null;
mod insert_only_never_vacuumed;
mod invalid_index;
mod low_hot_updates;
mod never_analyzed;
mod orphaned_temp_table;
mod published_table_without_identity;
mod sequence_near_end;
mod stale_statistics;
mod table_bloat;
mod toast_bloat;
mod too_many_partitions;
mod unlogged_table;
mod vacuum_index_passes;
mod wraparound_near;

#[cfg(test)]
pub(crate) mod fixtures;

/// PostgreSQL's own rules.
pub static RULES: &[Rule] = &[
    alignment_waste::RULE,
    autovacuum_disabled_on_table::RULE,
    autovacuum_off::RULE,
    autovacuum_saturated::RULE,
    autovacuum_throttled::RULE,
    column_type_smell::RULE,
    constraint_not_validated::RULE,
    dead_rows_not_vacuumed::RULE,
    default_partition_used::RULE,
    disabled_trigger::RULE,
    freeze_debt::RULE,
    fsync_off::RULE,
    index_bloat::RULE,
    index_low_cardinality::RULE,
    index_on_mostly_null::RULE,
    insert_only_never_vacuumed::RULE,
    invalid_index::RULE,
    low_hot_updates::RULE,
    never_analyzed::RULE,
    orphaned_temp_table::RULE,
    published_table_without_identity::RULE,
    sequence_near_end::RULE,
    stale_statistics::RULE,
    table_bloat::RULE,
    toast_bloat::RULE,
    too_many_partitions::RULE,
    unlogged_table::RULE,
    vacuum_index_passes::RULE,
    wraparound_near::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

//! The rules only PostgreSQL needs: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod autovacuum_disabled_on_table;
mod autovacuum_off;
mod autovacuum_saturated;
mod autovacuum_throttled;
mod dead_rows_not_vacuumed;
#[cfg(test)]
pub(crate) mod fixtures;
mod freeze_debt;
mod fsync_off;
mod index_bloat;
mod invalid_index;
mod never_analyzed;
mod stale_statistics;
mod table_bloat;
mod toast_bloat;
mod vacuum_index_passes;
mod wraparound_near;

/// PostgreSQL's own rules.
pub static RULES: &[Rule] = &[
    autovacuum_disabled_on_table::RULE,
    autovacuum_off::RULE,
    autovacuum_saturated::RULE,
    autovacuum_throttled::RULE,
    dead_rows_not_vacuumed::RULE,
    freeze_debt::RULE,
    fsync_off::RULE,
    index_bloat::RULE,
    invalid_index::RULE,
    never_analyzed::RULE,
    stale_statistics::RULE,
    table_bloat::RULE,
    toast_bloat::RULE,
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

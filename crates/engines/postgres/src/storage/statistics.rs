//! What the planner knows of columns: `pg_stats`, without the values it holds.

use dbwright_model::catalog::{ColumnStatistics, Distinct};
use dbwright_model::{Bytes, Count, Ratio, Share};
use serde::Deserialize;

use super::relations::Relation;
use crate::statement::Statement;

/// Statistics of those tables' columns; `{tables}` are theirs. Of values nothing leaves the server but how often they come.
pub(super) const STATISTICS: Statement = Statement::new(
    "catalog",
    "SELECT c.oid::int8 AS table, a.attnum::int4 AS number, s.null_frac::float8 AS nulls, s.avg_width AS width, \
     s.n_distinct::float8 AS n_distinct, s.correlation::float8 AS correlation, s.most_common_freqs[1:10]::float8[] AS common \
     FROM unnest('{{tables}}'::oid[]) u (t) JOIN pg_class c ON c.oid = u.t JOIN pg_namespace n ON n.oid = c.relnamespace \
     CROSS JOIN LATERAL (SELECT p.* FROM pg_stats p WHERE p.schemaname = n.nspname AND p.tablename = c.relname \
     AND p.inherited = (c.relkind = 'p') OFFSET 0) s JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname",
);

/// More tables than that are partitions, which are alike.
const TABLES: usize = 200;
/// So many of the most common values' shares are kept.
const COMMON: usize = 10;

/// The text of [`STATISTICS`] for tables.
pub(super) fn of(relations: &[Relation]) -> String {
    let oids: Vec<String> = relations.iter().take(TABLES).map(|relation| relation.oid.to_string()).collect();
    STATISTICS.sql.replace("{tables}", &oids.join(","))
}

/// A row of [`STATISTICS`].
#[derive(Debug, Deserialize)]
pub(super) struct StatisticsRow {
    table: i64,
    number: i32,
    nulls: Option<f64>,
    width: Option<f64>,
    n_distinct: Option<f64>,
    correlation: Option<f64>,
    common: Option<Vec<f64>>,
}

impl StatisticsRow {
    pub(super) fn read(self) -> ((i64, i32), ColumnStatistics) {
        let common = self.common.unwrap_or_default();
        let read = statistics(self.n_distinct, self.nulls, &common, self.correlation, self.width);
        ((self.table, self.number), read)
    }
}

/// The figures of `pg_stats` as the model has them: there a negative `n_distinct` is a share of the rows, and 0 unknown.
pub(crate) fn statistics(
    n_distinct: Option<f64>,
    nulls: Option<f64>,
    common: &[f64],
    correlation: Option<f64>,
    width: Option<f64>,
) -> ColumnStatistics {
    let share = |share: &f64| (0.0..=1.0).contains(share);
    ColumnStatistics {
        distinct: n_distinct.and_then(|n| match n {
            n if n > 0.0 => Some(Distinct::Values(Count(n as u64))),
            n if (-1.0..0.0).contains(&n) => Some(Distinct::OfRows(Share(-n))),
            _ => None,
        }),
        nulls: nulls.filter(share).map(Share),
        common: common.iter().copied().filter(share).take(COMMON).map(Share).collect(),
        correlation: correlation.filter(|correlation| (-1.0..=1.0).contains(correlation)).map(Ratio),
        width: width.filter(|width| *width >= 0.0).map(|width| Bytes(width as u64)),
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::Rows;

    use super::*;

    #[test]
    fn a_negative_number_of_values_grows_with_the_table() {
        let distinct = |n| statistics(Some(n), None, &[], None, None).distinct;
        assert_eq!(distinct(200.0), Some(Distinct::Values(Count(200))));
        assert_eq!(distinct(-0.5).unwrap().among(Rows(1000)), 500.0);
        assert_eq!((distinct(0.0), distinct(-2.0), distinct(f64::NAN)), (None, None, None));
    }

    #[test]
    fn the_tables_are_written_into_the_statement() {
        let relations = [Relation { oid: 5, ..Relation::default() }, Relation { oid: 7, ..Relation::default() }];
        assert!(of(&relations).contains("unnest('{5,7}'::oid[])"));
    }
}

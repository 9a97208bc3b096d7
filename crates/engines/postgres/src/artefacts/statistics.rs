//! What the server knows about tables, as clients print it: `pg_stat_user_tables`, `pg_class`, `pg_indexes`, `pg_stats`.

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_model::catalog::{Column, ObjectName, Table, TableUsage};
use dbwright_model::{Bytes, Catalog, Count, Rows};
use dbwright_reading::asked::asked;
use dbwright_reading::table::{self, Row};
use dbwright_sql::{Dialect, ddl};
use jiff::Timestamp;

use crate::storage::PAGE;
use crate::storage::statistics::statistics;

pub(crate) const RECOGNISER: Recogniser = Recogniser {
    id: "postgres-statistics",
    reads: "rows of pg_stat_user_tables, pg_class, pg_indexes or pg_stats beside a plan",
    find,
};

/// Columns that tell what such a table is.
const TOLD: &[&str] =
    &["n_live_tup", "reltuples", "relpages", "seq_scan", "idx_scan", "n_tup_upd", "n_tup_ins", "n_tup_del"];

/// Columns of `pg_stats` that tell something.
const COLUMN: &[&str] = &["n_distinct", "null_frac", "correlation", "most_common_freqs", "avg_width"];

fn find(input: &Input<'_>) -> Vec<Piece> {
    let has = |header: &[String], name: &str| header.iter().any(|column| column.trim() == name);
    let counts = |header: &[String]| has(header, "relname") && TOLD.iter().any(|name| has(header, name));
    let of_columns = |header: &[String]| {
        has(header, "tablename") && has(header, "attname") && COLUMN.iter().any(|name| has(header, name))
    };
    let wanted = |header: &[String]| {
        has(header, "indexdef")
            || of_columns(header)
            || (counts(header) && !has(header, "indexrelname") && !has(header, "indexrelid"))
    };
    let tables = table::tables(&input.lines, &wanted).into_iter();
    let pieces = tables.filter(|found| !found.rows.is_empty()).map(|found| {
        let rows = found.rows.iter();
        let parts: Vec<Catalog> = if has(&found.header, "indexdef") {
            rows.filter_map(|row| definition(&found, row)).collect()
        } else if of_columns(&found.header) {
            rows.filter_map(|row| column(&found, row)).collect()
        } else {
            rows.filter_map(|row| counted(&found, row)).collect()
        };
        Piece {
            lines: asked(&input.lines, found.lines),
            confidence: Confidence::Certain,
            artefact: Ok(Artefact::Catalog(Box::new(Catalog::joined(parts)))),
        }
    });
    pieces.collect()
}

fn definition(found: &table::Table, row: &Row) -> Option<Catalog> {
    ddl::definition(found.cell(row, "indexdef")?, Dialect::Postgres)
}

/// A row of `pg_stats`. The values it names (`most_common_vals`, `histogram_bounds`) are passed over.
fn column(found: &table::Table, row: &Row) -> Option<Catalog> {
    let number = |column: &str| found.cell(row, column)?.trim().parse::<f64>().ok();
    let list = |column: &str| -> Vec<f64> {
        let text = found.cell(row, column).unwrap_or_default().trim_matches(['{', '}', ' ']);
        text.split(',').map_while(|one| one.trim().parse().ok()).collect()
    };
    // a table with children has two rows a column; those of itself alone come first
    if found.cell(row, "inherited").is_some_and(|inherited| matches!(inherited, "t" | "true")) {
        return None;
    }
    let statistics = statistics(
        number("n_distinct"),
        number("null_frac"),
        &list("most_common_freqs"),
        number("correlation"),
        number("avg_width"),
    );
    let column = Column {
        name: found.cell(row, "attname")?.into(),
        nullable: true,
        statistics: Some(statistics),
        ..Column::default()
    };
    let name = ObjectName::new(found.cell(row, "schemaname").unwrap_or_default(), found.cell(row, "tablename")?);
    let table = Table { name, columns: vec![column], ..Table::default() };
    Some(Catalog { tables: vec![table], ..Catalog::default() })
}

fn counted(found: &table::Table, row: &Row) -> Option<Catalog> {
    // pg_class holds indexes and sequences as well
    if found.cell(row, "relkind").is_some_and(|kind| !matches!(kind, "r" | "p" | "m")) {
        return None;
    }
    let number = |column: &str| found.cell(row, column)?.parse::<f64>().ok().filter(|number| *number >= 0.0);
    let count = |column: &str| number(column).map(|number| number as u64);
    let rows = |column: &str| count(column).map(Rows);
    let schema = found.cell(row, "schemaname").or(found.cell(row, "nspname")).unwrap_or_default();
    let usage = TableUsage {
        full_scans: count("seq_scan").map(Count),
        full_scan_rows: rows("seq_tup_read"),
        index_scans: count("idx_scan").map(Count),
        inserted: rows("n_tup_ins"),
        updated: rows("n_tup_upd"),
        deleted: rows("n_tup_del"),
        dead: rows("n_dead_tup"),
        changed_since_analyze: rows("n_mod_since_analyze"),
        analyzed: ["last_analyze", "last_autoanalyze"].iter().filter_map(|name| time(found.cell(row, name)?)).max(),
    };
    let used = usage.full_scans.is_some()
        || usage.inserted.is_some()
        || usage.updated.is_some()
        || usage.changed_since_analyze.is_some();
    let table = Table {
        name: ObjectName::new(schema, found.cell(row, "relname")?),
        rows: rows("reltuples").or(rows("n_live_tup")),
        data_size: count("relpages").map(|pages| Bytes(pages.saturating_mul(PAGE))),
        usage: used.then_some(usage),
        ..Table::default()
    };
    Some(Catalog { tables: vec![table], ..Catalog::default() })
}

/// A point in time as the server writes it by default: `2026-01-31 10:20:30.123+01`.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // the offset may be without minutes
    let short = text.len().checked_sub(3).is_some_and(|at| matches!(text.as_bytes()[at], b'+' | b'-'));
    format!("{text}{}", if short { ":00" } else { "" }).parse().ok()
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::Distinct;
    use dbwright_model::{Ratio, Share};

    use super::*;

    fn read(text: &str) -> Catalog {
        let pieces = find(&Input::new("-", text));
        let [Piece { artefact: Ok(Artefact::Catalog(catalog)), .. }] = pieces.as_slice() else { panic!("{pieces:?}") };
        (**catalog).clone()
    }

    #[test]
    fn counts_of_tables() {
        let text = "select * from pg_stat_user_tables;\n schemaname | relname | seq_scan | n_live_tup | n_dead_tup\n------------+---------+----------+------------+------------\n \
            public     | orders  |        3 |    1000000 |         12\n(1 row)\n";
        let table = &read(text).tables[0];
        assert_eq!((table.name.clone(), table.rows), (ObjectName::new("public", "orders"), Some(Rows(1_000_000))));
        assert_eq!(table.usage.as_ref().unwrap().full_scans, Some(Count(3)));
        let text = " relname | relkind | reltuples | relpages\n---------+---------+-----------+----------\n a       | r       |     1e+06 |      10\n \
            a_pkey  | i       |     5     |      10\n b       | r       |        -1 |        0\n";
        let catalog = read(text);
        let rows: Vec<Option<Rows>> = catalog.tables.iter().map(|table| table.rows).collect();
        assert_eq!(rows, [Some(Rows(1_000_000)), None], "-1: never counted");
        assert_eq!(catalog.tables[0].data_size, Some(Bytes(81_920)));
    }

    #[test]
    fn statistics_of_columns_without_their_values() {
        let text = " schemaname | tablename | attname | inherited | null_frac | avg_width | n_distinct | most_common_vals | most_common_freqs | histogram_bounds | correlation\n\
            ---+---+---+---+---+---+---+---+---+---+---\n \
            public | orders | status | f | 0.25 | 7 | 3 | {zebra,b} | {0.5,0.2} | | -0.1\n \
            public | orders | id | f | 0 | 8 | -1 | | | {1,77777} | 1\n \
            public | orders | id | t | 0 | 8 | -1 | | | {1,77777} | 0\n(3 rows)\n";
        let catalog = read(text);
        let column = |name| catalog.tables[0].column(name).and_then(|column| column.statistics.clone()).unwrap();
        let (status, id) = (column("status"), column("id"));
        assert_eq!((status.distinct, status.common.len()), (Some(Distinct::Values(Count(3))), 2));
        assert_eq!((status.nulls, status.width), (Some(Share(0.25)), Some(Bytes(7))));
        assert_eq!((id.distinct, id.correlation), (Some(Distinct::OfRows(Share(1.0))), Some(Ratio(1.0))));
        let kept = serde_json::to_string(&catalog).unwrap();
        assert!(!kept.contains("zebra") && !kept.contains("77777"), "{kept}");
        let upright = "-[ RECORD 1 ]-----\ntablename | t\nattname | a\nn_distinct | -0.5\n";
        assert!(read(upright).tables[0].columns[0].statistics.is_some());
    }

    #[test]
    fn when_a_table_was_analyzed() {
        let text = " relname | n_live_tup | n_dead_tup | n_mod_since_analyze | last_analyze | last_autoanalyze\n---+---+---+---+---+---\n \
            t | 1000 | 7 | 600 | | 2026-01-31 10:20:30.123+01\n(1 row)\n";
        let usage = read(text).tables[0].usage.clone().unwrap();
        assert_eq!((usage.dead, usage.changed_since_analyze), (Some(Rows(7)), Some(Rows(600))));
        assert_eq!(usage.analyzed, Some("2026-01-31T09:20:30.123Z".parse().unwrap()));
        assert_eq!(time("yesterday"), None);
        assert_eq!(time("é"), None);
    }

    #[test]
    fn definitions_of_indexes() {
        let text = " indexname | indexdef\n-----------+----------\n i | CREATE INDEX i ON public.t USING btree (a, b)\n(1 row)\n";
        assert_eq!(read(text).tables[0].indexes[0].parts.len(), 2);
    }
}

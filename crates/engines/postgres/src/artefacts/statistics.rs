//! What the server counts about tables, as clients print it: `pg_stat_user_tables`, `pg_class`, `pg_indexes`.

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_model::catalog::{ObjectName, Table, TableUsage};
use dbwright_model::{Bytes, Catalog, Count, Rows};
use dbwright_reading::asked::asked;
use dbwright_reading::table::{self, Row};
use dbwright_sql::{Dialect, ddl};

use crate::storage::PAGE;

pub(crate) const RECOGNISER: Recogniser = Recogniser {
    id: "postgres-statistics",
    reads: "rows of pg_stat_user_tables, pg_class or pg_indexes beside a plan",
    find,
};

/// Columns that tell what such a table is.
const TOLD: &[&str] =
    &["n_live_tup", "reltuples", "relpages", "seq_scan", "idx_scan", "n_tup_upd", "n_tup_ins", "n_tup_del"];

fn find(input: &Input<'_>) -> Vec<Piece> {
    let has = |header: &[String], name: &str| header.iter().any(|column| column.trim() == name);
    let counts = |header: &[String]| has(header, "relname") && TOLD.iter().any(|name| has(header, name));
    let wanted = |header: &[String]| {
        has(header, "indexdef") || (counts(header) && !has(header, "indexrelname") && !has(header, "indexrelid"))
    };
    let tables = table::tables(&input.lines, &wanted).into_iter();
    let pieces = tables.filter(|found| !found.rows.is_empty()).map(|found| {
        let parts: Vec<Catalog> = match has(&found.header, "indexdef") {
            true => found.rows.iter().filter_map(|row| definition(&found, row)).collect(),
            false => found.rows.iter().filter_map(|row| counted(&found, row)).collect(),
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
    };
    let used = usage.full_scans.is_some() || usage.inserted.is_some() || usage.updated.is_some();
    let table = Table {
        name: ObjectName::new(schema, found.cell(row, "relname")?),
        rows: rows("reltuples").or(rows("n_live_tup")),
        data_size: count("relpages").map(|pages| Bytes(pages.saturating_mul(PAGE))),
        usage: used.then_some(usage),
        ..Table::default()
    };
    Some(Catalog { tables: vec![table], ..Catalog::default() })
}

#[cfg(test)]
mod tests {
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
    fn definitions_of_indexes() {
        let text = " indexname | indexdef\n-----------+----------\n i | CREATE INDEX i ON public.t USING btree (a, b)\n(1 row)\n";
        assert_eq!(read(text).tables[0].indexes[0].parts.len(), 2);
    }
}

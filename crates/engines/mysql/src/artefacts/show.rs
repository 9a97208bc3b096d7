//! `SHOW CREATE TABLE`, `SHOW INDEX`, `SHOW TABLE STATUS`.

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_model::catalog::{Index, IndexPart, ObjectName, Table};
use dbwright_model::{Bytes, Catalog, Rows};
use dbwright_reading::asked::asked;
use dbwright_reading::table::{self, Row};
use dbwright_sql::{Dialect, ddl};

pub(crate) const RECOGNISER: Recogniser = Recogniser {
    id: "mysql-show",
    reads: "SHOW CREATE TABLE, SHOW INDEX or SHOW TABLE STATUS of MySQL or MariaDB beside a plan",
    find,
};

fn find(input: &Input<'_>) -> Vec<Piece> {
    let has = |header: &[String], name: &str| header.iter().any(|column| column.trim().eq_ignore_ascii_case(name));
    let wanted = |header: &[String]| {
        has(header, "Create Table")
            || (has(header, "Key_name") && has(header, "Seq_in_index"))
            || (has(header, "Name") && has(header, "Engine") && has(header, "Data_length"))
    };
    let mut pieces = Vec::new();
    for found in table::tables(&input.lines, &wanted) {
        let parts: Vec<Catalog> = if has(&found.header, "Create Table") {
            found.rows.iter().filter_map(|row| definition(&found, row)).collect()
        } else if has(&found.header, "Key_name") {
            indexes(&found)
        } else {
            found.rows.iter().filter_map(|row| status(&found, row)).map(of).collect()
        };
        if !parts.is_empty() {
            pieces.push(Piece {
                lines: asked(&input.lines, found.lines),
                confidence: Confidence::Certain,
                artefact: Ok(Artefact::Catalog(Box::new(Catalog::joined(parts)))),
            });
        }
    }
    pieces
}

fn of(table: Table) -> Catalog {
    Catalog { tables: vec![table], ..Catalog::default() }
}

fn definition(found: &table::Table, row: &Row) -> Option<Catalog> {
    ddl::definition(found.cell(row, "Create Table")?, Dialect::MySql)
}

/// A row is a part of an index; the parts of one follow each other.
fn indexes(found: &table::Table) -> Vec<Catalog> {
    let mut tables: Vec<Table> = Vec::new();
    for row in &found.rows {
        let (Some(name), Some(key)) = (found.cell(row, "Table"), found.cell(row, "Key_name")) else { continue };
        if tables.last().is_none_or(|table| table.name.name != name) {
            tables.push(Table { name: ObjectName::new("", name), ..Table::default() });
        }
        let Some(table) = tables.last_mut() else { continue };
        if table.indexes.last().is_none_or(|index| index.name != key) {
            let hidden = found.cell(row, "Visible") == Some("NO") || found.cell(row, "Ignored") == Some("YES");
            table.indexes.push(Index {
                name: key.into(),
                unique: found.cell(row, "Non_unique") == Some("0"),
                primary: key == "PRIMARY",
                invalid: hidden,
                method: found.cell(row, "Index_type").unwrap_or("btree").to_ascii_lowercase(),
                ..Index::default()
            });
        }
        let part = IndexPart {
            column: found.cell(row, "Column_name").map(Into::into),
            expression: found.cell(row, "Expression").map(Into::into),
            descending: found.cell(row, "Collation") == Some("D"),
            prefix: found.cell(row, "Sub_part").and_then(|prefix| prefix.parse().ok()),
            ..IndexPart::default()
        };
        if let Some(index) = table.indexes.last_mut() {
            index.parts.push(part);
        }
        // every distinct value of the primary key is a row
        if key == "PRIMARY" {
            let rows = found.cell(row, "Cardinality").and_then(|rows| rows.parse().ok()).map(Rows);
            table.rows = rows.or(table.rows);
        }
    }
    tables.into_iter().map(of).collect()
}

fn status(found: &table::Table, row: &Row) -> Option<Table> {
    let number = |column: &str| found.cell(row, column)?.parse::<u64>().ok();
    // views have no engine
    let engine = found.cell(row, "Engine")?.to_owned();
    Some(Table {
        name: ObjectName::new("", found.cell(row, "Name")?),
        engine,
        rows: number("Rows").map(Rows),
        data_size: number("Data_length").map(Bytes),
        index_size: number("Index_length").map(Bytes),
        ..Table::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Catalog {
        let parts = find(&Input::new("-", text)).into_iter().map(|piece| match piece.artefact {
            Ok(Artefact::Catalog(catalog)) => *catalog,
            other => panic!("{other:?}"),
        });
        Catalog::joined(parts)
    }

    #[test]
    fn create_table_in_every_frame() {
        let statement = "CREATE TABLE `orders` (\n  `id` bigint NOT NULL,\n  `note` varchar(40) DEFAULT 'a | b',\n  PRIMARY KEY (`id`),\n  KEY `n` (`note`(10))\n) ENGINE=InnoDB";
        let framed = [
            format!(
                "+--------+--------------+\n| Table  | Create Table |\n+--------+--------------+\n| orders | {statement} |\n+--------+--------------+\n1 row in set (0.00 sec)\n"
            ),
            format!(
                "*************************** 1. row ***************************\n       Table: orders\nCreate Table: {statement}\n1 row in set (0.00 sec)\n"
            ),
            format!("Table\tCreate Table\norders\t{}\n", statement.replace('\n', "\\n")),
        ];
        for text in framed {
            let catalog = read(&text);
            let [table] = catalog.tables.as_slice() else { panic!("{text}") };
            assert_eq!((table.columns.len(), table.indexes.len(), table.engine.as_str()), (2, 2, "InnoDB"), "{text}");
            assert_eq!(table.indexes[1].parts[0].prefix, Some(10));
        }
    }

    #[test]
    fn rows_of_show_index_and_of_table_status() {
        let catalog = read(
            "Table\tNon_unique\tKey_name\tSeq_in_index\tColumn_name\tCollation\tCardinality\tSub_part\tPacked\tNull\tIndex_type\n\
             t\t0\tPRIMARY\t1\tid\tA\t1000\tNULL\tNULL\t\tBTREE\nt\t1\tk\t1\ta\tA\t5\tNULL\tNULL\tYES\tBTREE\nt\t1\tk\t2\tb\tD\t9\t7\tNULL\tYES\tBTREE\n\n\
             Name\tEngine\tRows\tData_length\tIndex_length\nt\tInnoDB\t990\t16384\t32768\n",
        );
        let [table] = catalog.tables.as_slice() else { panic!("{catalog:?}") };
        assert_eq!((table.rows, table.data_size), (Some(Rows(1000)), Some(Bytes(16384))));
        let key = &table.indexes[1];
        assert_eq!((key.name.as_str(), key.parts.len(), key.parts[1].prefix), ("k", 2, Some(7)));
        assert!(table.indexes[0].primary && key.parts[1].descending && !key.unique);
    }
}

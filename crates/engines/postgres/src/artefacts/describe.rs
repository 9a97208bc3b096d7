//! `\d table` of psql.

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_model::catalog::{Column, Index, ObjectName, Table, TableKind};
use dbwright_model::{Catalog, Name};
use dbwright_reading::asked::asked;
use dbwright_reading::table;
use dbwright_sql::{Dialect, ddl};

pub(crate) const RECOGNISER: Recogniser =
    Recogniser { id: "postgres-describe", reads: "a table as psql describes it (\\d) beside a plan", find };

fn find(input: &Input<'_>) -> Vec<Piece> {
    let wanted = |header: &[String]| header.len() >= 3 && header[0] == "Column" && header[1] == "Type";
    let mut pieces = Vec::new();
    for columns in table::tables(&input.lines, &wanted) {
        let Some((above, title)) = title(input, columns.lines.start) else { continue };
        let mut table = Table { name: title.0, kind: title.1, ..Table::default() };
        for row in &columns.rows {
            let Some(name) = columns.cell(row, "Column") else { continue };
            let default = columns.cell(row, "Default").unwrap_or_default();
            // before version 10 both stood in one column
            let modifiers = columns.cell(row, "Modifiers").unwrap_or_default();
            let not_null = columns.cell(row, "Nullable").is_some() || modifiers.contains("not null");
            table.columns.push(Column {
                name: name.into(),
                type_name: columns.cell(row, "Type").unwrap_or_default().to_owned(),
                nullable: !not_null,
                generated_key: [default, modifiers]
                    .iter()
                    .any(|text| text.contains("nextval(") || text.contains("as identity")),
                collation: columns.cell(row, "Collation").map(str::to_owned),
                ..Column::default()
            });
        }
        let mut others = Vec::new();
        let end = below(input, columns.lines.end, &mut table, &mut others);
        let own = Catalog { tables: vec![table], ..Catalog::default() };
        let catalog = Catalog::joined(std::iter::once(own).chain(others));
        let lines = asked(&input.lines, above..end);
        pieces.push(Piece {
            lines,
            confidence: Confidence::Certain,
            artefact: Ok(Artefact::Catalog(Box::new(catalog))),
        });
    }
    pieces
}

/// `Table "public.orders"`, in the line above the header.
fn title(input: &Input<'_>, header: usize) -> Option<(usize, (ObjectName, TableKind))> {
    let at = header.checked_sub(1)?;
    let line = input.lines.get(at)?.trim();
    let (what, rest) = line.split_once('"')?;
    let name = rest.strip_suffix('"')?;
    let kind = match what.trim() {
        "Table" | "Unlogged table" => TableKind::Table,
        "Partitioned table" => TableKind::Partitioned,
        "Materialized view" | "Unlogged materialized view" => TableKind::MaterializedView,
        _ => return None,
    };
    let (schema, name) = name.split_once('.').unwrap_or(("", name));
    Some((at, (ObjectName::new(schema, name), kind)))
}

/// What stands below the columns, up to a blank line; returns where it ends.
fn below(input: &Input<'_>, start: usize, table: &mut Table, others: &mut Vec<Catalog>) -> usize {
    let mut at = start;
    let mut section = "";
    while let Some(line) = input.lines.get(at).filter(|line| !line.trim().is_empty()) {
        let text = line.trim();
        if !line.starts_with(' ') {
            let Some((head, rest)) = line.split_once(':') else { break };
            section = head;
            match head {
                "Partition key" => table.kind = TableKind::Partitioned,
                "Partition of" => {
                    let parent = rest.split(" FOR VALUES ").next().unwrap_or(rest);
                    let parent = parent.strip_suffix(" DEFAULT").unwrap_or(parent);
                    table.parent = ddl::object_name(parent.trim(), Dialect::Postgres);
                    table.kind = TableKind::Partition;
                }
                "Access method" => table.engine = rest.trim().to_owned(),
                _ => {}
            }
        } else {
            match section {
                "Indexes" => table.indexes.extend(index(text)),
                "Foreign-key constraints" => {
                    let qualified = Dialect::Postgres.qualified(&table.name);
                    if let Some(key) = foreign_key(&qualified, text) {
                        table.foreign_keys.extend(key.tables.into_iter().flat_map(|table| table.foreign_keys));
                    }
                }
                "Referenced by" => {
                    let rest = text.strip_prefix("TABLE ").and_then(|rest| rest.split_once(" CONSTRAINT "));
                    others.extend(rest.and_then(|(other, constraint)| foreign_key(other, constraint)));
                }
                _ => {}
            }
        }
        at += 1;
    }
    at
}

/// `"orders_pkey" PRIMARY KEY, btree (id)`.
fn index(line: &str) -> Option<Index> {
    let (name, rest) = quoted(line)?;
    let (kind, tail) = match rest.split_once(", ") {
        Some((kind, tail)) if !kind.contains('(') => (kind.trim(), tail),
        _ => match rest.trim().strip_prefix("UNIQUE ") {
            Some(tail) => ("UNIQUE", tail),
            None => ("", rest.trim()),
        },
    };
    let mut index = ddl::index_tail(&name, tail, Dialect::Postgres)?;
    index.primary = kind.starts_with("PRIMARY KEY");
    index.unique = index.primary || kind.starts_with("UNIQUE");
    index.constraint = (index.primary || kind.contains("CONSTRAINT")).then(|| Name::from(name));
    // the condition comes last but for marks of psql's own
    if let Some(text) = index.predicate.as_ref().map(|text| text.as_str().to_owned()) {
        let marks = [" INVALID", " REPLICA IDENTITY", " CLUSTER", " DEFERRABLE", " INITIALLY DEFERRED"];
        let mut bare = text.as_str();
        while let Some(mark) = marks.iter().find(|mark| bare.ends_with(**mark)) {
            index.invalid |= *mark == " INVALID";
            bare = bare.strip_suffix(mark).unwrap_or(bare);
        }
        index.predicate = Some(bare.into());
    }
    index.replica_identity = rest.ends_with(" REPLICA IDENTITY");
    Some(index)
}

/// `"name" FOREIGN KEY (a) REFERENCES b(c) ON DELETE CASCADE`.
fn foreign_key(table: &str, line: &str) -> Option<Catalog> {
    ddl::definition(&format!("ALTER TABLE {table} ADD CONSTRAINT {line}"), Dialect::Postgres)
}

/// The name in quotes that a line begins with, and the rest.
fn quoted(line: &str) -> Option<(String, &str)> {
    let inner = line.strip_prefix('"')?;
    let end = inner.find("\" ")?;
    Some((inner[..end].to_owned(), &inner[end + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERS: &str = r#"shop=# \d orders
                                      Table "public.orders"
   Column    |           Type           | Collation | Nullable |              Default
-------------+--------------------------+-----------+----------+------------------------------------
 id          | bigint                   |           | not null | nextval('orders_id_seq'::regclass)
 customer_id | bigint                   |           | not null |
 email       | character varying(40)    | C         |          |
Indexes:
    "orders_pkey" PRIMARY KEY, btree (id)
    "orders_email_key" UNIQUE CONSTRAINT, btree (email)
    "lower" UNIQUE, btree (lower(email::text), id DESC) WHERE customer_id > 5 INVALID
    "orders_customer_id_idx" btree (customer_id) INCLUDE (email)
Check constraints:
    "positive" CHECK (customer_id > 0)
Foreign-key constraints:
    "orders_customer_id_fkey" FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE
Referenced by:
    TABLE "order_items" CONSTRAINT "order_items_order_id_fkey" FOREIGN KEY (order_id) REFERENCES orders(id)

shop=# "#;

    #[test]
    fn everything_of_a_table() {
        let pieces = find(&Input::new("-", ORDERS));
        let [piece] = pieces.as_slice() else { panic!("{pieces:?}") };
        assert_eq!(piece.lines, 0..18);
        let Ok(Artefact::Catalog(catalog)) = &piece.artefact else { panic!() };
        let table = catalog.table(&ObjectName::new("public", "orders")).unwrap();
        assert_eq!(table.columns.len(), 3);
        assert!(table.columns[0].generated_key && !table.columns[1].nullable && table.columns[2].nullable);
        let names: Vec<&str> = table.indexes.iter().map(|index| index.name.as_str()).collect();
        assert_eq!(names, ["lower", "orders_customer_id_idx", "orders_email_key", "orders_pkey"]);
        let lower = &table.indexes[0];
        assert!(lower.unique && lower.invalid && lower.constraint.is_none() && lower.parts[1].descending);
        assert_eq!(lower.predicate.as_ref().unwrap().as_str(), "customer_id > 5");
        assert_eq!(lower.parts[0].expression.as_ref().unwrap().as_str(), "lower(email::text)");
        assert_eq!(table.indexes[1].include, ["email"]);
        assert!(table.indexes[3].primary && table.indexes[2].constraint.is_some());
        assert_eq!(table.foreign_keys[0].on_delete, "CASCADE");
        assert_eq!(catalog.tables.len(), 2, "order_items refers to it");
    }

    #[test]
    fn one_after_the_other() {
        let pieces = find(&Input::new("-", &ORDERS.replace("shop=# ", "").repeat(2)));
        let lines: Vec<_> = pieces.into_iter().map(|piece| piece.lines).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].end <= lines[1].start, "{lines:?}");
        let without_question = ORDERS.lines().skip(1).collect::<Vec<_>>().join("\n");
        let pieces = find(&Input::new("-", &format!("{without_question}\n\n{without_question}")));
        assert!(pieces[0].lines.end <= pieces[1].lines.start, "{pieces:?}");
    }

    #[test]
    fn other_objects_are_left_alone() {
        assert!(find(&Input::new("-", &ORDERS.replace("Table \"", "View \""))).is_empty());
        for end in (0..ORDERS.len()).filter(|end| ORDERS.is_char_boundary(*end)) {
            find(&Input::new("-", &ORDERS[..end]));
        }
    }
}

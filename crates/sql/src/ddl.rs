//! Definitions of tables and indexes, read tolerantly: what is understood becomes a part of a catalog, everything else is
//! passed over. Literals of conditions and expressions stay; whoever stores them takes them out.

mod cursor;
mod dump;
mod index;
mod script;
mod table;
mod types;

use dbwright_model::catalog::{Catalog, Index, ObjectName, Table, TableKind};

use crate::Dialect;
use cursor::{Cursor, lexemes};
pub use index::index_tail;
pub use script::{Script, queries, scripts};

/// What a statement tells of tables and indexes; `None` when it tells nothing.
pub fn definition(statement: &str, dialect: Dialect) -> Option<Catalog> {
    let tokens = lexemes(statement, dialect);
    let mut cursor = Cursor::new(statement, &tokens, dialect);
    if cursor.eat("ALTER") {
        return alter(cursor).map(of);
    }
    if !cursor.eat("CREATE") {
        return None;
    }
    let _ = cursor.eat_all(&["OR", "REPLACE"]);
    while cursor.is_any(&["GLOBAL", "LOCAL", "TEMPORARY", "TEMP", "UNLOGGED", "ONLINE", "OFFLINE"]) {
        cursor.skip();
    }
    match cursor.eat("TABLE") {
        true => create_table(cursor).map(of),
        false => create_index(cursor).map(of),
    }
}

fn of(table: Table) -> Catalog {
    Catalog::joined([Catalog { tables: vec![table], ..Catalog::default() }])
}

fn create_table(mut cursor: Cursor<'_, '_>) -> Option<Table> {
    let _ = cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    let mut table = Table { name: cursor.object_name()?, ..Table::default() };
    let partition = cursor.eat_all(&["PARTITION", "OF"]);
    if partition {
        table.parent = Some(cursor.object_name()?);
        table.kind = TableKind::Partition;
    }
    match cursor.group() {
        Some(items) => items.items().into_iter().for_each(|item| table::element(item, &mut table)),
        None if partition => {}
        None => return None,
    }
    if cursor.dialect == Dialect::MySql {
        table::imply_indexes(&mut table);
    }
    while !cursor.is_done() {
        if cursor.eat_all(&["PARTITION", "BY"]) {
            table.kind = TableKind::Partitioned;
        } else if cursor.eat("ENGINE") {
            let _ = cursor.eat_symbol('=');
            table.engine = cursor.word().unwrap_or_default().to_owned();
        } else if cursor.is("SELECT") {
            break;
        } else {
            cursor.pass();
        }
    }
    (partition || !table.columns.is_empty() || !table.indexes.is_empty()).then_some(table)
}

fn create_index(mut cursor: Cursor<'_, '_>) -> Option<Table> {
    let mut index = Index::default();
    while !cursor.eat("INDEX") {
        match () {
            () if cursor.eat("UNIQUE") => index.unique = true,
            () if cursor.is_any(&["FULLTEXT", "SPATIAL", "VECTOR"]) => {
                index.method = cursor.word()?.to_lowercase();
                cursor.skip();
            }
            () => return None,
        }
    }
    let _ = cursor.eat("CONCURRENTLY");
    let _ = cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    let name = if cursor.is("ON") { None } else { cursor.object_name().map(|name| name.name) };
    if cursor.eat("USING") {
        cursor.skip();
    }
    if !cursor.eat("ON") {
        return None;
    }
    let _ = cursor.eat("ONLY");
    let mut table = Table { name: cursor.object_name()?, ..Table::default() };
    if !index::body(&mut cursor, &mut index) {
        return None;
    }
    index.name = name.unwrap_or_else(|| index::default_name(&table.name.name, &index.parts, "idx").into());
    table.indexes.push(index);
    Some(table)
}

fn alter(mut cursor: Cursor<'_, '_>) -> Option<Table> {
    while cursor.is_any(&["ONLINE", "IGNORE"]) {
        cursor.skip();
    }
    if !cursor.eat("TABLE") {
        return None;
    }
    let _ = cursor.eat_all(&["IF", "EXISTS"]);
    let _ = cursor.eat("ONLY");
    let mut table = Table { name: cursor.object_name()?, ..Table::default() };
    for mut action in cursor.items() {
        if action.eat_all(&["ATTACH", "PARTITION"]) {
            let parent = std::mem::replace(&mut table.name, action.object_name()?);
            (table.parent, table.kind) = (Some(parent), TableKind::Partition);
            return Some(table);
        }
        if action.eat("ADD") {
            let _ = action.eat("COLUMN");
            let _ = action.eat_all(&["IF", "NOT", "EXISTS"]);
            table::element(action, &mut table);
        }
    }
    let tells = !(table.columns.is_empty() && table.indexes.is_empty() && table.foreign_keys.is_empty());
    tells.then_some(table)
}

/// A name as a person or a client writes it in text: `public.orders`, `"My Table"`.
pub fn object_name(text: &str, dialect: Dialect) -> Option<ObjectName> {
    let tokens = lexemes(text, dialect);
    Cursor::new(text, &tokens, dialect).object_name()
}

#[cfg(test)]
mod tests;

//! Columns and constraints of a table.

use dbwright_model::Name;
use dbwright_model::catalog::{Column, ForeignKey, Index, IndexPart, Table};

use super::cursor::Cursor;
use super::index::{body, default_name};
use super::types;
use crate::Dialect;

/// A column or a constraint of `CREATE TABLE`, or what follows `ADD` in `ALTER TABLE`.
pub(super) fn element(mut item: Cursor<'_, '_>, table: &mut Table) {
    let mut name = None;
    if item.eat("CONSTRAINT") && !item.is_any(&["PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE"]) {
        name = item.name();
    }
    let mysql = item.dialect == Dialect::MySql;
    if item.eat_all(&["PRIMARY", "KEY"]) {
        key(item, table, name, true);
    } else if item.eat("UNIQUE") {
        key(item, table, name, false);
    } else if item.eat_all(&["FOREIGN", "KEY"]) {
        if !item.is_symbol('(') {
            let own = item.name();
            name = name.or(own);
        }
        let columns = item.names();
        reference(&mut item, table, name, columns);
    } else if mysql && item.is_any(&["KEY", "INDEX", "FULLTEXT", "SPATIAL", "VECTOR"]) {
        plain_key(item, table);
    } else if !skipped(&item) {
        column(item, table);
    }
}

fn skipped(item: &Cursor<'_, '_>) -> bool {
    let next = item.after();
    item.is_any(&["CHECK", "LIKE"])
        || (item.is("EXCLUDE") && (next.is("USING") || next.is_symbol('(')))
        || (item.is("PERIOD") && next.is("FOR"))
}

/// A key that is a constraint.
fn key(mut item: Cursor<'_, '_>, table: &mut Table, constraint: Option<Name>, primary: bool) {
    let mysql = item.dialect == Dialect::MySql;
    let mut name = constraint.clone();
    if !primary && mysql {
        let _ = item.eat("KEY") || item.eat("INDEX");
    }
    let _ = item.eat_all(&["NULLS", "NOT", "DISTINCT"]) || item.eat_all(&["NULLS", "DISTINCT"]);
    if item.eat_all(&["USING", "INDEX"]) {
        // an index that stands already becomes the constraint's
        if let Some(used) = item.name() {
            let index = table.indexes.iter_mut().find(|index| index.name == used);
            if let Some(index) = index {
                (index.primary, index.unique, index.constraint) = (primary, true, constraint.or(Some(used)));
            }
        }
        return;
    }
    if !item.is_symbol('(') && !item.is("USING") {
        let own = item.name();
        name = own.or(name);
    }
    let mut index = Index { unique: true, primary, ..Index::default() };
    if body(&mut item, &mut index) {
        add(table, index, name, mysql);
    }
}

/// Names a key that is a constraint and adds it.
fn add(table: &mut Table, mut index: Index, name: Option<Name>, mysql: bool) {
    index.name = match (index.primary, mysql) {
        (true, true) => "PRIMARY".into(),
        (true, false) => name.unwrap_or_else(|| format!("{}_pkey", table.name.name).into()),
        (false, true) => name.unwrap_or_else(|| free_name(table, &index.parts)),
        (false, false) => name.unwrap_or_else(|| default_name(&table.name.name, &index.parts, "key").into()),
    };
    index.constraint = Some(index.name.clone());
    table.indexes.push(index);
}

/// What MySQL calls an index without a name: its first column, numbered when that is taken.
fn free_name(table: &Table, parts: &[IndexPart]) -> Name {
    let stem = parts.first().and_then(|part| part.column.as_ref()).map_or("functional_index", Name::as_str);
    let taken = |name: &str| table.indexes.iter().any(|index| index.name == *name);
    let numbered = (2..=table.indexes.len() + 2).map(|number| format!("{stem}_{number}"));
    std::iter::once(stem.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default().into()
}

/// `KEY name (parts)` of MySQL.
fn plain_key(mut item: Cursor<'_, '_>, table: &mut Table) {
    let mut index = Index::default();
    if item.is_any(&["FULLTEXT", "SPATIAL", "VECTOR"]) {
        index.method = item.word().unwrap_or_default().to_lowercase();
        item.skip();
    }
    let _ = item.eat("KEY") || item.eat("INDEX");
    let _ = item.eat_all(&["IF", "NOT", "EXISTS"]);
    let name = if item.is_symbol('(') || item.is("USING") { None } else { item.name() };
    if body(&mut item, &mut index) {
        index.name = name.unwrap_or_else(|| free_name(table, &index.parts));
        table.indexes.push(index);
    }
}

/// `REFERENCES table (columns) ON DELETE …`.
fn reference(item: &mut Cursor<'_, '_>, table: &mut Table, name: Option<Name>, columns: Vec<Name>) {
    if !item.eat("REFERENCES") {
        return;
    }
    let Some(references) = item.object_name() else { return };
    let mut key = ForeignKey { references, ..ForeignKey::default() };
    key.referenced_columns = item.names();
    loop {
        if item.eat_all(&["ON", "DELETE"]) {
            key.on_delete = action(item);
        } else if item.eat_all(&["ON", "UPDATE"]) {
            action(item);
        } else if item.eat("MATCH") {
            item.skip();
        } else {
            break;
        }
    }
    key.not_validated = item.eat_all(&["NOT", "VALID"]);
    key.name = name.unwrap_or_else(|| {
        let parts: Vec<IndexPart> = columns.iter().map(|column| IndexPart::column(column.clone())).collect();
        match item.dialect {
            Dialect::Postgres => default_name(&table.name.name, &parts, "fkey").into(),
            Dialect::MySql => format!("{}_ibfk_{}", table.name.name, table.foreign_keys.len() + 1).into(),
        }
    });
    key.columns = columns;
    table.foreign_keys.push(key);
}

fn action(item: &mut Cursor<'_, '_>) -> String {
    let two = item.is_any(&["SET", "NO"]);
    let mut words = item.word().unwrap_or_default().to_uppercase();
    item.skip();
    if two {
        words = format!("{words} {}", item.word().unwrap_or_default().to_uppercase());
        item.skip();
    }
    words
}

/// Words that end a column's type.
const BEHIND_TYPE: &[&str] = &[
    "NOT",
    "NULL",
    "DEFAULT",
    "PRIMARY",
    "KEY",
    "UNIQUE",
    "REFERENCES",
    "CHECK",
    "CONSTRAINT",
    "COLLATE",
    "GENERATED",
    "AUTO_INCREMENT",
    "COMMENT",
    "ON",
    "CHARSET",
    "AS",
    "VIRTUAL",
    "STORED",
    "INVISIBLE",
    "VISIBLE",
    "STORAGE",
    "COMPRESSION",
    "OPTIONS",
    "FIRST",
    "AFTER",
];

/// `name type constraints`.
fn column(mut item: Cursor<'_, '_>, table: &mut Table) {
    let mysql = item.dialect == Dialect::MySql;
    let Some(name) = item.name() else { return };
    let mut charset_words: Vec<&str> = BEHIND_TYPE.to_vec();
    if mysql && !item.is("CHARACTER") {
        charset_words.push("CHARACTER");
    }
    let written = item.plain_until(&charset_words);
    let (type_name, serial) = types::stored(&written, item.dialect);
    let mut column =
        Column { name: name.clone(), type_name, nullable: !serial, generated_key: serial, ..Column::default() };
    let mut constraint = None;
    while !item.is_done() {
        if item.eat("CONSTRAINT") {
            constraint = item.name();
        } else if item.eat_all(&["NOT", "NULL"]) {
            column.nullable = false;
        } else if item.eat_all(&["PRIMARY", "KEY"]) || (mysql && item.eat("KEY")) {
            column.nullable = false;
            let parts = vec![IndexPart::column(name.clone())];
            let index = Index { parts, unique: true, primary: true, method: "btree".to_owned(), ..Index::default() };
            add(table, index, constraint.take(), mysql);
        } else if item.eat("UNIQUE") {
            let _ = mysql && item.eat("KEY");
            let parts = vec![IndexPart::column(name.clone())];
            let index = Index { parts, unique: true, method: "btree".to_owned(), ..Index::default() };
            add(table, index, constraint.take(), mysql);
        } else if item.is("REFERENCES") {
            let before = item;
            // InnoDB passes over such a reference in silence up to version 8; it is meant as one
            reference(&mut item, table, constraint.take(), vec![name.clone()]);
            if item.text_since(&before).is_empty() {
                item.skip();
            }
        } else if item.eat("AUTO_INCREMENT") {
            column.generated_key = true;
        } else if item.eat("GENERATED") {
            let _ = item.eat("ALWAYS") || item.eat_all(&["BY", "DEFAULT"]);
            column.generated_key |= item.eat_all(&["AS", "IDENTITY"]);
        } else if item.eat("DEFAULT") {
            column.generated_key |= item.is("nextval");
        } else if item.eat("COLLATE") {
            column.collation = item.object_name().map(|name| name.name.as_str().to_owned());
        } else if item.eat("CHARSET") || item.eat_all(&["CHARACTER", "SET"]) {
            column.charset = item.name().map(|name| name.as_str().to_owned());
        } else {
            item.pass();
        }
    }
    table.columns.push(column);
}

/// InnoDB makes an index for a foreign key that has none.
pub(super) fn imply_indexes(table: &mut Table) {
    for at in 0..table.foreign_keys.len() {
        let Some(key) = table.foreign_keys.get(at) else { break };
        let served = table.indexes.iter().any(|index| {
            index.parts.len() >= key.columns.len()
                && index.parts.iter().zip(&key.columns).all(|(part, column)| part.column.as_ref() == Some(column))
        });
        if !served && !key.columns.is_empty() {
            let parts: Vec<IndexPart> = key.columns.iter().map(|column| IndexPart::column(column.clone())).collect();
            let index = Index { name: key.name.clone(), parts, method: "btree".to_owned(), ..Index::default() };
            table.indexes.push(index);
        }
    }
}

//! Indexes and their parts.

use dbwright_model::catalog::{Index, IndexPart};
use dbwright_model::{Name, SqlText};

use super::cursor::{Cursor, lexemes};
use crate::Dialect;

/// `btree (a, lower(b) DESC) INCLUDE (c) WHERE d`, as `\d` of psql prints it behind the name.
pub fn index_tail(name: &str, text: &str, dialect: Dialect) -> Option<Index> {
    let tokens = lexemes(text, dialect);
    let mut cursor = Cursor::new(text, &tokens, dialect);
    let mut index = Index { name: name.into(), ..Index::default() };
    if !cursor.is_symbol('(') {
        index.method = cursor.name()?.as_str().to_owned();
    }
    body(&mut cursor, &mut index).then_some(index)
}

/// `[USING m] (parts) [INCLUDE (…)] [WHERE …]` and options between; false where there are no parts.
pub(super) fn body(cursor: &mut Cursor<'_, '_>, index: &mut Index) -> bool {
    if cursor.eat("USING") {
        index.method = cursor.word().unwrap_or_default().to_lowercase();
        cursor.skip();
    }
    if index.method.is_empty() {
        index.method = "btree".to_owned();
    }
    let Some(parts) = cursor.group() else { return false };
    index.parts = parts.items().into_iter().filter_map(part).collect();
    while !cursor.is_done() {
        if cursor.eat("INCLUDE") {
            index.include = cursor.names();
        } else if cursor.eat("WHERE") {
            index.predicate = Some(SqlText::from(bare(cursor.text())));
            break;
        } else if cursor.eat("USING") {
            index.method = cursor.word().unwrap_or_default().to_lowercase();
        } else if cursor.is_any(&["INVISIBLE", "IGNORED", "INVALID"]) {
            index.invalid = true;
            cursor.skip();
        } else {
            cursor.pass();
        }
    }
    !index.parts.is_empty()
}

/// One part of a key.
fn part(mut item: Cursor<'_, '_>) -> Option<IndexPart> {
    let start = item;
    let mut part = IndexPart::default();
    let called = item.after().is_symbol('(');
    if item.is_symbol('(') || (called && item.dialect == Dialect::Postgres) {
        if called && !item.is_symbol('(') {
            item.skip();
        }
        let _ = item.group();
        part.expression = Some(SqlText::from(bare(item.text_since(&start))));
    } else {
        part.column = Some(item.name()?);
        if let Some(mut prefix) = item.group() {
            part.prefix = prefix.number();
        }
    }
    let mut options: Vec<String> = Vec::new();
    let mut nulls_first = None;
    while !item.is_done() {
        if item.eat("DESC") {
            part.descending = true;
        } else if item.eat("NULLS") {
            nulls_first = Some(item.is("FIRST"));
            item.skip();
        } else if !item.eat("ASC") {
            let before = item;
            item.pass();
            options.push(item.text_since(&before).to_owned());
        }
    }
    // only what differs from the default of the direction
    match nulls_first.filter(|first| *first != part.descending) {
        Some(true) => options.push("NULLS FIRST".to_owned()),
        Some(false) => options.push("NULLS LAST".to_owned()),
        None => {}
    }
    part.options = options.join(" ");
    Some(part)
}

/// Without the parentheses around the whole, and on one line.
fn bare(text: &str) -> String {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        let mut depth = 0i64;
        let whole = inner.chars().all(|c| {
            depth += i64::from(c == '(') - i64::from(c == ')');
            depth >= 0
        });
        if !whole {
            break;
        }
        text = inner.trim();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What PostgreSQL calls an index that was given no name.
pub(super) fn default_name(table: &Name, parts: &[IndexPart], ending: &str) -> String {
    let columns: Vec<&str> = parts.iter().map(|part| part.column.as_ref().map_or("expr", Name::as_str)).collect();
    let mut stem = format!("{table}_{}", columns.join("_"));
    let mut end = stem.len().min(63usize.saturating_sub(ending.len() + 1));
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    stem.truncate(end);
    format!("{stem}_{ending}")
}

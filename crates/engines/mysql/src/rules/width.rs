//! How wide values are, by the type's text.

use dbwright_model::Name;
use dbwright_model::catalog::{Column, Index, Table};

/// The base word of a type: `varchar` of `varchar(20)`.
pub(super) fn word(type_name: &str) -> &str {
    type_name.split(['(', ' ']).next().unwrap_or_default()
}

/// The number in brackets.
pub(super) fn length(type_name: &str) -> Option<u64> {
    type_name.split(['(', ')', ',']).nth(1)?.trim().parse().ok()
}

/// Bytes of a key over the column, counting one a character (most keys are ASCII); `None` when the type is not known.
pub(super) fn key_bytes(column: &Column, prefix: Option<u32>) -> Option<u64> {
    let name = column.type_name.to_ascii_lowercase();
    Some(match word(&name) {
        "tinyint" | "year" | "bool" | "boolean" => 1,
        "smallint" => 2,
        "mediumint" | "date" | "time" => 3,
        "int" | "integer" | "float" | "timestamp" => 4,
        "bigint" | "double" | "datetime" | "bit" => 8,
        "uuid" | "inet6" => 16,
        "decimal" | "numeric" => length(&name)? / 2 + 1,
        "enum" | "set" => 2,
        "char" | "varchar" | "binary" | "varbinary" => prefix.map_or(length(&name)?, u64::from),
        "text" | "tinytext" | "mediumtext" | "longtext" | "blob" | "tinyblob" | "mediumblob" | "longblob" => {
            u64::from(prefix?)
        }
        _ => return None,
    })
}

/// Bytes of one entry of an index.
pub(super) fn index_bytes(table: &Table, index: &Index) -> Option<u64> {
    index.parts.iter().map(|part| key_bytes(table.column(part.column.as_ref()?.as_str())?, part.prefix)).sum()
}

/// Bytes that no row of the table exceeds in practice (three a character, but for one-byte sets); `None` when a type is
/// not known or its values lie elsewhere.
pub(super) fn row_bytes(table: &Table) -> Option<u64> {
    const HEADER: u64 = 20;
    let widths = table.columns.iter().map(|column| {
        let each = match column.charset.as_deref() {
            None | Some("latin1" | "ascii" | "binary") => 1,
            Some(_) if matches!(word(&column.type_name), "enum" | "set") => 1,
            Some(_) => 3,
        };
        Some(key_bytes(column, None)? * each + 2)
    });
    widths.sum::<Option<u64>>().map(|sum| sum + HEADER)
}

/// Whether foreign keys of the table, or to it, rest on one of these columns.
pub(super) fn tied(tables: &[Table], table: &Table, column: &Name) -> bool {
    table.foreign_keys.iter().any(|key| key.columns.iter().any(|name| name == column))
        || tables
            .iter()
            .flat_map(|other| &other.foreign_keys)
            .any(|key| key.references == table.name && key.referenced_columns.iter().any(|name| name == column))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::column;
    use super::*;

    #[test]
    fn widths_follow_the_type() {
        let width = |type_name: &str, prefix| key_bytes(&column("c", type_name), prefix);
        assert_eq!(width("bigint(20) unsigned", None), Some(8));
        assert_eq!(width("varchar(200)", None), Some(200));
        assert_eq!(width("varchar(200)", Some(20)), Some(20));
        assert_eq!(width("decimal(10,2)", None), Some(6));
        assert_eq!(width("longtext", None), None);
    }
}

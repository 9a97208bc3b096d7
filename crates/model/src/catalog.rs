//! What is stored: tables, columns, indexes, keys, their sizes and how they are used.

mod join;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Section;
use crate::privacy::{Name, SqlText};
use crate::units::{Bytes, Count, Ratio, Rows, Share};

/// `schema.name`; the schema is the database in MySQL and empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectName {
    /// Schema.
    pub schema: Name,
    /// Name within it.
    pub name: Name,
}

impl ObjectName {
    /// A name within a schema.
    pub fn new(schema: impl Into<Name>, name: impl Into<Name>) -> ObjectName {
        ObjectName { schema: schema.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.schema.is_empty() {
            write!(f, "{}.", self.schema)?;
        }
        write!(f, "{}", self.name)
    }
}

/// All tables of the case, with the age of their counters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// Tables, sorted by name.
    pub tables: Vec<Table>,
    /// Since when the usage counters count; `None` when the server does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_since: Option<Timestamp>,
    /// Other servers may read from copies of these tables, so "unused" here is not unused everywhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_replicas: bool,
    /// `dbwright: ignore RULE REASON` found in comments on objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignores: Vec<CommentIgnore>,
}

impl Section for Catalog {
    const ID: &'static str = "catalog";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "tables, columns, indexes and keys";
}

impl Catalog {
    /// The table of that name. Tables must be sorted, as collectors store them.
    pub fn table(&self, name: &ObjectName) -> Option<&Table> {
        let at = self.tables.binary_search_by(|table| table.name.cmp(name)).ok()?;
        self.tables.get(at)
    }
}

/// A rule silenced by a comment on an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentIgnore {
    /// The object's name as findings show it.
    pub subject: String,
    /// The rule's id.
    pub rule: String,
    /// Why.
    pub reason: String,
}

impl CommentIgnore {
    /// Finds `dbwright: ignore RULE REASON` in a comment on the object shown as `subject`; several may stand in one comment,
    /// separated by `;` or line ends. The rest of the comment is not kept.
    pub fn read(subject: &str, comment: &str) -> Vec<CommentIgnore> {
        comment
            .split(['\n', ';'])
            .filter_map(|part| {
                let directive = part.split_once("dbwright:")?.1.trim_start().strip_prefix("ignore ")?.trim();
                let (rule, reason) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
                Some(CommentIgnore { subject: subject.into(), rule: rule.into(), reason: reason.trim().into() })
            })
            .collect()
    }
}

/// The kinds of thing that hold rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableKind {
    /// A table.
    #[default]
    Table,
    /// The parent of partitions; holds no rows itself.
    Partitioned,
    /// A partition.
    Partition,
    /// A materialized view.
    MaterializedView,
}

/// A table with everything on it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: ObjectName,
    /// Its kind.
    #[serde(default)]
    pub kind: TableKind,
    /// The partitioned table it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ObjectName>,
    /// The storage engine or access method (`InnoDB`, `heap`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub engine: String,
    /// Estimated rows; `None` when nobody ever counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
    /// Bytes of the rows themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_size: Option<Bytes>,
    /// Bytes of all its indexes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_size: Option<Bytes>,
    /// Bytes of values stored aside (TOAST, off-page).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow_size: Option<Bytes>,
    /// Columns in order.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Indexes, sorted by name. The primary key's is one of them.
    #[serde(default)]
    pub indexes: Vec<Index>,
    /// Foreign keys from this table, sorted by name.
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
    /// How it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<TableUsage>,
}

impl Table {
    /// Everything it takes on disk, as far as known.
    pub fn total_size(&self) -> Bytes {
        [self.data_size, self.index_size, self.overflow_size].into_iter().flatten().sum()
    }
    /// The index of the primary key.
    pub fn primary_key(&self) -> Option<&Index> {
        self.indexes.iter().find(|index| index.primary)
    }
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }
}

/// Counters since [`Catalog::usage_since`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TableUsage {
    /// Scans of the whole table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_scans: Option<Count>,
    /// Rows read by such scans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_scan_rows: Option<Rows>,
    /// Scans through an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_scans: Option<Count>,
    /// Rows inserted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inserted: Option<Rows>,
    /// Rows updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Rows>,
    /// Rows deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Rows>,
    /// Deleted and replaced rows that are not cleaned up yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<Rows>,
    /// Rows changed since the planner's statistics were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since_analyze: Option<Rows>,
    /// When those were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analyzed: Option<Timestamp>,
}

/// A column.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// Its type as the engine writes it in DDL: `bigint`, `varchar(40)`, `int unsigned`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it takes nulls.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
    /// The server fills it from a counter (identity, serial, AUTO_INCREMENT).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub generated_key: bool,
    /// Where that counter stands, and where the column's type ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<KeyCounter>,
    /// Collation, where it has one that is not the database's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Character set, where columns have one of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// What the planner knows of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<ColumnStatistics>,
}

/// What the planner knows of a column's values; the values themselves are not kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    /// Different values; `None` when it could not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<Distinct>,
    /// Rows without a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls: Option<Share>,
    /// How often the most common values come, the most common first; the first ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common: Vec<Share>,
    /// Whether rows stand in the order of the column: 1 in its order, -1 in the reverse, 0 in no order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Ratio>,
    /// Average width of a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<Bytes>,
}

/// How many different values a column has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distinct {
    /// So many, also when the table grows.
    Values(Count),
    /// So many for each row: they grow with the table.
    OfRows(Share),
}

impl Distinct {
    /// How many there are among so many rows, at least one.
    pub fn among(self, rows: Rows) -> f64 {
        match self {
            Distinct::Values(count) => count.0 as f64,
            Distinct::OfRows(share) => share.0 * rows.0 as f64,
        }
        .max(1.0)
    }
}

/// A counter that fills a key column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyCounter {
    /// The last value handed out.
    pub last: u64,
    /// The largest value that both the column's type and the counter allow.
    pub limit: u64,
    /// The sequence behind it, where it is an object of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<ObjectName>,
}

/// An index.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: Name,
    /// Key parts in order.
    pub parts: Vec<IndexPart>,
    /// Columns carried along without being part of the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Name>,
    /// No two rows have the same key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// It is the primary key's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
    /// The constraint it backs (primary, unique, exclusion); such an index cannot simply be dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Name>,
    /// No query may use it, and writes still maintain it: left over from a failed build, or hidden (`INVISIBLE`,
    /// `IGNORED`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invalid: bool,
    /// Rows it covers, for a partial index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<SqlText>,
    /// Access method: `btree`, `gin`, `hash`, `fulltext`.
    pub method: String,
    /// Size on disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Bytes>,
    /// Scans since [`Catalog::usage_since`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scans: Option<Count>,
    /// Logical replication identifies rows by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replica_identity: bool,
    /// The statement that makes it again: the undo of dropping it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<SqlText>,
}

impl Index {
    /// The names of its key columns, when all parts are plain columns.
    pub fn columns(&self) -> Option<Vec<&Name>> {
        self.parts.iter().map(|part| part.column.as_ref()).collect()
    }
}

/// One part of an index's key: a column or an expression.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPart {
    /// The column; `None` for an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Name>,
    /// The expression, when it is not a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<SqlText>,
    /// Sorted downwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    /// Only the first so many characters (MySQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u32>,
    /// What else makes two parts differ: operator class, collation, null order. Empty for the default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub options: String,
}

impl IndexPart {
    /// A plain column.
    pub fn column(name: impl Into<Name>) -> IndexPart {
        IndexPart { column: Some(name.into()), ..IndexPart::default() }
    }
}

/// A foreign key from the table it stands in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Its name.
    pub name: Name,
    /// Referencing columns.
    pub columns: Vec<Name>,
    /// The table referenced.
    pub references: ObjectName,
    /// Referenced columns, in step with `columns`.
    pub referenced_columns: Vec<Name>,
    /// What a delete above does here: `NO ACTION`, `CASCADE`, `SET NULL`…
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub on_delete: String,
    /// Existing rows were never checked (PostgreSQL `NOT VALID`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_validated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_carry_suppressions_and_nothing_else() {
        let read =
            CommentIgnore::read("public.t", "Orders; password=x; dbwright: ignore unused-index used once a year\nmore");
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].rule.as_str(), read[0].reason.as_str()), ("unused-index", "used once a year"));
        assert!(CommentIgnore::read("t", "please dbwright ignore this").is_empty());
    }
}

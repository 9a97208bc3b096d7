//! Columns and their types.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::relations::users_relations;
use crate::statement::Statement;

/// Columns, dropped ones too: they still take room in old rows.
pub(super) const COLUMNS: Statement = Statement::new(
    "catalog",
    concat!(
        "SELECT a.attrelid AS r, a.attnum AS n, CASE WHEN NOT a.attisdropped THEN a.attname END AS name, \
         a.atttypid AS y, a.atttypmod AS m, a.attnotnull AS nn, a.attcollation AS c, \
         nullif(a.attidentity, '') AS i, nullif(a.attgenerated, '') AS g \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
         WHERE c.relkind IN ('r', 'p', 'm') AND ",
        users_relations!()
    ),
)
.plain();

/// The types of those columns, written as DDL writes them; `{types}` and `{modifiers}` are theirs, each pair once.
pub(super) const TYPES: Statement = Statement::new(
    "catalog",
    "SELECT u.t::int8 AS oid, u.m AS modifier, format_type(u.t, u.m) AS shown, y.typlen::int4 AS length, y.typalign::text AS align, \
     y.typcollation::int8 AS collation FROM unnest('{{types}}'::oid[], '{{modifiers}}'::int4[]) u (t, m) JOIN pg_type y ON y.oid = u.t",
);

/// The text of [`TYPES`] for columns.
pub(super) fn types_of(columns: &[Attribute]) -> String {
    let pairs: BTreeSet<(i64, i32)> = columns.iter().map(|column| (column.type_oid, column.modifier)).collect();
    let list = |words: Vec<String>| words.join(",");
    let types = list(pairs.iter().map(|(oid, _)| oid.to_string()).collect());
    let modifiers = list(pairs.iter().map(|(_, modifier)| modifier.to_string()).collect());
    TYPES.sql.replace("{types}", &types).replace("{modifiers}", &modifiers)
}

/// Collations by oid.
pub(super) const COLLATIONS: Statement = Statement::new(
    "catalog",
    "SELECT c.oid::int8 AS oid, n.nspname AS schema, c.collname AS name, c.collisdeterministic AS deterministic \
     FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace",
);

/// Comments that silence rules, on columns and constraints.
pub(super) const COMMENTS: Statement = Statement::new(
    "catalog",
    "SELECT d.objoid::int8 AS owner, a.attname AS part, d.description AS text FROM pg_description d \
     JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid \
     WHERE d.classoid = 'pg_class'::regclass AND d.objsubid > 0 AND d.description LIKE '%dbwright:%' \
     UNION ALL SELECT k.conrelid::int8, k.conname, d.description FROM pg_description d JOIN pg_constraint k ON k.oid = d.objoid \
     WHERE d.classoid = 'pg_constraint'::regclass AND d.description LIKE '%dbwright:%'",
);

/// A row of [`COLUMNS`]; short names, since there are many.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Attribute {
    #[serde(rename = "r")]
    pub(crate) table: i64,
    #[serde(rename = "n")]
    pub(crate) number: i32,
    /// `None` when dropped.
    pub(crate) name: Option<String>,
    #[serde(rename = "y")]
    pub(crate) type_oid: i64,
    #[serde(rename = "m")]
    pub(crate) modifier: i32,
    #[serde(rename = "nn")]
    pub(crate) not_null: bool,
    #[serde(rename = "c")]
    pub(crate) collation: i64,
    #[serde(rename = "i")]
    pub(crate) identity: Option<String>,
    #[serde(rename = "g")]
    pub(crate) generated: Option<String>,
}

/// A row of [`TYPES`].
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TypeRow {
    pub(crate) oid: i64,
    pub(crate) modifier: i32,
    pub(crate) shown: String,
    pub(crate) length: i32,
    pub(crate) align: String,
    pub(crate) collation: i64,
}

/// A row of [`COLLATIONS`].
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Collation {
    pub(crate) oid: i64,
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) deterministic: bool,
}

/// A row of [`COMMENTS`].
#[derive(Debug, Deserialize)]
pub(crate) struct PartComment {
    pub(crate) owner: i64,
    pub(crate) part: String,
    pub(crate) text: String,
}

/// Columns of all tables, with what is needed to read them.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// In order of table and position.
    pub(crate) all: Vec<Attribute>,
    pub(crate) types: HashMap<(i64, i32), TypeRow>,
    pub(crate) collations: HashMap<i64, Collation>,
}

impl Columns {
    /// The columns of a table in order, dropped ones included.
    pub(crate) fn of(&self, table: i64) -> &[Attribute] {
        let from = self.all.partition_point(|column| column.table < table);
        let len = self.all[from..].partition_point(|column| column.table == table);
        &self.all[from..from + len]
    }

    /// The column at a position (`attnum`).
    pub(crate) fn at(&self, table: i64, number: i32) -> Option<&Attribute> {
        let columns = self.of(table);
        let at = columns.binary_search_by_key(&number, |column| column.number).ok()?;
        columns.get(at)
    }

    pub(crate) fn type_of(&self, column: &Attribute) -> Option<&TypeRow> {
        self.types.get(&(column.type_oid, column.modifier))
    }
}

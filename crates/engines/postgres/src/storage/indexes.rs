//! Indexes: keys, validity, size, use.

use std::collections::HashMap;

use serde::Deserialize;

use super::relations::{locked_relations, users_relations};
use crate::statement::Statement;

macro_rules! indexes {
    ($more:literal) => {
        concat!(
            "SELECT i.indexrelid AS oid, i.indrelid AS \"table\", c.relname AS name, a.amname AS method, c.relkind AS kind, \
             i.indkey AS key, i.indclass AS classes, i.indcollation AS collations, i.indoption AS flags, \
             i.indnkeyatts AS key_parts, i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisvalid AS valid, \
             i.indislive AS live, i.indisreplident AS identity, i.indpred IS NOT NULL AS partial, c.relpages AS pages, \
             c.reltuples AS tuples, pg_stat_get_numscans(c.oid) AS scans, to_json(c.reloptions) AS options, s.spcname AS tablespace, \
             CASE WHEN d.description LIKE '%dbwright:%' THEN d.description END AS comment",
            $more,
            " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam \
             LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace \
             LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0 WHERE ",
            users_relations!()
        )
    };
}

pub(super) const INDEXES: [Statement; 2] = [
    Statement::new("catalog", indexes!("")).plain().until(15),
    Statement::new("catalog", indexes!(", i.indnullsnotdistinct AS nulls_not_distinct")).plain().since(15),
];

/// Indexes somebody is building now: neither valid nor a leftover. Builders hold their lock on the table or the index;
/// the progress view alone would hide other users' work from us.
pub(super) const IN_CONSTRUCTION: Statement = Statement::new(
    "catalog",
    "SELECT i.indexrelid::int8 AS oid FROM pg_index i WHERE (NOT i.indisvalid OR NOT i.indislive) AND \
     (i.indrelid IN (SELECT l.relation FROM pg_locks l WHERE l.locktype = 'relation' \
     AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'AccessExclusiveLock')) \
     OR i.indexrelid IN (SELECT p.index_relid FROM pg_stat_progress_create_index p))",
);

/// Predicates and expressions. Writing them out opens the table, so those held exclusively by somebody are left out.
pub(super) const EXPRESSIONS: Statement = Statement::new(
    "catalog",
    concat!(
        "SELECT i.indexrelid::int8 AS oid, pg_get_expr(i.indpred, i.indrelid) AS predicate, \
         CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false) \
         FROM generate_series(1, i.indnatts::int) k WHERE i.indkey[k - 1] = 0 ORDER BY k) END AS expressions, \
         CASE WHEN a.amname NOT IN ('btree', 'hash') THEN pg_get_indexdef(i.indexrelid) END AS definition \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam \
         WHERE (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL OR a.amname NOT IN ('btree', 'hash')) \
         AND i.indrelid NOT IN (",
        locked_relations!(),
        ") AND ",
        users_relations!()
    ),
);

/// Operator classes, and whether equal keys are equal bytes (what B-tree deduplication asks for).
pub(super) const OPERATOR_CLASSES: Statement = Statement::new(
    "catalog",
    "SELECT o.oid::int8 AS oid, n.nspname AS schema, o.opcname AS name, o.opcdefault AS is_default, o.opcintype::int8 AS input, \
     EXISTS (SELECT 1 FROM pg_amproc p WHERE p.amprocfamily = o.opcfamily AND p.amprocnum = 4 AND p.amproclefttype = o.opcintype \
     AND p.amprocrighttype = o.opcintype) AS equal_image \
     FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace",
);

/// A row of [`INDEXES`].
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct IndexRow {
    pub(crate) oid: i64,
    pub(crate) table: i64,
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) classes: String,
    pub(crate) collations: String,
    pub(crate) flags: String,
    pub(crate) key_parts: usize,
    pub(crate) is_unique: bool,
    pub(crate) is_primary: bool,
    pub(crate) valid: bool,
    pub(crate) live: bool,
    pub(crate) identity: bool,
    pub(crate) partial: bool,
    pub(crate) pages: i64,
    pub(crate) tuples: f64,
    pub(crate) scans: i64,
    pub(crate) options: Option<Vec<String>>,
    pub(crate) tablespace: Option<String>,
    pub(crate) comment: Option<String>,
    #[serde(default)]
    pub(crate) nulls_not_distinct: bool,
}

/// A vector type of the catalog (`int2vector`, `oidvector`) as text, as numbers.
pub(crate) fn vector(text: &str) -> Vec<i64> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// A row of [`EXPRESSIONS`].
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Expressions {
    pub(crate) oid: i64,
    pub(crate) predicate: Option<String>,
    pub(crate) expressions: Option<Vec<String>>,
    pub(crate) definition: Option<String>,
}

/// A row of [`OPERATOR_CLASSES`].
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OperatorClass {
    pub(crate) oid: i64,
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) is_default: bool,
    pub(crate) input: i64,
    pub(crate) equal_image: bool,
}

/// Indexes with what is needed to read them.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    pub(crate) all: Vec<IndexRow>,
    pub(crate) expressions: HashMap<i64, Expressions>,
    pub(crate) classes: HashMap<i64, OperatorClass>,
    /// Oids of those being built now.
    pub(crate) in_construction: Vec<i64>,
}

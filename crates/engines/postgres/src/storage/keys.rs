//! Constraints, and the sequences behind key columns.

use serde::Deserialize;

use crate::statement::Statement;

/// Foreign keys, the constraints that indexes back, and checks nobody validated.
pub(super) const CONSTRAINTS: Statement = Statement::new(
    "catalog",
    "SELECT k.conrelid::int8 AS \"table\", k.conname AS name, k.contype::text AS kind, nullif(k.conindid, 0)::int8 AS index, \
     nullif(k.confrelid, 0)::int8 AS target, k.conkey AS columns, k.confkey AS target_columns, k.confdeltype::text AS on_delete, \
     k.convalidated AS validated, k.conparentid <> 0 AS inherited FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace \
     WHERE k.conrelid <> 0 AND (k.contype IN ('p', 'u', 'x', 'f') OR NOT k.convalidated) AND n.nspname !~ '^pg_' \
     AND n.nspname <> 'information_schema'",
);

/// Sequences with the column each fills. The last value is read for the thousand that may run out first: reading one
/// opens it, and a server may have tens of thousands.
pub(super) const SEQUENCES: Statement = Statement::new(
    "catalog",
    "WITH fills AS (SELECT d.objid AS seq, d.refobjid AS \"table\", d.refobjsubid AS column FROM pg_depend d \
     JOIN pg_sequence q ON q.seqrelid = d.objid WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') \
     UNION SELECT d.refobjid, f.adrelid, f.adnum FROM pg_attrdef f JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid \
     AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid = 0 JOIN pg_sequence q ON q.seqrelid = d.refobjid), \
     known AS (SELECT s.*, c.relname, n.nspname, c.relpersistence, f.\"table\", f.column, a.atttypid, \
     row_number() OVER (ORDER BY least(s.seqmax, CASE a.atttypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE s.seqmax END), \
     greatest(t.reltuples, pg_stat_get_tuples_inserted(f.\"table\")) DESC NULLS LAST, s.seqrelid) AS rank \
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN fills f ON f.seq = s.seqrelid LEFT JOIN pg_class t ON t.oid = f.\"table\" \
     LEFT JOIN pg_attribute a ON a.attrelid = f.\"table\" AND a.attnum = f.column \
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') \
     SELECT k.nspname AS schema, k.relname AS name, k.\"table\"::int8 AS \"table\", k.column::int4 AS column, k.seqincrement AS increment, \
     k.seqmax AS max, k.seqmin AS min, k.seqcycle AS cycle, k.seqtypid::regtype::text AS type, \
     CASE WHEN k.rank <= 1000 AND (k.relpersistence <> 'u' OR NOT pg_is_in_recovery()) \
     AND has_sequence_privilege(k.seqrelid, 'SELECT,USAGE') AND k.seqrelid NOT IN (SELECT l.relation FROM pg_locks l \
     WHERE l.relation IS NOT NULL AND l.mode IN ('ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) \
     THEN pg_sequence_last_value(k.seqrelid) END AS last FROM known k ORDER BY k.rank",
);

/// A row of [`CONSTRAINTS`].
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ConstraintRow {
    pub(crate) table: i64,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) index: Option<i64>,
    pub(crate) target: Option<i64>,
    pub(crate) columns: Option<Vec<i32>>,
    pub(crate) target_columns: Option<Vec<i32>>,
    pub(crate) on_delete: String,
    pub(crate) validated: bool,
    pub(crate) inherited: bool,
}

/// A row of [`SEQUENCES`].
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SequenceRow {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) table: Option<i64>,
    pub(crate) column: Option<i32>,
    pub(crate) increment: i64,
    pub(crate) max: i64,
    pub(crate) min: i64,
    pub(crate) cycle: bool,
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    pub(crate) last: Option<i64>,
}

//! Constraints, and the sequences behind key columns.

use serde::Deserialize;

use crate::statement::Statement;

/// Foreign keys, the constraints that indexes back, and checks nobody validated.
pub(super) const CONSTRAINTS: Statement = Statement::new(
    "catalog",
    "SELECT k.conrelid AS \"table\", k.conname AS name, k.contype AS kind, nullif(k.conindid, 0) AS index, \
     nullif(k.confrelid, 0) AS target, to_json(k.conkey) AS columns, to_json(k.confkey) AS target_columns, k.confdeltype AS on_delete, \
     k.convalidated AS validated, k.conparentid <> 0 AS inherited FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace \
     WHERE k.conrelid <> 0 AND (k.contype IN ('p', 'u', 'x', 'f') OR NOT k.convalidated) AND n.nspname !~ '^pg_' \
     AND n.nspname <> 'information_schema'",
)
.plain();

/// Sequences with the column each fills, those that may run out first before the others.
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
     k.seqmax AS max, k.seqmin AS min, k.seqcycle AS cycle, format_type(k.seqtypid, NULL) AS type, \
     (k.relpersistence <> 'u' OR NOT pg_is_in_recovery()) AND has_sequence_privilege(k.seqrelid, 'SELECT') \
     AND k.seqrelid NOT IN (SELECT l.relation FROM pg_locks l WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock') AS readable \
     FROM known k ORDER BY k.rank",
)
.plain();

/// The last value of each of a number of sequences, by their place in the list. `pg_sequence_last_value` would take a
/// stronger lock than a plain read does.
pub(super) const LAST_VALUES: Statement = Statement::new(
    "catalog",
    "SELECT {place} AS place, CASE WHEN is_called THEN last_value END AS last FROM {sequence} /* UNION ALL …; … */",
)
.plain();

/// Sequences whose last value is read: each is opened, and a server may have tens of thousands.
const READ: usize = 1000;

/// The text of [`LAST_VALUES`] for the readable ones among the first sequences; empty when there are none.
pub(super) fn last_values(sequences: &[SequenceRow]) -> String {
    let dialect = dbwright_sql::Dialect::Postgres;
    let readable = sequences.iter().take(READ).enumerate().filter(|(_, sequence)| sequence.readable);
    let parts: Vec<String> = readable
        .map(|(place, row)| {
            let name = format!("{}.{}", dialect.quote(&row.schema), dialect.quote(&row.name));
            format!("SELECT {place} AS place, CASE WHEN is_called THEN last_value END AS last FROM {name}")
        })
        .collect();
    // Planning a union takes time with the square of its length; one statement each would crowd pg_stat_statements.
    let unions: Vec<String> = parts.chunks(50).map(|part| part.join(" UNION ALL ")).collect();
    unions.join("; ")
}

/// A row of [`LAST_VALUES`].
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LastValue {
    pub(super) place: usize,
    pub(super) last: Option<i64>,
}

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
    readable: bool,
    /// Filled in from [`LAST_VALUES`].
    #[serde(default)]
    pub(crate) last: Option<i64>,
}

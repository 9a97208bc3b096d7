//! `pg_class` with the statistics of each table: what every section about storage starts from.

use jiff::Timestamp;
use serde::Deserialize;

use crate::statement::Statement;

/// Which relations are the user's: not the server's own, not temporary, not an extension's.
/// Expects `pg_class c` joined with `pg_namespace n`.
macro_rules! users_relations {
    () => {
        "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT 1 FROM pg_depend e \
         WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')"
    };
}
pub(crate) use users_relations;

/// Relations that somebody holds or awaits exclusively: opening one would wait for the lock.
macro_rules! locked_relations {
    () => {
        "SELECT l.relation FROM pg_locks l WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' \
         AND l.relation IS NOT NULL"
    };
}
pub(crate) use locked_relations;

macro_rules! relations {
    ($more:literal) => {
        concat!(
            "SELECT c.oid AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relispartition AS partition, \
             h.inhparent AS parent, coalesce(p.partdefid = c.oid, false) AS default_partition, a.amname AS method, \
             c.relpersistence AS persistence, c.relreplident AS identity, to_json(c.reloptions) AS options, \
             (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) OR has_table_privilege(c.oid, 'SELECT') AS readable, \
             c.relpages AS pages, c.reltuples AS tuples, c.relallvisible AS visible_pages, \
             CASE WHEN c.relfrozenxid::text <> '0' THEN age(c.relfrozenxid) END AS xid_age, \
             CASE WHEN c.relminmxid::text <> '0' THEN mxid_age(c.relminmxid) END AS mxid_age, \
             t.oid AS toast, t.relname AS toast_name, t.relpages AS toast_pages, t.reltuples AS toast_tuples, \
             to_json(t.reloptions) AS toast_options, x.relpages AS toast_index_pages, \
             CASE WHEN t.relfrozenxid::text <> '0' THEN age(t.relfrozenxid) END AS toast_xid_age, \
             pg_stat_get_live_tuples(t.oid) AS toast_live, pg_stat_get_dead_tuples(t.oid) AS toast_dead, \
             pg_stat_get_numscans(c.oid) AS seq_scans, pg_stat_get_tuples_returned(c.oid) AS seq_rows, \
             pg_stat_get_tuples_inserted(c.oid) AS inserted, pg_stat_get_tuples_updated(c.oid) AS updated, \
             pg_stat_get_tuples_deleted(c.oid) AS deleted, pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated, \
             pg_stat_get_live_tuples(c.oid) AS live, pg_stat_get_dead_tuples(c.oid) AS dead, \
             pg_stat_get_mod_since_analyze(c.oid) AS modified, pg_stat_get_last_vacuum_time(c.oid) AS last_vacuum, \
             pg_stat_get_last_autovacuum_time(c.oid) AS last_autovacuum, pg_stat_get_last_analyze_time(c.oid) AS last_analyze, \
             pg_stat_get_last_autoanalyze_time(c.oid) AS last_autoanalyze, \
             CASE WHEN d.description LIKE '%dbwright:%' THEN d.description END AS comment",
            $more,
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam \
             LEFT JOIN pg_inherits h ON h.inhrelid = c.oid AND c.relispartition \
             LEFT JOIN pg_partitioned_table p ON p.partrelid = h.inhparent \
             LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN pg_index i ON i.indrelid = t.oid \
             LEFT JOIN pg_class x ON x.oid = i.indexrelid \
             LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0 \
             WHERE c.relkind IN ('r', 'p', 'm') AND ",
            users_relations!()
        )
    };
}

pub(super) const RELATIONS: [Statement; 3] = [
    Statement::new("catalog", relations!("")).plain().until(13),
    Statement::new("catalog", relations!(", pg_stat_get_ins_since_vacuum(c.oid) AS unvacuumed_inserts")).plain().since(13).until(16),
    Statement::new(
        "catalog",
        relations!(
            ", pg_stat_get_ins_since_vacuum(c.oid) AS unvacuumed_inserts, pg_stat_get_tuples_newpage_updated(c.oid) AS newpage_updated"
        ),
    )
    .plain()
    .since(16),
];

/// Sizes on disk where the catalog's figure is missing or old. Opens each file's relation, so only a few, and never one
/// that somebody holds exclusively.
pub(super) const SIZES: Statement = Statement::new(
    "catalog",
    concat!(
        "WITH stale AS MATERIALIZED (SELECT c.oid, c.reltoastrelid AS toast FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
         AND (c.relpages = 0 OR pg_stat_get_mod_since_analyze(c.oid) > 1000 + 0.2 * c.reltuples) \
         ORDER BY pg_stat_get_live_tuples(c.oid) + pg_stat_get_dead_tuples(c.oid) DESC, c.oid LIMIT 200), \
         files AS (SELECT oid FROM stale UNION ALL SELECT toast FROM stale WHERE toast <> 0 \
         UNION ALL SELECT i.indexrelid FROM stale s JOIN pg_index i ON i.indrelid IN (s.oid, s.toast)) \
         SELECT f.oid::int8 AS oid, pg_relation_size(f.oid) AS bytes FROM files f \
         WHERE f.oid NOT IN (",
        locked_relations!(),
        ")"
    ),
);

/// A row of [`SIZES`].
#[derive(Deserialize)]
pub(super) struct Size {
    pub(super) oid: i64,
    pub(super) bytes: Option<u64>,
}

/// A table, partitioned table or materialized view as the server knows it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Relation {
    pub(crate) oid: i64,
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) partition: bool,
    pub(crate) parent: Option<i64>,
    pub(crate) default_partition: bool,
    pub(crate) method: Option<String>,
    pub(crate) persistence: String,
    pub(crate) identity: String,
    pub(crate) options: Option<Vec<String>>,
    /// We may read it, and so see the planner's statistics about it.
    pub(crate) readable: bool,
    pub(crate) pages: i64,
    pub(crate) tuples: f64,
    pub(crate) visible_pages: i64,
    pub(crate) xid_age: Option<i64>,
    pub(crate) mxid_age: Option<i64>,
    pub(crate) toast: Option<i64>,
    pub(crate) toast_name: Option<String>,
    pub(crate) toast_pages: Option<i64>,
    pub(crate) toast_tuples: Option<f64>,
    pub(crate) toast_options: Option<Vec<String>>,
    pub(crate) toast_index_pages: Option<i64>,
    pub(crate) toast_xid_age: Option<i64>,
    pub(crate) toast_live: Option<i64>,
    pub(crate) toast_dead: Option<i64>,
    pub(crate) seq_scans: i64,
    pub(crate) seq_rows: i64,
    pub(crate) inserted: i64,
    pub(crate) updated: i64,
    pub(crate) deleted: i64,
    pub(crate) hot_updated: i64,
    pub(crate) live: i64,
    pub(crate) dead: i64,
    pub(crate) modified: i64,
    pub(crate) last_vacuum: Option<Timestamp>,
    pub(crate) last_autovacuum: Option<Timestamp>,
    pub(crate) last_analyze: Option<Timestamp>,
    pub(crate) last_autoanalyze: Option<Timestamp>,
    pub(crate) comment: Option<String>,
    pub(crate) unvacuumed_inserts: Option<i64>,
    pub(crate) newpage_updated: Option<i64>,
}

impl Relation {
    /// Whether vacuum or analyze ever counted its rows. Until version 14 an uncounted table looks like an empty one.
    pub(crate) fn counted(&self) -> bool {
        let stamps = [self.last_vacuum, self.last_autovacuum, self.last_analyze, self.last_autoanalyze];
        self.kind != "p"
            && self.tuples >= 0.0
            && (self.pages > 0 || self.tuples > 0.0 || stamps.iter().any(Option::is_some))
    }
}

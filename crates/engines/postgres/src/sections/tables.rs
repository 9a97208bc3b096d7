//! What vacuum, analyze and the freezer know about each table.

use std::collections::BTreeMap;

use dbwright_model::catalog::{ObjectName, TableKind};
use dbwright_model::{Bytes, Case, Count, Rows, Section, Share};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalog::{name_of, rows};
use crate::storage::Storage;
use crate::storage::relations::Relation;

/// Vacuum facts of every table with storage of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tables {
    /// Sorted by name.
    pub tables: Vec<TableFacts>,
}

impl Section for Tables {
    const ID: &'static str = "postgres.tables";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "vacuum and analyze facts of tables";
}

impl Tables {
    /// The table of that name.
    pub fn get(&self, name: &ObjectName) -> Option<&TableFacts> {
        let at = self.tables.binary_search_by(|table| table.name.cmp(name)).ok()?;
        self.tables.get(at)
    }
}

/// What logical replication identifies changed rows by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    /// The primary key, if there is one.
    #[default]
    Default,
    /// Nothing.
    Nothing,
    /// The whole old row.
    Full,
    /// A chosen unique index.
    Index,
}

/// One table. Counters count since the statistics of the database were reset.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TableFacts {
    /// Its name.
    pub name: ObjectName,
    /// Its kind.
    #[serde(default)]
    pub kind: TableKind,
    /// It is the partition for everything that fits no other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default_partition: bool,
    /// Rows at the last vacuum or analyze; `None` when there never was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
    /// Bytes of its main file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Bytes>,
    /// Live rows, as the statistics count them.
    pub live: Rows,
    /// Dead rows that wait for vacuum.
    pub dead: Rows,
    /// Rows changed since the last analyze.
    pub modified: Rows,
    /// Rows inserted since the last vacuum (13+).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inserted_since_vacuum: Option<Rows>,
    /// Rows inserted.
    pub inserted: Rows,
    /// Rows updated.
    pub updated: Rows,
    /// Of those, updates that touched no index.
    pub hot_updated: Rows,
    /// Of those, updates whose new version went to another page (16+).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newpage_updated: Option<Rows>,
    /// Rows deleted.
    pub deleted: Rows,
    /// Last vacuum by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_vacuum: Option<Timestamp>,
    /// Last vacuum by autovacuum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_autovacuum: Option<Timestamp>,
    /// Last analyze by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_analyze: Option<Timestamp>,
    /// Last analyze by autovacuum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_autoanalyze: Option<Timestamp>,
    /// Transactions since its oldest row was frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xid_age: Option<Count>,
    /// Multixacts since its oldest row lock was frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mxid_age: Option<Count>,
    /// Pages in which every row is visible to everyone, as a part of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_visible: Option<Share>,
    /// Its changes are not logged: it is emptied after a crash and absent on standbys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlogged: bool,
    /// What logical replication identifies rows by.
    #[serde(default)]
    pub identity: Identity,
    /// Storage parameters set on the table (`autovacuum_enabled`, `fillfactor`…); none holds free text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// Where its long values are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toast: Option<ToastFacts>,
}

impl TableFacts {
    /// When it was last vacuumed, by whomever.
    pub fn vacuumed(&self) -> Option<Timestamp> {
        self.last_vacuum.max(self.last_autovacuum)
    }
    /// When it was last analyzed, by whomever.
    pub fn analyzed(&self) -> Option<Timestamp> {
        self.last_analyze.max(self.last_autoanalyze)
    }
    /// Its fillfactor; 100 unless set.
    pub fn fillfactor(&self) -> u32 {
        self.options.get("fillfactor").and_then(|value| value.parse().ok()).unwrap_or(100)
    }
}

/// The TOAST table behind a table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ToastFacts {
    /// Its name in the schema `pg_toast`.
    pub name: ObjectName,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Bytes>,
    /// Chunks at the last vacuum; `None` when there never was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
    /// Live chunks.
    pub live: Rows,
    /// Dead chunks.
    pub dead: Rows,
    /// Transactions since its oldest chunk was frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xid_age: Option<Count>,
    /// Storage parameters of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

/// Storage parameters as a map.
pub(crate) fn options(list: Option<&[String]>) -> BTreeMap<String, String> {
    let pair = |option: &String| option.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    list.unwrap_or_default().iter().filter_map(pair).collect()
}

pub(crate) fn store(case: &mut Case, storage: &Storage) {
    let knows_uncounted = case.server.version.major >= 14;
    let mut tables: Vec<TableFacts> = storage
        .relations
        .iter()
        .filter(|relation| relation.kind != "p")
        .map(|relation| facts(storage, relation, relation.counted() || (knows_uncounted && relation.tuples >= 0.0)))
        .collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    case.store(&Tables { tables });
}

fn number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn facts(storage: &Storage, relation: &Relation, counted: bool) -> TableFacts {
    let count = |n: i64| Count(number(n));
    TableFacts {
        name: name_of(relation),
        kind: match (relation.kind.as_str(), relation.partition) {
            ("m", _) => TableKind::MaterializedView,
            (_, true) => TableKind::Partition,
            _ => TableKind::Table,
        },
        default_partition: relation.default_partition,
        rows: if counted { rows(relation.tuples) } else { None },
        size: storage.size(relation.oid, relation.pages, counted).map(Bytes),
        live: Rows(number(relation.live)),
        dead: Rows(number(relation.dead)),
        modified: Rows(number(relation.modified)),
        inserted_since_vacuum: relation.unvacuumed_inserts.map(|n| Rows(number(n))),
        inserted: Rows(number(relation.inserted)),
        updated: Rows(number(relation.updated)),
        hot_updated: Rows(number(relation.hot_updated)),
        newpage_updated: relation.newpage_updated.map(|n| Rows(number(n))),
        deleted: Rows(number(relation.deleted)),
        last_vacuum: relation.last_vacuum,
        last_autovacuum: relation.last_autovacuum,
        last_analyze: relation.last_analyze,
        last_autoanalyze: relation.last_autoanalyze,
        xid_age: relation.xid_age.map(count),
        mxid_age: relation.mxid_age.map(count),
        all_visible: if counted { Share::of(relation.visible_pages as f64, relation.pages as f64) } else { None },
        unlogged: relation.persistence == "u",
        identity: match relation.identity.as_str() {
            "n" => Identity::Nothing,
            "f" => Identity::Full,
            "i" => Identity::Index,
            _ => Identity::Default,
        },
        options: options(relation.options.as_deref()),
        toast: relation.toast.map(|oid| ToastFacts {
            name: ObjectName::new("pg_toast", relation.toast_name.clone().unwrap_or_default()),
            size: relation.toast_pages.and_then(|pages| storage.size(oid, pages, counted)).map(Bytes),
            rows: relation.toast_tuples.and_then(rows).filter(|rows| rows.0 > 0 || relation.toast_pages == Some(0)),
            live: Rows(number(relation.toast_live.unwrap_or(0))),
            dead: Rows(number(relation.toast_dead.unwrap_or(0))),
            xid_age: relation.toast_xid_age.map(count),
            options: options(relation.toast_options.as_deref()),
        }),
    }
}

//! An index that does not exist yet, as advisors weigh it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::ObjectName;
use crate::privacy::Name;

/// How an index is organised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessMethod {
    /// Ordered keys.
    #[default]
    BTree,
    /// Hashed keys: equality only.
    Hash,
    /// Many keys a row: arrays, documents, words, trigrams.
    Gin,
    /// Ranges, shapes, distances.
    Gist,
    /// Space partitioned: prefixes, points, ranges that seldom overlap.
    SpGist,
    /// A summary of each run of pages.
    Brin,
    /// Words (MySQL, MariaDB).
    FullText,
    /// Shapes (MySQL, MariaDB).
    Spatial,
}

impl AccessMethod {
    /// As `CREATE INDEX … USING` names it, and catalogs show it.
    pub fn word(self) -> &'static str {
        match self {
            AccessMethod::BTree => "btree",
            AccessMethod::Hash => "hash",
            AccessMethod::Gin => "gin",
            AccessMethod::Gist => "gist",
            AccessMethod::SpGist => "spgist",
            AccessMethod::Brin => "brin",
            AccessMethod::FullText => "fulltext",
            AccessMethod::Spatial => "spatial",
        }
    }
}

/// What one key of an index is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyOf {
    /// A column.
    Column(Name),
    /// An expression, as it stands in `CREATE INDEX` without the parentheses around it, and the columns in it.
    Expression {
        /// Its text.
        text: String,
        /// The columns it reads, each once, in the order written.
        columns: Vec<Name>,
    },
}

impl KeyOf {
    /// The columns it reads.
    pub fn columns(&self) -> &[Name] {
        match self {
            KeyOf::Column(column) => std::slice::from_ref(column),
            KeyOf::Expression { columns, .. } => columns,
        }
    }
}

/// One key of an index that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CandidateKey {
    /// What it is made of.
    pub of: KeyOf,
    /// The collation, where it is not the column's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// The operator class, where it is not the type's default: `text_pattern_ops`, `gin_trgm_ops`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Sorted downwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    /// Where nulls go, when that is not the default of the direction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls_first: Option<bool>,
    /// Only the first so many characters (MySQL, MariaDB).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u32>,
}

impl CandidateKey {
    /// A column, upwards, with the defaults of its type.
    pub fn column(name: impl Into<Name>) -> CandidateKey {
        CandidateKey::of(KeyOf::Column(name.into()))
    }
    /// A column or expression with the defaults of its type.
    pub fn of(of: KeyOf) -> CandidateKey {
        CandidateKey { of, collation: None, class: None, descending: false, nulls_first: None, prefix: None }
    }
}

/// An index that does not exist yet.
///
/// Its order (`Ord`) is that of its parts; two candidates that compare equal are the same index.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Candidate {
    /// The table, as the catalog names it; of a partitioned table, the parent.
    pub table: ObjectName,
    /// How it is organised.
    pub method: AccessMethod,
    /// Its keys, in order.
    pub keys: Vec<CandidateKey>,
    /// Columns carried along without being part of the key (`INCLUDE`), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Name>,
    /// Only rows for which this holds, as it stands after `WHERE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// The extension it needs: `pg_trgm`, `btree_gist`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
}

impl Candidate {
    /// A B-tree over columns.
    pub fn btree<N: Into<Name>>(table: ObjectName, columns: impl IntoIterator<Item = N>) -> Candidate {
        let keys = columns.into_iter().map(CandidateKey::column).collect();
        Candidate { table, keys, ..Candidate::default() }
    }
    /// The columns of its keys when all of them are plain columns.
    pub fn key_columns(&self) -> Option<Vec<&Name>> {
        let columns = self.keys.iter().map(|key| match &key.of {
            KeyOf::Column(column) => Some(column),
            KeyOf::Expression { .. } => None,
        });
        columns.collect()
    }
    /// Every column that a write would have to change the index for, the predicate's not counted.
    pub fn columns(&self) -> impl Iterator<Item = &Name> {
        self.keys.iter().flat_map(|key| key.of.columns()).chain(&self.include)
    }
}

/// A short form for people: `orders (customer_id, placed_at DESC) INCLUDE (total) WHERE …`; no SQL.
impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys.iter().map(|key| {
            let of = match &key.of {
                KeyOf::Column(column) => column.to_string(),
                KeyOf::Expression { text, .. } => text.clone(),
            };
            let prefix = key.prefix.map_or(String::new(), |prefix| format!("({prefix})"));
            let collation = key.collation.as_ref().map_or(String::new(), |collation| format!(" COLLATE {collation}"));
            let class = key.class.as_ref().map_or(String::new(), |class| format!(" {class}"));
            let direction = if key.descending { " DESC" } else { "" };
            let nulls = match key.nulls_first {
                Some(true) => " NULLS FIRST",
                Some(false) => " NULLS LAST",
                None => "",
            };
            format!("{of}{prefix}{collation}{class}{direction}{nulls}")
        });
        let keys: Vec<String> = keys.collect();
        let method = match self.method {
            AccessMethod::BTree => String::new(),
            other => format!("{} ", other.word()),
        };
        write!(f, "{} {method}({})", self.table, keys.join(", "))?;
        if !self.include.is_empty() {
            let include: Vec<&str> = self.include.iter().map(Name::as_str).collect();
            write!(f, " INCLUDE ({})", include.join(", "))?;
        }
        if let Some(predicate) = &self.predicate {
            write!(f, " WHERE {predicate}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_like_a_definition() {
        let mut candidate = Candidate::btree(ObjectName::new("public", "orders"), ["customer_id", "placed_at"]);
        candidate.keys[1].descending = true;
        candidate.include = vec!["total".into()];
        candidate.predicate = Some("status = 'open'".into());
        let shown = "public.orders (customer_id, placed_at DESC) INCLUDE (total) WHERE status = 'open'";
        assert_eq!(candidate.to_string(), shown);
        let columns: Vec<&str> = candidate.columns().map(Name::as_str).collect();
        assert_eq!(columns, ["customer_id", "placed_at", "total"]);
    }
}

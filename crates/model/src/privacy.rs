//! What may be stored and shown, as types.
//!
//! Literals never enter a [`Case`](crate::Case): query texts arrive as [`SqlText`], free text that
//! people choose (application names, client names) as [`Label`], identifiers as [`Name`], and
//! passwords as [`Secret`], which cannot be printed. `--redact names` hashes identifiers as well; it
//! happens in one place, when a section is stored: see [`with_redaction`].

use std::cell::Cell;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// How much is taken out before anything is stored or shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Redaction {
    /// Literals and free text go, identifiers stay: the default.
    #[default]
    Literals,
    /// Identifiers are hashed too; the same name has the same hash in every bundle.
    Names,
    /// Nothing is taken out.
    Off,
}

thread_local! {
    static REDACTION: Cell<Redaction> = const { Cell::new(Redaction::Off) };
}

/// Runs `store` with every [`Name`], [`Label`] and [`SqlText`] written as `redaction` demands.
pub fn with_redaction<T>(redaction: Redaction, store: impl FnOnce() -> T) -> T {
    struct Restore(Redaction);
    impl Drop for Restore {
        fn drop(&mut self) {
            REDACTION.set(self.0);
        }
    }
    let _restore = Restore(REDACTION.replace(redaction));
    store()
}

fn hashed(prefix: &str, text: &str) -> String {
    let digest = Sha256::digest(format!("dbwright/{prefix}/{text}"));
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}_{hex}")
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Wraps the text as the server gave it.
            pub fn new(text: impl Into<Box<str>>) -> $name {
                $name(text.into())
            }
            /// The text, redacted already if it came out of a case.
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// The text as a section stores it under that redaction, for where it is part of a larger text.
            pub fn stored(&self, redaction: Redaction) -> String {
                self.redacted(redaction).unwrap_or_else(|| self.0.to_string())
            }
            /// Whether there is nothing in it.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                $name(text.into())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> $name {
                $name(text.into())
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                *self.0 == *other
            }
        }
        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                *self.0 == **other
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.redacted(REDACTION.get()) {
                    Some(text) => serializer.serialize_str(&text),
                    None => serializer.serialize_str(&self.0),
                }
            }
        }
    };
}

text_type!(
    /// An identifier: a table, column, role, database, host, key or key pattern.
    Name
);
text_type!(
    /// Free text that people choose and that may carry anything: an application or client name.
    /// Stored as itself only when it is a well-known program's own name.
    Label
);
text_type!(
    /// SQL (or DDL, or a predicate) whose literals were replaced by the reader that made it.
    SqlText
);

impl Name {
    /// As a bundle with that redaction shows it, for names inside of texts.
    pub fn shown(&self, redaction: Redaction) -> String {
        self.redacted(redaction).unwrap_or_else(|| self.to_string())
    }
    /// Names that every installation has and that therefore tell nothing.
    const PUBLIC: &'static [&'static str] = &[
        "",
        "*",
        "%",
        "PRIMARY",
        "pg_catalog",
        "information_schema",
        "public",
        "postgres",
        "template0",
        "template1",
        "mysql",
        "sys",
        "performance_schema",
        "root",
        "localhost",
        "127.0.0.1",
        "::1",
        "default",
        "local",
        "def",
        "PUBLIC",
    ];

    fn redacted(&self, redaction: Redaction) -> Option<String> {
        match redaction {
            Redaction::Names if !Name::PUBLIC.contains(&self.as_str()) && !is_hash(self.as_str()) => {
                Some(hashed("n", &self.0))
            }
            _ => None,
        }
    }
}

impl Label {
    const WELL_KNOWN: &'static [&'static str] = &[
        "",
        "psql",
        "pg_dump",
        "pg_restore",
        "pg_basebackup",
        "pgbench",
        "pgAdmin 4",
        "DBeaver",
        "PostgreSQL JDBC Driver",
        "walreceiver",
        "pg_receivewal",
        "postgres_fdw",
        "dbwright",
        "PgBouncer",
        "patroni",
        "barman",
        "wal-g",
        "redis-cli",
        "lettuce",
        "mysql",
    ];

    fn redacted(&self, redaction: Redaction) -> Option<String> {
        match redaction {
            Redaction::Off => None,
            _ if Label::WELL_KNOWN.contains(&self.as_str()) || is_hash(self.as_str()) => None,
            _ => Some(hashed("label", &self.0)),
        }
    }
}

impl SqlText {
    fn redacted(&self, redaction: Redaction) -> Option<String> {
        (redaction == Redaction::Names).then(|| hash_words(&self.0))
    }
}

/// Whether `text` is a hash of ours already, so that storing twice changes nothing.
fn is_hash(text: &str) -> bool {
    let hex = text.strip_prefix("n_").or_else(|| text.strip_prefix("label_"));
    hex.is_some_and(|hex| hex.len() == 10 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Hashes every word of a SQL text that is not part of the language; quoted identifiers whole.
fn hash_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word_end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        if (first == '"' || first == '`') && rest[1..].contains(first) {
            let end = 1 + rest[1..].find(first).unwrap_or(0);
            out.push_str(&hashed("n", &rest[1..end]));
            rest = &rest[end + 1..];
        } else if word_end > 0 {
            let word = &rest[..word_end];
            let language = first.is_ascii_digit()
                || first == '$'
                || is_hash(word)
                || WORDS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
                || Name::PUBLIC.contains(&word);
            match language {
                true => out.push_str(word),
                false => out.push_str(&hashed("n", word)),
            }
            rest = &rest[word_end..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// The words of SQL that are not names, sorted.
const WORDS: &[&str] = &[
    "add",
    "all",
    "alter",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "avg",
    "begin",
    "between",
    "bigint",
    "boolean",
    "brin",
    "btree",
    "by",
    "call",
    "cascade",
    "case",
    "cast",
    "coalesce",
    "collate",
    "column",
    "commit",
    "concurrently",
    "constraint",
    "copy",
    "count",
    "create",
    "cross",
    "current_date",
    "current_timestamp",
    "cursor",
    "date",
    "declare",
    "default",
    "delete",
    "desc",
    "distinct",
    "drop",
    "duplicate",
    "else",
    "end",
    "exclude",
    "execute",
    "exists",
    "explain",
    "extract",
    "false",
    "fetch",
    "filter",
    "first",
    "for",
    "foreign",
    "from",
    "full",
    "function",
    "gin",
    "gist",
    "group",
    "hash",
    "having",
    "if",
    "ilike",
    "in",
    "include",
    "index",
    "inner",
    "insert",
    "int",
    "integer",
    "interval",
    "into",
    "is",
    "join",
    "jsonb",
    "key",
    "last",
    "lateral",
    "left",
    "like",
    "limit",
    "lock",
    "lower",
    "materialized",
    "max",
    "min",
    "modify",
    "natural",
    "not",
    "now",
    "nowait",
    "null",
    "nulls",
    "numeric",
    "of",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "primary",
    "references",
    "refresh",
    "release",
    "returning",
    "right",
    "rollback",
    "row",
    "rows",
    "savepoint",
    "select",
    "set",
    "share",
    "show",
    "skip",
    "sum",
    "table",
    "temp",
    "temporary",
    "text",
    "then",
    "timestamp",
    "timestamptz",
    "to",
    "true",
    "truncate",
    "union",
    "unique",
    "unlogged",
    "update",
    "upper",
    "use",
    "using",
    "vacuum",
    "values",
    "varchar",
    "view",
    "when",
    "where",
    "window",
    "with",
];

/// A password or key. It can be used, and cannot be printed, compared in logs or serialized.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the secret in.
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(secret.into())
    }
    /// Hands it to the driver that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored<T: Serialize>(redaction: Redaction, value: &T) -> String {
        with_redaction(redaction, || serde_json::to_string(value).unwrap())
    }

    #[test]
    fn words_are_sorted_for_the_search() {
        assert!(WORDS.is_sorted());
    }

    #[test]
    fn names_are_hashed_only_when_asked() {
        let name = Name::from("orders");
        assert_eq!(stored(Redaction::Literals, &name), "\"orders\"");
        let hash = stored(Redaction::Names, &name);
        assert!(hash.starts_with("\"n_") && !hash.contains("orders"));
        let again: Name = serde_json::from_str(&hash).unwrap();
        assert_eq!(stored(Redaction::Names, &again), hash, "storing twice changes nothing");
        assert_eq!(stored(Redaction::Names, &Name::from("public")), "\"public\"");
    }

    #[test]
    fn labels_are_hashed_unless_a_known_program_or_off() {
        assert!(!stored(Redaction::Literals, &Label::from("token=s3cret")).contains("s3cret"));
        assert_eq!(stored(Redaction::Literals, &Label::from("psql")), "\"psql\"");
        assert_eq!(stored(Redaction::Off, &Label::from("checkout")), "\"checkout\"");
    }

    #[test]
    fn sql_keeps_its_language_and_loses_its_names() {
        let text = SqlText::from("SELECT a.\"Salary\" FROM staff a WHERE lower(a.mail) = $1");
        let shown = stored(Redaction::Names, &text);
        for name in ["Salary", "staff", "mail"] {
            assert!(!shown.contains(name), "{shown}");
        }
        assert!(shown.contains("SELECT") && shown.contains("lower(") && shown.contains("$1"));
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "***");
    }
}

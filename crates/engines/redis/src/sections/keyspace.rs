//! What is stored: databases, and a sample of their keys by pattern.

use std::collections::BTreeMap;

use dbwright_model::{Bytes, Count, Name, Seconds, Section, Share};
use serde::{Deserialize, Serialize};

/// Databases with their number of keys, and a sample of the keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Keyspace {
    /// Databases that hold keys, by number.
    pub databases: Vec<Database>,
    /// The sample; `None` when none could be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<KeySample>,
}

/// One database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// Its number.
    pub number: u32,
    /// Keys in it.
    pub keys: Count,
    /// Of these, keys with a time to live.
    pub expires: Count,
}

/// A sample of keys. The order in which `SCAN` walks a table follows a keyed hash, so its first keys are as good as random.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct KeySample {
    /// Keys looked at.
    pub keys: Count,
    /// Of all keys of the server.
    pub share: Share,
    /// Whether the length of collections is known for all of them.
    pub lengths: bool,
    /// By pattern, most bytes first.
    pub patterns: Vec<Pattern>,
    /// The largest keys seen, most bytes first.
    pub biggest: Vec<BigKey>,
}

/// Keys whose names look alike, of one type, in one database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// `session:*`.
    pub name: Name,
    /// The database.
    pub database: u32,
    /// `string`, `hash`, `list`, `set`, `zset`, `stream`, or a module's type.
    pub kind: String,
    /// Keys in the sample.
    pub keys: Count,
    /// Of these, keys with a time to live.
    pub expiring: Count,
    /// Their memory, with name and overhead.
    pub bytes: Bytes,
    /// Bytes of their names.
    pub name_bytes: Bytes,
    /// Elements (bytes for strings) of all of them, where lengths were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<Count>,
    /// Keys by encoding.
    pub encodings: BTreeMap<String, Count>,
    /// Keys no longer in the compact encoding, by number of elements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expanded: Vec<Rung>,
    /// Largest share of the expiring keys that expire within the same ten seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<Share>,
    /// Median of the remaining time to live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_median: Option<Seconds>,
    /// Longest remaining time to live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_longest: Option<Seconds>,
}

/// Keys with up to so many elements.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Most elements.
    pub up_to: Count,
    /// Keys.
    pub keys: Count,
    /// Their elements together.
    pub elements: Count,
    /// Their memory together.
    pub bytes: Bytes,
}

/// A large key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BigKey {
    /// Its name.
    pub name: Name,
    /// The database.
    pub database: u32,
    /// Its type.
    pub kind: String,
    /// Its encoding.
    pub encoding: String,
    /// Its memory.
    pub bytes: Bytes,
    /// Its elements, or bytes of a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<Count>,
    /// Whether it has a time to live.
    pub expiring: bool,
}

impl Section for Keyspace {
    const ID: &'static str = "redis.keyspace";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "databases and a sample of keys";
}

impl Keyspace {
    /// Keys of the server.
    pub fn keys(&self) -> Count {
        self.databases.iter().map(|database| database.keys).sum()
    }

    /// Keys with a time to live.
    pub fn expires(&self) -> Count {
        self.databases.iter().map(|database| database.expires).sum()
    }

    /// Keys that stay until deleted, as a share of all.
    pub fn durable(&self) -> Option<Share> {
        let (keys, expires) = (self.keys().0, self.expires().0);
        Share::of(keys.saturating_sub(expires) as f64, keys as f64)
    }
}

impl KeySample {
    /// A count in the sample, projected on the whole server.
    pub fn whole(&self, count: Count) -> Count {
        match self.share.0 > 0.0 && self.share.0 < 1.0 {
            true => Count((count.0 as f64 / self.share.0).round() as u64),
            false => count,
        }
    }

    /// Bytes in the sample, projected on the whole server.
    pub fn whole_bytes(&self, bytes: Bytes) -> Bytes {
        Bytes(self.whole(Count(bytes.0)).0)
    }
}

impl Pattern {
    /// `session:* (db 3)`; the database is left out when it is the first.
    pub fn subject(&self) -> String {
        match self.database {
            0 => self.name.to_string(),
            number => format!("{} (db {number})", self.name),
        }
    }

    /// Mean memory of a key.
    pub fn mean_bytes(&self) -> Bytes {
        Bytes(self.bytes.0 / self.keys.0.max(1))
    }
}

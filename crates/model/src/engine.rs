//! Which family of database, which product of it, which version.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A family of systems that share a protocol and a catalog of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// PostgreSQL and what speaks its protocol.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
    /// Redis and Valkey.
    Redis,
    /// MongoDB.
    MongoDb,
    /// Elasticsearch and OpenSearch.
    Elastic,
    /// Cassandra.
    Cassandra,
}

impl Engine {
    /// Every engine, in the order they are shown.
    pub const ALL: &'static [Engine] =
        &[Engine::Postgres, Engine::MySql, Engine::Redis, Engine::MongoDb, Engine::Elastic, Engine::Cassandra];

    /// The word used on the command line and in files.
    pub fn id(self) -> &'static str {
        match self {
            Engine::Postgres => "postgres",
            Engine::MySql => "mysql",
            Engine::Redis => "redis",
            Engine::MongoDb => "mongodb",
            Engine::Elastic => "elastic",
            Engine::Cassandra => "cassandra",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Postgres => "PostgreSQL",
            Engine::MySql => "MySQL/MariaDB",
            Engine::Redis => "Redis/Valkey",
            Engine::MongoDb => "MongoDB",
            Engine::Elastic => "Elasticsearch/OpenSearch",
            Engine::Cassandra => "Cassandra",
        })
    }
}

/// The product that answered, where a family has several with different behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Product {
    /// PostgreSQL.
    PostgreSQL,
    /// MySQL, including Percona Server.
    MySQL,
    /// MariaDB.
    MariaDB,
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
    /// MongoDB.
    MongoDB,
    /// Elasticsearch.
    Elasticsearch,
    /// OpenSearch.
    OpenSearch,
    /// Cassandra.
    Cassandra,
}

impl Product {
    /// The product that gave a family its name.
    pub fn of(engine: Engine) -> Product {
        match engine {
            Engine::Postgres => Product::PostgreSQL,
            Engine::MySql => Product::MySQL,
            Engine::Redis => Product::Redis,
            Engine::MongoDb => Product::MongoDB,
            Engine::Elastic => Product::Elasticsearch,
            Engine::Cassandra => Product::Cassandra,
        }
    }
    /// The family this product belongs to.
    pub fn engine(self) -> Engine {
        match self {
            Product::PostgreSQL => Engine::Postgres,
            Product::MySQL | Product::MariaDB => Engine::MySql,
            Product::Redis | Product::Valkey => Engine::Redis,
            Product::MongoDB => Engine::MongoDb,
            Product::Elasticsearch | Product::OpenSearch => Engine::Elastic,
            Product::Cassandra => Engine::Cassandra,
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A server version, compared part by part. PostgreSQL's `15.4` is major 15, minor 4, patch 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// First part.
    pub major: u32,
    /// Second part.
    pub minor: u32,
    /// Third part; 0 where the product has none.
    pub patch: u32,
}

impl Version {
    /// A version from its parts.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Version {
        Version { major, minor, patch }
    }

    /// Whether this is `major.minor` or newer.
    pub fn at_least(self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 {
            write!(f, ".{}", self.patch)?;
        }
        Ok(())
    }
}

/// Not a version: there is no leading number.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` does not start with a version number")]
pub struct NotAVersion(String);

impl FromStr for Version {
    type Err = NotAVersion;

    /// Reads the leading `a.b.c` of a server's banner (`10.11.19-MariaDB-…`, `17beta1`, `8.0.36`).
    fn from_str(text: &str) -> Result<Version, NotAVersion> {
        let mut parts = [0u32; 3];
        let mut rest = text.trim();
        for (i, part) in parts.iter_mut().enumerate() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let Ok(number) = rest[..end].parse() else {
                if i == 0 {
                    return Err(NotAVersion(text.to_owned()));
                }
                break;
            };
            *part = number;
            match rest[end..].strip_prefix('.') {
                Some(next) => rest = next,
                None => break,
            }
        }
        Ok(Version::new(parts[0], parts[1], parts[2]))
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banners_of_every_product_parse() {
        for (banner, expected) in [
            ("15.20 (Debian 15.20-0+deb12u1)", Version::new(15, 20, 0)),
            ("17beta1", Version::new(17, 0, 0)),
            ("10.11.19-MariaDB-0+deb12u1", Version::new(10, 11, 19)),
            ("8.0.36-28", Version::new(8, 0, 36)),
            ("7.0.15", Version::new(7, 0, 15)),
        ] {
            assert_eq!(banner.parse::<Version>().unwrap(), expected, "{banner}");
        }
        assert!("devel".parse::<Version>().is_err());
        assert!("99999999999999".parse::<Version>().is_err());
    }
}

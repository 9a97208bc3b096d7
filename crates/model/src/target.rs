//! What the user points at.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use crate::engine::Engine;

/// What the user points at: a server, a file, or standard input.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A server.
    Server(ServerTarget),
    /// A file or folder: a bundle, a log, a plan.
    Path(PathBuf),
    /// Standard input (`-`).
    Stdin,
}

/// How to reach a server. What the URL leaves out comes from the ecosystem's usual means.
#[derive(Clone, PartialEq)]
pub struct ServerTarget {
    /// The engine its scheme names.
    pub engine: Engine,
    /// The URL as given, or `scheme://` for a bare one. May hold a password: never print it.
    pub url: Url,
    /// libpq `key=value` words, when the target was given in that form; or libpq's own URLs that no URL parser takes,
    /// with several hosts or none. May hold a password.
    pub words: Option<String>,
}

impl fmt::Debug for ServerTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ServerTarget {
    /// The URL without its password and without its parameters, which may hold one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.words.is_some() {
            return write!(f, "{} connection string", self.engine);
        }
        let mut shown = self.url.clone();
        // Fails only for URLs that cannot hold a password.
        let _ = shown.set_password(None);
        shown.set_query(None);
        shown.set_fragment(None);
        f.write_str(shown.as_str())
    }
}

/// Why a target cannot be understood.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TargetError {
    /// The scheme belongs to no engine.
    #[error("`{0}://` is not a scheme dbwright knows; it knows {known}", known = SCHEMES.map(|(scheme, _)| scheme).join(", "))]
    UnknownScheme(String),
    /// The URL does not parse. The text is not repeated: it may hold a password.
    #[error(
        "the {scheme}:// URL cannot be read: {reason} (characters like `@ : / # %` in a password must be percent-encoded)"
    )]
    BadUrl {
        /// The scheme.
        scheme: String,
        /// What the parser says.
        reason: String,
    },
    /// Nothing was given.
    #[error("the target is empty")]
    Empty,
}

/// URL schemes and the engines they name.
pub const SCHEMES: [(&str, Engine); 12] = [
    ("postgres", Engine::Postgres),
    ("postgresql", Engine::Postgres),
    ("mysql", Engine::MySql),
    ("mariadb", Engine::MySql),
    ("redis", Engine::Redis),
    ("rediss", Engine::Redis),
    ("valkey", Engine::Redis),
    ("mongodb", Engine::MongoDb),
    ("mongodb+srv", Engine::MongoDb),
    ("elasticsearch", Engine::Elastic),
    ("opensearch", Engine::Elastic),
    ("cassandra", Engine::Cassandra),
];

impl Target {
    /// Reads a target as typed: a URL (`postgres://…`), libpq words (`host=… dbname=…`, `service=…`), `-`, or a path.
    ///
    /// # Errors
    /// [`TargetError`] for an empty word, an unknown scheme, or a URL that does not parse.
    pub fn parse(text: &str) -> Result<Target, TargetError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if text == "-" {
            return Ok(Target::Stdin);
        }
        if let Some((scheme, _)) = text.split_once("://")
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        {
            return Target::from_url(scheme, text);
        }
        // `postgres:` alone means: what libpq's environment says.
        if let Some(scheme) = text.strip_suffix(':')
            && SCHEMES.iter().any(|(known, _)| *known == scheme)
        {
            return Target::from_url(scheme, &format!("{scheme}://"));
        }
        const LIBPQ: [&str; 6] = ["host=", "hostaddr=", "service=", "dbname=", "user=", "port="];
        if LIBPQ.iter().any(|word| text.starts_with(word) || text.contains(&format!(" {word}"))) {
            let url = Url::parse("postgres://").map_err(|_| TargetError::Empty)?;
            return Ok(Target::Server(ServerTarget { engine: Engine::Postgres, url, words: Some(text.to_owned()) }));
        }
        Ok(Target::Path(PathBuf::from(text)))
    }

    fn from_url(scheme: &str, text: &str) -> Result<Target, TargetError> {
        let scheme = scheme.to_ascii_lowercase();
        let engine = SCHEMES.iter().find(|(known, _)| *known == scheme).map(|(_, engine)| *engine);
        let engine = engine.ok_or_else(|| TargetError::UnknownScheme(scheme.clone()))?;
        match Url::parse(text) {
            Ok(url) => Ok(Target::Server(ServerTarget { engine, url, words: None })),
            Err(_) if engine == Engine::Postgres && is_libpqs_own(text) => {
                let url = Url::parse("postgres://").map_err(|_| TargetError::Empty)?;
                Ok(Target::Server(ServerTarget { engine, url, words: Some(text.to_owned()) }))
            }
            Err(error) => Err(TargetError::BadUrl { scheme, reason: error.to_string() }),
        }
    }
}

/// Whether a URL names several hosts, or a user or a port and no host.
fn is_libpqs_own(text: &str) -> bool {
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    hosts.is_empty() || hosts.starts_with(':') || hosts.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> ServerTarget {
        match Target::parse(text).unwrap() {
            Target::Server(server) => server,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_scheme_finds_its_engine() {
        assert_eq!(server("postgresql://h/db").engine, Engine::Postgres);
        assert_eq!(server("mariadb://h").engine, Engine::MySql);
        assert_eq!(server("rediss://h:1").engine, Engine::Redis);
        assert_eq!(server("postgres:").url.as_str(), "postgres://");
        assert_eq!(server("service=prod").words.as_deref(), Some("service=prod"));
        for text in ["postgres://u@a:1,b:2/d", "postgres://u@/d?host=/tmp", "postgres://:5433/d"] {
            assert_eq!(server(text).words.as_deref(), Some(text));
        }
        assert!(matches!(Target::parse("oracle://h"), Err(TargetError::UnknownScheme(_))));
        assert_eq!(Target::parse("acme.dbw"), Ok(Target::Path("acme.dbw".into())));
        assert_eq!(Target::parse("-"), Ok(Target::Stdin));
        assert_eq!(Target::parse("  "), Err(TargetError::Empty));
    }

    #[test]
    fn no_form_of_a_target_prints_its_password() {
        for text in ["postgres://u:s3cret@h/db?password=s3cret&sslmode=require", "host=h password=s3cret"] {
            let target = Target::parse(text).unwrap();
            assert!(!format!("{target:?} {}", server(text)).contains("s3cret"));
        }
        let error = Target::parse("postgres://u:s3cret@h:notaport/db").unwrap_err().to_string();
        assert!(!error.contains("s3cret") && error.contains("percent-encoded"), "{error}");
    }
}

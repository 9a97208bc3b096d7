//! What a target's URL and the environment say about how to connect.

use std::path::PathBuf;

use dbwright_model::Secret;
use dbwright_model::room::{GatherError, GatherErrorKind};
use dbwright_model::target::ServerTarget;
use url::Url;

/// How much of TLS is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsMode {
    /// Plain text.
    Off,
    /// The certificate must be trusted and fit the host name.
    Verify,
    /// Encrypted, but anyone may answer.
    Insecure,
}

/// How to connect.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Host name or address, without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// A Unix socket instead of host and port.
    pub(crate) socket: Option<PathBuf>,
    /// ACL user; the server's `default` when absent.
    pub(crate) user: Option<String>,
    /// Password.
    pub(crate) password: Option<Secret>,
    /// Database to describe first.
    pub(crate) database: u32,
    /// TLS.
    pub(crate) tls: TlsMode,
    /// Certificate authority to trust instead of the system's.
    pub(crate) authority: Option<PathBuf>,
    /// Our certificate and its key, where the server asks for one.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

impl Options {
    /// Where, as messages say it.
    pub(crate) fn at(&self) -> String {
        match &self.socket {
            Some(path) => path.display().to_string(),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        }
    }

    /// Reads the URL; a bare `redis://` or `valkey://` is looked up in `REDIS_URL` or `VALKEY_URL`.
    pub(crate) fn read(
        target: &ServerTarget,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Options, GatherError> {
        let bare = target.url.host_str().is_none_or(str::is_empty)
            && matches!(target.url.path(), "" | "/")
            && target.url.query().is_none();
        let named = match (bare, target.url.scheme()) {
            (false, _) => None,
            (true, "valkey") => environment("VALKEY_URL").or_else(|| environment("REDIS_URL")),
            (true, _) => environment("REDIS_URL").or_else(|| environment("VALKEY_URL")),
        };
        let url = match named {
            // The variable's text is not repeated: it may hold a password.
            Some(text) => {
                Url::parse(&text).map_err(|error| usage(target, format!("REDIS_URL cannot be read: {error}")))?
            }
            None => target.url.clone(),
        };
        let mut options = Options {
            host: decoded(url.host_str().unwrap_or_default()).trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(6379),
            socket: None,
            user: Some(decoded(url.username())).filter(|user| !user.is_empty()),
            password: url.password().map(|password| Secret::new(decoded(password))),
            database: 0,
            tls: match url.scheme() {
                "rediss" | "valkeys" => TlsMode::Verify,
                _ => TlsMode::Off,
            },
            authority: None,
            identity: None,
        };
        if options.host.is_empty() {
            options.host = "127.0.0.1".to_owned();
        }
        let path = url.path().trim_matches('/');
        if !path.is_empty() {
            options.database = path
                .parse()
                .map_err(|_| usage(target, format!("`/{path}` is not a database number (redis://host:port/0)")))?;
        }
        let (mut certificate, mut key) = (None, None);
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "verify") => options.tls = TlsMode::Verify,
                ("tls", "insecure") => options.tls = TlsMode::Insecure,
                ("tls", "off") => options.tls = TlsMode::Off,
                ("tls", _) => return Err(usage(target, "`tls` is verify, insecure or off")),
                ("cacert", path) => options.authority = Some(path.into()),
                ("cert", path) => certificate = Some(PathBuf::from(path)),
                ("key", path) => key = Some(PathBuf::from(path)),
                ("unix", path) => options.socket = Some(path.into()),
                ("db", number) => {
                    options.database = number.parse().map_err(|_| usage(target, "`db` is the number of a database"))?;
                }
                (other, _) => {
                    return Err(usage(
                        target,
                        format!("`{other}` is no parameter of a Redis URL; it takes tls, cacert, cert, key, unix, db"),
                    ));
                }
            }
        }
        options.identity = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(usage(target, "`cert` and `key` belong together")),
        };
        if options.password.is_none() {
            let variables = ["REDISCLI_AUTH", "VALKEYCLI_AUTH"];
            options.password = variables.iter().find_map(|name| environment(name)).map(Secret::new);
        }
        Ok(options)
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn usage(target: &ServerTarget, message: impl Into<String>) -> GatherError {
    GatherError {
        kind: GatherErrorKind::Usage,
        at: target.to_string(),
        message: message.into(),
        hint: "write redis://[user:password@]host[:port][/db], or rediss:// for TLS".into(),
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::Target;

    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Options, GatherError> {
        let Target::Server(target) = Target::parse(text).unwrap() else { panic!("{text} is no server") };
        Options::read(&target, &|name| environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn every_part_of_a_url_is_read() {
        let options = read("rediss://app:p%40ss@[::1]:7000/3?tls=insecure", &[]).unwrap();
        assert_eq!((options.at().as_str(), options.database, options.tls), ("[::1]:7000", 3, TlsMode::Insecure));
        assert_eq!((options.user.as_deref(), options.password.unwrap().reveal()), (Some("app"), "p@ss"));
        assert_eq!(read("valkey://h", &[]).unwrap().at(), "h:6379");
        assert_eq!(read("redis://?unix=/run/redis.sock", &[]).unwrap().at(), "/run/redis.sock");
    }

    #[test]
    fn a_bare_url_asks_the_environment() {
        let options = read("redis://", &[("REDIS_URL", "rediss://cache:7/2"), ("REDISCLI_AUTH", "pw")]).unwrap();
        assert_eq!((options.at().as_str(), options.database, options.tls), ("cache:7", 2, TlsMode::Verify));
        assert_eq!(options.password.unwrap().reveal(), "pw");
        assert_eq!(read("redis://", &[]).unwrap().at(), "127.0.0.1:6379");
    }

    #[test]
    fn what_cannot_be_understood_is_said_without_the_password() {
        for text in [
            "redis://:s3cret@h/orders",
            "redis://:s3cret@h?tls=maybe",
            "redis://:s3cret@h?cert=a",
            "redis://:s3cret@h?x=y",
        ] {
            let error = read(text, &[]).unwrap_err();
            assert_eq!(error.kind, GatherErrorKind::Usage);
            assert!(!format!("{error:?}").contains("s3cret"));
        }
        assert!(!format!("{:?}", read("redis://:s3cret@h", &[]).unwrap()).contains("s3cret"));
    }
}

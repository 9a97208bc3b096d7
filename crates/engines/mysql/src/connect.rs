//! How to reach a server: the URL, then what MySQL's own clients read: `~/.my.cnf` and the `MYSQL_*` variables.

use std::path::PathBuf;

use dbwright_model::Secret;
use dbwright_model::room::{GatherError, GatherErrorKind};
use dbwright_model::target::ServerTarget;
use mysql_async::{Opts, OptsBuilder, SslOpts};
use percent_encoding::percent_decode_str;

use crate::option_file::Options;

/// What TLS must achieve, as MySQL's clients name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SslMode {
    Disabled,
    /// TLS when the server offers it, plain otherwise.
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

/// What completes a URL, as MySQL's own clients find it.
pub(crate) struct Surroundings {
    options: Options,
    /// Environment variables that are set, with their values.
    variables: Vec<(&'static str, String)>,
    /// The socket of a server on this machine, where there is one.
    socket: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn read() -> Surroundings {
        const VARIABLES: &[&str] = &[
            "MYSQL_HOST",
            "MYSQL_TCP_PORT",
            "MYSQL_UNIX_PORT",
            "MYSQL_PWD",
            "MYSQL_DATABASE",
            "MYSQL_SSL_CA",
            "MYSQL_SSL_MODE",
            "USER",
            "LOGNAME",
        ];
        const SOCKETS: &[&str] =
            &["/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"];
        let value = |name: &&'static str| Some((*name, std::env::var(name).ok().filter(|value| !value.is_empty())?));
        Surroundings {
            options: Options::read(),
            variables: VARIABLES.iter().filter_map(value).collect(),
            socket: SOCKETS.iter().map(PathBuf::from).find(|socket| socket.exists()),
        }
    }

    /// The option of the files; failing that the first variable that is set.
    fn get(&self, option: &str, variables: &[&str]) -> Option<String> {
        let variable = |name: &&str| self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let in_file = self.options.get(option).filter(|value| !value.is_empty()).map(str::to_owned);
        in_file.or_else(|| variables.iter().find_map(variable).cloned())
    }
}

/// Where and as whom to connect.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
    pub(crate) database: Option<String>,
    pub(crate) socket: Option<PathBuf>,
    pub(crate) ssl: SslMode,
    pub(crate) ca: Option<PathBuf>,
}

impl Place {
    /// Host and port, or the socket: for messages.
    pub(crate) fn shown(&self) -> String {
        match &self.socket {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.host, self.port),
        }
    }

    /// The target, completed: what the URL says counts first, then the option files, then the environment.
    pub(crate) fn of(target: &ServerTarget, around: &Surroundings) -> Result<Place, GatherError> {
        let url = &target.url;
        let usage = |message: String| GatherError {
            kind: GatherErrorKind::Usage,
            at: target.to_string(),
            message,
            hint: "mysql://user:password@host:3306/database?ssl-mode=REQUIRED (also ssl-ca, socket)".into(),
        };
        let decoded = |text: &str| {
            percent_decode_str(text)
                .decode_utf8()
                .map(|text| text.into_owned())
                .map_err(|_| usage("the URL is not UTF-8 text".into()))
        };
        let port = around.get("port", &["MYSQL_TCP_PORT"]);
        let mut place = Place {
            host: around.get("host", &["MYSQL_HOST"]).unwrap_or_else(|| "localhost".into()),
            port: port.and_then(|port| port.parse().ok()).unwrap_or(3306),
            user: around.get("user", &["USER", "LOGNAME"]).unwrap_or_else(|| "root".into()),
            password: around.get("password", &["MYSQL_PWD"]).map(Secret::new),
            database: around.get("database", &["MYSQL_DATABASE"]),
            socket: None,
            ssl: SslMode::Preferred,
            ca: around.get("ssl-ca", &["MYSQL_SSL_CA"]).map(PathBuf::from),
        };
        if let Some(mode) = around.get("ssl-mode", &["MYSQL_SSL_MODE"]) {
            place.ssl = ssl_mode(&mode).ok_or_else(|| usage(format!("`{mode}` is not an ssl-mode")))?;
        }
        if let Some(host) = url.host_str().filter(|host| !host.is_empty()) {
            place.host = decoded(host)?;
        } else if place.host == "localhost" && url.port().is_none() {
            let socket = around.get("socket", &["MYSQL_UNIX_PORT"]).map(PathBuf::from);
            place.socket = socket.or_else(|| around.socket.clone());
        }
        if let Some(port) = url.port() {
            place.port = port;
        }
        if !url.username().is_empty() {
            place.user = decoded(url.username())?;
        }
        if let Some(password) = url.password() {
            place.password = Some(Secret::new(decoded(password)?));
        }
        let path = decoded(url.path().trim_start_matches('/'))?;
        if !path.is_empty() {
            place.database = Some(path);
        }
        for (key, value) in url.query_pairs() {
            match key.to_ascii_lowercase().replace('_', "-").as_str() {
                "ssl-mode" | "sslmode" => {
                    place.ssl = ssl_mode(&value).ok_or_else(|| usage(format!("`{value}` is not an ssl-mode")))?
                }
                "ssl-ca" => place.ca = Some(PathBuf::from(value.as_ref())),
                "socket" => place.socket = Some(PathBuf::from(value.as_ref())),
                // Parameters of other clients' URLs that change nothing for us.
                "charset" | "connect-timeout" | "parsetime" | "useunicode" | "characterencoding" | "pool"
                | "timezone" => {}
                other => return Err(usage(format!("the parameter `{other}` is not known here"))),
            }
        }
        Ok(place)
    }

    /// For the driver, with TLS as asked or without.
    pub(crate) fn opts(&self, tls: bool) -> Opts {
        let mut builder = OptsBuilder::default()
            .ip_or_hostname(self.host.clone())
            .tcp_port(self.port)
            .user(Some(self.user.clone()))
            .pass(self.password.as_ref().map(|password| password.reveal().to_owned()))
            .db_name(self.database.clone())
            .prefer_socket(false)
            .stmt_cache_size(0)
            .max_allowed_packet(Some(64 << 20));
        if let Some(socket) = &self.socket {
            builder = builder.socket(Some(socket.display().to_string()));
        }
        if tls {
            let mut ssl = SslOpts::default();
            match self.ssl {
                SslMode::VerifyIdentity => {}
                SslMode::VerifyCa => ssl = ssl.with_danger_skip_domain_validation(true),
                _ => ssl = ssl.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true),
            }
            if let Some(ca) = &self.ca {
                ssl = ssl.with_root_certs(vec![ca.clone().into()]);
            }
            builder = builder.ssl_opts(Some(ssl));
        }
        builder.into()
    }
}

fn ssl_mode(text: &str) -> Option<SslMode> {
    Some(match text.to_ascii_uppercase().replace('-', "_").as_str() {
        "DISABLED" | "DISABLE" | "FALSE" => SslMode::Disabled,
        "PREFERRED" | "PREFER" => SslMode::Preferred,
        "REQUIRED" | "REQUIRE" | "TRUE" => SslMode::Required,
        "VERIFY_CA" => SslMode::VerifyCa,
        "VERIFY_IDENTITY" | "VERIFY_FULL" => SslMode::VerifyIdentity,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place_in(around: &Surroundings, text: &str) -> Result<Place, GatherError> {
        match dbwright_model::Target::parse(text).unwrap() {
            dbwright_model::Target::Server(server) => Place::of(&server, around),
            other => panic!("{other:?}"),
        }
    }

    fn around(options: &str, variables: &[(&'static str, &str)]) -> Surroundings {
        Surroundings {
            options: Options::parse(options),
            variables: variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            socket: Some("/run/here.sock".into()),
        }
    }

    #[test]
    fn urls_are_read_and_unknown_parameters_refused() {
        let place = |text: &str| place_in(&around("", &[]), text);
        let found = place("mysql://a%40b:p%2Fw@db.example:3307/shop?ssl-mode=VERIFY_CA&ssl-ca=/ca.pem").unwrap();
        assert_eq!((found.user.as_str(), found.port, found.database.as_deref()), ("a@b", 3307, Some("shop")));
        assert_eq!(found.password.unwrap().reveal(), "p/w");
        assert_eq!(found.ssl, SslMode::VerifyCa);
        assert!(place("mysql://h/?ssl-mode=MAYBE").is_err());
        assert!(!place("mysql://u:s3cret@h/?nonsense=1").unwrap_err().to_string().contains("s3cret"));
    }

    #[test]
    fn a_user_in_the_url_takes_the_password_from_around() {
        let password = |around: &Surroundings, url: &str| {
            place_in(around, url).unwrap().password.map(|password| password.reveal().to_owned())
        };
        let variable = around("", &[("MYSQL_PWD", "env")]);
        assert_eq!(password(&variable, "mysql://app@host/").as_deref(), Some("env"));
        assert_eq!(password(&variable, "mysql://app:url@host/").as_deref(), Some("url"));
        let both = around("[client]\npassword=file\n", &[("MYSQL_PWD", "env")]);
        assert_eq!(password(&both, "mysql://app@host/").as_deref(), Some("file"));
        assert_eq!(password(&around("", &[]), "mysql://app@host/"), None);
    }

    #[test]
    fn files_beat_the_login_name() {
        let user = |options: &str| place_in(&around(options, &[("USER", "me")]), "mysql://host/").unwrap().user;
        assert_eq!(user("[client]\nuser=app\n"), "app");
        assert_eq!(user(""), "me");
    }

    #[test]
    fn the_port_comes_from_around_when_the_url_has_none() {
        let port =
            |options: &str, url: &str| place_in(&around(options, &[("MYSQL_TCP_PORT", "3308")]), url).unwrap().port;
        assert_eq!(port("[client]\nport=3307\n", "mysql://host/"), 3307);
        assert_eq!(port("[client]\nport=3307\n", "mysql://host:3306/"), 3306);
        assert_eq!(port("", "mysql://host/"), 3308);
    }

    #[test]
    fn without_a_host_the_socket_of_this_machine_is_taken() {
        let socket = |options: &str, url: &str| {
            place_in(&around(options, &[]), url).unwrap().socket.map(|socket| socket.display().to_string())
        };
        assert_eq!(socket("", "mysql:///").as_deref(), Some("/run/here.sock"));
        assert_eq!(socket("[client]\nsocket=/my.sock\n", "mysql:///").as_deref(), Some("/my.sock"));
        assert_eq!(socket("[client]\nhost=db.example\nsocket=/my.sock\n", "mysql:///"), None);
        assert_eq!(socket("", "mysql://localhost/"), None);
        let nowhere = Surroundings { socket: None, ..around("", &[]) };
        let place = place_in(&nowhere, "mysql:///").unwrap();
        assert_eq!((place.socket, place.host.as_str(), place.port), (None, "localhost", 3306));
    }
}

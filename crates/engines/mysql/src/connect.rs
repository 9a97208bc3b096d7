//! How to reach a server: the URL, then what MySQL's own clients read: `~/.my.cnf` and the `MYSQL_*` variables.

use std::path::{Path, PathBuf};

use dbwright_model::Secret;
use dbwright_model::room::{GatherError, GatherErrorKind};
use dbwright_model::target::ServerTarget;
use mysql_async::{Opts, OptsBuilder, SslOpts};
use percent_encoding::percent_decode_str;

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

    /// The target, completed from the environment.
    pub(crate) fn of(target: &ServerTarget) -> Result<Place, GatherError> {
        let file = option_file();
        let setting = |name: &str, variable: &str| {
            let in_file = file.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            std::env::var(variable).ok().filter(|value| !value.is_empty()).or(in_file)
        };
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
        let mut place = Place {
            host: setting("host", "MYSQL_HOST").unwrap_or_else(|| "127.0.0.1".into()),
            port: setting("port", "MYSQL_TCP_PORT").and_then(|port| port.parse().ok()).unwrap_or(3306),
            user: setting("user", "USER").unwrap_or_else(|| "root".into()),
            password: setting("password", "MYSQL_PWD").map(Secret::new),
            database: setting("database", "MYSQL_DATABASE"),
            socket: None,
            ssl: SslMode::Preferred,
            ca: setting("ssl-ca", "MYSQL_SSL_CA").map(PathBuf::from),
        };
        if let Some(mode) = setting("ssl-mode", "MYSQL_SSL_MODE") {
            place.ssl = ssl_mode(&mode).ok_or_else(|| usage(format!("`{mode}` is not an ssl-mode")))?;
        }
        if let Some(host) = url.host_str().filter(|host| !host.is_empty()) {
            place.host = decoded(host)?;
            place.port = url.port().unwrap_or(3306);
        } else if url.port().is_none() {
            place.socket = setting("socket", "MYSQL_UNIX_PORT").map(PathBuf::from);
        }
        if !url.username().is_empty() {
            place.user = decoded(url.username())?;
            place.password = url.password().map(decoded).transpose()?.map(Secret::new);
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

/// What the `[client]` groups of the option files say, later files last.
fn option_file() -> Vec<(String, String)> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".my.cnf"));
    let files = ["/etc/my.cnf", "/etc/mysql/my.cnf"].map(PathBuf::from).into_iter().chain(home);
    files
        .flat_map(|file| std::fs::read_to_string(&file).map(|text| client_options(&text, &file)).unwrap_or_default())
        .collect()
}

/// The options of the `[client]` group; `!include` lines of the same file are followed one level deep.
fn client_options(text: &str, file: &Path) -> Vec<(String, String)> {
    let mut options = Vec::new();
    let mut ours = false;
    for line in text.lines().map(str::trim) {
        if let Some(included) = line.strip_prefix("!include ") {
            let path = file.parent().unwrap_or(Path::new("/")).join(included.trim());
            if path != file {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let without: String = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with('!'))
                    .map(|line| format!("{line}\n"))
                    .collect();
                options.extend(client_options(&without, &path));
            }
        } else if line.starts_with('[') {
            ours = matches!(line.trim_matches(['[', ']']), "client" | "client-mariadb" | "mysql" | "mariadb-client");
        } else if ours && !line.is_empty() && !line.starts_with(['#', ';']) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let value = value.trim();
            let quoted = value.len() >= 2 && value.starts_with(['"', '\'']) && value.ends_with(['"', '\'']);
            let value =
                if quoted { &value[1..value.len() - 1] } else { value.split(" #").next().unwrap_or(value).trim() };
            options.push((key.trim().replace('_', "-"), value.to_owned()));
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn option_files_are_read_as_clients_do() {
        let text = "[mysqld]\nuser=mysql\n[client]\n# me\nuser = app\npassword='pa#ss word'\nssl_mode=REQUIRED # always\n[mysqldump]\nuser=dump\n";
        let options = client_options(text, Path::new("/tmp/my.cnf"));
        let expected = [("user", "app"), ("password", "pa#ss word"), ("ssl-mode", "REQUIRED")];
        assert_eq!(options, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn urls_are_read_and_unknown_parameters_refused() {
        let place = |text: &str| match dbwright_model::Target::parse(text).unwrap() {
            dbwright_model::Target::Server(server) => Place::of(&server),
            other => panic!("{other:?}"),
        };
        let found = place("mysql://a%40b:p%2Fw@db.example:3307/shop?ssl-mode=VERIFY_CA&ssl-ca=/ca.pem").unwrap();
        assert_eq!((found.user.as_str(), found.port, found.database.as_deref()), ("a@b", 3307, Some("shop")));
        assert_eq!(found.password.unwrap().reveal(), "p/w");
        assert_eq!(found.ssl, SslMode::VerifyCa);
        assert!(place("mysql://h/?ssl-mode=MAYBE").is_err());
        assert!(!place("mysql://u:s3cret@h/?nonsense=1").unwrap_err().to_string().contains("s3cret"));
    }
}

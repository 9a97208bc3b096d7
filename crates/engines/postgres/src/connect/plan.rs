//! How to connect: the target's parameters, completed from the service file, the environment and the password file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dbwright_model::Secret;
use dbwright_model::room::{GatherError, GatherErrorKind};
use dbwright_model::target::ServerTarget;

use super::conninfo::{self, Parameters};
use super::surroundings::Surroundings;

/// libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SslMode {
    /// Never.
    Disable,
    /// Only if the server insists.
    Allow,
    /// If the server can.
    Prefer,
    /// Always, whoever answers.
    Require,
    /// Always, and a trusted authority signed the certificate.
    VerifyCa,
    /// Always, and the certificate is trusted and names the host.
    VerifyFull,
}

/// How much of the server's certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing: encrypted, but anyone may answer.
    Nothing,
    /// That a trusted authority signed it.
    Chain,
    /// That, and that it names the host.
    ChainAndName,
}

/// Which sessions will do (`target_session_attrs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The name certificates are checked for, and what is connected to: the same, but for `hostaddr`.
    Tcp { name: String, host: String },
    /// The directory of the socket.
    Unix(PathBuf),
}

/// One server to try.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) place: Place,
    pub(crate) port: u16,
    pub(crate) password: Option<Secret>,
}

impl Address {
    /// As messages and reports say it.
    pub(crate) fn at(&self) -> String {
        match &self.place {
            Place::Unix(_) => self.socket().display().to_string(),
            Place::Tcp { name, .. } if name.contains(':') => format!("[{name}]:{}", self.port),
            Place::Tcp { name, .. } => format!("{name}:{}", self.port),
        }
    }

    /// The socket's file.
    pub(crate) fn socket(&self) -> PathBuf {
        match &self.place {
            Place::Unix(directory) => directory.join(format!(".s.PGSQL.{}", self.port)),
            Place::Tcp { .. } => PathBuf::new(),
        }
    }
}

/// How TLS is spoken, where it is.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    pub(crate) check: Check,
    /// Whom to trust instead of the system's authorities.
    pub(crate) authorities: Option<PathBuf>,
    /// Our certificate and its key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// Without asking first (`sslnegotiation=direct`).
    pub(crate) direct: bool,
    /// TLS 1.2 and TLS 1.3.
    pub(crate) versions: (bool, bool),
}

/// How to connect.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// In the order they are tried; never empty.
    pub(crate) addresses: Vec<Address>,
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) sslmode: SslMode,
    pub(crate) tls: Tls,
    pub(crate) channel_binding: tokio_postgres::config::ChannelBinding,
    pub(crate) options: Option<String>,
    pub(crate) wanted: Wanted,
    /// Limit for one server, where stated.
    pub(crate) timeout: Option<Duration>,
    /// A password file that was passed over because others can read it.
    pub(crate) open_password_file: Option<PathBuf>,
}

/// Environment variables and the keyword each stands for.
const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGOPTIONS", "options"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGCHANNELBINDING", "channel_binding"),
];

/// Where servers put their socket when nobody says otherwise.
const SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];

const FORM: &str = "write postgres://user@host:port/database?sslmode=require, or libpq's words: host=… dbname=… user=…";

impl Plan {
    /// Reads the target; what it leaves out comes from its service, the environment, and libpq's defaults.
    pub(super) fn read(target: &ServerTarget, around: &dyn Surroundings) -> Result<Plan, GatherError> {
        let usage = |message: String| error(target.to_string(), message, FORM);
        let mut given = conninfo::read(target.words.as_deref().unwrap_or(target.url.as_str())).map_err(usage)?;
        if let Some(name) = given.get("service").cloned().or_else(|| around.variable("PGSERVICE")) {
            let found = service(&name, given.get("servicefile"), around)?;
            complete(&mut given, found);
        }
        let environment = VARIABLES
            .iter()
            .filter_map(|(variable, keyword)| around.variable(variable).map(|value| ((*keyword).to_owned(), value)));
        complete(&mut given, environment.collect());
        Plan::resolve(&given, around).map_err(usage)
    }

    fn resolve(given: &Parameters, around: &dyn Surroundings) -> Result<Plan, String> {
        let text = |keyword: &str| given.get(keyword).map(String::as_str);
        let user = match text("user") {
            Some(user) => user.to_owned(),
            None => around.account().ok_or("no user is named, and this account has no name")?,
        };
        let database = text("dbname").unwrap_or(&user).to_owned();
        let home = around.home().unwrap_or_default();
        let (file, open_password_file) = password_file(text("passfile"), &home, around);
        let mut addresses = addresses(given, around)?;
        for address in &mut addresses {
            let host = match &address.place {
                Place::Tcp { name, .. } => name.clone(),
                Place::Unix(directory) if SOCKET_DIRECTORIES.iter().any(|d| directory == Path::new(d)) => {
                    "localhost".to_owned()
                }
                Place::Unix(directory) => directory.display().to_string(),
            };
            let port = address.port.to_string();
            let wanted = [&host, &port, &database, &user].map(String::as_str);
            let found = || file.as_deref().and_then(|file| conninfo::password(file, wanted));
            address.password = text("password").map(str::to_owned).or_else(found).map(Secret::new);
        }
        let (sslmode, tls) = encryption(given, &home, around)?;
        use tokio_postgres::config::ChannelBinding as Binding;
        let choice = |keyword: &str, known: &str| format!("`{keyword}` is one of {known}");
        Ok(Plan {
            addresses,
            user,
            database,
            sslmode,
            tls,
            channel_binding: match text("channel_binding") {
                None | Some("prefer") => Binding::Prefer,
                Some("disable") => Binding::Disable,
                Some("require") => Binding::Require,
                Some(_) => return Err(choice("channel_binding", "disable, prefer, require")),
            },
            options: text("options").map(str::to_owned),
            wanted: match text("target_session_attrs") {
                None | Some("any") => Wanted::Any,
                Some("read-write") => Wanted::ReadWrite,
                Some("read-only") => Wanted::ReadOnly,
                Some("primary") => Wanted::Primary,
                Some("standby") => Wanted::Standby,
                Some("prefer-standby") => Wanted::PreferStandby,
                Some(_) => {
                    let known = "any, read-write, read-only, primary, standby, prefer-standby";
                    return Err(choice("target_session_attrs", known));
                }
            },
            timeout: match text("connect_timeout").map(|seconds| seconds.trim().parse::<i64>()) {
                None => None,
                Some(Ok(seconds)) => u64::try_from(seconds).ok().filter(|s| *s > 0).map(Duration::from_secs),
                Some(Err(_)) => return Err("`connect_timeout` is a number of seconds".into()),
            },
            open_password_file,
        })
    }
}

fn error(at: String, message: String, hint: &str) -> GatherError {
    GatherError { kind: GatherErrorKind::Usage, at, message, hint: hint.into() }
}

/// Adds what is not there yet. A host that is named replaces both ways of naming one.
fn complete(given: &mut Parameters, others: Parameters) {
    let named = given.contains_key("host") || given.contains_key("hostaddr");
    for (keyword, value) in others {
        if !(named && matches!(keyword.as_str(), "host" | "hostaddr")) {
            given.entry(keyword).or_insert(value);
        }
    }
}

/// The parameters a service file has under that name.
fn service(name: &str, file: Option<&String>, around: &dyn Surroundings) -> Result<Parameters, GatherError> {
    let named = file.cloned().or_else(|| around.variable("PGSERVICEFILE")).map(PathBuf::from);
    let own = named.unwrap_or_else(|| around.home().unwrap_or_default().join(".pg_service.conf"));
    let shared = around.variable("PGSYSCONFDIR").map(|folder| PathBuf::from(folder).join("pg_service.conf"));
    for path in [Some(own.clone()), shared].into_iter().flatten() {
        let Ok(text) = around.text(&path) else { continue };
        let at = path.display().to_string();
        let wrong = |message: String| error(at, format!("service `{name}`: {message}"), "correct the service file");
        if let Some(found) = conninfo::service(&text, name).map_err(wrong)? {
            return Ok(found);
        }
    }
    Err(error(
        own.display().to_string(),
        format!("no service `{name}` is defined"),
        "define it there as [name] with host=, port=, dbname= and user=, or name another file in PGSERVICEFILE",
    ))
}

/// The password file's text, or its path when it was passed over as libpq passes it over.
fn password_file(named: Option<&str>, home: &Path, around: &dyn Surroundings) -> (Option<String>, Option<PathBuf>) {
    let path = named.map_or_else(|| home.join(".pgpass"), PathBuf::from);
    match around.text(&path) {
        Ok(text) if around.is_private(&path) => (Some(text), None),
        Ok(_) => (None, Some(path)),
        Err(_) => (None, None),
    }
}

fn addresses(given: &Parameters, around: &dyn Surroundings) -> Result<Vec<Address>, String> {
    let list = |keyword: &str| -> Vec<&str> { given.get(keyword).map_or(Vec::new(), |text| text.split(',').collect()) };
    let (hosts, numeric, ports) = (list("host"), list("hostaddr"), list("port"));
    if !hosts.is_empty() && !numeric.is_empty() && hosts.len() != numeric.len() {
        return Err("`host` and `hostaddr` name different numbers of servers".into());
    }
    let many = hosts.len().max(numeric.len()).max(1);
    if ports.len() > 1 && ports.len() != many {
        return Err("`port` names a different number of servers than `host`".into());
    }
    let mut addresses = Vec::new();
    for i in 0..many {
        let port = match ports.get(i).or(ports.first()).map_or("", |port| port.trim()) {
            "" => 5432,
            text => text.parse::<u16>().ok().filter(|port| *port > 0).ok_or(
                "a port is a number from 1 to 65535 (characters like @ : / # % in a password must be percent-encoded)",
            )?,
        };
        let name = hosts.get(i).map(|host| host.trim()).filter(|host| !host.is_empty());
        let number = numeric.get(i).map(|host| host.trim()).filter(|host| !host.is_empty());
        let place = match (name, number) {
            (Some(path), None) if path.starts_with('/') => Place::Unix(path.into()),
            (None, None) => local(port, around),
            (name, number) => {
                let shown = name.or(number).unwrap_or_default().to_owned();
                Place::Tcp { host: number.map_or_else(|| shown.clone(), str::to_owned), name: shown }
            }
        };
        addresses.push(Address { place, port, password: None });
    }
    Ok(addresses)
}

/// The server of this machine: its socket where there is one.
fn local(port: u16, around: &dyn Surroundings) -> Place {
    let mut sockets = SOCKET_DIRECTORIES.iter().map(Path::new);
    match sockets.find(|directory| around.exists(&directory.join(format!(".s.PGSQL.{port}")))) {
        Some(directory) => Place::Unix(directory.to_owned()),
        None => Place::Tcp { name: "localhost".into(), host: "localhost".into() },
    }
}

fn encryption(given: &Parameters, home: &Path, around: &dyn Surroundings) -> Result<(SslMode, Tls), String> {
    let text = |keyword: &str| given.get(keyword).map(String::as_str);
    let system = text("sslrootcert") == Some("system");
    let sslmode = match text("sslmode") {
        None if system => SslMode::VerifyFull,
        None | Some("prefer") => SslMode::Prefer,
        Some("disable") => SslMode::Disable,
        Some("allow") => SslMode::Allow,
        Some("require") => SslMode::Require,
        Some("verify-ca") => SslMode::VerifyCa,
        Some("verify-full") => SslMode::VerifyFull,
        Some(_) => return Err("`sslmode` is one of disable, allow, prefer, require, verify-ca, verify-full".into()),
    };
    if system && sslmode != SslMode::VerifyFull {
        return Err(
            "`sslrootcert=system` needs sslmode=verify-full: anyone gets a certificate from a public authority".into(),
        );
    }
    let beside = |name: &str| Some(home.join(".postgresql").join(name)).filter(|path| around.exists(path));
    let authorities = match text("sslrootcert") {
        _ if system => None,
        Some(path) if around.exists(Path::new(path)) => Some(PathBuf::from(path)),
        Some(path) if sslmode >= SslMode::VerifyCa => {
            return Err(format!("the file of `sslrootcert`, {path}, is not there"));
        }
        Some(_) => None,
        None => beside("root.crt"),
    };
    let check = match (sslmode, &authorities) {
        (SslMode::VerifyFull, _) => Check::ChainAndName,
        (SslMode::VerifyCa, None) => {
            return Err(
                "`sslmode=verify-ca` needs the authority's certificate: sslrootcert=FILE (or sslmode=verify-full)"
                    .into(),
            );
        }
        // As libpq: where an authority is named, its signature is asked for.
        (_, Some(_)) => Check::Chain,
        (_, None) => Check::Nothing,
    };
    let identity = match (text("sslcert"), text("sslkey")) {
        (Some(certificate), key) => {
            let key = key.map(PathBuf::from).or_else(|| beside("postgresql.key"));
            Some((certificate.into(), key.ok_or("`sslcert` needs its key: sslkey=FILE")?))
        }
        (None, key) => beside("postgresql.crt").zip(key.map(PathBuf::from).or_else(|| beside("postgresql.key"))),
    };
    let direct = match text("sslnegotiation") {
        None | Some("postgres") => false,
        Some("direct") if sslmode >= SslMode::Require => true,
        Some("direct") => return Err("`sslnegotiation=direct` needs sslmode=require or stronger".into()),
        Some(_) => return Err("`sslnegotiation` is postgres or direct".into()),
    };
    let version = |keyword: &str, absent: u32| match text(keyword) {
        None => Ok(absent),
        Some("TLSv1" | "TLSv1.1") => Ok(11),
        Some("TLSv1.2") => Ok(12),
        Some("TLSv1.3") => Ok(13),
        Some(_) => Err(format!("`{keyword}` is one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3")),
    };
    let allowed = version("ssl_min_protocol_version", 12)?..=version("ssl_max_protocol_version", 13)?;
    let versions = (allowed.contains(&12), allowed.contains(&13));
    if versions == (false, false) {
        return Err("TLS older than 1.2 is not spoken".into());
    }
    Ok((sslmode, Tls { check, authorities, identity, direct, versions }))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

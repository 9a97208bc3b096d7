//! Everything that can go wrong on the way into a server, in plain words.

use std::io;

use dbwright_model::room::{GatherError, GatherErrorKind as Kind};
use dbwright_sql::Dialect;
use tokio_postgres::error::{DbError, SqlState};

use super::plan::{Address, Place, Plan, SslMode, Wanted};
use super::wire::Foreign;

/// How far it had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing has been answered yet.
    Greeting,
    /// TLS was agreed on.
    Handshake,
    /// The login was sent.
    Login,
}

/// Why a connection was not made.
#[derive(Debug)]
pub(super) enum Broken {
    Resolve,
    Socket(io::Error),
    Silent(Stage),
    Closed(Stage),
    Foreign(Foreign),
    /// Neither yes nor no to TLS, but an error.
    NoAnswerToTls,
    NoTls,
    Files(String),
    Handshake(io::Error),
    Server(Box<DbError>),
    Driver(String),
    Unwanted(Wanted),
}

impl Broken {
    /// From what the driver says while logging in.
    pub(super) fn login(error: tokio_postgres::Error) -> Broken {
        if error.is_closed() {
            return Broken::Closed(Stage::Login);
        }
        let text = error.to_string();
        let Some(source) = error.into_source() else { return Broken::Driver(text) };
        let source = match source.downcast::<DbError>() {
            Ok(error) => return Broken::Server(error),
            Err(source) => source,
        };
        match source.downcast::<io::Error>() {
            Ok(error) => Broken::stream(*error, Stage::Login),
            Err(source) => Broken::Driver(source.to_string()),
        }
    }

    /// From what the stream says.
    pub(super) fn stream(error: io::Error, stage: Stage) -> Broken {
        use io::ErrorKind as Io;
        if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
            return Broken::Handshake(error);
        }
        if error.get_ref().is_some_and(|inner| inner.is::<Foreign>()) {
            let inner = error.into_inner().and_then(|inner| inner.downcast::<Foreign>().ok());
            return Broken::Foreign(inner.map_or(Foreign(Vec::new()), |inner| *inner));
        }
        match error.kind() {
            Io::UnexpectedEof | Io::ConnectionReset | Io::BrokenPipe | Io::ConnectionAborted => Broken::Closed(stage),
            _ if stage == Stage::Handshake => Broken::Handshake(error),
            _ => Broken::Driver(error.to_string()),
        }
    }

    /// The server's answer that a rule of pg_hba.conf decides: another way of encrypting may be let in.
    pub(super) fn is_turned_away(&self) -> bool {
        matches!(self, Broken::Server(error) if *error.code() == SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
    }

    /// Whether another server of the list may do. Not when this one was asked to log in and said no.
    pub(super) fn may_try_the_next(&self) -> bool {
        match self {
            Broken::Server(error) => *error.code() == SqlState::CANNOT_CONNECT_NOW,
            Broken::Files(_) | Broken::Driver(_) => false,
            _ => true,
        }
    }

    /// For a person.
    pub(super) fn explain(&self, address: &Address, plan: &Plan) -> GatherError {
        let at = address.at();
        let (kind, message, hint) = match self {
            Broken::Resolve => (
                Kind::Unreachable,
                "the host name does not resolve".to_owned(),
                "check the spelling and this machine's DNS; inside a container or a VPN names may differ".to_owned(),
            ),
            Broken::Socket(error) => socket(error, address),
            Broken::Silent(stage) => silent(*stage),
            Broken::Closed(stage) => closed(*stage),
            Broken::Foreign(foreign) => (
                Kind::Unsupported,
                match foreign.service() {
                    Some(service) => format!("what answers there is {service}, not PostgreSQL"),
                    None => "what answers there does not speak PostgreSQL's protocol".to_owned(),
                },
                "check the port: PostgreSQL's is 5432 unless changed, PgBouncer's 6432".to_owned(),
            ),
            Broken::NoAnswerToTls => (
                Kind::Refused,
                "the server answered the request for TLS with an error: it has no room for another process".to_owned(),
                "look at the server's log and at the machine's memory and process limits".to_owned(),
            ),
            Broken::NoTls => (
                Kind::Tls,
                "the server does not offer TLS, and `sslmode` demands it".to_owned(),
                "set `ssl = on` with a certificate on the server; on a network you trust: sslmode=prefer".to_owned(),
            ),
            Broken::Files(message) => {
                (Kind::Tls, message.clone(), "check the files of sslrootcert, sslcert and sslkey".to_owned())
            }
            Broken::Handshake(error) => handshake(error, plan),
            Broken::Server(error) => server(error, address, plan),
            Broken::Driver(text) => driver(text, plan),
            Broken::Unwanted(wanted) => {
                let (is, ask) = match wanted {
                    Wanted::ReadWrite => ("is read-only", "read-write"),
                    Wanted::ReadOnly => ("accepts writes", "read-only"),
                    Wanted::Primary => ("is a standby", "primary"),
                    _ => ("is a primary", "standby"),
                };
                (
                    Kind::Unreachable,
                    format!("the server {is}, and target_session_attrs asks for {ask}"),
                    "name another host, or leave target_session_attrs out".to_owned(),
                )
            }
        };
        GatherError { kind, at, message, hint }
    }
}

type Told = (Kind, String, String);

fn socket(error: &io::Error, address: &Address) -> Told {
    use io::ErrorKind as Io;
    let unix = matches!(address.place, Place::Unix(_));
    let (kind, message, hint) = match error.kind() {
        Io::ConnectionRefused | Io::NotFound if unix => (
            Kind::Unreachable,
            "no server has this socket".to_owned(),
            "check that the server runs, and `unix_socket_directories` and `port` in its configuration",
        ),
        Io::ConnectionRefused => (
            Kind::Unreachable,
            "nobody listens there".to_owned(),
            "check host and port, that the server runs, and that `listen_addresses` has this address",
        ),
        Io::TimedOut => (
            Kind::Timeout,
            "no answer to the connection attempt".to_owned(),
            "a firewall or security group drops it, or the host is down; raise --connect-timeout on slow links",
        ),
        Io::PermissionDenied if unix => (
            Kind::Unreachable,
            "this account may not open the socket".to_owned(),
            "check `unix_socket_permissions` and `unix_socket_group`",
        ),
        _ => (Kind::Unreachable, error.to_string(), "check host, port and the network between"),
    };
    (kind, message, hint.to_owned())
}

fn silent(stage: Stage) -> Told {
    let (message, hint) = match stage {
        Stage::Greeting => (
            "it accepts the connection and then says nothing",
            "the server or a proxy before it hangs, or another kind of server listens there; raise --connect-timeout if it is only slow",
        ),
        Stage::Handshake => (
            "it agrees to TLS and then does not finish the handshake",
            "a proxy or firewall may hold TLS back: look there, or try sslmode=disable on a network you trust",
        ),
        Stage::Login => (
            "the login is not answered",
            "the server hangs or is overloaded, or its authentication service (ldap, pam, radius) does; look at its log",
        ),
    };
    (Kind::Timeout, message.to_owned(), hint.to_owned())
}

fn closed(stage: Stage) -> Told {
    let (kind, message, hint) = match stage {
        Stage::Greeting => (
            Kind::Lost,
            "it closes the connection at the first message",
            "a load balancer without a server behind it does this, and so does another kind of server: check the port",
        ),
        Stage::Handshake => (
            Kind::Tls,
            "it agrees to TLS and then closes the connection",
            "look at the server's log; it may demand a client certificate (sslcert, sslkey) or another TLS version",
        ),
        Stage::Login => (
            Kind::Lost,
            "it closed the connection during the login",
            "look at the server's log: the server or a proxy before it may have stopped or crashed",
        ),
    };
    (kind, message.to_owned(), hint.to_owned())
}

fn handshake(error: &io::Error, plan: &Plan) -> Told {
    use rustls::{CertificateError as Bad, Error};
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let (message, hint) = match cause {
        Some(Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. })) => (
            "the server's certificate is for another host name".to_owned(),
            "connect by a name that is in its subjectAltName, or verify the signature only: sslmode=verify-ca with sslrootcert",
        ),
        Some(Error::InvalidCertificate(Bad::UnknownIssuer)) => (
            match &plan.tls.authorities {
                Some(path) => format!("the server's certificate is not signed by the authority in {}", path.display()),
                None => "the server's certificate is not signed by an authority this machine knows".to_owned(),
            },
            "name the authority that signed it: sslrootcert=FILE (managed services offer theirs for download)",
        ),
        Some(Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. })) => (
            "the server's certificate has expired".to_owned(),
            "renew it on the server; every client that verifies it is refused as well",
        ),
        Some(Error::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. })) => {
            ("the server's certificate is not valid yet".to_owned(), "compare the clocks of both machines")
        }
        Some(Error::InvalidCertificate(reason)) => (
            format!("the server's certificate is not accepted: {reason}"),
            "look at it: openssl s_client -starttls postgres -connect HOST:PORT",
        ),
        Some(Error::AlertReceived(alert)) => (
            format!("the server refuses the handshake: {alert:?}"),
            "it may ask for a client certificate (sslcert, sslkey) it knows, or for another TLS version",
        ),
        _ => (
            format!("the TLS handshake failed: {error}"),
            "look at the server's log; only TLS 1.2 and 1.3 are spoken here",
        ),
    };
    (Kind::Tls, message, hint.to_owned())
}

fn driver(text: &str, plan: &Plan) -> Told {
    if text == "password missing" {
        let passed_over = plan
            .open_password_file
            .as_ref()
            .map(|path| format!(" ({} was not used: others can read it; chmod 600)", path.display()));
        return (
            Kind::Refused,
            format!("the server asks for a password for role {}, and none was given", plan.user),
            format!("put it into ~/.pgpass, PGPASSWORD or the URL{}", passed_over.unwrap_or_default()),
        );
    }
    if text.contains("channel binding") {
        return (
            Kind::Tls,
            "the server did not use channel binding, and `channel_binding=require` demands it".to_owned(),
            "it needs TLS and a SCRAM password; a pooler between cannot have it".to_owned(),
        );
    }
    if text.contains("unsupported authentication method") {
        return (
            Kind::Refused,
            format!("the server wants Kerberos or SSPI from role {}, which is not spoken here", plan.user),
            "let a role log in with scram-sha-256 or a certificate: a line above that one in pg_hba.conf".to_owned(),
        );
    }
    (Kind::Lost, format!("the login failed: {text}"), "look at the server's log".to_owned())
}

/// A pooler hands the server's words on under a code of its own.
fn is_poolers_no_database(code: &SqlState, said: &str) -> bool {
    *code == SqlState::PROTOCOL_VIOLATION
        && (said.starts_with("no such database") || said.starts_with("database ") && said.ends_with("does not exist"))
}

/// The server's refusal. Its words may be in any language, so its code decides.
fn server(error: &DbError, address: &Address, plan: &Plan) -> Told {
    let said = error.message();
    let role = Dialect::Postgres.quote(&plan.user);
    let database = Dialect::Postgres.quote(&plan.database);
    match *error.code() {
        SqlState::INVALID_PASSWORD => (
            Kind::Refused,
            format!("wrong password for role {role}, or there is no such role"),
            match address.password {
                Some(_) => "the server tells no more than that; its log does".to_owned(),
                None => driver("password missing", plan).2,
            },
        ),
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            let hint = match plan.sslmode {
                SslMode::Disable => "a rule for this role, database and address is needed in pg_hba.conf; some let in TLS only: sslmode=require".to_owned(),
                _ => format!(
                    "an administrator adds a rule to pg_hba.conf, like: hostssl {database} {role} THIS_MACHINE/32 scram-sha-256, then SELECT pg_reload_conf();"
                ),
            };
            (Kind::Refused, said.to_owned(), hint)
        }
        ref code if *code == SqlState::INVALID_CATALOG_NAME || is_poolers_no_database(code, said) => (
            Kind::UnknownDatabase,
            format!("there is no database {database}"),
            "psql -l lists what there is; without a name in the URL the role's name is taken".to_owned(),
        ),
        SqlState::INSUFFICIENT_PRIVILEGE => {
            (Kind::Refused, said.to_owned(), format!("GRANT CONNECT ON DATABASE {database} TO {role};"))
        }
        SqlState::TOO_MANY_CONNECTIONS => (
            Kind::Refused,
            format!("no connection is free: {said}"),
            "end idle sessions, or connect as a role that may use reserved connections (pg_use_reserved_connections from 16 on, or a superuser)".to_owned(),
        ),
        SqlState::CANNOT_CONNECT_NOW => {
            (Kind::Lost, said.to_owned(), "the server is starting, stopping or recovering: wait and try again".to_owned())
        }
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => {
            (Kind::Lost, said.to_owned(), "look at the server's log, then try again".to_owned())
        }
        SqlState::PROTOCOL_VIOLATION if said.contains("startup parameter") => (
            Kind::Refused,
            format!("the pooler takes no such parameter: {said}"),
            "leave `options` out, or set ignore_startup_parameters = options in pgbouncer.ini".to_owned(),
        ),
        _ => (Kind::Refused, format!("{said} ({})", error.code().code()), "look at the server's log".to_owned()),
    }
}

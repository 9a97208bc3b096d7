//! Establishing a connection, with an exact word for everything that can go wrong on the way.

pub(crate) mod options;
mod tls;

use std::io;
use std::time::Duration;

use dbwright_model::room::{GatherError, GatherErrorKind};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ErrorKind, RedisConnectionInfo, RedisError, ServerError};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use options::{Options, TlsMode};

/// Opens the connection; nothing has been sent on it when this returns.
pub(crate) async fn open(options: &Options, limit: Duration) -> Result<MultiplexedConnection, GatherError> {
    if let Some(path) = &options.socket {
        let stream = within(limit, UnixStream::connect(path)).await.map_err(|error| unreachable(options, &error))?;
        return driven(options, stream).await;
    }
    let stream = within(limit, TcpStream::connect((options.host.as_str(), options.port)))
        .await
        .map_err(|error| unreachable(options, &error))?;
    // Commands are small and each waits for its reply.
    let _ = stream.set_nodelay(true);
    if options.tls == TlsMode::Off {
        return driven(options, stream).await;
    }
    let failed = |message: String, hint: &str| failure(options, GatherErrorKind::Tls, message, hint);
    let config =
        tls::config(options).map_err(|message| failed(message, "check the files named by cacert, cert and key"))?;
    let name = ServerName::try_from(options.host.clone()).map_err(|_| {
        failed(format!("`{}` cannot be a name in a certificate", options.host), "use the server's DNS name")
    })?;
    let handshake = tokio_rustls::TlsConnector::from(config).connect(name, stream);
    let stream = within(limit, handshake).await.map_err(|error| tls_failed(options, &error))?;
    driven(options, stream).await
}

async fn within<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn driven(
    options: &Options,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<MultiplexedConnection, GatherError> {
    // The driver introduces itself with nothing: no HELLO, no AUTH, no SELECT.
    let silent = RedisConnectionInfo::default().set_skip_set_lib_name();
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    match MultiplexedConnection::new_with_config(&silent, stream, config).await {
        Ok((connection, driver)) => {
            tokio::spawn(driver);
            Ok(connection)
        }
        Err(error) => Err(refused(options, &error)),
    }
}

pub(crate) fn failure(options: &Options, kind: GatherErrorKind, message: impl Into<String>, hint: &str) -> GatherError {
    GatherError { kind, at: options.at(), message: message.into(), hint: hint.into() }
}

fn unreachable(options: &Options, error: &io::Error) -> GatherError {
    use io::ErrorKind as Io;
    let (kind, message, hint) = match error.kind() {
        Io::ConnectionRefused => (
            GatherErrorKind::Unreachable,
            "nobody listens there".to_owned(),
            "check host and port, and that the server is running and bound to this address (`bind`)",
        ),
        Io::TimedOut => (
            GatherErrorKind::Timeout,
            "no answer to the connection attempt".to_owned(),
            "a firewall or security group drops it, or the host is down; raise --connect-timeout on slow links",
        ),
        Io::NotFound => (
            GatherErrorKind::Unreachable,
            "there is no such socket".to_owned(),
            "check `unixsocket` in the server's configuration",
        ),
        Io::PermissionDenied => (
            GatherErrorKind::Unreachable,
            "this user may not open the socket".to_owned(),
            "check `unixsocketperm` and the socket's group",
        ),
        _ if error.to_string().contains("lookup") => (
            GatherErrorKind::Unreachable,
            format!("the host name `{}` does not resolve", options.host),
            "check the spelling and this machine's DNS",
        ),
        _ => (GatherErrorKind::Unreachable, error.to_string(), "check host, port and the way there"),
    };
    failure(options, kind, message, hint)
}

fn tls_failed(options: &Options, error: &io::Error) -> GatherError {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let (kind, message, hint) = match cause {
        _ if error.kind() == io::ErrorKind::TimedOut => (
            GatherErrorKind::Timeout,
            "it accepts connections but does not answer the TLS handshake".to_owned(),
            "a server without TLS on this port does this: try redis:// or the server's `tls-port`",
        ),
        Some(rustls::Error::InvalidMessage(_)) => (
            GatherErrorKind::Tls,
            "what answers does not speak TLS".to_owned(),
            "use redis:// for this port, or the server's `tls-port`",
        ),
        Some(rustls::Error::InvalidCertificate(reason)) => (
            GatherErrorKind::Tls,
            format!("the server's certificate is not accepted: {reason}"),
            "name the authority that signed it with ?cacert=FILE, or accept any with ?tls=insecure",
        ),
        Some(rustls::Error::AlertReceived(alert)) => (
            GatherErrorKind::Tls,
            format!("the server refused the handshake: {alert:?}"),
            "it may ask for a client certificate (`tls-auth-clients`): give ?cert=FILE&key=FILE",
        ),
        _ => (
            GatherErrorKind::Tls,
            format!("the TLS handshake failed: {error}"),
            "a server without TLS on this port closes like this: try redis:// or the server's `tls-port`",
        ),
    };
    failure(options, kind, message, hint)
}

/// An error of the driver while the connection is being set up.
pub(crate) fn refused(options: &Options, error: &RedisError) -> GatherError {
    let (kind, message, hint) = match error.kind() {
        ErrorKind::Parse => (
            GatherErrorKind::Unsupported,
            "what answers there does not speak the Redis protocol".to_owned(),
            "check the port; another service listens there",
        ),
        _ if error.is_connection_dropped() || error.is_io_error() => match options.tls {
            TlsMode::Off => (
                GatherErrorKind::Tls,
                "the server closed the connection at the first command".to_owned(),
                "a port that expects TLS does this: try rediss:// (a proxy or a server at its limit may, too)",
            ),
            _ => (
                GatherErrorKind::Tls,
                "the server closed the encrypted connection at the first command".to_owned(),
                "it may ask for a client certificate (`tls-auth-clients`): give ?cert=FILE&key=FILE",
            ),
        },
        _ => (GatherErrorKind::Lost, error.to_string(), "try again; look at the server's log"),
    };
    failure(options, kind, message, hint)
}

/// An error reply while the connection is being set up.
pub(crate) fn denied(options: &Options, error: &ServerError) -> GatherError {
    let detail = error.details().unwrap_or_default();
    let user = options.user.as_deref().unwrap_or("default");
    let (kind, message, hint) = match error.code() {
        "WRONGPASS" => (
            GatherErrorKind::Refused,
            format!("wrong password for user `{user}`, or the user is off"),
            "check user and password; the server does not tell which is wrong. ACL LIST shows who exists",
        ),
        "NOAUTH" => (
            GatherErrorKind::Refused,
            "the server wants a password".to_owned(),
            "put it in the URL (redis://user:password@host) or in REDISCLI_AUTH",
        ),
        "NOPERM" => (
            GatherErrorKind::Refused,
            format!("user `{user}` may not run INFO"),
            "ACL SETUSER for this user: +info +config|get +scan +type +pttl +object|encoding +memory|usage +slowlog|get +latency|latest +client|list",
        ),
        "DENIED" => (
            GatherErrorKind::Refused,
            "the server is in protected mode: it has no password and takes connections from its own machine only"
                .to_owned(),
            "run dbwright on that machine, or give the default user a password there",
        ),
        "LOADING" => (
            GatherErrorKind::Timeout,
            "the server is loading its data into memory".to_owned(),
            "wait until `loading:0` in INFO persistence, then try again",
        ),
        "MASTERDOWN" => (
            GatherErrorKind::Refused,
            "it is a replica whose link to its primary is down, and it serves no stale data".to_owned(),
            "repair replication, or consult the primary",
        ),
        _ if detail.contains("without any password configured") || detail.contains("no password is set") => (
            GatherErrorKind::Refused,
            "a password was given, but the server's default user has none".to_owned(),
            "leave it out of the URL and of REDISCLI_AUTH, or name the user it belongs to",
        ),
        _ if detail.contains("max number of clients") => (
            GatherErrorKind::Refused,
            "the server has no free connection (maxclients)".to_owned(),
            "close idle clients, or raise maxclients over a connection that is still open",
        ),
        _ if detail.contains("unknown command") => (
            GatherErrorKind::Unsupported,
            format!("it does not know a basic command: {detail}"),
            "only Redis 6 and later and Valkey are supported; INFO must not be renamed",
        ),
        code => (GatherErrorKind::Refused, format!("{code} {detail}"), "look at the server's log"),
    };
    failure(options, kind, message, hint)
}

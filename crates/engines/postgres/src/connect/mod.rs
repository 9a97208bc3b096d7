//! Establishing a connection, stage by stage, so that whatever goes wrong has a name.

mod conninfo;
mod failure;
pub(crate) mod plan;
mod surroundings;
mod tls;
mod wire;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use dbwright_model::room::GatherError;
use dbwright_model::target::ServerTarget;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::config::{SslMode as DriverSslMode, SslNegotiation};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use failure::{Broken, Stage};
use plan::{Address, Check, Place, Plan, SslMode, Tls, Wanted};
use surroundings::Machine;
use wire::{Foreign, Guard, Wire};

/// The name we have in the server's list of sessions and in its log.
const APPLICATION: &str = "dbwright";
/// Protocol code of the request for TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// How long a stranger may take to finish its greeting, which is only read to name it.
const GREETING: Duration = Duration::from_millis(100);

/// A connection, logged in.
pub(crate) struct Connected {
    pub(crate) client: Client,
    /// Moves the bytes; ending it closes the socket at once.
    pub(crate) driver: JoinHandle<()>,
    /// Host and port, or the socket's file.
    pub(crate) at: String,
    /// `server_version` as the server or a pooler reports it.
    pub(crate) version: String,
    /// Names may be in any encoding, or several: nothing is converted.
    pub(crate) is_sql_ascii: bool,
    /// Another product that speaks the protocol.
    pub(crate) product: Option<&'static str>,
}

/// How a target is reached, read from the target and, where it is silent, from libpq's usual places.
pub(crate) fn plan(target: &ServerTarget) -> Result<Plan, GatherError> {
    Plan::read(target, &Machine)
}

/// Opens a connection to the first server of the plan that will do; `limit` is for each address, where the plan says
/// nothing, and `total` for all.
pub(crate) async fn open(plan: &Plan, limit: Duration, total: Duration) -> Result<Connected, GatherError> {
    let end = Instant::now() + total;
    let limit = plan.timeout.unwrap_or(limit);
    // With prefer-standby any server will do once no standby was found.
    let rounds: &[Wanted] = match plan.wanted {
        Wanted::PreferStandby => &[Wanted::Standby, Wanted::Any],
        _ => &[plan.wanted],
    };
    let mut failures: Vec<GatherError> = Vec::new();
    for wanted in rounds {
        failures.clear();
        for address in &plan.addresses {
            match reach(plan, address, *wanted, limit, end).await {
                Ok(connected) => return Ok(connected),
                Err(broken) => {
                    failures.push(broken.explain(address, plan));
                    if !broken.may_try_the_next() {
                        return Err(together(failures));
                    }
                }
            }
        }
    }
    Err(together(failures))
}

/// The last failure, with the others' places and words.
fn together(mut failures: Vec<GatherError>) -> GatherError {
    let last = failures.pop();
    let mut last = last.unwrap_or_else(|| GatherError {
        kind: dbwright_model::room::GatherErrorKind::Usage,
        at: "target".into(),
        message: "no server is named".into(),
        hint: "write postgres://user@host:port/database".into(),
    });
    if !failures.is_empty() {
        let others = failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        last.message = format!("{} (and before that: {others})", last.message);
    }
    last
}

/// Connects to one server of the plan, with and without TLS as its `sslmode` allows.
async fn reach(
    plan: &Plan,
    address: &Address,
    wanted: Wanted,
    limit: Duration,
    end: Instant,
) -> Result<Connected, Broken> {
    let unix = matches!(address.place, Place::Unix(_));
    let attempts: &[Encryption] = match plan.sslmode {
        _ if unix => &[Encryption::None],
        SslMode::Disable => &[Encryption::None],
        SslMode::Allow => &[Encryption::None, Encryption::Demanded],
        SslMode::Prefer => &[Encryption::Preferred, Encryption::None],
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Encryption::Demanded],
    };
    let mut first: Option<Broken> = None;
    for encryption in attempts {
        match attempt(plan, address, *encryption, wanted, limit, end).await {
            Ok(connected) => return Ok(connected),
            // What the other way meets matters only if it gets past the door.
            Err(broken) => {
                first = match first {
                    Some(first) if broken.is_turned_away() => Some(first),
                    _ => Some(broken),
                };
            }
        }
        let other_way = first.as_ref().is_some_and(|broken| match broken {
            Broken::Handshake(_) | Broken::Files(_) | Broken::Closed(Stage::Handshake) => true,
            broken => broken.is_turned_away(),
        });
        if !other_way {
            break;
        }
    }
    Err(first.unwrap_or(Broken::NoTls))
}

/// Whether a connection is encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encryption {
    None,
    /// If the server can.
    Preferred,
    Demanded,
}

async fn attempt(
    plan: &Plan,
    address: &Address,
    encryption: Encryption,
    wanted: Wanted,
    limit: Duration,
    end: Instant,
) -> Result<Connected, Broken> {
    let (mut wire, until) = socket(address, limit, end).await?;
    let config = config(plan, address);
    let encrypted = match encryption {
        Encryption::None => false,
        Encryption::Demanded if plan.tls.direct => true,
        _ => {
            let agreed = within(until, Stage::Greeting, ask_for_tls(&mut wire)).await?;
            if !agreed && encryption == Encryption::Demanded {
                return Err(Broken::NoTls);
            }
            agreed
        }
    };
    if !encrypted {
        return login::<_, NoTls>(plan, address, wanted, until, config, Guard::new(wire), NoTls).await;
    }
    let tls = tls::config(&plan.tls).map_err(Broken::Files)?;
    let name = match &address.place {
        Place::Tcp { name, .. } => name.as_str(),
        Place::Unix(_) => "localhost",
    };
    let handshake = connector(&plan.tls, tls, name).connect(wire);
    let stream = within(until, Stage::Handshake, async {
        handshake.await.map_err(|error| Broken::stream(error, Stage::Handshake))
    });
    let stream = stream.await?;
    let mut config = config;
    // The handshake is done: the driver is to take the stream as it is.
    config.ssl_mode(DriverSslMode::Require).ssl_negotiation(SslNegotiation::Direct);
    login(plan, address, wanted, until, config, stream, Encrypted).await
}

type RustlsConnect = <MakeRustlsConnect as MakeTlsConnect<Wire>>::TlsConnect;

/// A name that cannot be in a certificate is left out where names are not verified.
fn connector(tls: &Tls, config: rustls::ClientConfig, name: &str) -> RustlsConnect {
    let fits = tls.check == Check::ChainAndName || ServerName::try_from(name).is_ok();
    let mut maker = MakeRustlsConnect::new(config);
    let Ok(connector) = MakeTlsConnect::<Wire>::make_tls_connect(&mut maker, if fits { name } else { "0.0.0.0" });
    connector
}

/// Connects to the first of the host's addresses that answers; what follows has the same limit.
async fn socket(address: &Address, limit: Duration, end: Instant) -> Result<(Wire, Instant), Broken> {
    let until = || end.min(Instant::now() + limit);
    let timed_out = || Broken::Socket(io::ErrorKind::TimedOut.into());
    let Place::Tcp { host, .. } = &address.place else {
        let until = until();
        let stream = timeout_at(until, UnixStream::connect(address.socket())).await.map_err(|_| timed_out())?;
        return Ok((Box::new(stream.map_err(Broken::Socket)?), until));
    };
    let found: Vec<_> = match host.parse::<IpAddr>() {
        Ok(ip) => vec![(ip, address.port).into()],
        Err(_) => match timeout_at(until(), lookup_host((host.as_str(), address.port))).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(_)) => return Err(Broken::Resolve),
            Err(_) => return Err(timed_out()),
        },
    };
    let mut failure = Broken::Resolve;
    for place in found {
        let until = until();
        match timeout_at(until, TcpStream::connect(place)).await {
            Ok(Ok(stream)) => {
                // Statements are small and each waits for its answer.
                let _ = stream.set_nodelay(true);
                return Ok((Box::new(stream), until));
            }
            Ok(Err(error)) => failure = Broken::Socket(error),
            Err(_) => failure = timed_out(),
        }
    }
    Err(failure)
}

async fn within<T>(until: Instant, stage: Stage, work: impl Future<Output = Result<T, Broken>>) -> Result<T, Broken> {
    timeout_at(until, work).await.unwrap_or(Err(Broken::Silent(stage)))
}

/// Asks whether the server speaks TLS.
async fn ask_for_tls(wire: &mut Wire) -> Result<bool, Broken> {
    let greeting = |error| Broken::stream(error, Stage::Greeting);
    wire.write_all(&SSL_REQUEST).await.map_err(greeting)?;
    match wire.read_u8().await.map_err(greeting)? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        first => {
            let mut rest = [0; 200];
            let read = timeout(GREETING, wire.read(&mut rest)).await.unwrap_or(Ok(0)).unwrap_or(0);
            let said: Vec<u8> = std::iter::once(first).chain(rest.iter().copied().take(read)).collect();
            // An error comes as a message of some length, or as plain text from the days before.
            Err(match said.get(1..5) {
                Some([0, _, _, _]) | None if first == b'E' => Broken::NoAnswerToTls,
                _ => Broken::Foreign(Foreign(said)),
            })
        }
    }
}

fn config(plan: &Plan, address: &Address) -> Config {
    let mut config = Config::new();
    // Nothing that a pooler would not take: no more than libpq itself sends.
    config
        .user(&plan.user)
        .dbname(&plan.database)
        .application_name(APPLICATION)
        .channel_binding(plan.channel_binding)
        .ssl_mode(DriverSslMode::Disable);
    if let Some(password) = &address.password {
        config.password(password.reveal());
    }
    if let Some(options) = &plan.options {
        config.options(options);
    }
    config
}

/// Hands the driver a stream whose handshake is done.
struct Encrypted;

impl<S: TlsStream + Unpin> TlsConnect<S> for Encrypted {
    type Stream = S;
    type Error = Infallible;
    type Future = Ready<Result<S, Infallible>>;

    fn connect(self, stream: S) -> Self::Future {
        ready(Ok(stream))
    }
}

async fn login<S, T>(
    plan: &Plan,
    address: &Address,
    wanted: Wanted,
    until: Instant,
    config: Config,
    stream: S,
    tls: T,
) -> Result<Connected, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: TlsConnect<S>,
    T::Stream: Send + 'static,
{
    let login = async { config.connect_raw(stream, tls).await.map_err(Broken::login) };
    let (client, connection) = within(until, Stage::Login, login).await?;
    let [version, encoding, cockroach] =
        ["server_version", "server_encoding", "crdb_version"].map(|name| connection.parameter(name).map(str::to_owned));
    let version = version.unwrap_or_default();
    let is_sql_ascii = encoding.as_deref() == Some("SQL_ASCII");
    let product = match plan.database.as_str() {
        "pgbouncer" if version.ends_with("/bouncer") => Some("PgBouncer's console"),
        _ => cockroach.map(|_| "CockroachDB"),
    };
    // The task ends with the client or with the connection; why, the client is told.
    let driver = tokio::spawn(async move { drop(connection.await) });
    let connected = Connected { client, driver, at: address.at(), version, is_sql_ascii, product };
    if wanted != Wanted::Any && !within(until, Stage::Login, fits(&connected.client, wanted)).await? {
        connected.driver.abort();
        return Err(Broken::Unwanted(wanted));
    }
    Ok(connected)
}

/// Whether the session is of the wanted kind.
async fn fits(client: &Client, wanted: Wanted) -> Result<bool, Broken> {
    let asked = client
        .simple_query(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = 5000; SET LOCAL lock_timeout = 100; \
             SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only'); COMMIT",
        )
        .await
        .map_err(Broken::login)?;
    let row = asked.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0) == Some("t"), row.get(1) == Some("on"))),
        _ => None,
    });
    let (standby, read_only) = row.unwrap_or((false, false));
    Ok(match wanted {
        Wanted::ReadWrite => !standby && !read_only,
        Wanted::ReadOnly => standby || read_only,
        Wanted::Primary => !standby,
        Wanted::Standby => standby,
        Wanted::Any | Wanted::PreferStandby => true,
    })
}

//! A read-only session: one connection, every statement in a read-only transaction, timeouts always set.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use dbwright_model::room::{GatherError, GatherErrorKind, GatherOptions};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Gap, Name, Product, Redaction, Seconds, Version, Why};
use dbwright_sql::Dialect;
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::prelude::Queryable;
use mysql_async::{Column, Conn, DriverError, Error, IoError, Row, Value};
use serde::de::DeserializeOwned;

use crate::connect::{Place, SslMode, Surroundings};
use crate::statement::Statement;

/// Why a statement gave nothing.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Trouble {
    pub(crate) why: Why,
    pub(crate) detail: String,
}

impl Trouble {
    pub(crate) fn new(why: Why, detail: impl Into<String>) -> Trouble {
        Trouble { why, detail: detail.into() }
    }

    /// As a gap of a section.
    pub(crate) fn gap(&self, section: &str, part: Option<&str>, allow: Option<String>) -> Gap {
        Gap { section: section.into(), part: part.map(Into::into), why: self.why, detail: self.detail.clone(), allow }
    }
}

/// A connected, read-only session.
pub(crate) struct Session {
    /// `None` once it is lost.
    conn: Option<Conn>,
    pub(crate) redaction: Redaction,
    pub(crate) product: Product,
    pub(crate) version: Version,
    /// Read the counters twice, so far apart.
    pub(crate) sample: Option<Duration>,
    /// Our user as `GRANT` takes it, redacted as the rest of the case.
    pub(crate) grantee: String,
    statement_timeout: Duration,
    deadline: Instant,
    pub(crate) ran: u64,
    pub(crate) spent: Seconds,
}

/// A step of the collector.
pub(crate) type Step = for<'a> fn(&'a mut Session, &'a mut Case) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Values for the parameters of a statement, which stay on the server.
#[derive(Debug)]
pub(crate) struct Bindings {
    /// Statements that assign the variables; one that fails leaves its variable NULL.
    pub(crate) assigned: Vec<String>,
    /// The variables in order, separated by commas.
    pub(crate) variables: String,
}

impl Bindings {
    async fn execute(&self, conn: &mut Conn, sql: &str) -> Result<Vec<Row>, Error> {
        for assignment in &self.assigned {
            match conn.query_drop(assignment).await {
                Err(Error::Server(_)) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        conn.exec_drop("SET @dbwright_query = ?", (sql,)).await?;
        conn.query_drop("PREPARE dbwright_why FROM @dbwright_query").await?;
        conn.query(format!("EXECUTE dbwright_why USING {}", self.variables)).await
    }
}

impl Session {
    /// Connects and sets the limits.
    pub(crate) async fn connect(
        target: &ServerTarget,
        options: &GatherOptions,
    ) -> Result<(Session, String), GatherError> {
        let place = Place::of(target, &Surroundings::read())?;
        let mut conn = match place.ssl {
            SslMode::Disabled => open(&place, false, options).await?,
            SslMode::Preferred if place.socket.is_some() => open(&place, false, options).await?,
            SslMode::Preferred => match open(&place, true, options).await {
                Err(error) if error.kind == GatherErrorKind::Tls => open(&place, false, options).await?,
                outcome => outcome?,
            },
            _ => open(&place, true, options).await?,
        };
        let failed = |message: String| GatherError {
            kind: GatherErrorKind::Lost,
            at: place.shown(),
            message,
            hint: "run it again; if it happens again, look into the server's error log".into(),
        };
        let ask = async |conn: &mut Conn, sql: &str| -> Result<Option<Row>, GatherError> {
            match tokio::time::timeout(options.connect_timeout, conn.query_first::<Row, _>(sql)).await {
                Err(_) => Err(failed("the server accepted the connection and then did not answer".into())),
                Ok(Err(error)) => Err(failed(plain(&error))),
                Ok(Ok(row)) => Ok(row),
            }
        };
        let row = ask(&mut conn, "SELECT VERSION(), @@version_comment, CURRENT_USER()").await?;
        let text =
            |n: usize| row.as_ref().and_then(|row| row.get::<Option<String>, _>(n)).flatten().unwrap_or_default();
        let (banner, comment, user) = (text(0), text(1), text(2));
        let maria = banner.contains("MariaDB") || comment.contains("MariaDB");
        let product = if maria { Product::MariaDB } else { Product::MySQL };
        let version: Version = banner
            .trim_start_matches("5.5.5-")
            .parse()
            .map_err(|_| failed(format!("it calls itself version {banner}")))?;
        let oldest = if maria { (10, 5) } else { (8, 0) };
        if !version.at_least(oldest.0, oldest.1) {
            return Err(GatherError {
                kind: GatherErrorKind::Unsupported,
                at: place.shown(),
                message: format!(
                    "{product} {version} is older than {}.{}, the oldest dbwright knows",
                    oldest.0, oldest.1
                ),
                hint: "upgrade it: this version has had no fixes for years".into(),
            });
        }
        let limits = limits(product, options.statement_timeout);
        for statement in [
            "SET SESSION lock_wait_timeout = 1",
            "SET SESSION sql_mode = ''",
            "SET SESSION group_concat_max_len = 1048576",
            "SET SESSION TRANSACTION READ ONLY",
            &limits,
        ] {
            ask(&mut conn, statement).await?;
        }
        let (name, host) = user.rsplit_once('@').unwrap_or((&user, "%"));
        let session = Session {
            conn: Some(conn),
            redaction: options.redaction,
            product,
            version,
            sample: options.sample,
            grantee: grantee(name, host, options.redaction),
            statement_timeout: options.statement_timeout,
            deadline: Instant::now() + options.deadline + options.sample.unwrap_or_default(),
            ran: 0,
            spent: Seconds(0.0),
        };
        Ok((session, place.shown()))
    }

    /// The statement an administrator runs so that our user may see more.
    pub(crate) fn grant(&self, what: &str) -> String {
        format!("GRANT {what} TO {};", self.grantee)
    }

    /// Runs a statement in a read-only transaction of its own and reads every row into `T` by column name.
    pub(crate) async fn rows<T: DeserializeOwned>(&mut self, statement: &Statement) -> Result<Vec<T>, Trouble> {
        self.rows_as(statement, statement.sql).await
    }

    /// Someone's statement, alone in a transaction that is always rolled back and read-only as far as the server explains
    /// it there, with the server's own SQL mode. It is prepared, because a server prepares one statement and no more,
    /// whatever we made of its text. The first column of its rows comes back, and what the server notes about it.
    ///
    /// With `bindings`, its parameters take their values from variables that are assigned in the same transaction.
    pub(crate) async fn alone(
        &mut self,
        sql: &str,
        bindings: Option<&Bindings>,
        writes: bool,
        limit: Duration,
    ) -> Result<Answer, Unanswered> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Unanswered::Timeout("the time budget was used up".into()));
        }
        let Some(mut conn) = self.conn.take() else {
            return Err(Unanswered::Lost("the connection was lost before".into()));
        };
        let limit = limit.min(left);
        let (before, after) = (self.limits(limit), self.limits(self.statement_timeout));
        let started = Instant::now();
        let asked = async {
            conn.query_drop("SET SESSION sql_mode = @@GLOBAL.sql_mode").await?;
            conn.query_drop(before).await?;
            conn.query_drop(if writes { PLANS_WRITES } else { "START TRANSACTION READ ONLY" }).await?;
            let rows = match bindings {
                Some(bindings) => bindings.execute(&mut conn, sql).await,
                None => match conn.prep(sql).await {
                    Ok(prepared) => conn.exec::<Row, _, _>(&prepared, ()).await,
                    Err(error) => Err(error),
                },
            };
            // The prepared statement stays open until here, for its notes go with it.
            let notes = match rows {
                Ok(_) => conn.query::<Row, _>("SHOW WARNINGS").await?,
                Err(_) => Vec::new(),
            };
            if !matches!(rows, Err(Error::Io(_) | Error::Driver(_))) {
                conn.query_drop("ROLLBACK").await?;
                conn.query_drop("SET SESSION sql_mode = ''").await?;
                conn.query_drop(after).await?;
            }
            rows.map(|rows| Answer { rows: texts(rows, 0), notes: texts(notes, 2) })
        };
        let outcome = tokio::time::timeout(limit + Duration::from_secs(2), asked).await;
        self.ran += 1;
        self.spent.0 += started.elapsed().as_secs_f64();
        match outcome {
            Err(_) => Err(Unanswered::Timeout(format!("no answer within {}", Seconds(limit.as_secs_f64() + 2.0)))),
            Ok(Ok(answer)) => {
                self.conn = Some(conn);
                Ok(answer)
            }
            Ok(Err(Error::Server(error))) => {
                self.conn = Some(conn);
                match error.code {
                    // MariaDB's and MySQL's limits; a KILL QUERY.
                    1969 | 3024 | 1317 => Err(Unanswered::Timeout(error.message)),
                    code => Err(Unanswered::Refused { code, message: error.message }),
                }
            }
            Ok(Err(error)) => Err(Unanswered::Lost(plain(&error))),
        }
    }

    /// Sets how long a statement may run on the server.
    fn limits(&self, limit: Duration) -> String {
        limits(self.product, limit)
    }

    /// The same with a text made from the statement's, for lists of names.
    pub(crate) async fn rows_as<T: DeserializeOwned>(
        &mut self,
        statement: &Statement,
        sql: &str,
    ) -> Result<Vec<T>, Trouble> {
        if !statement.fits(self.product) {
            return Err(Trouble::new(Why::Version, format!("not for {}", self.product)));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Trouble::new(Why::Budget, "the time budget was used up"));
        }
        let Some(mut conn) = self.conn.take() else {
            return Err(Trouble::new(Why::Connection, "the connection was lost before"));
        };
        let started = Instant::now();
        // A little longer than the server's own limit, so that its answer comes first.
        let limit = left.min(self.statement_timeout + Duration::from_secs(2));
        let asked = async {
            conn.query_drop("START TRANSACTION READ ONLY").await?;
            let rows = conn.query::<Row, _>(sql).await;
            conn.query_drop("COMMIT").await?;
            rows
        };
        let outcome = tokio::time::timeout(limit, asked).await;
        self.ran += 1;
        self.spent.0 += started.elapsed().as_secs_f64();
        let rows = match outcome {
            // The connection is given up: what hangs once hangs again.
            Err(_) => {
                return Err(Trouble::new(Why::Timeout, format!("no answer within {}", Seconds(limit.as_secs_f64()))));
            }
            Ok(Err(error @ Error::Server(_))) => {
                self.conn = Some(conn);
                return Err(trouble(&error, self.redaction));
            }
            Ok(Err(error)) => return Err(trouble(&error, self.redaction)),
            Ok(Ok(rows)) => rows,
        };
        self.conn = Some(conn);
        let unexpected = |error: serde_json::Error| match self.redaction {
            Redaction::Off => Trouble::new(Why::Error, format!("unexpected row: {error}")),
            // Its words repeat values.
            _ => Trouble::new(Why::Error, "a row has another shape than expected"),
        };
        rows.into_iter().map(|row| serde_json::from_value(object(row)).map_err(unexpected)).collect()
    }
}

/// In a read-only transaction MySQL does not even explain what would write.
pub(crate) const PLANS_WRITES: &str = "START TRANSACTION READ WRITE";

/// What the server says to someone's statement.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<String>,
    /// Among them the statement as it understood it.
    pub(crate) notes: Vec<String>,
}

/// Why someone's statement gave nothing.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The server says what is wrong with it.
    Refused { code: u16, message: String },
    /// It took too long.
    Timeout(String),
    /// The connection is gone.
    Lost(String),
}

fn texts(rows: Vec<Row>, column: usize) -> Vec<String> {
    let text = |row: &Row| match row.as_ref(column) {
        Some(Value::Bytes(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    };
    rows.iter().filter_map(text).collect()
}

fn limits(product: Product, limit: Duration) -> String {
    match product {
        Product::MariaDB => format!("SET SESSION max_statement_time = {}", limit.as_secs_f64()),
        _ => format!("SET SESSION max_execution_time = {}", limit.as_millis()),
    }
}

/// Whether TLS failed: what rustls finds during the handshake arrives inside an I/O error.
fn tls_trouble(error: &Error) -> bool {
    match error {
        Error::Io(IoError::Tls(_)) => true,
        Error::Io(IoError::Io(io)) => io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()),
        _ => false,
    }
}

async fn open(place: &Place, tls: bool, options: &GatherOptions) -> Result<Conn, GatherError> {
    let error =
        |kind, message: String, hint: &str| GatherError { kind, at: place.shown(), message, hint: hint.to_owned() };
    if let Some((ca, cause)) = place.ca.as_ref().filter(|_| tls).and_then(|ca| Some((ca, std::fs::read(ca).err()?))) {
        let message = format!("the certificate authority {} cannot be read: {cause}", ca.display());
        return Err(error(GatherErrorKind::Usage, message, "name a PEM file that you may read: ?ssl-ca=FILE"));
    }
    match tokio::time::timeout(options.connect_timeout, Conn::new(place.opts(tls))).await {
        Err(_) => Err(error(
            GatherErrorKind::Timeout,
            format!("no MySQL greeting within {}", Seconds(options.connect_timeout.as_secs_f64())),
            "is it a MySQL server, is it overloaded, does a firewall swallow packets?",
        )),
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(cause)) => {
            let message = plain(&cause);
            let (kind, hint) = match &cause {
                Error::Server(server) => match server.code {
                    1045 | 1044 | 1698 => (
                        GatherErrorKind::Refused,
                        "check user and password; the account must be allowed from this host",
                    ),
                    1049 => (
                        GatherErrorKind::UnknownDatabase,
                        "leave the database out of the URL, or name one that SHOW DATABASES lists",
                    ),
                    1226 => (
                        GatherErrorKind::Refused,
                        "this account is at a limit of its own: wait, or raise it with ALTER USER … WITH MAX_USER_CONNECTIONS / MAX_CONNECTIONS_PER_HOUR",
                    ),
                    1040 | 1203 => (
                        GatherErrorKind::Refused,
                        "all connections are in use; try again, or connect as an administrator",
                    ),
                    1129 | 1130 => (
                        GatherErrorKind::Refused,
                        "the server does not take connections from this host: CREATE USER … @'this host', or FLUSH HOSTS",
                    ),
                    3159 => (GatherErrorKind::Tls, "add ?ssl-mode=REQUIRED"),
                    _ => (GatherErrorKind::Refused, "look into the server's error log"),
                },
                Error::Driver(DriverError::NoClientSslFlagFromServer) => {
                    (GatherErrorKind::Tls, "the server offers no TLS: ?ssl-mode=DISABLED, or configure it there")
                }
                cause if tls_trouble(cause) => (
                    GatherErrorKind::Tls,
                    "?ssl-ca=FILE names the certificate authority to trust; ?ssl-mode=REQUIRED does not verify",
                ),
                Error::Io(IoError::Io(io)) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
                    (GatherErrorKind::Unreachable, "is the server running, and is it this port?")
                }
                Error::Io(IoError::Io(io)) if io.kind() == std::io::ErrorKind::UnexpectedEof => (
                    GatherErrorKind::Unreachable,
                    "something answers there that closes the connection: is it a MySQL server?",
                ),
                Error::Driver(_) | Error::Other(_) => {
                    (GatherErrorKind::Unsupported, "is it a MySQL or MariaDB server?")
                }
                _ => (GatherErrorKind::Unreachable, "check host and port, and that the server is running"),
            };
            Err(error(kind, message, hint))
        }
    }
}

/// The driver's error for a person; server messages carry no password.
fn plain(error: &Error) -> String {
    match error {
        Error::Server(server) => format!("{} ({})", server.message, server.code),
        cause @ Error::Io(IoError::Io(io)) if tls_trouble(cause) => format!("TLS failed: {io}"),
        Error::Io(IoError::Io(io)) => io.to_string(),
        Error::Io(IoError::Tls(tls)) => format!("TLS failed: {tls}"),
        Error::Driver(DriverError::NoClientSslFlagFromServer) => "the server offers no TLS".into(),
        Error::Driver(driver) => format!("it does not speak MySQL as expected: {driver}"),
        other => other.to_string(),
    }
}

/// An account as `GRANT` takes it.
fn grantee(user: &str, host: &str, redaction: Redaction) -> String {
    let part = |name: &str| Dialect::MySql.literal(Name::from(name).shown(redaction));
    format!("{}@{}", part(user), part(host))
}

/// The server's answer as a reason. Its words name accounts and tables.
fn trouble(error: &Error, redaction: Redaction) -> Trouble {
    let why = match error {
        Error::Server(server) => match server.code {
            1044 | 1045 | 1142 | 1143 | 1227 | 1370 => Why::Privilege,
            1205 | 3024 | 1969 | 1317 => Why::Timeout,
            1109 | 1146 | 1054 | 1193 | 1064 | 1049 | 1305 => Why::Version,
            _ => Why::Error,
        },
        _ => Why::Connection,
    };
    match error {
        Error::Server(server) if redaction == Redaction::Names => {
            Trouble::new(why, format!("the server answers with error {}", server.code))
        }
        Error::Server(server) => Trouble::new(why, server.message.clone()),
        _ => Trouble::new(why, format!("the connection was lost: {}", plain(error))),
    }
}

/// A row as a JSON object, by column name in lower case: numbers as numbers, everything else as text.
fn object(mut row: Row) -> serde_json::Value {
    let columns = row.columns();
    let fields = columns.iter().enumerate().map(|(n, column)| {
        let value = row.take::<Value, _>(n).unwrap_or(Value::NULL);
        (column.name_str().to_ascii_lowercase(), json(value, column))
    });
    serde_json::Value::Object(fields.collect())
}

fn json(value: Value, column: &Column) -> serde_json::Value {
    use serde_json::{Number, Value as Json};
    let float = |x: f64| Number::from_f64(x).map_or(Json::Null, Json::Number);
    match value {
        Value::NULL => Json::Null,
        Value::Int(n) => n.into(),
        Value::UInt(n) => n.into(),
        Value::Float(x) => float(f64::from(x)),
        Value::Double(x) => float(x),
        Value::Bytes(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let numeric = column.flags().contains(ColumnFlags::NUM_FLAG)
                || matches!(
                    column.column_type(),
                    ColumnType::MYSQL_TYPE_TINY
                        | ColumnType::MYSQL_TYPE_SHORT
                        | ColumnType::MYSQL_TYPE_INT24
                        | ColumnType::MYSQL_TYPE_LONG
                        | ColumnType::MYSQL_TYPE_LONGLONG
                        | ColumnType::MYSQL_TYPE_FLOAT
                        | ColumnType::MYSQL_TYPE_DOUBLE
                        | ColumnType::MYSQL_TYPE_DECIMAL
                        | ColumnType::MYSQL_TYPE_NEWDECIMAL
                );
            if numeric {
                if let Ok(n) = text.parse::<i64>() {
                    return n.into();
                }
                if let Ok(n) = text.parse::<u64>() {
                    return n.into();
                }
                if let Ok(x) = text.parse::<f64>() {
                    return float(x);
                }
            }
            Json::String(text.into_owned())
        }
        Value::Date(y, mo, d, h, mi, s, us) => {
            Json::String(format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{us:06}Z"))
        }
        Value::Time(negative, d, h, m, s, _) => float(
            f64::from(d * 86_400 + u32::from(h) * 3600 + u32::from(m) * 60 + u32::from(s))
                * if negative { -1.0 } else { 1.0 },
        ),
    }
}

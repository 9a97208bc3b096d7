//! A read-only session: one connection, one transaction a statement, timeouts always set.

use std::time::{Duration, Instant};

use dbwright_model::room::{GatherError, GatherErrorKind, GatherOptions};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Gap, Redaction, Seconds, Version, Why};
use serde::de::DeserializeOwned;
use tokio_postgres::error::SqlState;
use tokio_postgres::{NoTls, SimpleQueryMessage};

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
    client: tokio_postgres::Client,
    /// What is taken out before storing.
    pub(crate) redaction: Redaction,
    /// The server's version, known after connecting.
    pub(crate) version: Version,
    /// Read the counters twice, so far apart.
    pub(crate) sample: Option<Duration>,
    statement_timeout: Duration,
    lock_timeout: Duration,
    deadline: Instant,
    /// Statements run so far, and the time they took.
    pub(crate) ran: u64,
    pub(crate) spent: Seconds,
}

impl Session {
    pub(crate) async fn connect(target: &ServerTarget, options: &GatherOptions) -> Result<Session, GatherError> {
        let refused = |message: String| GatherError {
            kind: GatherErrorKind::Unreachable,
            at: target.to_string(),
            message,
            hint: "check host, port and that the server is running".into(),
        };
        let config: tokio_postgres::Config =
            target.url.as_str().parse().map_err(|e: tokio_postgres::Error| refused(e.to_string()))?;
        let (client, connection) = config.connect(NoTls).await.map_err(|e| refused(e.to_string()))?;
        tokio::spawn(connection);
        let mut session = Session {
            client,
            redaction: options.redaction,
            version: Version::new(0, 0, 0),
            sample: options.sample,
            statement_timeout: options.statement_timeout,
            lock_timeout: options.lock_timeout,
            deadline: Instant::now() + options.deadline,
            ran: 0,
            spent: Seconds(0.0),
        };
        #[derive(serde::Deserialize)]
        struct Row {
            number: u32,
        }
        let statement = Statement::new("server", "SELECT current_setting('server_version_num')::int AS number");
        let rows: Vec<Row> = session.rows(&statement).await.map_err(|e| refused(e.to_string()))?;
        let number = rows.first().map_or(0, |row| row.number);
        session.version = Version::new(number / 10_000, number % 10_000, 0);
        Ok(session)
    }

    /// Runs a statement in a read-only transaction of its own and reads every row into `T` by column name.
    pub(crate) async fn rows<T: DeserializeOwned>(&mut self, statement: &Statement) -> Result<Vec<T>, Trouble> {
        self.run(statement, statement.sql).await
    }

    /// The same with `{schema}` replaced by the quoted name of a schema, for what extensions install anywhere.
    pub(crate) async fn rows_in<T: DeserializeOwned>(
        &mut self,
        statement: &Statement,
        schema: &str,
    ) -> Result<Vec<T>, Trouble> {
        self.run(statement, &statement.sql.replace("{schema}", schema)).await
    }

    /// The same with a text made from the statement's, for lists of names that no single query can read.
    pub(crate) async fn rows_as<T: DeserializeOwned>(
        &mut self,
        statement: &Statement,
        sql: &str,
    ) -> Result<Vec<T>, Trouble> {
        self.run(statement, sql).await
    }

    async fn run<T: DeserializeOwned>(&mut self, statement: &Statement, sql: &str) -> Result<Vec<T>, Trouble> {
        if self.version.major > 0 && !statement.fits(self.version.major) {
            return Err(Trouble::new(Why::Version, format!("not for PostgreSQL {}", self.version.major)));
        }
        if Instant::now() >= self.deadline {
            return Err(Trouble::new(Why::Budget, "the time budget was used up"));
        }
        // One round trip, simple protocol: works through poolers in transaction mode, leaves nothing behind.
        let text = format!(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; SET LOCAL search_path = pg_catalog; \
             SET LOCAL datestyle = 'ISO'; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; {}; COMMIT",
            self.statement_timeout.as_millis(),
            self.lock_timeout.as_millis(),
            if statement.plain { sql.to_owned() } else { format!("SELECT row_to_json(t)::text FROM ({sql}) t") }
        );
        let started = Instant::now();
        let answer = self.client.simple_query(&text).await;
        self.ran += 1;
        self.spent.0 += started.elapsed().as_secs_f64();
        let messages = match answer {
            Ok(messages) => messages,
            Err(error) => {
                // The failed transaction must not stay open.
                let _ = self.client.simple_query("ROLLBACK").await;
                return Err(trouble(&error));
            }
        };
        let mut rows = Vec::new();
        for message in messages {
            if let SimpleQueryMessage::Row(row) = message {
                if statement.plain {
                    rows.push(
                        crate::wire::read(&row)
                            .map_err(|e| Trouble::new(Why::Error, format!("unexpected row: {e}")))?,
                    );
                    continue;
                }
                let text = row.try_get(0).map_err(|e| Trouble::new(Why::Error, e.to_string()))?.unwrap_or("null");
                rows.push(
                    serde_json::from_str(text).map_err(|e| Trouble::new(Why::Error, format!("unexpected row: {e}")))?,
                );
            }
        }
        Ok(rows)
    }
}

/// The server's answer as a reason.
fn trouble(error: &tokio_postgres::Error) -> Trouble {
    let Some(db) = error.as_db_error() else {
        return Trouble::new(Why::Connection, format!("the connection was lost: {error}"));
    };
    let why = match *db.code() {
        SqlState::INSUFFICIENT_PRIVILEGE => Why::Privilege,
        SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => Why::Timeout,
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_FUNCTION | SqlState::UNDEFINED_COLUMN => Why::Version,
        _ => Why::Error,
    };
    Trouble::new(why, db.message().to_owned())
}

/// A step of the collector: fills sections of the case, or records why it could not.
pub(crate) type Step =
    for<'a> fn(&'a mut Session, &'a mut Case) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

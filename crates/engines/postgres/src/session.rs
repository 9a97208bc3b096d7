//! A read-only session: one connection, one transaction a statement, timeouts always set.

use std::time::{Duration, Instant};

use base64::Engine as _;
use dbwright_model::room::{GatherError, GatherErrorKind, GatherOptions};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Gap, Redaction, Seconds, Version, Why};
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::{DbError, Severity, SqlState};
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use crate::connect;
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
    driver: JoinHandle<()>,
    /// Host and port, or the socket's file.
    pub(crate) at: String,
    /// What is taken out before storing.
    pub(crate) redaction: Redaction,
    /// The server's version, known after connecting.
    pub(crate) version: Version,
    /// Read the counters twice, so far apart.
    pub(crate) sample: Option<Duration>,
    statement_timeout: Duration,
    lock_timeout: Duration,
    deadline: Instant,
    is_sql_ascii: bool,
    /// Rows are sent as the bytes they are: names need not be UTF-8.
    raw: bool,
    /// Why there is no connection any more.
    lost: Option<String>,
    /// Statements run so far, and the time they took.
    pub(crate) ran: u64,
    pub(crate) spent: Seconds,
}

/// What a statement may take beyond its timeout on the server: the way there and back. After that the server hangs.
const GRACE: Duration = Duration::from_secs(2);
/// Less is not worth a statement.
const LEAST: Duration = Duration::from_millis(20);
/// The oldest version that is consulted.
const OLDEST: u32 = 12;

impl Session {
    pub(crate) async fn connect(target: &ServerTarget, options: &GatherOptions) -> Result<Session, GatherError> {
        let deadline = Instant::now() + options.deadline + options.sample.unwrap_or_default();
        let plan = connect::plan(target)?;
        let connected = connect::open(&plan, options.connect_timeout, options.deadline).await?;
        let failure = |kind, message: String, hint: &str| GatherError {
            kind,
            at: connected.at.clone(),
            message,
            hint: hint.to_owned(),
        };
        if let Some(product) = connected.product {
            let hint = "name a database of a PostgreSQL server";
            return Err(failure(GatherErrorKind::Unsupported, format!("what answers there is {product}"), hint));
        }
        // Ahead of the first statement, whose settings an old server may not know.
        let major = connected.version.split(|c: char| !c.is_ascii_digit()).next().and_then(|text| text.parse().ok());
        if let Some(major) = major.filter(|major: &u32| *major < OLDEST) {
            let message = format!("PostgreSQL {major} is older than {OLDEST}, the oldest version dbwright knows");
            let hint = "it has had no security fixes for years: plan an upgrade (pg_upgrade)";
            return Err(failure(GatherErrorKind::Unsupported, message, hint));
        }
        let at = connected.at.clone();
        let mut session = Session {
            client: connected.client,
            driver: connected.driver,
            at: connected.at,
            redaction: options.redaction,
            version: Version::new(0, 0, 0),
            sample: options.sample,
            statement_timeout: options.statement_timeout,
            lock_timeout: options.lock_timeout,
            deadline,
            is_sql_ascii: connected.is_sql_ascii,
            raw: connected.is_sql_ascii,
            lost: None,
            ran: 0,
            spent: Seconds(0.0),
        };
        #[derive(serde::Deserialize)]
        struct Row {
            number: u32,
        }
        let statement = Statement::new("server", "SELECT current_setting('server_version_num')::int AS number");
        let rows: Vec<Row> = session.rows(&statement).await.map_err(|trouble| {
            let (kind, hint) = match trouble.why {
                Why::Timeout => (GatherErrorKind::Timeout, "the server hangs or is overloaded; look at its log"),
                Why::Connection => (GatherErrorKind::Lost, "look at the server's log, then try again"),
                _ => {
                    (GatherErrorKind::Unsupported, "a pooler must allow transactions: pool_mode session or transaction")
                }
            };
            let message = format!("logged in, but the first statement failed: {}", trouble.detail);
            GatherError { kind, at, message, hint: hint.into() }
        })?;
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

    /// Says goodbye, so that the server has nothing to log.
    pub(crate) async fn close(self) {
        drop(self.client);
        let abort = self.driver.abort_handle();
        if timeout(GRACE, self.driver).await.is_err() {
            abort.abort();
        }
    }

    /// Someone's statement, alone in a read-only transaction that is always rolled back: `setup` is ours and goes before it,
    /// `cleanup` after it. Each of `texts` is parsed in the extended protocol, in which the server takes one statement and
    /// no more, whatever we made of its text. The first columns of the last one's rows come back.
    pub(crate) async fn alone(&mut self, asked: &Alone<'_>, limit: Duration) -> Result<Vec<String>, Unanswered> {
        if let Some(why) = &self.lost {
            return Err(Unanswered::Lost(why.clone()));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left < LEAST {
            return Err(Unanswered::Timeout("the time budget was used up".into()));
        }
        let limit = limit.max(LEAST).min(left);
        let (end, lock, idle) = (limit.as_millis(), self.lock_timeout.as_millis().max(1), 2 * limit.as_millis());
        let begin = format!(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = {end}; SET LOCAL lock_timeout = {lock}; \
             SET LOCAL idle_in_transaction_session_timeout = {idle}{}",
            asked.setup
        );
        let started = Instant::now();
        let work = async {
            self.client.simple_query(&begin).await?;
            let mut rows = Vec::new();
            for text in asked.texts {
                rows = if asked.unbound {
                    // The extended protocol would bind values, which the plan is to do without.
                    self.client.prepare_typed(text, &[]).await?;
                    first_columns(self.client.simple_query(text).await?)
                } else {
                    let rows = self.client.query_typed(text, &[]).await?;
                    rows.iter().filter_map(|row| row.try_get::<_, Raw>(0).ok()).map(|raw| raw.0).collect()
                };
            }
            Ok(rows)
        };
        let answer: Result<Result<Vec<String>, tokio_postgres::Error>, _> = timeout(limit + GRACE, work).await;
        self.ran += 1;
        self.spent.0 += started.elapsed().as_secs_f64();
        let Ok(answer) = answer else {
            let waited = (limit + GRACE).as_secs_f64();
            let trouble = self.give_up(Why::Timeout, format!("the server did not answer within {waited:.1} s"));
            return Err(Unanswered::Timeout(trouble.detail));
        };
        if let Err(error) = &answer
            && error
                .as_db_error()
                .is_none_or(|db| matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic)))
        {
            return Err(Unanswered::Lost(self.failed(error).await.detail));
        }
        let end = format!("ROLLBACK{}", asked.cleanup);
        let ended = timeout(GRACE, self.client.simple_query(&end)).await;
        // What cannot be cleaned up was never made.
        if !ended.is_ok_and(|ended| ended.as_ref().err().is_none_or(|error| error.as_db_error().is_some())) {
            self.give_up(Why::Connection, "the connection was lost at ROLLBACK".into());
        }
        match answer {
            Ok(rows) => Ok(rows),
            Err(error) => match error.as_db_error() {
                Some(db) if *db.code() == SqlState::QUERY_CANCELED => Err(Unanswered::Timeout(db.message().to_owned())),
                Some(db) => Err(Unanswered::Refused(Box::new(db.clone()))),
                None => Err(Unanswered::Lost(error.to_string())),
            },
        }
    }

    async fn run<T: DeserializeOwned>(&mut self, statement: &Statement, sql: &str) -> Result<Vec<T>, Trouble> {
        if self.version.major > 0 && !statement.fits(self.version.major) {
            return Err(Trouble::new(Why::Version, format!("not for PostgreSQL {}", self.version.major)));
        }
        let unexpected = |what: String| Trouble::new(Why::Error, format!("unexpected row: {what}"));
        // Where texts may not be UTF-8, every row travels as JSON, which can be wrapped.
        if statement.plain && !self.raw && !self.is_sql_ascii {
            let rows = self.ask(sql, true).await?;
            return rows.iter().map(|row| crate::wire::read(row).map_err(|e| unexpected(e.to_string()))).collect();
        }
        let mut texts: Vec<Option<String>> = self.ask(sql, false).await?.iter().map(|row| self.read(row)).collect();
        if !self.raw && texts.iter().any(Option::is_none) {
            self.raw = true;
            texts = self.ask(sql, false).await?.iter().map(|row| self.read(row)).collect();
        }
        let parse = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or("null");
            match statement.plain {
                true => crate::wire::read_object(text).map_err(|e| unexpected(e.to_string())),
                false => serde_json::from_str(text).map_err(|e| unexpected(e.to_string())),
            }
        };
        texts.iter().map(parse).collect()
    }

    /// The rows as they come: one JSON text each, or plain columns.
    async fn ask(&mut self, sql: &str, plain: bool) -> Result<Vec<SimpleQueryRow>, Trouble> {
        if let Some(why) = &self.lost {
            return Err(Trouble::new(Why::Connection, why.clone()));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left < LEAST {
            return Err(Trouble::new(Why::Budget, "the time budget was used up"));
        }
        let limit = self.statement_timeout.max(LEAST).min(left);
        let text = self.transaction(sql, plain, limit);
        let started = Instant::now();
        let answer = timeout(limit + GRACE, self.client.simple_query(&text)).await;
        self.ran += 1;
        self.spent.0 += started.elapsed().as_secs_f64();
        match answer {
            Ok(Ok(messages)) => Ok(messages
                .into_iter()
                .filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                })
                .collect()),
            Ok(Err(error)) => Err(self.failed(&error).await),
            Err(_) => {
                let waited = (limit + GRACE).as_secs_f64();
                Err(self.give_up(Why::Timeout, format!("the server did not answer within {waited:.1} s")))
            }
        }
    }

    /// One round trip, simple protocol: works through poolers in transaction mode, leaves nothing behind. It reads,
    /// waits for nobody, uses one process, and ends on its own even if we are gone.
    fn transaction(&self, sql: &str, plain: bool, limit: Duration) -> String {
        let limit = limit.as_millis();
        let (lock, twice) = (self.lock_timeout.as_millis().max(1), 2 * limit);
        let whole =
            if self.version.major >= 17 { format!("SET LOCAL transaction_timeout = {twice}; ") } else { String::new() };
        let row = match (self.raw, self.is_sql_ascii) {
            (false, _) => "row_to_json(t)::text",
            (true, true) => "encode(convert_to(row_to_json(t)::text, 'SQL_ASCII'), 'base64')",
            (true, false) => "encode(textsend(row_to_json(t)::text), 'base64')",
        };
        let query = if plain { sql.to_owned() } else { format!("SELECT {row} FROM ({sql}) t") };
        // Marked behind its first word, where the server keeps it: so the workload can leave our statements out.
        let query = query.trim_start().replacen(char::is_whitespace, " /* dbwright */ ", 1);
        format!(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = {limit}; SET LOCAL lock_timeout = {lock}; \
             SET LOCAL idle_in_transaction_session_timeout = {twice}; {whole}SET LOCAL search_path = pg_catalog; \
             SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; SET LOCAL datestyle = 'ISO'; {query}; COMMIT"
        )
    }

    /// The row's JSON text, or nothing where it is not UTF-8.
    fn read(&self, row: &SimpleQueryRow) -> Option<String> {
        let text = row.try_get(0).ok().flatten()?;
        if !self.raw {
            return Some(text.to_owned());
        }
        let encoded: String = text.split_ascii_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap_or_default();
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The failure as a reason; the failed transaction does not stay open.
    async fn failed(&mut self, error: &tokio_postgres::Error) -> Trouble {
        let Some(db) = error.as_db_error() else {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
            return self.give_up(Why::Connection, format!("the connection was lost ({error}{cause})"));
        };
        if matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
            return self.give_up(Why::Connection, format!("the server ended the connection: {}", db.message()));
        }
        let why = match *db.code() {
            SqlState::INSUFFICIENT_PRIVILEGE => Why::Privilege,
            SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => Why::Timeout,
            SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_FUNCTION | SqlState::UNDEFINED_COLUMN => Why::Version,
            _ => Why::Error,
        };
        let trouble = Trouble::new(why, db.message().to_owned());
        match timeout(GRACE, self.client.simple_query("ROLLBACK")).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => drop(self.give_up(Why::Connection, format!("the connection was lost ({error})"))),
            Err(_) => drop(self.give_up(Why::Connection, "the server did not answer a ROLLBACK".into())),
        }
        trouble
    }

    /// Closes the connection at once: whoever hangs is not asked again, and what is asked later has its reason.
    fn give_up(&mut self, why: Why, detail: String) -> Trouble {
        self.driver.abort();
        self.lost = Some(detail.clone());
        Trouble::new(why, detail)
    }
}

/// What [`Session::alone`] is to run. What stands in `setup` and `cleanup` begins with `;`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alone<'a> {
    pub(crate) setup: &'a str,
    pub(crate) texts: &'a [String],
    pub(crate) cleanup: &'a str,
    /// Parameters are in it for which no values are given.
    pub(crate) unbound: bool,
}

fn first_columns(messages: Vec<SimpleQueryMessage>) -> Vec<String> {
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
        _ => None,
    });
    rows.collect()
}

/// Why someone's statement gave nothing.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The server says what is wrong with it.
    Refused(Box<DbError>),
    /// It took too long.
    Timeout(String),
    /// The connection is gone.
    Lost(String),
}

/// The bytes of a column as text, whatever its type.
struct Raw(String);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Raw, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(String::from_utf8_lossy(raw).into_owned()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A step of the collector: fills sections of the case, or records why it could not.
pub(crate) type Step =
    for<'a> fn(&'a mut Session, &'a mut Case) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

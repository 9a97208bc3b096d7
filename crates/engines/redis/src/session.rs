//! A session: one connection, commands of the closed list only, each with a time limit.

use std::time::{Duration, Instant};

use dbwright_model::room::{GatherError, GatherErrorKind, GatherOptions};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Gap, Name, Product, Redaction, Seconds, Version, Why};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, RedisError, ServerError, Value};
use tokio::time::timeout;

use crate::command::{self, Command};
use crate::connect::options::Options;
use crate::connect::{self, failure};
use crate::reply;

/// Why a command gave nothing.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Trouble {
    pub(crate) why: Why,
    pub(crate) detail: String,
    pub(crate) allow: Option<String>,
}

impl Trouble {
    pub(crate) fn new(why: Why, detail: impl Into<String>) -> Trouble {
        Trouble { why, detail: detail.into(), allow: None }
    }

    /// As a gap of a section.
    pub(crate) fn gap(&self, section: &str, part: Option<&str>) -> Gap {
        let (detail, allow) = (self.detail.clone(), self.allow.clone());
        Gap { section: section.into(), part: part.map(Into::into), why: self.why, detail, allow }
    }
}

/// A connected session.
pub(crate) struct Session {
    connection: MultiplexedConnection,
    /// What the server said about itself right after connecting: `INFO everything`.
    pub(crate) info: String,
    /// What answered.
    pub(crate) product: Product,
    /// Its version.
    pub(crate) version: Version,
    /// The user we are.
    pub(crate) user: String,
    redaction: Redaction,
    /// Whether reading a key leaves its time of last use alone.
    pub(crate) no_touch: bool,
    /// The database the connection is in.
    pub(crate) database: u32,
    statement_timeout: Duration,
    /// When everything must be done.
    pub(crate) deadline: Instant,
    /// Set once the server stopped answering: nothing more is sent.
    broken: Option<Trouble>,
    /// Commands sent so far, and the time they took.
    pub(crate) ran: u64,
    pub(crate) spent: Seconds,
}

impl Session {
    pub(crate) async fn connect(target: &ServerTarget, gather: &GatherOptions) -> Result<Session, GatherError> {
        let deadline = Instant::now() + gather.deadline;
        let options = Options::read(target, &|name| std::env::var(name).ok())?;
        let limit = gather.connect_timeout.min(gather.deadline);
        let mut connection = connect::open(&options, limit).await?;
        if let Some(password) = &options.password {
            let mut auth = packed(command::AUTH, &[]);
            if let Some(user) = &options.user {
                auth.arg(user);
            }
            auth.arg(password.reveal());
            first(&mut connection, &auth, &options, limit).await?;
        }
        let info = first(&mut connection, &packed(command::INFO, &[]), &options, limit).await?;
        let info = reply::text(&info).unwrap_or_default();
        let (product, version) = identity(&info, &options)?;
        let mut session = Session {
            connection,
            info,
            product,
            version,
            user: options.user.clone().unwrap_or_else(|| "default".into()),
            redaction: gather.redaction,
            no_touch: false,
            database: 0,
            statement_timeout: gather.statement_timeout,
            deadline,
            broken: None,
            ran: 1,
            spent: Seconds(0.0),
        };
        // None of these is needed; a user who may not simply does without.
        let _ = session.run(command::SETNAME, &[]).await;
        session.no_touch = session.reads_without_touch() && session.run(command::NO_TOUCH, &[]).await.is_ok();
        if let Ok(user) = session.run(command::WHOAMI, &[]).await {
            session.user = reply::text(&user).unwrap_or(session.user);
        }
        if options.database != 0 {
            session.select(options.database).await.map_err(|trouble| {
                let hint = "redis://host:port/0 is always there; `databases` sets how many";
                failure(
                    &options,
                    GatherErrorKind::UnknownDatabase,
                    format!("database {}: {trouble}", options.database),
                    hint,
                )
            })?;
        }
        Ok(session)
    }

    /// Our user in the words of a gap.
    fn user_shown(&self) -> String {
        Name::from(self.user.as_str()).shown(self.redaction)
    }

    /// `CLIENT NO-TOUCH` exists from Redis 7.2 and in every Valkey.
    fn reads_without_touch(&self) -> bool {
        self.product == Product::Valkey || self.version.at_least(7, 2)
    }

    /// Changes the database of the connection.
    pub(crate) async fn select(&mut self, database: u32) -> Result<(), Trouble> {
        if self.database != database {
            self.run(command::SELECT, &[database.to_string().as_bytes()]).await?;
            self.database = database;
        }
        Ok(())
    }

    /// Sends one command and returns its reply.
    pub(crate) async fn run(&mut self, command: &'static Command, arguments: &[&[u8]]) -> Result<Value, Trouble> {
        let packed = packed(command, arguments);
        let limit = self.limit()?;
        let started = Instant::now();
        let answer = timeout(limit, self.connection.send_packed_command(&packed)).await;
        self.ran += 1;
        self.spent.0 += started.elapsed().as_secs_f64();
        match answer {
            Ok(Ok(Value::ServerError(error))) => Err(self.trouble(command, &error)),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.failed(command, error)),
            Err(_) => Err(self.silent(command)),
        }
    }

    /// Sends several commands in one go; replies in order, errors among them as [`Value::ServerError`].
    pub(crate) async fn pipeline(&mut self, commands: &[(&'static Command, &[&[u8]])]) -> Result<Vec<Value>, Trouble> {
        let Some(&(named, _)) = commands.first() else { return Ok(Vec::new()) };
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for (command, arguments) in commands {
            pipeline.add_command(packed(command, arguments));
        }
        let limit = self.limit()?;
        let started = Instant::now();
        let answer = timeout(limit, self.connection.send_packed_commands(&pipeline, 0, commands.len())).await;
        self.ran += commands.len() as u64;
        self.spent.0 += started.elapsed().as_secs_f64();
        match answer {
            Ok(Ok(values)) => Ok(values),
            Ok(Err(error)) => Err(self.failed(named, error)),
            Err(_) => Err(self.silent(named)),
        }
    }

    fn limit(&self) -> Result<Duration, Trouble> {
        if let Some(trouble) = &self.broken {
            return Err(trouble.clone());
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Trouble::new(Why::Budget, "the time budget was used up"));
        }
        Ok(self.statement_timeout.min(left))
    }

    fn silent(&mut self, command: &Command) -> Trouble {
        let trouble = Trouble::new(Why::Timeout, format!("the server did not answer {} in time", command.name()));
        // Replies come in order: whatever is sent now would wait behind this one.
        self.broken = Some(trouble.clone());
        trouble
    }

    fn failed(&mut self, command: &Command, error: RedisError) -> Trouble {
        if error.is_io_error() || error.is_connection_dropped() || error.is_unrecoverable_error() {
            let trouble = Trouble::new(Why::Connection, format!("the connection was lost at {}", command.name()));
            self.broken = Some(trouble.clone());
            return trouble;
        }
        match error.into_server_errors().and_then(|errors| errors.first().cloned()) {
            Some((_, error)) => self.trouble(command, &error),
            None => Trouble::new(Why::Error, format!("{} gave an unexpected reply", command.name())),
        }
    }

    /// An error reply as a reason, with the ACL rule that would help.
    pub(crate) fn trouble(&self, command: &Command, error: &ServerError) -> Trouble {
        let name = command.name();
        // The server's words may repeat arguments (key names), so they are not kept.
        let detail = error.details().unwrap_or_default();
        match error.code() {
            "NOPERM" => Trouble {
                why: Why::Privilege,
                detail: format!("user {} may not run {name}", self.user_shown()),
                allow: Some(format!("ACL SETUSER {} {}", self.user_shown(), command.permission())),
            },
            "LOADING" => Trouble::new(Why::Error, format!("the server is loading its data; {name} has to wait")),
            "MASTERDOWN" => Trouble::new(
                Why::Error,
                format!("the link to the primary is down and replica-serve-stale-data is no: {name} is refused"),
            ),
            _ if detail.contains("cluster support disabled") => {
                Trouble::new(Why::NotApplicable, "this server is not part of a cluster")
            }
            _ if detail.to_ascii_lowercase().contains("unknown") => match command.permission() {
                // These have been there in every supported version: someone took them away.
                "+config|get" | "+client|list" | "+slowlog|get" | "+acl|list" | "+latency|latest" => {
                    Trouble::new(Why::Managed, format!("{name} is renamed or not offered by this service"))
                }
                _ => Trouble::new(Why::Version, format!("this version does not know {name}")),
            },
            code => Trouble::new(Why::Error, format!("{name} was answered with {code}")),
        }
    }
}

fn packed(command: &Command, arguments: &[&[u8]]) -> Cmd {
    let mut packed = Cmd::new();
    for word in command.words() {
        packed.arg(*word);
    }
    for argument in arguments {
        packed.arg(*argument);
    }
    packed
}

/// A command while connecting: every failure ends the consultation, and says exactly why.
async fn first(
    connection: &mut MultiplexedConnection,
    command: &Cmd,
    options: &Options,
    limit: Duration,
) -> Result<Value, GatherError> {
    match timeout(limit, connection.send_packed_command(command)).await {
        Ok(Ok(Value::ServerError(error))) => Err(connect::denied(options, &error)),
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => match error.clone().into_server_errors().and_then(|errors| errors.first().cloned()) {
            Some((_, error)) => Err(connect::denied(options, &error)),
            None => Err(connect::refused(options, &error)),
        },
        Err(_) => Err(failure(
            options,
            GatherErrorKind::Timeout,
            "it accepts connections but answers no command",
            "it may be blocked by a long command or script, or expect TLS (try rediss://)",
        )),
    }
}

/// Which product and version it is; what cannot be consulted is named.
fn identity(info: &str, options: &Options) -> Result<(Product, Version), GatherError> {
    let field = |name: &str| reply::lines(info).find(|(key, _)| *key == name).map(|(_, value)| value);
    let unsupported = |message: String, hint: &str| failure(options, GatherErrorKind::Unsupported, message, hint);
    if field("redis_mode") == Some("sentinel") || field("server_mode") == Some("sentinel") {
        return Err(unsupported(
            "this is a Sentinel, which holds no data".into(),
            "ask it for the primary (SENTINEL GET-PRIMARY-ADDR-BY-NAME name; before Valkey 8 GET-MASTER-ADDR-BY-NAME) and look there",
        ));
    }
    if field("loading") == Some("1") {
        let done = field("loading_loaded_perc").map(|done| format!(" ({done} % done)")).unwrap_or_default();
        return Err(failure(
            options,
            GatherErrorKind::Timeout,
            format!("the server is loading its data into memory{done}"),
            "wait until `loading:0` in INFO persistence, then try again",
        ));
    }
    if let Some(version) = field("dragonfly_version") {
        return Err(unsupported(
            format!("this is Dragonfly {version}"),
            "only Redis 6 and later and Valkey are supported",
        ));
    }
    let (product, text) = match field("valkey_version") {
        Some(version) => (Product::Valkey, version),
        None => (Product::Redis, field("redis_version").unwrap_or_default()),
    };
    let version: Version = text
        .parse()
        .map_err(|_| unsupported("INFO names no version".into(), "only Redis 6 and later and Valkey are supported"))?;
    if product == Product::Redis && version.major < 6 {
        return Err(unsupported(
            format!("Redis {version} is too old"),
            "Redis 6 and later are supported; 5 and earlier get no security fixes any more",
        ));
    }
    Ok((product, version))
}

/// A step of the collector: fills sections of the case, or records why it could not.
pub(crate) type Step =
    for<'a> fn(&'a mut Session, &'a mut Case) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

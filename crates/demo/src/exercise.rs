//! A lesson's lab on a throw-away server: its tables are made, its queries planned and run.

use std::time::{Duration, Instant};

use dbwright_lab::{Binaries, Lab, LabError, Options, Product};
use dbwright_model::{Engine, lesson};
use mysql_async::prelude::Queryable;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Why an exercise failed.
#[derive(Debug, thiserror::Error)]
pub enum ExerciseError {
    /// No server, or it did not start.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A statement failed.
    #[error("{statement}\n  failed: {message}")]
    Statement {
        /// The statement.
        statement: String,
        /// What the server said.
        message: String,
    },
    /// This product runs no lessons.
    #[error("there are no exercises for {0}")]
    Product(String),
}

/// A running server for exercises; gone when dropped.
pub struct Gym {
    lab: Lab,
    product: Product,
}

/// A connection to a database of its own on that server.
pub struct Exercise {
    connection: Connection,
}

enum Connection {
    Postgres(tokio_postgres::Client),
    MySql(Box<mysql_async::Conn>, Product, String),
}

impl Gym {
    /// Starts a server.
    ///
    /// # Errors
    /// [`ExerciseError`] when it does not start.
    pub fn open(product: Product, binaries: &Binaries) -> Result<Gym, ExerciseError> {
        let options = match product {
            Product::Postgres => Options::new().setting("shared_buffers", "256MB").setting("autovacuum", "off"),
            _ => Options::new(),
        };
        Ok(Gym { lab: Lab::start(binaries, &options.volatile())?, product })
    }

    /// Starts the newest server of that engine found on the machine.
    ///
    /// # Errors
    /// [`ExerciseError`] when there is none, or it does not start.
    pub fn newest(engine: Engine) -> Result<Gym, ExerciseError> {
        let product = match engine {
            Engine::Postgres => Product::Postgres,
            Engine::MySql => Product::MariaDb,
            other => return Err(ExerciseError::Product(other.to_string())),
        };
        Gym::open(product, &dbwright_lab::newest(product)?)
    }

    /// Where it can be looked at.
    pub fn url(&self) -> String {
        self.lab.url()
    }

    /// Whether the case is meant for this product and version.
    pub fn takes(&self, case: &lesson::LabCase<'_>) -> bool {
        let here = case.product.is_none_or(|product| self.product() == product);
        here && case.since.is_none_or(|major| self.lab.binaries().version.major() >= major)
    }

    fn product(&self) -> dbwright_model::Product {
        match self.product {
            Product::Postgres => dbwright_model::Product::PostgreSQL,
            Product::MariaDb => dbwright_model::Product::MariaDB,
            _ => dbwright_model::Product::MySQL,
        }
    }

    /// Product and version as they are shown: `PostgreSQL 18.4`.
    pub fn server(&self) -> String {
        format!("{} {}", self.product(), self.lab.binaries().version)
    }

    /// A new database for `name` and a connection to it.
    ///
    /// # Errors
    /// [`ExerciseError::Statement`] when the server refuses.
    pub async fn exercise(&self, name: &str) -> Result<Exercise, ExerciseError> {
        let url = self.lab.url();
        let name = format!("lab_{name}");
        let make = format!("CREATE DATABASE {name}");
        let connection = match self.product {
            Product::Postgres => {
                postgres(&url, &make).await?.batch_execute(&make).await.map_err(|error| failed(&make, &error))?;
                let own = url.rsplit_once('/').map_or(url.clone(), |(server, _)| format!("{server}/{name}"));
                Connection::Postgres(postgres(&own, &make).await?)
            }
            Product::MySql | Product::MariaDb => {
                let options = mysql_async::Opts::from_url(&url).map_err(|error| failed("connect", &error))?;
                let mut client = mysql_async::Conn::new(options).await.map_err(|error| failed("connect", &error))?;
                let own = format!("USE {name}");
                for statement in [&make, &own] {
                    client.query_drop(statement).await.map_err(|error| failed(statement, &error))?;
                }
                Connection::MySql(Box::new(client), self.product, own)
            }
            other => return Err(ExerciseError::Product(format!("{other:?}"))),
        };
        Ok(Exercise { connection })
    }
}

async fn postgres(url: &str, statement: &str) -> Result<tokio_postgres::Client, ExerciseError> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(|error| failed(statement, &error))?;
    tokio::spawn(connection);
    Ok(client)
}

fn failed(statement: &str, error: &dyn std::error::Error) -> ExerciseError {
    let mut message = error.to_string();
    if let Some(source) = error.source() {
        message = format!("{message}: {source}");
    }
    ExerciseError::Statement { statement: statement.to_owned(), message }
}

impl Exercise {
    /// Runs statements for their effect.
    ///
    /// # Errors
    /// [`ExerciseError::Statement`] with the server's words.
    pub async fn run(&mut self, statements: &str) -> Result<(), ExerciseError> {
        for statement in split(statements) {
            match &mut self.connection {
                Connection::Postgres(client) => {
                    client.batch_execute(&statement).await.map_err(|error| failed(&statement, &error))?;
                }
                Connection::MySql(client, ..) => {
                    client.query_drop(&statement).await.map_err(|error| failed(&statement, &error))?;
                }
            }
        }
        Ok(())
    }

    /// Makes the tables of a lesson.
    ///
    /// # Errors
    /// [`ExerciseError::Statement`] with the server's words.
    pub async fn prepare(&mut self, lab: &lesson::Lab<'_>) -> Result<(), ExerciseError> {
        for (product, statements) in &lab.setup {
            if product.is_none_or(|product| self.is(product)) {
                self.run(statements).await?;
            }
        }
        Ok(())
    }

    /// Whether this is that product.
    pub fn is(&self, product: dbwright_model::Product) -> bool {
        matches!(
            (&self.connection, product),
            (Connection::Postgres(_), dbwright_model::Product::PostgreSQL)
                | (Connection::MySql(_, Product::MySql, _), dbwright_model::Product::MySQL)
                | (Connection::MySql(_, Product::MariaDb, _), dbwright_model::Product::MariaDB)
        )
    }

    /// Runs the `SET` statements of a case, then its query under this product's fullest `EXPLAIN`, and returns what the
    /// server printed. A case that says `EXPLAIN` or `ANALYZE` itself is run as it is. Nothing it writes stays.
    ///
    /// # Errors
    /// [`ExerciseError::Statement`] with the server's words.
    pub async fn plan(&mut self, case: &lesson::LabCase<'_>) -> Result<String, ExerciseError> {
        let mut statements = split(case.sql);
        let query = statements.pop().unwrap_or_default();
        self.begin().await?;
        for statement in statements {
            self.run(&statement).await?;
        }
        let explained = self.explain(&query).await;
        self.rollback().await?;
        explained
    }

    /// How long the query takes, the best of a few runs; its rows are fetched and dropped.
    ///
    /// # Errors
    /// [`ExerciseError::Statement`] with the server's words.
    pub async fn time(&mut self, case: &lesson::LabCase<'_>) -> Result<Duration, ExerciseError> {
        let mut statements = split(case.sql);
        let query = statements.pop().unwrap_or_default();
        let mut best = Duration::MAX;
        for _ in 0..3 {
            self.begin().await?;
            for statement in &statements {
                self.run(statement).await?;
            }
            let start = Instant::now();
            let outcome = self.run(&query).await;
            best = best.min(start.elapsed());
            self.rollback().await?;
            outcome?;
        }
        Ok(best)
    }

    async fn begin(&mut self) -> Result<(), ExerciseError> {
        self.run("BEGIN").await
    }

    async fn rollback(&mut self) -> Result<(), ExerciseError> {
        self.run("ROLLBACK").await?;
        // PostgreSQL takes settings back with the transaction, the others do not.
        if let Connection::MySql(client, _, own) = &mut self.connection {
            client.reset().await.map_err(|error| failed("reset the connection", &error))?;
            client.query_drop(&*own).await.map_err(|error| failed(own, &error))?;
        }
        Ok(())
    }

    async fn explain(&mut self, query: &str) -> Result<String, ExerciseError> {
        let first = query.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
        if first == "EXPLAIN" || first == "ANALYZE" {
            return self.ask(query).await;
        }
        let explain = match &self.connection {
            Connection::Postgres(_) => "EXPLAIN (ANALYZE, BUFFERS, SETTINGS)",
            Connection::MySql(_, Product::MariaDb, _) => "ANALYZE FORMAT=JSON",
            Connection::MySql(..) => "EXPLAIN ANALYZE",
        };
        self.ask(&format!("{explain} {query}")).await
    }

    /// Runs a query and returns what it printed: of PostgreSQL the first column, of the others all, separated by tabs.
    ///
    /// # Errors
    /// [`ExerciseError::Statement`] with the server's words.
    pub async fn ask(&mut self, query: &str) -> Result<String, ExerciseError> {
        match &mut self.connection {
            Connection::Postgres(client) => {
                let rows = client.simple_query(query).await.map_err(|error| failed(query, &error))?;
                let lines = rows.iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => row.get(0),
                    _ => None,
                });
                Ok(lines.collect::<Vec<_>>().join("\n"))
            }
            Connection::MySql(client, ..) => {
                let rows: Vec<mysql_async::Row> = client.query(query).await.map_err(|error| failed(query, &error))?;
                // as the client does it; a single column needs no name
                let header = rows.first().filter(|row| row.len() > 1).map(|row| {
                    let names = row.columns_ref().iter().map(|column| column.name_str().into_owned());
                    names.collect::<Vec<_>>().join("\t")
                });
                let lines = header.into_iter().chain(rows.iter().map(tab_separated));
                Ok(lines.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

/// A row as the client prints it in a pipe; a single column as it is.
fn tab_separated(row: &mysql_async::Row) -> String {
    let cell = |at: usize| match row.as_ref(at) {
        Some(mysql_async::Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(mysql_async::Value::NULL) | None => "NULL".to_owned(),
        Some(other) => other.as_sql(true).trim_matches('\'').to_owned(),
    };
    (0..row.len()).map(cell).collect::<Vec<_>>().join("\t")
}

/// Statements end with a semicolon at the end of a line.
fn split(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in text.lines() {
        let Some(last) = found.last_mut() else { continue };
        last.push_str(line);
        last.push('\n');
        if line.trim_end().ends_with(';') {
            found.push(String::new());
        }
    }
    let whole = |part: &String| part.trim().trim_end_matches(';').trim().to_owned();
    found.iter().map(whole).filter(|part| !part.is_empty()).collect()
}

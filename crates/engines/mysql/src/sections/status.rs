//! The server's counters (`SHOW GLOBAL STATUS`), numbers only.

use std::collections::BTreeMap;

use dbwright_model::{Case, NotEvaluated, Seconds, Section, Why};
use serde::{Deserialize, Serialize};

use crate::session::{Session, Trouble};
use crate::statement::Statement;

const STATUS: Statement = Statement::new(Status::ID, "SHOW GLOBAL STATUS");

/// MySQL's counters leave it out.
const HISTORY: Statement = Statement::new(
    Status::ID,
    "SELECT name AS variable_name, count AS value FROM information_schema.innodb_metrics
     WHERE name = 'trx_rseg_history_len' AND status = 'enabled'",
)
.mysql();

/// The name MariaDB gives it.
const HISTORY_LENGTH: &str = "innodb_history_list_length";

pub(crate) const STATEMENTS: &[Statement] = &[STATUS, HISTORY];

/// Counters and gauges by name (lower case), as the server reports them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Status(pub BTreeMap<String, f64>);

impl Section for Status {
    const ID: &'static str = "mysql.status";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "server counters";
}

impl Status {
    /// The counter, if this server has it.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    /// For how long the counters have counted: since the last FLUSH STATUS, or the start.
    pub fn window(&self) -> Seconds {
        Seconds(self.get("uptime_since_flush_status").or_else(|| self.get("uptime")).unwrap_or(0.0))
    }

    /// The window, when it is at least `least`; why not, otherwise.
    ///
    /// # Errors
    /// [`NotEvaluated`] while the counters are too young.
    pub fn at_least(&self, least: Seconds) -> Result<Seconds, NotEvaluated> {
        let window = self.window();
        match window.0 >= least.0 {
            true => Ok(window),
            false => Err(NotEvaluated::new(Why::Window, format!("the counters cover {window}, this needs {least}"))
                .allow("look again when the server has been up that long")),
        }
    }

    /// Adds a counter; for tests.
    pub fn with(mut self, name: &str, value: f64) -> Status {
        self.0.insert(name.to_owned(), value);
        self
    }
}

#[derive(Deserialize)]
struct Row {
    variable_name: String,
    value: serde_json::Value,
}

/// Reads the counters.
pub(crate) async fn read(session: &mut Session) -> Result<Status, Trouble> {
    let rows: Vec<Row> = session.rows(&STATUS).await?;
    let number = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text.trim().parse::<f64>().ok().filter(|n| n.is_finite()),
        other => other.as_f64(),
    };
    Ok(Status(
        rows.into_iter().filter_map(|row| Some((row.variable_name.to_ascii_lowercase(), number(row.value)?))).collect(),
    ))
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    match read(session).await {
        Ok(mut status) => {
            if status.get(HISTORY_LENGTH).is_none() {
                history(session, case, &mut status).await;
            }
            case.server.uptime = status.get("uptime").map(Seconds);
            case.store(&status);
        }
        Err(trouble) => case.miss(trouble.gap(Status::ID, None, None)),
    }
}

/// Adds the length of the history list, from where MySQL keeps it.
async fn history(session: &mut Session, case: &mut Case, status: &mut Status) {
    match session.rows::<Row>(&HISTORY).await {
        Ok(rows) => {
            let length = rows.first().and_then(|row| row.value.as_f64());
            status.0.extend(length.map(|length| (HISTORY_LENGTH.to_owned(), length)));
        }
        Err(trouble) => {
            case.miss(trouble.gap(Status::ID, Some("history list length"), Some(session.grant("PROCESS ON *.*"))));
        }
    }
}

//! What goes on right now: sessions, transactions, who waits for whom.

use serde::{Deserialize, Serialize};

use crate::case::{Case, Section};
use crate::privacy::{Label, Name, SqlText};
use crate::rule::NotEvaluated;
use crate::units::{Count, Seconds};

/// The sessions at the time of the case.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Activity {
    /// Sessions, sorted by id; ours is left out.
    pub sessions: Vec<Session>,
    /// Client connections in use, ours included.
    pub connections: Count,
    /// Most client connections the server takes.
    pub max_connections: Count,
    /// Of these, kept for administrators.
    pub reserved: Count,
    /// Most connections ever in use at once, where the server remembers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<Count>,
}

impl Section for Activity {
    const ID: &'static str = "activity";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "sessions";
}

impl Activity {
    /// The part that is missing when the server shows us the sessions of our own account only.
    pub const OTHERS: &'static str = "sessions of other accounts";

    /// Demands that the sessions of all accounts were shown: finding nothing among our own proves nothing.
    ///
    /// # Errors
    /// [`NotEvaluated`] with what would show them, when they were hidden.
    pub fn all_seen(case: &Case) -> Result<(), NotEvaluated> {
        let hidden =
            case.gaps.iter().find(|gap| gap.section == Activity::ID && gap.part.as_deref() == Some(Activity::OTHERS));
        hidden.map_or(Ok(()), |gap| Err(NotEvaluated::from(gap)))
    }

    /// The session with that id.
    pub fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }
}

/// What a session is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Running a statement.
    Active,
    /// Nothing to do, outside a transaction.
    #[default]
    Idle,
    /// A transaction is open and nothing happens in it.
    IdleInTransaction,
    /// The same, after an error.
    IdleInFailedTransaction,
    /// The server does not say, or not to us.
    Unknown,
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionKind {
    /// A client.
    #[default]
    Client,
    /// A replica or log receiver.
    Replication,
    /// A cleaner of old row versions.
    Vacuum,
    /// Another process of the server.
    Background,
}

/// One session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Session {
    /// The id that the server's kill command takes.
    pub id: String,
    /// Whose.
    #[serde(default)]
    pub kind: SessionKind,
    /// The role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    /// The database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Name>,
    /// What the client calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Label>,
    /// Where the client is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Name>,
    /// What it is doing.
    #[serde(default)]
    pub state: State,
    /// For how long it has been in that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_age: Option<Seconds>,
    /// Age of its open transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_age: Option<Seconds>,
    /// Age of its running statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_age: Option<Seconds>,
    /// Age of the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_age: Option<Seconds>,
    /// Its current or last statement, without literals; `None` when hidden from us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<SqlText>,
    /// What it waits for, as the server names it: `Lock/transactionid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// Sessions that hold what it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<String>,
    /// For how long it has been blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_for: Option<Seconds>,
}

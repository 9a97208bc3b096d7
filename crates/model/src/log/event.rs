//! What a record of a log says.

use crate::Engine;

/// A record. Everything is borrowed from the chunk it stands in; nothing of it may be kept but counts, hashes, names,
/// and statements without their literals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Event<'a> {
    /// When it was written, in microseconds since 1970-01-01 UTC.
    pub at: Option<i64>,
    /// Who wrote it: a number for the session (process and start, connection id, trace), any number that is the same for
    /// all records of one session and unlikely for others.
    pub session: Option<u64>,
    /// The transaction it belongs to, where the log tells: the same within one session and transaction.
    pub transaction: Option<u64>,
    /// Who is logged in; empty when not told.
    pub user: &'a [u8],
    /// Where; empty when not told.
    pub database: &'a [u8],
    /// What the client calls itself; empty when not told.
    pub application: &'a [u8],
    /// Host of the client; empty when not told.
    pub client: &'a [u8],
    /// Whose statement it is, where the log is not of one engine: a trace. Else the engine of the form.
    pub engine: Option<Engine>,
    /// Further dimensions that the record carries outside the statement's text, such as `code.filepath` of a span.
    pub tags: &'a [(&'a str, &'a [u8])],
    /// What it says.
    pub what: What<'a>,
}

/// What a record says.
#[derive(Debug, Clone, Copy, Default)]
pub enum What<'a> {
    /// Nothing that anybody counts.
    #[default]
    Nothing,
    /// A statement that ran, with its duration unless [`What::Ended`] follows.
    Statement(Statement<'a>),
    /// The last statement of the session without a duration took so long, in nanoseconds.
    Ended(u64),
    /// A plan of a statement that also has, or had, a record of its own: counts as no statement.
    Plan {
        /// The plan as logged.
        text: &'a [u8],
        /// The statement.
        said: Said<'a>,
        /// How long it ran, in nanoseconds.
        duration: Option<u64>,
    },
    /// Something else happened.
    Happening(Happening<'a>),
}

/// A statement that ran.
#[derive(Debug, Clone, Copy, Default)]
pub struct Statement<'a> {
    /// What was asked.
    pub said: Said<'a>,
    /// Values bound to its parameters, as logged; only ever hashed.
    pub parameters: &'a [u8],
    /// Which part of its life the duration is of.
    pub phase: Phase,
    /// How long, in nanoseconds.
    pub duration: Option<u64>,
    /// What else was measured.
    pub costs: Costs,
    /// The server's own number of the shape (`%Q`).
    pub query_id: Option<i64>,
    /// Whether it ended in an error.
    pub failed: bool,
    /// Where the server logs a sample: it stands for so many like it.
    pub one_of: Option<u64>,
}

/// A statement's text.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// SQL with its literals; how to read it is known from the reader's dialect.
    Sql(&'a [u8]),
    /// Of an engine without SQL, or a command that has no text: already without values.
    Shaped {
        /// Which statements are one.
        fingerprint: u64,
        /// Hash of the values.
        literals: u64,
        /// What is shown for it.
        shape: &'a str,
    },
}

impl Default for Said<'_> {
    fn default() -> Self {
        Said::Sql(b"")
    }
}

/// Which part of a statement's life a duration is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phase {
    /// All of it, or its execution.
    #[default]
    Execute,
    /// Parsing only (extended protocol): its time counts, it is no call.
    Parse,
    /// Binding and planning only (extended protocol): its time counts, it is no call.
    Bind,
    /// Fetching more rows of one that was already counted: its time counts, it is no call.
    Fetch,
}

/// What a log tells about a statement besides its duration. Absent is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Costs {
    /// Rows returned.
    pub rows: Option<u64>,
    /// Rows looked at.
    pub examined: Option<u64>,
    /// Rows changed.
    pub changed: Option<u64>,
    /// Time waited for locks, in nanoseconds.
    pub lock_wait: Option<u64>,
    /// Bytes sent to the client.
    pub sent: Option<u64>,
    /// Bytes of pages touched.
    pub pages: Option<u64>,
    /// Bytes of pages read from below the cache.
    pub pages_read: Option<u64>,
    /// Bytes spilled to temporary files.
    pub spilled: Option<u64>,
    /// Temporary tables on disk.
    pub disk_temp_tables: Option<u64>,
    /// Whether no index, or no good one, was used.
    pub without_index: Option<bool>,
}

/// Something that is no statement, or befell one.
#[derive(Debug, Clone, Copy)]
pub struct Happening<'a> {
    /// Which kind of thing.
    pub class: &'static Class,
    /// SQLSTATE or error number; empty when there is none.
    pub code: &'a [u8],
    /// The table, constraint, database… it befell: an identifier, never a value; empty when none is named.
    pub object: &'a [u8],
    /// How much, in the class's unit.
    pub measure: Option<u64>,
    /// The statement it befell.
    pub said: Option<Said<'a>>,
    /// Whether that failed by it, where no [`Statement`] of its own tells so.
    pub failed: bool,
}

/// A kind of thing that happens in servers.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name, the same in every log it can come from: `lock-wait`.
    pub id: &'static str,
    /// What it is, for a person: `waited for a lock`.
    pub title: &'static str,
    /// Its code in the taxonomy others use, where it has one: `L71`.
    pub alias: Option<&'static str>,
    /// Unit of [`Happening::measure`]: `bytes`, `ms`, ``.
    pub unit: &'static str,
}

//! How tables are used: what queries look up, range over, join, sort, group and write, with the calls and time behind it.
//!
//! Neutral: no SQL in it. It is a section of a case, and the file `access.toml` that people may edit before they hand it
//! to an advisor.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Section;
use crate::catalog::ObjectName;
use crate::privacy::{Name, SqlText};
use crate::units::{Bytes, Count, Rows, Seconds, Share};

/// The access patterns of all tables that queries of a workload use.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccessPatterns {
    /// Where the workload was read.
    pub source: String,
    /// Since when it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// All queries together, understood or not.
    pub total: Load,
    /// Statements that use no table of the user's: `BEGIN`, DDL, maintenance, what tools ask the server's own catalog.
    #[serde(default, skip_serializing_if = "Load::is_nothing")]
    pub other: Load,
    /// Queries whose text was not understood. They are in no table's figures.
    #[serde(default, skip_serializing_if = "Unclear::is_nothing")]
    pub not_understood: Unclear,
    /// Queries with columns that could not be attributed to a table, for want of a catalog. The rest of them counts.
    #[serde(default, skip_serializing_if = "Unclear::is_nothing")]
    pub unattributed: Unclear,
    /// Transactions that ask for more than the default isolation.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "isolation")]
    pub isolation: Vec<Isolation>,
    /// Tables, by the time behind them, then by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "table")]
    pub tables: Vec<TableAccess>,
}

impl Section for AccessPatterns {
    const ID: &'static str = "access";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "access patterns of tables";
}

impl AccessPatterns {
    /// The table of that name.
    pub fn table(&self, name: &ObjectName) -> Option<&TableAccess> {
        self.tables.iter().find(|table| table.schema == name.schema && table.name == name.name)
    }
    /// The part of all time that is in queries not understood; `None` where no time is known.
    pub fn share_not_understood(&self) -> Option<Share> {
        self.not_understood.load.time.share_of(self.total.time)
    }
}

/// Calls, and the time they took. A statement that uses several tables counts for each in full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// How often.
    pub calls: Count,
    /// Seconds together.
    pub time: Seconds,
    /// Rows returned or changed, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
}

impl Load {
    /// Whether nothing was called.
    pub fn is_nothing(&self) -> bool {
        *self == Load::default()
    }
}

impl std::ops::AddAssign for Load {
    fn add_assign(&mut self, other: Load) {
        self.calls = self.calls + other.calls;
        // to a nanosecond, so that a sum reads like what it is made of
        let time = self.time + other.time;
        self.time = if time.0 < 1e6 { Seconds((time.0 * 1e9).round() / 1e9) } else { time };
        self.rows = match (self.rows, other.rows) {
            (Some(one), Some(more)) => Some(one + more),
            (one, more) => one.or(more),
        };
    }
}

/// Queries of which something is not known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Unclear {
    /// How many shapes.
    pub queries: Count,
    /// What they cost.
    pub load: Load,
    /// Those that cost most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<UnclearQuery>,
}

impl Unclear {
    /// Whether there is none.
    pub fn is_nothing(&self) -> bool {
        self.queries == Count(0)
    }
}

/// A query of which something is not known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UnclearQuery {
    /// The server's identifier of the shape.
    pub fingerprint: String,
    /// What is not known, and where in the text. It repeats nothing of it.
    pub why: String,
    /// Columns that are of no known table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Name>,
    /// Its text, without literals.
    pub text: SqlText,
    /// What it cost.
    pub load: Load,
}

/// Transactions that ask for an isolation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Isolation {
    /// Which: `serializable`, `repeatable read`.
    pub level: String,
    /// How often it was asked for.
    pub calls: Count,
}

/// How a table is used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableAccess {
    /// Its schema; empty where it is not known.
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    pub schema: Name,
    /// Its name.
    pub name: Name,
    /// Rows it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
    /// Bytes it takes, indexes included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Bytes>,
    /// All statements that use it.
    pub total: Load,
    /// Statements that read it.
    #[serde(default, skip_serializing_if = "Load::is_nothing")]
    pub reads: Load,
    /// Statements that add rows.
    #[serde(default, skip_serializing_if = "Load::is_nothing")]
    pub inserts: Load,
    /// Statements that change rows (also `MERGE`).
    #[serde(default, skip_serializing_if = "Load::is_nothing")]
    pub updates: Load,
    /// Statements that remove rows.
    #[serde(default, skip_serializing_if = "Load::is_nothing")]
    pub deletes: Load,
    /// Executions of these that ended in an error: retries, where transactions conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Count>,
    /// How it grew, by the server's own counters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
    /// What statements do to it, by time.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "pattern")]
    pub patterns: Vec<Pattern>,
    /// Tables it is joined with, by time.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "join")]
    pub joins: Vec<JoinAccess>,
    /// Its columns that statements name, hottest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "column")]
    pub columns: Vec<ColumnAccess>,
    /// What says how consistent it must be, by calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "hint")]
    pub hints: Vec<Hint>,
}

impl TableAccess {
    /// Its full name.
    pub fn object_name(&self) -> ObjectName {
        ObjectName { schema: self.schema.clone(), name: self.name.clone() }
    }
    /// The part of the calls that only read; `None` without calls.
    pub fn read_share(&self) -> Option<Share> {
        let writes = self.inserts.calls + self.updates.calls + self.deletes.calls;
        let all = self.reads.calls + writes;
        Share::of(self.reads.calls.0 as f64, all.0 as f64)
    }
}

/// How a table grew since its counters began.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Since when the counters count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Rows added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inserted: Option<Rows>,
    /// Rows changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Rows>,
    /// Rows removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Rows>,
}

/// What a statement does with the rows it finds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It reads them.
    #[default]
    Read,
    /// It adds rows.
    Insert,
    /// It changes them.
    Update,
    /// It removes them.
    Delete,
    /// Any of these, by condition.
    Merge,
}

/// How a statement finds rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Find {
    /// By values of columns.
    Lookup,
    /// By values and a range of another column, or by a range alone.
    Range,
    /// By the beginning of a text.
    Prefix,
    /// By what a text, a document or an array contains; by distance.
    Search,
    /// By values that another table's rows give.
    Join,
    /// By conditions that no index answers, or by none: all rows.
    #[default]
    Scan,
    /// It does not look for rows: an insert.
    Nothing,
}

/// What statements of one form do to a table. Columns within an expression read `lower(email)`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// What is done with the rows.
    pub action: Action,
    /// How they are found.
    pub find: Find,
    /// Columns compared with a value for equality (also `IN`, `IS NULL`, flags).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equal: Vec<Name>,
    /// Columns compared with another table's column for equality.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Name>,
    /// Columns in a range.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub range: Vec<Name>,
    /// Columns that begin with a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix: Vec<Name>,
    /// Columns searched in: patterns, full text, containment, distance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<Name>,
    /// Columns in conditions that narrow little or in no way an index knows: `<>`, `OR`, `NOT`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filter: Vec<Name>,
    /// Columns sorted by, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<Name>,
    /// Those of them that go down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descending: Vec<Name>,
    /// Columns grouped by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<Name>,
    /// Aggregates, as functions: `count`, `sum`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aggregates: Vec<String>,
    /// Columns that are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<Name>,
    /// Columns that are read at all; empty when it is all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Name>,
    /// Only so many rows are asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limit: bool,
    /// Rows are passed over before: paging by `OFFSET`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offset: bool,
    /// What it costs.
    pub load: Load,
    /// The queries that do so, by their identifiers, most expensive first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<String>,
}

/// A table joined with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JoinAccess {
    /// Its schema.
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    pub schema: Name,
    /// Its name.
    pub name: Name,
    /// The columns of this table.
    pub columns: Vec<Name>,
    /// The columns of the other, in step.
    pub theirs: Vec<Name>,
    /// What it costs.
    pub load: Load,
}

/// How a column is used: calls of statements that do so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnAccess {
    /// Its name.
    pub name: Name,
    /// Statements that name it in any way.
    pub load: Load,
    /// Compared with values for equality.
    #[serde(default, skip_serializing_if = "none")]
    pub equal: Count,
    /// In a range, or a prefix.
    #[serde(default, skip_serializing_if = "none")]
    pub range: Count,
    /// Searched in.
    #[serde(default, skip_serializing_if = "none")]
    pub search: Count,
    /// In another condition.
    #[serde(default, skip_serializing_if = "none")]
    pub filter: Count,
    /// Joined by.
    #[serde(default, skip_serializing_if = "none")]
    pub join: Count,
    /// Sorted by.
    #[serde(default, skip_serializing_if = "none")]
    pub sort: Count,
    /// Grouped by.
    #[serde(default, skip_serializing_if = "none")]
    pub group: Count,
    /// Aggregated.
    #[serde(default, skip_serializing_if = "none")]
    pub aggregate: Count,
    /// Written by `INSERT`.
    #[serde(default, skip_serializing_if = "none")]
    pub inserted: Count,
    /// Written by `UPDATE` and `MERGE`.
    #[serde(default, skip_serializing_if = "none")]
    pub updated: Count,
}

fn none(count: &Count) -> bool {
    count.0 == 0
}

/// What says how consistent a table must be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hint {
    /// Which.
    pub kind: HintKind,
    /// Statements that say so.
    pub load: Load,
}

/// The kinds of hint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HintKind {
    /// Rows are locked before they are changed: `FOR UPDATE`.
    #[default]
    ForUpdate,
    /// Rows are kept from change: `FOR SHARE`.
    ForShare,
    /// Rows that another holds are left out: a queue.
    SkipLocked,
    /// The statement fails rather than wait.
    NoWait,
    /// An insert that updates where the key exists.
    Upsert,
    /// A column is changed by what it was: `SET n = n + 1`.
    Increment,
}

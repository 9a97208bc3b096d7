//! A rule: one thing a consultant knows how to see.
//!
//! A rule is a constant: its metadata, its lesson and its check, in one file. It sees a [`Case`] and
//! nothing else: no driver, no socket, no file, no clock.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::case::{Case, Gap, Why};
use crate::engine::Engine;
use crate::finding::{Finding, Harm};
use crate::units::Quantity;

/// What a rule returns: its findings (none is good news), or why it could not look.
pub type Checked = Result<Vec<Finding>, NotEvaluated>;

/// The part of the craft a rule belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// Sessions, pools, limits.
    Connections,
    /// Who waits for whom; long transactions.
    Locks,
    /// Versions of rows and what cleans them: vacuum, purge, wraparound.
    Vacuum,
    /// Bloat, fragmentation, growth.
    Space,
    /// Missing, wrong, superfluous indexes.
    Indexes,
    /// Keys, types, constraints.
    Schema,
    /// What the planner knows.
    Statistics,
    /// Log, checkpoints, crash safety, backups.
    Durability,
    /// Replicas, slots, lag.
    Replication,
    /// Buffers, caches, per-session memory, eviction.
    Memory,
    /// Queries and their cost.
    Workload,
    /// What befell the server and its sessions, as its log tells.
    Log,
    /// How a query is executed: what its plan shows.
    Plans,
    /// Accounts, privileges, encryption.
    Security,
    /// Version, upgrades, collation, extensions.
    Maintenance,
    /// What the server lets us see.
    Observability,
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// A threshold with its unit and its source; a rule compares against [`Limit::value`].
#[derive(Debug)]
pub struct Limit<T> {
    /// What is compared.
    pub what: &'static str,
    /// The threshold.
    pub value: T,
    /// Who says so, or how it was measured; with the version range where it depends on one.
    pub source: &'static str,
}

/// A [`Limit`] of any unit, for listing.
pub trait LimitInfo: fmt::Debug + Sync {
    /// What is compared.
    fn what(&self) -> &'static str;
    /// The threshold with its unit.
    fn quantity(&self) -> Quantity;
    /// Who says so.
    fn source(&self) -> &'static str;
}

impl<T: Copy + Into<Quantity> + fmt::Debug + Sync> LimitInfo for Limit<T> {
    fn what(&self) -> &'static str {
        self.what
    }
    fn quantity(&self) -> Quantity {
        self.value.into()
    }
    fn source(&self) -> &'static str {
        self.source
    }
}

/// One thing a consultant knows how to see.
pub struct Rule {
    /// Its name, in the field's words: `idle-in-transaction`. The files are called the same.
    pub id: &'static str,
    /// What it is about, in a line, without a period.
    pub title: &'static str,
    /// Where it applies.
    pub engines: &'static [Engine],
    /// Which versions of them, and what changes in which.
    pub versions: &'static str,
    /// Part of the craft.
    pub area: Area,
    /// What happens to those who ignore it; ranks findings of equal severity.
    pub harm: Harm,
    /// Its thresholds, each with its source.
    pub limits: &'static [&'static dyn LimitInfo],
    /// Rules whose findings are symptoms when this one fires: on the same object, or anywhere when
    /// this one's subject is the server, a setting, a session or a slot.
    pub explains: &'static [&'static str],
    /// When a finding of this rule is wrong or may be ignored.
    pub wrong_when: &'static str,
    /// The popular wrong fix, and why it is wrong.
    pub do_not: &'static str,
    /// The lesson, in Markdown with fixed headings; see [`crate::lesson`].
    pub lesson: &'static str,
    /// Looks at the case.
    pub check: fn(&Case) -> Checked,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.id).finish()
    }
}

/// Why a rule could not be evaluated, and what would allow it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotEvaluated {
    /// The kind of reason.
    pub why: Why,
    /// In words.
    pub detail: String,
    /// The exact `GRANT`, setting or option that would help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<String>,
}

impl NotEvaluated {
    /// A reason without a remedy.
    pub fn new(why: Why, detail: impl Into<String>) -> NotEvaluated {
        NotEvaluated { why, detail: detail.into(), allow: None }
    }

    /// Adds what would help.
    pub fn allow(mut self, remedy: impl Into<String>) -> NotEvaluated {
        self.allow = Some(remedy.into());
        self
    }

    /// The question does not arise on this server.
    pub fn not_applicable(detail: impl Into<String>) -> NotEvaluated {
        NotEvaluated::new(Why::NotApplicable, detail)
    }
}

impl From<&Gap> for NotEvaluated {
    fn from(gap: &Gap) -> NotEvaluated {
        NotEvaluated { why: gap.why, detail: gap.detail.clone(), allow: gap.allow.clone() }
    }
}

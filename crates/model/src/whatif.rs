//! What a server's planner would do if other indexes existed.
//!
//! A room or a lab offers a [`WhatIf`]; an advisor asks. It blocks, since a search is one long computation: call it from a
//! thread of its own.

use crate::candidate::Candidate;
use crate::catalog::ObjectName;
use crate::units::Bytes;

/// A number that stands for a candidate offered to a [`WhatIf`], in the order offered, from 0.
pub type CandidateId = usize;

/// One question: the plan of a query if just these candidates existed besides the indexes that do, and some of those did not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question<'q> {
    /// A statement the planner takes: with literals, or with parameters `$n` (PostgreSQL), which are planned for any value.
    pub query: &'q str,
    /// Candidates that exist, ascending.
    pub with: Vec<CandidateId>,
    /// Existing indexes that do not, ascending.
    pub without: Vec<ObjectName>,
}

/// What the planner answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Its cost of the whole plan, in its own unit; comparable between answers of one server.
    pub cost: f64,
    /// Candidates that the plan uses, ascending.
    pub used: Vec<CandidateId>,
    /// Existing indexes that it uses, ascending.
    pub existing: Vec<ObjectName>,
}

/// A candidate that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// Its size as the planner sees it, which need not be right (HypoPG does not know that equal keys share an entry).
    pub planners_size: Option<Bytes>,
}

/// Why a question or a candidate got no answer; what to tell a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The planner does not take the statement or the index; its words. Others may still be asked.
    Refused(String),
    /// The server is lost, or its budget is spent; nothing more can be asked.
    Lost(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Refused(why) | Refusal::Lost(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Refusal {}

/// A planner that can be asked what it would do.
pub trait WhatIf: Send {
    /// Where it stands, for a person: `HypoPG 1.4.1 on db1:5432`, `a lab clone (PostgreSQL 15.20)`.
    fn place(&self) -> String;
    /// Makes candidates known; each gets the next [`CandidateId`], also when it is refused.
    fn offer(&mut self, candidates: &[Candidate]) -> Vec<Result<Offered, Refusal>>;
    /// Asks; one answer a question, in their order. Implementations use as many connections as are good for the server.
    fn ask(&mut self, questions: &[Question<'_>]) -> Vec<Result<Estimate, Refusal>>;
    /// Whether [`Question::without`] is heeded; otherwise such questions are refused.
    fn can_hide(&self) -> bool;
}

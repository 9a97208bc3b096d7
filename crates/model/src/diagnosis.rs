//! The outcome of a consultation: findings in order, what was silenced, what could not be looked at.

use serde::{Deserialize, Serialize};

use crate::case::{Gap, Server};
use crate::finding::{Finding, Severity};
use crate::privacy::Redaction;
use crate::rule::NotEvaluated;

/// Everything a renderer needs; the same for every format.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Who was consulted.
    pub server: Server,
    /// What was taken out of the evidence.
    pub redaction: Redaction,
    /// Findings, most important first; symptoms right behind their cause.
    pub findings: Vec<Finding>,
    /// Findings silenced by configuration or by a comment, with the reason given.
    pub suppressed: Vec<Suppressed>,
    /// Rules that could not be evaluated.
    pub not_evaluated: Vec<Unseen>,
    /// Evidence that is missing.
    pub gaps: Vec<Gap>,
    /// How many rules apply to this engine, evaluated or not.
    pub rules: usize,
}

/// A finding that someone decided not to hear about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Why, in their words.
    pub reason: String,
    /// Where that is written: `dbwright.toml`, `comment on public.orders`.
    pub by: String,
}

/// A rule that could not be evaluated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unseen {
    /// The rule's id.
    pub rule: String,
    /// Why, and what would allow it.
    #[serde(flatten)]
    pub reason: NotEvaluated,
}

impl Diagnosis {
    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// How many findings have that severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

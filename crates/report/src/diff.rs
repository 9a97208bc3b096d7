//! Two diagnoses of the same system compared.

use std::collections::BTreeMap;
use std::io;

use dbwright_model::{Diagnosis, Finding};
use serde::Serialize;

use crate::clean;
use crate::paint::{Paint, wrap};
use crate::view::{fingerprint, named, plural};

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was not there before.
    New,
    /// Its severity rose, or its figure grew.
    Worse,
    /// Its severity fell, or its figure shrank.
    Better,
    /// It is no longer there.
    Gone,
    /// It was there but its rule could not be evaluated this time: not known to be gone.
    Unseen,
    /// As before.
    Unchanged,
}

/// A figure that moved by less than this part of itself is as before.
const NOISE: f64 = 0.1;

/// The findings of both diagnoses by what became of them.
#[derive(Debug, Serialize)]
pub struct Difference<'a> {
    schema: &'static str,
    /// What changed, in the order of [`Change`], then of the diagnosis.
    pub changes: Vec<(Change, &'a Finding)>,
}

/// Compares two diagnoses; findings are the same when rule and object are.
pub fn difference<'a>(before: &'a Diagnosis, after: &'a Diagnosis) -> Difference<'a> {
    let mut old: BTreeMap<String, &Finding> = before.findings.iter().map(|f| (fingerprint(f), f)).collect();
    let mut changes: Vec<(Change, &Finding)> = Vec::new();
    for finding in &after.findings {
        let change = match old.remove(&fingerprint(finding)) {
            None => Change::New,
            Some(was) => compare(was, finding),
        };
        changes.push((change, finding));
    }
    for finding in before.findings.iter().filter(|finding| old.contains_key(&fingerprint(finding))) {
        let unseen = after.not_evaluated.iter().any(|unseen| unseen.rule == finding.rule);
        changes.push((if unseen { Change::Unseen } else { Change::Gone }, finding));
    }
    changes.sort_by_key(|(change, _)| *change);
    Difference { schema: "dbwright/diff/1", changes }
}

fn compare(was: &Finding, is: &Finding) -> Change {
    let moved = |factor: f64| is.weight * factor - was.weight * factor > was.weight.abs() * NOISE;
    match is.severity.cmp(&was.severity) {
        std::cmp::Ordering::Greater => Change::Worse,
        std::cmp::Ordering::Less => Change::Better,
        std::cmp::Ordering::Equal if moved(1.0) => Change::Worse,
        std::cmp::Ordering::Equal if moved(-1.0) => Change::Better,
        std::cmp::Ordering::Equal => Change::Unchanged,
    }
}

impl Difference<'_> {
    /// The findings with that fate.
    pub fn of(&self, change: Change) -> impl Iterator<Item = &Finding> {
        self.changes.iter().filter(move |(is, _)| *is == change).map(|(_, finding)| *finding)
    }

    /// For a terminal; what is unchanged is only counted.
    pub fn text(&self, width: usize, color: bool, out: &mut impl io::Write) -> io::Result<()> {
        let paint = Paint { color };
        let width = width.clamp(30, 140);
        for change in [Change::New, Change::Worse, Change::Better, Change::Gone, Change::Unseen] {
            let findings: Vec<&Finding> = self.of(change).collect();
            if findings.is_empty() {
                continue;
            }
            let word = match change {
                Change::Unseen => "no longer evaluated".to_owned(),
                change => format!("{change:?}").to_lowercase(),
            };
            writeln!(out, "{} ({})", paint.bold(&word), findings.len())?;
            for finding in findings {
                let severity = paint.severity(finding.severity, &format!("{:<5}", finding.severity.to_string()));
                writeln!(
                    out,
                    "  {severity}  {}  {}",
                    clean::line(&finding.rule),
                    clean::line(&named(&finding.subject))
                )?;
                write!(out, "{}", wrap(&format!("{}.", clean::line(&finding.cause)), width, "         ", "         "))?;
            }
            writeln!(out)?;
        }
        writeln!(out, "{} unchanged", plural(self.of(Change::Unchanged).count(), "finding"))
    }

    /// As JSON.
    pub fn json(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "{}", serde_json::to_string_pretty(self)?)
    }
}

//! What changed between two consultations of one system.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::{self, Write};

use dbwright_model::{Diagnosis, Finding, Server};
use serde::Serialize;

use crate::clean::clean;
use crate::text::{Paint, wrapped};

/// A finding that both have, and that matters more or less than before.
#[derive(Debug, Serialize)]
pub struct Moved<'a> {
    /// Before.
    pub before: &'a Finding,
    /// After.
    pub after: &'a Finding,
}

/// What changed.
#[derive(Debug, Serialize)]
pub struct Changes<'a> {
    schema: &'static str,
    before: &'a Server,
    after: &'a Server,
    /// Only after.
    pub new: Vec<&'a Finding>,
    /// More severe than before, or heavier by a tenth or more.
    pub worse: Vec<Moved<'a>>,
    /// Less severe than before, or lighter by a tenth or more.
    pub better: Vec<Moved<'a>>,
    /// Only before.
    pub gone: Vec<&'a Finding>,
    /// How many are as they were.
    pub unchanged: usize,
    /// Rules evaluated in one of the two only: their findings cannot be compared.
    pub not_comparable: Vec<&'a str>,
}

impl<'a> Changes<'a> {
    /// What is there now and was not, or not so bad.
    pub fn new_or_worse(&self) -> impl Iterator<Item = &'a Finding> {
        self.new.iter().copied().chain(self.worse.iter().map(|moved| moved.after))
    }
}

/// Compares findings by rule and object.
pub fn compare<'a>(before: &'a Diagnosis, after: &'a Diagnosis) -> Changes<'a> {
    let key = |finding: &'a Finding| (finding.rule.as_str(), &finding.subject);
    let old: BTreeMap<_, _> = before.findings.iter().map(|finding| (key(finding), finding)).collect();
    let now: BTreeMap<_, _> = after.findings.iter().map(|finding| (key(finding), finding)).collect();
    let unseen = |diagnosis: &'a Diagnosis| {
        diagnosis.not_evaluated.iter().map(|unseen| unseen.rule.as_str()).collect::<Vec<_>>()
    };
    let (blind_before, blind_after) = (unseen(before), unseen(after));
    let mut not_comparable: Vec<&str> = Vec::new();
    not_comparable.extend(blind_before.iter().filter(|rule| !blind_after.contains(rule)));
    not_comparable.extend(blind_after.iter().filter(|rule| !blind_before.contains(rule)));
    not_comparable.sort_unstable();
    let comparable = |finding: &&Finding| !not_comparable.contains(&finding.rule.as_str());
    let mut changes = Changes {
        schema: "dbwright/diff/1",
        before: &before.server,
        after: &after.server,
        new: after.findings.iter().filter(|finding| !old.contains_key(&key(finding))).filter(comparable).collect(),
        worse: Vec::new(),
        better: Vec::new(),
        gone: before.findings.iter().filter(|finding| !now.contains_key(&key(finding))).filter(comparable).collect(),
        unchanged: 0,
        not_comparable: Vec::new(),
    };
    for finding in &after.findings {
        let Some(&previous) = old.get(&key(finding)) else { continue };
        let moved = Moved { before: previous, after: finding };
        let by_weight = match (previous.weight, finding.weight) {
            (was, is) if is > was * 1.1 => Ordering::Greater,
            (was, is) if is < was * 0.9 => Ordering::Less,
            _ => Ordering::Equal,
        };
        match finding.severity.cmp(&previous.severity).then(by_weight) {
            Ordering::Greater => changes.worse.push(moved),
            Ordering::Less => changes.better.push(moved),
            Ordering::Equal => changes.unchanged += 1,
        }
    }
    changes.not_comparable = not_comparable;
    changes
}

/// As JSON.
///
/// # Errors
/// Those of the writer.
pub fn json(changes: &Changes<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, changes)?;
    out.write_all(b"\n")
}

/// As text.
///
/// # Errors
/// Those of the writer.
pub fn text(changes: &Changes<'_>, width: usize, color: bool, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let paint = Paint(color);
    let day = |server: &Server| server.now.to_string();
    writeln!(out, "{} → {}", day(changes.before), day(changes.after))?;
    let mut part = |title: &str, findings: Vec<(&Finding, String)>| -> io::Result<()> {
        if findings.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{} ({})", paint.bold(title), findings.len())?;
        for (finding, note) in findings {
            let severity = paint.severity(finding.severity, &format!("{:<5}", finding.severity));
            let name = finding.subject.to_string();
            writeln!(out, "{severity}  {:<28} {}{note}", finding.rule, clean(&name, false))?;
            wrapped(&clean(&finding.cause, false), "       ", "       ", width, out)?;
        }
        Ok(())
    };
    let was = |moved: &Moved<'_>| match moved.before.severity == moved.after.severity {
        true => String::new(),
        false => format!("  (was {})", moved.before.severity),
    };
    part("new", changes.new.iter().map(|finding| (*finding, String::new())).collect())?;
    part("worse", changes.worse.iter().map(|moved| (moved.after, was(moved))).collect())?;
    part("better", changes.better.iter().map(|moved| (moved.after, was(moved))).collect())?;
    part("gone", changes.gone.iter().map(|finding| (*finding, String::new())).collect())?;
    writeln!(out, "\n{} unchanged", changes.unchanged)?;
    if !changes.not_comparable.is_empty() {
        let text = format!("evaluated in one of the two only, so not compared: {}", changes.not_comparable.join(", "));
        wrapped(&text, "", "  ", width, out)?;
    }
    Ok(())
}

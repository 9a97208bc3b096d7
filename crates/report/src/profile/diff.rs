//! Two profiles compared.

use std::io;

use dbwright_model::{Seconds, Severity};
use dbwright_workload::Digest;
use dbwright_workload::compare::{Changed, Comparison, Fate, Side, compare};
use serde::Serialize;

use super::number;
use crate::clean;
use crate::paint::{Paint, wrap};

/// A slower shape with less of all time is worth knowing, not a warning.
const LOUD: f64 = 0.02;

/// What differs between two profiles.
#[derive(Debug, Serialize)]
pub struct ProfileDifference {
    schema: &'static str,
    #[serde(flatten)]
    comparison: Comparison,
}

/// Compares the profiles of one system.
pub fn profile_difference(before: &Digest, after: &Digest) -> ProfileDifference {
    ProfileDifference { schema: "dbwright/profile-diff/1", comparison: compare(before, after) }
}

impl ProfileDifference {
    /// How bad the changes are: `error` when a shape that takes a tenth of all time got twice as slow, `warn` when one
    /// with two hundredths got slower or is new, `info` when anything changed.
    pub fn severity(&self) -> Option<Severity> {
        self.comparison.changed.iter().map(severity).max()
    }

    /// For a terminal.
    pub fn text(&self, width: usize, color: bool, out: &mut impl io::Write) -> io::Result<()> {
        let paint = Paint { color };
        let width = width.clamp(40, 140);
        let about = |(calls, time, length): (u64, Seconds, Option<f64>)| {
            let length = length.map_or_else(String::new, |length| format!(" over {}", Seconds(length)));
            format!("{} statements, {time}{length}", number(calls))
        };
        writeln!(out, "before  {}", about(self.comparison.before))?;
        writeln!(out, "after   {}", about(self.comparison.after))?;
        let mut last = None;
        for change in &self.comparison.changed {
            if last != Some(change.fate) {
                last = Some(change.fate);
                writeln!(out, "\n{}", paint.bold(word(change.fate)))?;
            }
            let line = figures(change);
            let line = match severity(change) {
                Severity::Info => line,
                severity => paint.severity(severity, &line),
            };
            writeln!(out, "  {line}")?;
            let text = clean::line(change.text.as_str());
            write!(out, "{}", wrap(&text, width, "      ", "      "))?;
        }
        writeln!(out, "\n{} shapes unchanged", self.comparison.unchanged)
    }

    /// As JSON.
    pub fn json(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "{}", serde_json::to_string_pretty(self)?)
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::New => "new",
        Fate::Slower => "slower",
        Fate::MoreOften => "asked more often",
        Fate::OtherPlan => "another plan",
        Fate::Faster => "faster",
        Fate::LessOften => "asked less often",
        Fate::Gone => "gone",
    }
}

fn severity(change: &Changed) -> Severity {
    let share = change.after.or(change.before).map_or(0.0, |side| side.share);
    match change.fate {
        Fate::Slower if share >= 0.1 && change.slower.is_some_and(|slower| slower.likely >= 2.0) => Severity::Error,
        Fate::New | Fate::Slower | Fate::MoreOften if share >= LOUD => Severity::Warn,
        _ => Severity::Info,
    }
}

fn figures(change: &Changed) -> String {
    let mut parts = Vec::new();
    if let Some(slower) = change.slower.filter(|_| matches!(change.fate, Fate::Slower | Fate::Faster)) {
        parts.push(format!("× {:.2} (95 %: {:.2} to {:.2})", slower.likely, slower.low, slower.high));
    }
    let both = |of: &dyn Fn(&Side) -> Option<String>| {
        let sides: Vec<String> = [change.before, change.after].iter().flatten().filter_map(of).collect();
        (!sides.is_empty()).then(|| sides.join(" → "))
    };
    parts.extend(both(&|side| Some(format!("mean {}", side.mean))));
    parts.extend(both(&|side| side.p95.map(|p95| format!("p95 {p95}"))));
    parts.extend(both(&|side| match side.rate {
        Some(rate) => Some(format!("{rate:.1}/s")),
        None => Some(format!("{} calls", number(side.calls))),
    }));
    parts.extend(both(&|side| Some(format!("{:.1} %", side.share * 100.0))));
    if let Some(hourly) = change.hourly.filter(|hourly| hourly.abs() >= 1.0) {
        let sign = if hourly > 0.0 { "+" } else { "−" };
        parts.push(format!("{sign}{} each hour", Seconds(hourly.abs())));
    }
    parts.join(" · ")
}

//! Annotations of a GitHub job: one workflow command a finding.

use std::io::{self, Write};

use dbwright_model::Severity;

use crate::View;
use crate::clean::clean;

pub(crate) fn render(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    for finding in &view.diagnosis.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warn => "warning",
            Severity::Info => "notice",
        };
        let title = format!("{}: {}", finding.rule, finding.subject);
        let mut message = finding.cause.clone();
        if let Some(because) = &finding.because {
            message += &format!("\nbecause of {}: {}", because.rule, because.subject);
        }
        if let Some(fix) = finding.fixes.first() {
            message += &format!("\nfix: {}", fix.statement);
        }
        writeln!(out, "::{command} title={}::{}", property(&title), data(&message))?;
    }
    let diagnosis = view.diagnosis;
    let (errors, warnings) = (diagnosis.count(Severity::Error), diagnosis.count(Severity::Warn));
    writeln!(
        out,
        "dbwright: {errors} errors, {warnings} warnings, {} notices; {} of {} rules not evaluated",
        diagnosis.count(Severity::Info),
        diagnosis.not_evaluated.len(),
        diagnosis.rules
    )
}

/// The message of a command, escaped as the runner undoes it.
fn data(text: &str) -> String {
    clean(text, true).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

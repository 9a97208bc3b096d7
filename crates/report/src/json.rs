//! One JSON document with a versioned schema: `schemas/diagnosis-1.json`.

use std::io::{self, Write};

use dbwright_model::diagnosis::{Suppressed, Unseen};
use dbwright_model::{Finding, Gap, Redaction, Server, Severity};
use serde::Serialize;

use crate::View;

/// The schema's name; raised when a reader of this one would misread the output.
pub(crate) const SCHEMA: &str = "dbwright/diagnosis/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    target: &'a str,
    server: &'a Server,
    redaction: Redaction,
    summary: Summary,
    findings: &'a [Finding],
    suppressed: &'a [Suppressed],
    not_evaluated: &'a [Unseen],
    gaps: &'a [Gap],
}

/// How many of what.
#[derive(Serialize)]
pub(crate) struct Summary {
    rules: usize,
    error: usize,
    warn: usize,
    info: usize,
}

impl Summary {
    pub(crate) fn of(view: &View<'_>) -> Summary {
        Summary {
            rules: view.diagnosis.rules,
            error: view.diagnosis.count(Severity::Error),
            warn: view.diagnosis.count(Severity::Warn),
            info: view.diagnosis.count(Severity::Info),
        }
    }
}

pub(crate) fn render(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let diagnosis = view.diagnosis;
    let document = Document {
        schema: SCHEMA,
        target: view.target,
        server: &diagnosis.server,
        redaction: diagnosis.redaction,
        summary: Summary::of(view),
        findings: &diagnosis.findings,
        suppressed: &diagnosis.suppressed,
        not_evaluated: &diagnosis.not_evaluated,
        gaps: &diagnosis.gaps,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

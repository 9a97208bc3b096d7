//! The diagnosis as JSON, described by [`SCHEMA`], and as lines of it.

use std::io;

use dbwright_model::diagnosis::{Suppressed, Unseen};
use dbwright_model::plan::Plan;
use dbwright_model::{Area, Finding, Gap, Harm, Redaction, Server, Severity};
use serde::Serialize;

use crate::plan;
use crate::view::{NotRead, View, fingerprint};

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("../schemas/diagnosis-2.json");

/// The schema's name as it stands in the document.
const NAME: &str = "dbwright/diagnosis/2";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    dbwright: &'static str,
    server: &'a Server,
    redaction: Redaction,
    summary: Summary,
    findings: Vec<Entry<'a>>,
    suppressed: &'a [Suppressed],
    not_evaluated: &'a [Unseen],
    gaps: &'a [Gap],
    #[serde(flatten)]
    read: Read<'a>,
}

/// The plans, and what the reading of files left.
#[derive(Serialize)]
struct Read<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    plans: Option<&'a [Plan]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_read: Option<&'a [NotRead]>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    advice: &'a [String],
}

impl<'a> Read<'a> {
    fn of(view: &View<'a>) -> Read<'a> {
        Read {
            plans: plan::plans(view).map(|plans| plans.plans.as_slice()),
            not_read: view.files.map(|files| files.not_read.as_slice()),
            advice: view.files.map_or(&[], |files| &files.advice),
        }
    }
}

#[derive(Serialize)]
struct Summary {
    error: usize,
    warn: usize,
    info: usize,
    below_minimum: usize,
    suppressed: usize,
    rules: usize,
    not_evaluated: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<Area>,
    #[serde(skip_serializing_if = "Option::is_none")]
    harm: Option<Harm>,
    #[serde(flatten)]
    finding: &'a Finding,
}

fn summary(view: &View<'_>) -> Summary {
    let diagnosis = view.diagnosis;
    Summary {
        error: diagnosis.count(Severity::Error),
        warn: diagnosis.count(Severity::Warn),
        info: diagnosis.count(Severity::Info),
        below_minimum: view.hidden(),
        suppressed: diagnosis.suppressed.len(),
        rules: diagnosis.rules,
        not_evaluated: diagnosis.not_evaluated.len(),
    }
}

fn entry<'a>(view: &View<'a>, finding: &'a Finding) -> Entry<'a> {
    let rule = view.rule(&finding.rule);
    Entry {
        id: fingerprint(finding),
        title: rule.map(|rule| rule.title),
        area: rule.map(|rule| rule.area),
        harm: rule.map(|rule| rule.harm),
        finding,
    }
}

pub(crate) fn document(view: &View<'_>) -> io::Result<String> {
    let document = Document {
        schema: NAME,
        dbwright: env!("CARGO_PKG_VERSION"),
        server: &view.diagnosis.server,
        redaction: view.diagnosis.redaction,
        summary: summary(view),
        findings: view.shown().map(|finding| entry(view, finding)).collect(),
        suppressed: &view.diagnosis.suppressed,
        not_evaluated: &view.diagnosis.not_evaluated,
        gaps: &view.diagnosis.gaps,
        read: Read::of(view),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// A head with the server, one finding a line, a tail with the counts; the tail tells that nothing was cut off.
pub(crate) fn lines(view: &View<'_>) -> io::Result<String> {
    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Line<'a> {
        Head {
            schema: &'static str,
            dbwright: &'static str,
            server: &'a Server,
            redaction: Redaction,
        },
        Finding(Entry<'a>),
        Tail {
            summary: Summary,
            suppressed: &'a [Suppressed],
            not_evaluated: &'a [Unseen],
            gaps: &'a [Gap],
            #[serde(flatten)]
            read: Read<'a>,
        },
    }
    let diagnosis = view.diagnosis;
    let head = Line::Head {
        schema: NAME,
        dbwright: env!("CARGO_PKG_VERSION"),
        server: &diagnosis.server,
        redaction: diagnosis.redaction,
    };
    let tail = Line::Tail {
        summary: summary(view),
        suppressed: &diagnosis.suppressed,
        not_evaluated: &diagnosis.not_evaluated,
        gaps: &diagnosis.gaps,
        read: Read::of(view),
    };
    let mut out = String::new();
    let findings = view.shown().map(|finding| Line::Finding(entry(view, finding)));
    for line in std::iter::once(head).chain(findings).chain(std::iter::once(tail)) {
        out.push_str(&serde_json::to_string(&line)?);
        out.push('\n');
    }
    Ok(out)
}

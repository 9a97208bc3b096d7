//! A head, one finding a line, and a tail: for tools that stream.

use std::io::{self, Write};

use dbwright_model::{Finding, Server};
use serde::Serialize;

use crate::View;
use crate::json::{SCHEMA, Summary};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Head { schema: &'static str, target: &'a str, server: &'a Server },
    Finding(&'a Finding),
    Tail { summary: Summary, suppressed: usize, not_evaluated: usize, gaps: usize },
}

pub(crate) fn render(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let diagnosis = view.diagnosis;
    let mut line = |line: &Line<'_>| -> io::Result<()> {
        serde_json::to_writer(&mut *out, line)?;
        out.write_all(b"\n")
    };
    line(&Line::Head { schema: SCHEMA, target: view.target, server: &diagnosis.server })?;
    for finding in &diagnosis.findings {
        line(&Line::Finding(finding))?;
    }
    line(&Line::Tail {
        summary: Summary::of(view),
        suppressed: diagnosis.suppressed.len(),
        not_evaluated: diagnosis.not_evaluated.len(),
        gaps: diagnosis.gaps.len(),
    })
}

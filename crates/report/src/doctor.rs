//! What we could and could not see, and what would help.

use std::collections::BTreeMap;
use std::io::{self, Write};

use dbwright_model::{Case, Diagnosis, Why};
use serde::Serialize;

use crate::clean::clean;
use crate::text::{Paint, wrapped};

/// Something that is not seen for one reason.
#[derive(Serialize)]
struct Blind<'a> {
    why: Why,
    detail: &'a str,
    allow: Option<&'a str>,
    evidence: Vec<String>,
    rules: Vec<&'a str>,
}

#[derive(Serialize)]
struct Page<'a> {
    schema: &'static str,
    server: &'a dbwright_model::Server,
    sections: Vec<&'a str>,
    rules: usize,
    not_evaluated: usize,
    blind: Vec<Blind<'a>>,
}

/// Gaps and unevaluated rules by what would allow them (or by reason, where nothing would), those that hide most first.
fn page<'a>(case: &'a Case, diagnosis: &'a Diagnosis) -> Page<'a> {
    let mut blind: BTreeMap<(Option<&str>, &str), Blind<'a>> = BTreeMap::new();
    let key = |allow: Option<&'a str>, detail: &'a str| match allow {
        Some(allow) => (Some(allow), ""),
        None => (None, detail),
    };
    for gap in &diagnosis.gaps {
        let entry = blind.entry(key(gap.allow.as_deref(), &gap.detail)).or_insert_with(|| Blind {
            why: gap.why,
            detail: &gap.detail,
            allow: gap.allow.as_deref(),
            evidence: Vec::new(),
            rules: Vec::new(),
        });
        entry.evidence.push(match &gap.part {
            Some(part) => format!("{}: {part}", gap.section),
            None => gap.section.clone(),
        });
    }
    for unseen in &diagnosis.not_evaluated {
        let reason = &unseen.reason;
        let entry = blind.entry(key(reason.allow.as_deref(), &reason.detail)).or_insert_with(|| Blind {
            why: reason.why,
            detail: &reason.detail,
            allow: reason.allow.as_deref(),
            evidence: Vec::new(),
            rules: Vec::new(),
        });
        entry.rules.push(&unseen.rule);
    }
    let mut blind: Vec<Blind<'_>> = blind.into_values().collect();
    blind.sort_by_key(|entry| (std::cmp::Reverse(entry.rules.len()), std::cmp::Reverse(entry.evidence.len())));
    Page {
        schema: "dbwright/doctor/1",
        server: &case.server,
        sections: case.section_ids().collect(),
        rules: diagnosis.rules,
        not_evaluated: diagnosis.not_evaluated.len(),
        blind,
    }
}

/// As JSON.
///
/// # Errors
/// Those of the writer.
pub fn json(case: &Case, diagnosis: &Diagnosis, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &page(case, diagnosis))?;
    out.write_all(b"\n")
}

/// As text.
///
/// # Errors
/// Those of the writer.
pub fn text(
    case: &Case,
    diagnosis: &Diagnosis,
    width: usize,
    color: bool,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let paint = Paint(color);
    let page = page(case, diagnosis);
    let server = page.server;
    let user = server.user.as_ref().map(|user| format!(" as {user}")).unwrap_or_default();
    let line = format!("{} {} at {}{user}", server.product, server.version, server.address);
    wrapped(&paint.bold(&clean(&line, false)), "", "", width, out)?;
    let looked = page.rules - page.not_evaluated;
    wrapped(&format!("seen: {}", page.sections.join(", ")), "", "  ", width, out)?;
    wrapped(&format!("{looked} of {} rules can be evaluated", page.rules), "", "", width, out)?;
    if page.blind.is_empty() {
        return writeln!(out, "nothing is hidden from us");
    }
    for entry in &page.blind {
        writeln!(out)?;
        wrapped(&clean(&format!("{}: {}", entry.why, entry.detail), false), "", "  ", width, out)?;
        if let Some(allow) = entry.allow {
            for (n, line) in clean(allow, true).lines().enumerate() {
                writeln!(out, "  {}{}", if n == 0 { "would help  " } else { "            " }, paint.code(line))?;
            }
        }
        if !entry.evidence.is_empty() {
            wrapped(&clean(&entry.evidence.join(", "), false), "  evidence    ", "              ", width, out)?;
        }
        if !entry.rules.is_empty() {
            let text = format!("{} ({})", entry.rules.join(", "), entry.rules.len());
            wrapped(&text, "  hides       ", "              ", width, out)?;
        }
    }
    Ok(())
}

//! What could be seen and what could not, by the statement that would allow it.

use std::io;

use serde_json::json;

use crate::clean;
use crate::group::blind;
use crate::paint::{Paint, wrap};
use crate::view::{View, plural};

/// The page of `doctor` for a terminal.
pub fn doctor_text(view: &View<'_>, out: &mut impl io::Write) -> io::Result<()> {
    let paint = Paint { color: view.color };
    let width = view.width.clamp(30, 140);
    let facts: Vec<String> = view.facts().iter().map(|fact| clean::line(fact)).collect();
    out.write_all(crate::paint::flow(&facts, " · ", width, "", "  ").as_bytes())?;
    let seen = format!(
        "{} of {} can be evaluated with what this role sees.",
        view.evaluated(),
        plural(view.diagnosis.rules, "rule")
    );
    writeln!(out, "\n{}", wrap(&seen, width, "", "").trim_end())?;
    for entry in blind(view) {
        writeln!(out)?;
        let hides = if entry.rules.is_empty() {
            "hides no rule".to_owned()
        } else {
            format!("hides {}", plural(entry.rules.len(), "rule"))
        };
        write!(out, "{}", wrap(&format!("{}: {} ({hides})", entry.why, clean::line(entry.detail)), width, "", "  "))?;
        if let Some(allow) = entry.allow {
            for line in clean::block(allow).lines() {
                writeln!(out, "    {}", paint.code(line))?;
            }
        }
        if !entry.rules.is_empty() {
            let rules: Vec<String> = entry.rules.iter().map(|rule| clean::line(rule)).collect();
            write!(out, "{}", wrap(&rules.join(", "), width, "  ", "  "))?;
        }
    }
    Ok(())
}

/// The page of `doctor` as JSON.
pub fn doctor_json(view: &View<'_>, out: &mut impl io::Write) -> io::Result<()> {
    let blind: Vec<_> = blind(view)
        .iter()
        .map(|entry| json!({ "allow": entry.allow, "why": entry.why, "detail": entry.detail, "hides": entry.rules }))
        .collect();
    let page = json!({
        "schema": "dbwright/doctor/1",
        "server": view.diagnosis.server,
        "rules": view.diagnosis.rules,
        "evaluated": view.evaluated(),
        "blind": blind,
        "gaps": view.diagnosis.gaps,
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&page)?)
}

//! For a pull request's comment, a ticket or a wiki.

use std::io::{self, Write};

use dbwright_model::finding::FixKind;
use dbwright_model::{Finding, Severity};

use crate::View;
use crate::clean::clean;
use crate::text::{groups, price};

/// Findings shown unfolded.
const OPEN: usize = 3;

pub(crate) fn render(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let diagnosis = view.diagnosis;
    let server = &diagnosis.server;
    writeln!(out, "# {} {}: {}\n", server.product, server.version, escape(view.target))?;
    let counts: Vec<String> = [Severity::Error, Severity::Warn, Severity::Info]
        .into_iter()
        .map(|severity| format!("{} {severity}", diagnosis.count(severity)))
        .collect();
    let looked = diagnosis.rules - diagnosis.not_evaluated.len();
    writeln!(out, "**{}** · {looked} of {} rules evaluated\n", counts.join(" · "), diagnosis.rules)?;
    if diagnosis.findings.is_empty() {
        writeln!(out, "Nothing to report.\n")?;
    }
    for (n, group) in groups(&diagnosis.findings).iter().enumerate() {
        let Some((first, others)) = group.findings.split_first() else { continue };
        let folded = n >= OPEN && !view.all;
        let others_count = others.len();
        let more = if others_count > 0 { format!(" and {others_count} more") } else { String::new() };
        let title = format!("{} `{}` {}{more}", badge(first.severity), first.rule, escape(&first.subject.to_string()));
        match folded {
            true => writeln!(
                out,
                "<details><summary>{}</summary>\n",
                html(&format!("{} {} {}{more}", first.severity, first.rule, first.subject))
            )?,
            false => writeln!(out, "## {title}\n")?,
        }
        finding(first, out)?;
        if !others.is_empty() {
            writeln!(out, "| also | |\n|---|---|")?;
            for other in others {
                writeln!(out, "| {} | {} |", escape(&other.subject.to_string()), escape(&other.cause))?;
            }
            writeln!(out)?;
        }
        for (rule, symptoms) in &group.symptoms {
            let names: Vec<String> = symptoms.iter().map(|finding| escape(&finding.subject.to_string())).collect();
            writeln!(out, "Explains `{rule}`: {}\n", names.join(", "))?;
        }
        if folded {
            writeln!(out, "</details>\n")?;
        }
    }
    if !diagnosis.suppressed.is_empty() {
        writeln!(out, "<details><summary>{} silenced</summary>\n", diagnosis.suppressed.len())?;
        for entry in &diagnosis.suppressed {
            let finding = &entry.finding;
            writeln!(
                out,
                "- `{}` {}: {} ({})",
                finding.rule,
                escape(&finding.subject.to_string()),
                escape(&entry.reason),
                escape(&entry.by)
            )?;
        }
        writeln!(out, "\n</details>\n")?;
    }
    if !diagnosis.not_evaluated.is_empty() {
        writeln!(out, "<details><summary>{} rules not evaluated</summary>\n", diagnosis.not_evaluated.len())?;
        for unseen in &diagnosis.not_evaluated {
            let help = unseen
                .reason
                .allow
                .as_deref()
                .map(|allow| format!("; would help: {}", code(allow)))
                .unwrap_or_default();
            writeln!(out, "- `{}`: {}{help}", unseen.rule, escape(&unseen.reason.detail))?;
        }
        writeln!(out, "\n</details>")?;
    }
    Ok(())
}

fn finding(finding: &Finding, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "{}. *({})*\n", escape(&finding.cause), finding.grade)?;
    if !finding.evidence.is_empty() {
        writeln!(out, "| evidence | | source |\n|---|---|---|")?;
        for evidence in &finding.evidence {
            writeln!(
                out,
                "| {} | {} | {} |",
                escape(&evidence.what),
                escape(&evidence.value.to_string()),
                code(&evidence.source)
            )?;
        }
        writeln!(out)?;
    }
    for fix in &finding.fixes {
        let language = match fix.kind {
            FixKind::Sql => "sql",
            FixKind::Shell => "sh",
            FixKind::Config => "ini",
            FixKind::Command | FixKind::Code => "",
        };
        let statement = clean(&fix.statement, true);
        // A fence must be longer than any run of backticks inside it.
        let fence = "`".repeat(longest_run(&statement).max(2) + 1);
        writeln!(out, "{fence}{language}\n{}\n{fence}\n{}\n", statement.trim_end(), escape(&price(fix)))?;
    }
    writeln!(out, "- do not: {}\n- wrong when: {}\n", escape(&finding.do_not), escape(&finding.wrong_when))
}

fn badge(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "🔴 error",
        Severity::Warn => "🟠 warn",
        Severity::Info => "🔵 info",
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text that Markdown shows as it is, also inside a table.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text, false).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // No mention of a person or issue by accident.
            '@' => out.push_str("@\u{2060}"),
            _ => out.push(c),
        }
    }
    out
}

fn html(text: &str) -> String {
    clean(text, false).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Inline code that holds anything.
fn code(text: &str) -> String {
    let text = clean(text, false).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

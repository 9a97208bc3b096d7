//! Markdown for a pull request comment: a table of counts, findings, the rest folded.

use dbwright_model::finding::Undo;
use dbwright_model::{Finding, Fix, Severity};

use crate::clean;
use crate::group::{blind, groups};
use crate::plan;
use crate::view::{View, counts, named, plural};

/// Plans drawn in a comment, which has a size limit.
const PLANS: usize = 10;

pub(crate) fn page(view: &View<'_>) -> String {
    let mut out = String::new();
    let groups = groups(view);
    let facts: Vec<String> = view.facts().iter().map(|fact| escape(fact)).collect();
    let effort: Vec<String> = view.effort().iter().map(|fact| escape(fact)).collect();
    out.push_str(&format!(
        "## {}\n\n{}",
        facts.join(" · "),
        if effort.is_empty() { String::new() } else { effort.join(" · ") + "\n\n" }
    ));
    out.push_str(&plans(view));
    if groups.is_empty() {
        out.push_str(&format!("{}\n\n", view.calm()));
    } else {
        out.push_str(&format!("**{}** ({})", plural(view.shown().count(), "finding"), counts(view.shown())));
        out.push_str(&format!(", {} of {} evaluated.\n\n", view.evaluated(), plural(view.diagnosis.rules, "rule")));
    }
    if view.hidden() > 0 && !groups.is_empty() {
        out.push_str(&format!("{} below the asked severity.\n\n", plural(view.hidden(), "finding")));
    }
    for group in &groups {
        let lead = group.lead;
        let sign = match lead.severity {
            Severity::Error => "🔴",
            Severity::Warn => "🟠",
            Severity::Info => "🔵",
        };
        out.push_str(&format!(
            "### {sign} {} {}: {}\n\n",
            lead.severity,
            code(&lead.rule),
            code(&named(&lead.subject))
        ));
        out.push_str(&full(view, lead));
        if !group.more.is_empty() {
            let rows = rows(&group.more, view.all);
            out.push_str(&fold(&format!("{} more of this rule", group.more.len()), &rows));
        }
        if !group.symptoms.is_empty() {
            let symptoms: Vec<&Finding> = group.explained().collect();
            out.push_str(&fold(
                &format!("explains {}", plural(symptoms.len(), "other finding")),
                &rows(&symptoms, view.all),
            ));
        }
    }
    if !view.diagnosis.suppressed.is_empty() {
        let body: String = view
            .diagnosis
            .suppressed
            .iter()
            .map(|s| {
                let finding = &s.finding;
                format!(
                    "- {} {}: {} ({})\n",
                    code(&finding.rule),
                    code(&named(&finding.subject)),
                    escape(&s.reason),
                    escape(&s.by)
                )
            })
            .collect();
        out.push_str(&fold(&format!("{} suppressed", plural(view.diagnosis.suppressed.len(), "finding")), &body));
    }
    let blind = blind(view);
    if !blind.is_empty() {
        let body: String = blind
            .iter()
            .map(|entry| {
                let allow = entry.allow.map_or_else(String::new, |allow| format!("; to allow it: {}", code(allow)));
                let rules: Vec<String> = entry.rules.iter().map(|rule| code(rule)).collect();
                let hides = if rules.is_empty() { String::new() } else { format!("; hides {}", rules.join(", ")) };
                format!("- {} ({}){allow}{hides}\n", escape(entry.detail), entry.why)
            })
            .collect();
        out.push_str(&fold(&format!("{} not evaluated", plural(view.diagnosis.not_evaluated.len(), "rule")), &body));
    }
    out
}

/// The plans as trees, and what was not read.
fn plans(view: &View<'_>) -> String {
    let mut out = String::new();
    let drawn = plan::drawn(view);
    let several = drawn.len() > 1;
    let most = if view.all { usize::MAX } else { PLANS };
    for drawn in drawn.iter().take(most) {
        let tree = fence(&plan::tree(&View { color: false, ascii: false, width: 100, ..*view }, drawn), "text");
        match several {
            true => {
                let facts: Vec<String> =
                    drawn.plan.found_at.iter().cloned().chain(drawn.facts()).map(|fact| escape(&fact)).collect();
                out.push_str(&fold(&format!("plan {}: {}", drawn.number + 1, facts.join(" · ")), &tree));
            }
            false => out.push_str(&format!("{tree}\n")),
        }
    }
    if drawn.len() > most {
        out.push_str(&format!("and {}\n\n", plural(drawn.len() - most, "more plan")));
    }
    let Some(files) = view.files else { return out };
    for advice in &files.advice {
        out.push_str(&format!("{}.\n\n", escape(advice)));
    }
    if !files.not_read.is_empty() {
        let parts: String = files.not_read.iter().map(|part| format!("- {}\n", escape(&part.to_string()))).collect();
        out.push_str(&fold(&format!("{} not read", plural(files.not_read.len(), "part")), &parts));
    }
    out
}

fn full(view: &View<'_>, finding: &Finding) -> String {
    let mut out = format!("{}. *({})*\n\n", escape(&finding.cause), finding.grade);
    if let Some(saving) = plan::saving_of(view, finding) {
        out.push_str(&format!("Saves {}.\n\n", escape(&saving)));
    }
    if !finding.evidence.is_empty() {
        out.push_str("| evidence | value | source |\n|---|---|---|\n");
        for e in &finding.evidence {
            out.push_str(&format!(
                "| {} | {} | {} |\n",
                escape(&e.what),
                escape(&e.value.to_string()),
                code(&e.source)
            ));
        }
        out.push('\n');
    }
    for fix in &finding.fixes {
        out.push_str(&prescription(fix));
    }
    if !finding.do_not.is_empty() {
        out.push_str(&format!("- **not:** {}\n", escape(&finding.do_not)));
    }
    if !finding.wrong_when.is_empty() {
        out.push_str(&format!("- **wrong when:** {}\n", escape(&finding.wrong_when)));
    }
    out.push('\n');
    out
}

fn prescription(fix: &Fix) -> String {
    let mut out = fence(&fix.statement, if fix.kind == dbwright_model::finding::FixKind::Sql { "sql" } else { "" });
    let mut price = vec![format!("lock: {}", escape(&fix.risk.lock))];
    price.extend(fix.risk.duration.map(|d| format!("≈ {d}")));
    price.extend(fix.risk.disk.map(|d| format!("{d} of disk")));
    price.extend(fix.risk.cost.as_deref().map(escape));
    price.push(match &fix.undo {
        Undo::Statement(text) => format!("undo: {}", code(text)),
        Undo::NotNeeded(text) => format!("undo not needed: {}", escape(text)),
        Undo::Impossible(text) => format!("cannot be undone: {}", escape(text)),
    });
    out.push_str(&format!("{}\n\n", price.join(" · ")));
    out
}

/// One row a finding. A comment has a size limit, so long lists are cut, and said so, unless all is asked for.
fn rows(findings: &[&Finding], all: bool) -> String {
    let most = if all { usize::MAX } else { 50 };
    let mut out = String::from("| rule | object | cause | fix |\n|---|---|---|---|\n");
    for finding in findings.iter().take(most) {
        let fix = finding.fixes.first().map_or_else(String::new, |fix| code(&fix.statement));
        let (rule, subject) = (code(&finding.rule), code(&named(&finding.subject)));
        out.push_str(&format!("| {rule} | {subject} | {} | {fix} |\n", escape(&finding.cause)));
    }
    if findings.len() > most {
        out.push_str(&format!("\nand {} more\n", findings.len() - most));
    }
    out
}

fn fold(summary: &str, body: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{body}\n</details>\n\n")
}

/// Text that Markdown and HTML leave alone, also inside a table.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean::line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention or a reference to an issue would notify people.
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// A code span that holds backticks and survives a table cell.
fn code(text: &str) -> String {
    let text = clean::line(text).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let edge = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{edge}{text}{edge}{fence}")
}

fn fence(text: &str, language: &str) -> String {
    let text = clean::block(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

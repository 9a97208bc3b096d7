//! One finding on a terminal.

use std::io::{self, Write};

use dbwright_model::finding::FixKind;
use dbwright_model::{Fix, Undo};

use super::{Group, Paint, wrapped};
use crate::View;
use crate::clean::clean;

/// Objects named after "and n more" on a screen.
const NAMED: usize = 6;

/// The first finding of the group in full, the others by name; all in full with `--all`.
pub(super) fn full(
    view: &View<'_>,
    group: &Group<'_>,
    paint: Paint,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let Some((first, others)) = group.findings.split_first() else { return Ok(()) };
    let width = view.width;
    let label = |name: &str| format!("  {name:<7}");
    let name = first.subject.to_string();
    let (rule, subject) = (&first.rule, clean(&name, false));
    let severity = paint.severity(first.severity, &format!("{:<5}", first.severity));
    let plain = format!("{:<5}  {rule:<28} {subject}", first.severity);
    let grade = paint.dim(&format!("grade: {}", first.grade));
    let line = format!("{severity}  {} {subject}", paint.bold(&format!("{rule:<28}")));
    // The grade stands at the right where there is room for it.
    let room = width.saturating_sub(plain.chars().count() + 2 + "grade: ".len() + first.grade.to_string().len());
    match room > 0 {
        true => writeln!(out, "{line}  {}{grade}", " ".repeat(room.min(60)))?,
        false => writeln!(out, "{line}\n  {grade}")?,
    }
    wrapped(&clean(&first.cause, false), "  ", "  ", width, out)?;
    if view.all {
        for evidence in &first.evidence {
            let text = format!(
                "{} {} ({}, {})",
                evidence.what,
                evidence.value,
                evidence.source,
                format!("{:?}", evidence.origin).to_lowercase()
            );
            wrapped(&clean(&text, false), "    · ", "      ", width, out)?;
        }
    }
    let fixes = if view.all { first.fixes.len() } else { 1 };
    for fix in first.fixes.iter().take(fixes) {
        self::fix(fix, paint, width, out)?;
    }
    if first.fixes.len() > fixes {
        writeln!(
            out,
            "{}{} more way{} to fix it (--all)",
            label(""),
            first.fixes.len() - fixes,
            if first.fixes.len() - fixes == 1 { "" } else { "s" }
        )?;
    }
    wrapped(&clean(&first.do_not, false), &label("not"), &label(""), width, out)?;
    wrapped(
        &clean(&first.wrong_when, false),
        &label("wrong when").replace("  wrong when", "  wrong when "),
        &label(""),
        width,
        out,
    )?;
    for (rule, symptoms) in &group.symptoms {
        let names: Vec<String> = symptoms.iter().map(|finding| finding.subject.to_string()).collect();
        let text = format!("{rule} ({}): {}", names.len(), list(&names));
        wrapped(&clean(&text, false), &label("explains").replace("  explains", "  explains "), &label(""), width, out)?;
    }
    if view.all {
        for other in others {
            let one = Group { findings: vec![other], symptoms: Default::default() };
            writeln!(out)?;
            full(view, &one, paint, out)?;
        }
    } else if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|finding| finding.subject.to_string()).collect();
        wrapped(&clean(&format!("and {} more: {}", names.len(), list(&names)), false), "  ", "    ", width, out)?;
    }
    Ok(())
}

/// The group in one line.
pub(super) fn line(
    view: &View<'_>,
    group: &Group<'_>,
    paint: Paint,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let Some(first) = group.findings.first() else { return Ok(()) };
    let severity = paint.severity(first.severity, &format!("{:<5}", first.severity));
    let name = first.subject.to_string();
    let mut rest = format!("{} {}", paint.bold(&format!("{:<28}", first.rule)), clean(&name, false));
    let others = group.len() - 1;
    if others > 0 {
        rest += &format!(" and {others} more");
    }
    let wide = view.width + if view.color { 20 } else { 0 };
    let text =
        textwrap::wrap(&rest, wide.saturating_sub(7).max(20)).into_iter().next().unwrap_or_default().into_owned();
    writeln!(out, "{severity}  {}", text.trim_end())
}

/// A prescription: the statement on its own lines, never broken, and its price.
fn fix(fix: &Fix, paint: Paint, width: usize, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let statement = clean(&fix.statement, true);
    let prefix = match fix.kind {
        FixKind::Sql | FixKind::Command => "",
        FixKind::Shell => "$ ",
        FixKind::Config => "(configuration file) ",
        FixKind::Code => "(application) ",
    };
    for (n, line) in statement.lines().enumerate() {
        let label = if n == 0 { "  fix    " } else { "         " };
        let prefix = if n == 0 { prefix } else { "" };
        writeln!(out, "{label}{prefix}{}", paint.code(line))?;
    }
    wrapped(&clean(&price(fix), false), "         ", "         ", width, out)
}

/// Lock, duration, disk, cost and undo in a line.
pub(crate) fn price(fix: &Fix) -> String {
    let risk = &fix.risk;
    let mut parts = Vec::new();
    if !risk.lock.is_empty() && risk.lock != "none" {
        parts.push(format!("lock {}", risk.lock));
    }
    let takes: Vec<String> = [risk.duration.map(|time| format!("≈ {time}")), risk.disk.map(|disk| disk.to_string())]
        .into_iter()
        .flatten()
        .collect();
    if !takes.is_empty() {
        parts.push(takes.join(", "));
    }
    parts.extend(risk.cost.clone());
    parts.push(match &fix.undo {
        Undo::Statement(statement) => format!("undo {statement}"),
        Undo::NotNeeded(why) => format!("nothing to undo: {why}"),
        Undo::Impossible(why) => format!("no way back: {why}"),
    });
    parts.join(" · ")
}

/// The first names, and how many more there are.
fn list(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

//! For a terminal: what matters most, on one screen, ending with what to run next.

mod finding;
mod lines;

use std::collections::BTreeMap;
use std::io::{self, Write};

use dbwright_model::case::Role;
use dbwright_model::{Finding, Severity};

use crate::View;
use crate::clean::clean;
pub(crate) use finding::price;
pub(crate) use lines::{Paint, wrapped};

/// Findings shown in full on one screen.
const ON_A_SCREEN: usize = 5;
/// Further findings named in a line each.
const IN_A_LINE: usize = 12;

pub(crate) fn render(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let diagnosis = view.diagnosis;
    let paint = Paint(view.color);
    header(view, paint, out)?;
    if diagnosis.findings.is_empty() {
        writeln!(out)?;
        let looked = diagnosis.rules - diagnosis.not_evaluated.len();
        let sentence = format!(
            "Nothing to report: {looked} of {} rules looked at this server and found it in order.",
            diagnosis.rules
        );
        wrapped(&sentence, "", "", view.width, out)?;
    }
    let groups = groups(&diagnosis.findings);
    let full = if view.all { usize::MAX } else { ON_A_SCREEN };
    for group in groups.iter().take(full) {
        writeln!(out)?;
        finding::full(view, group, paint, out)?;
    }
    if groups.len() > full {
        writeln!(out)?;
        for group in groups.iter().skip(full).take(IN_A_LINE) {
            finding::line(view, group, paint, out)?;
        }
        let rest = groups.get(full + IN_A_LINE..).unwrap_or(&[]);
        if !rest.is_empty() {
            let findings: usize = rest.iter().map(Group::len).sum();
            writeln!(out, "… and {findings} more findings of {} rules", rest.len())?;
        }
    }
    footer(view, paint, out)
}

/// Findings of one rule that stand next to each other in importance, with the symptoms they explain.
pub(crate) struct Group<'a> {
    /// The findings, the most important first.
    pub(crate) findings: Vec<&'a Finding>,
    /// Symptoms by rule.
    pub(crate) symptoms: BTreeMap<&'a str, Vec<&'a Finding>>,
}

impl Group<'_> {
    fn len(&self) -> usize {
        self.findings.len() + self.symptoms.values().map(Vec::len).sum::<usize>()
    }
}

/// The findings of one rule and severity together, where the first of them stands; symptoms with their cause.
pub(crate) fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    let mut home = None;
    for finding in findings {
        match (&finding.because, home) {
            (Some(_), Some(at)) => {
                let group: &mut Group<'_> = &mut groups[at];
                group.symptoms.entry(&finding.rule).or_default().push(finding);
            }
            _ => {
                let at = *places.entry((&finding.rule, finding.severity)).or_insert_with(|| {
                    groups.push(Group { findings: Vec::new(), symptoms: BTreeMap::new() });
                    groups.len() - 1
                });
                groups[at].findings.push(finding);
                home = Some(at);
            }
        }
    }
    groups
}

fn header(view: &View<'_>, paint: Paint, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let diagnosis = view.diagnosis;
    let server = &diagnosis.server;
    let mut facts = vec![format!("{} {}", server.product, server.version)];
    if let Some(managed) = &server.managed {
        facts.push(clean(managed, false).into_owned());
    }
    if server.role == Role::Replica {
        facts.push("replica".into());
    }
    facts.extend(server.database.as_ref().map(|name| format!("database {}", clean(name.as_str(), false))));
    facts.extend(server.data.map(|size| size.to_string()));
    facts.extend(server.uptime.map(|uptime| format!("up {uptime}")));
    facts.extend(server.user.as_ref().map(|user| format!("as {}", clean(user.as_str(), false))));
    wrapped(&paint.bold(&clean(view.target, false)), "", "", view.width, out)?;
    wrapped(&facts.join(" · "), "", "", view.width, out)?;
    let counts: Vec<String> = [Severity::Error, Severity::Warn, Severity::Info]
        .into_iter()
        .map(|severity| (severity, diagnosis.count(severity)))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| paint.severity(severity, &format!("{count} {severity}")))
        .collect();
    let mut summary = if counts.is_empty() { "no findings".to_owned() } else { counts.join(" · ") };
    if server.statements.0 > 0 {
        summary += &format!(" · {} read-only statements, {} of server time", server.statements, server.server_time);
    }
    wrapped(&summary, "", "", view.width, out)
}

fn footer(view: &View<'_>, paint: Paint, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let diagnosis = view.diagnosis;
    let unseen = &diagnosis.not_evaluated;
    if view.all {
        if !diagnosis.suppressed.is_empty() {
            writeln!(out, "\n{}", paint.bold("silenced"))?;
            for entry in &diagnosis.suppressed {
                let finding = &entry.finding;
                let line = format!("{} {}: {} ({})", finding.rule, finding.subject, entry.reason, entry.by);
                wrapped(&clean(&line, false), "  ", "    ", view.width, out)?;
            }
        }
        if !unseen.is_empty() {
            writeln!(out, "\n{}", paint.bold("not evaluated"))?;
            for rule in unseen {
                let line = format!("{}: {} ({})", rule.rule, rule.reason.detail, rule.reason.why);
                wrapped(&clean(&line, false), "  ", "    ", view.width, out)?;
                if let Some(allow) = &rule.reason.allow {
                    wrapped(&clean(allow, false), "    would help: ", "      ", view.width, out)?;
                }
            }
        }
    }
    writeln!(out)?;
    if !view.all && !diagnosis.suppressed.is_empty() {
        writeln!(out, "{} findings are silenced, with a reason (--all shows them)", diagnosis.suppressed.len())?;
    }
    if !unseen.is_empty() && !view.all {
        let sentence = format!("{} of {} rules could not be evaluated:", unseen.len(), diagnosis.rules);
        wrapped(&format!("{sentence} dbwright doctor {}", clean(view.target, false)), "", "  ", view.width, out)?;
    }
    let next = match diagnosis.findings.first() {
        Some(finding) => format!("dbwright teach {}", finding.rule),
        None => format!("dbwright doctor {}", clean(view.target, false)),
    };
    let more = if view.all || diagnosis.findings.is_empty() {
        String::new()
    } else {
        format!("   dbwright look {} --all", clean(view.target, false))
    };
    wrapped(&format!("{} {next}{more}", paint.bold("next")), "", "  ", view.width, out)
}

//! What a renderer is given, and which renderers there are.

use std::fmt;
use std::str::FromStr;

use dbwright_model::finding::SubjectKind;
use dbwright_model::{Case, Catalog, Diagnosis, Finding, Product, Rule, Severity, Subject, Version, Workload};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{clean, plan, profile};

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// One JSON document, see [`crate::SCHEMA`].
    Json,
    /// A head, one finding a line, a tail.
    Jsonl,
    /// For a pull request comment.
    Markdown,
    /// One self-contained page.
    Html,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub workflow commands.
    Github,
}

impl Format {
    /// Every format, in the order they are listed.
    pub const ALL: &'static [Format] =
        &[Format::Text, Format::Json, Format::Jsonl, Format::Markdown, Format::Html, Format::Sarif, Format::Github];
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Markdown => "markdown",
            Format::Html => "html",
            Format::Sarif => "sarif",
            Format::Github => "github",
        })
    }
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.first)?;
        if self.last > self.first {
            write!(f, "–{}", self.last)?;
        }
        match &self.why {
            Some(why) => write!(f, " ({why})"),
            None => Ok(()),
        }
    }
}

/// Not one of [`Format::ALL`].
#[derive(Debug)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<String> = Format::ALL.iter().map(Format::to_string).collect();
        write!(f, "`{}` is no output format; there are {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<Format, UnknownFormat> {
        Format::ALL
            .iter()
            .copied()
            .find(|format| format.to_string() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// A diagnosis and how to look at it.
pub struct View<'a> {
    /// What was found.
    pub diagnosis: &'a Diagnosis,
    /// The rules that looked, for titles, lessons and areas.
    pub rules: &'a [&'a Rule],
    /// Everything, not just what fits a screen.
    pub all: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colour is wanted.
    pub color: bool,
    /// The target as the user named it, for the commands to run next; without a password. Empty: no such commands.
    pub target: &'a str,
    /// The evidence, for charts and tables.
    pub case: Option<&'a Case>,
    /// Findings below this are counted, not shown.
    pub min: Option<Severity>,
    /// What else is known when files were read instead of a server.
    pub files: Option<&'a Files>,
    /// Whether drawings keep to ASCII.
    pub ascii: bool,
}

/// What the reading of files left.
#[derive(Debug, Default)]
pub struct Files {
    /// What was not read, in the order of the files.
    pub not_read: Vec<NotRead>,
    /// What would tell more, a sentence each.
    pub advice: Vec<String>,
    /// Whether the server's version is known, not only the oldest it can be.
    pub version_known: bool,
}

/// Lines of a file that were not read.
#[derive(Debug, Serialize)]
pub struct NotRead {
    /// The file's name, or `-`.
    pub file: String,
    /// The first line, from 1.
    pub first: usize,
    /// The last line.
    pub last: usize,
    /// What is wrong with it; `None` when nobody recognised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl<'a> View<'a> {
    /// The rule of that name.
    pub(crate) fn rule(&self, id: &str) -> Option<&'a Rule> {
        self.rules.iter().copied().find(|rule| rule.id == id)
    }

    /// The findings at or above [`View::min`].
    pub(crate) fn shown(&self) -> impl Iterator<Item = &'a Finding> {
        let min = self.min;
        self.diagnosis.findings.iter().filter(move |finding| min.is_none_or(|min| finding.severity >= min))
    }

    /// The command that gave this, where it can be given again.
    pub(crate) fn rerun(&self) -> Option<String> {
        match (self.target, self.files) {
            ("" | "-", _) => None,
            (target, None) if profile::of(self).is_some() => Some(format!("dbwright profile {}", clean::shell(target))),
            (target, None) if profile::about_logs(self) => Some(format!("dbwright orm {}", clean::shell(target))),
            (target, None) => Some(format!("dbwright look {}", clean::shell(target))),
            (target, Some(_)) => Some(format!("dbwright read {}", clean::shell(target))),
        }
    }

    /// How many findings [`View::min`] hides.
    pub(crate) fn hidden(&self) -> usize {
        self.diagnosis.findings.len() - self.shown().count()
    }

    /// Rules that could be evaluated.
    pub(crate) fn evaluated(&self) -> usize {
        self.diagnosis.rules.saturating_sub(self.diagnosis.not_evaluated.len())
    }

    /// The sentence for a page without findings; never calmer than the evidence.
    pub(crate) fn calm(&self) -> String {
        match (self.evaluated(), self.hidden()) {
            (0, _) => "No rule could be evaluated: this is no sign of health.".to_owned(),
            (n, 0) => format!("Nothing to report: {} looked and found all well.", plural(n, "rule")),
            (n, hidden) => format!(
                "Nothing at or above the asked severity: {} looked, {} below it.",
                plural(n, "rule"),
                plural(hidden, "finding")
            ),
        }
    }

    /// The facts about the server, each short, in the order they matter.
    pub(crate) fn facts(&self) -> Vec<String> {
        let server = &self.diagnosis.server;
        if self.files.is_some() {
            return self.facts_of_files();
        }
        let logs = profile::facts(self);
        if !logs.is_empty() {
            return std::iter::once(server.product.to_string()).chain(logs).collect();
        }
        let mut facts = vec![format!("{} {}", server.product, server.version)];
        if let Some(database) = &server.database {
            facts.push(format!("database {database}"));
        }
        if !server.address.is_empty() {
            facts.push(format!("at {}", server.address));
        }
        if let Some(size) = server.data {
            facts.push(size.to_string());
        }
        facts.push(format!("{:?}", server.role).to_lowercase());
        facts.extend(server.managed.clone());
        if let Some(user) = &server.user {
            facts.push(format!("as {user}"));
        }
        facts
    }

    /// The facts about plans that were read: whose, from where, how large and slow.
    fn facts_of_files(&self) -> Vec<String> {
        let server = &self.diagnosis.server;
        let version = Some(server.version).filter(|version| *version != Version::default());
        let known = self.files.is_some_and(|files| files.version_known);
        let mut facts = vec![match version {
            Some(version) if known || server.product == Product::MongoDB => format!("{} {version}", server.product),
            Some(version) => format!("{} {version} or later", server.product),
            None => server.product.to_string(),
        }];
        let drawn = plan::drawn(self);
        match drawn.as_slice() {
            [only] => {
                match &only.plan.found_at {
                    Some(at) => facts.push(at.clone()),
                    // a server made it just now
                    None => {
                        facts.extend(server.database.as_ref().map(|database| format!("database {database}")));
                        facts.extend((!server.address.is_empty()).then(|| format!("at {}", server.address)));
                    }
                }
                facts.extend(only.facts());
            }
            several => {
                facts.push(plural(several.len(), "plan"));
                facts.push(server.address.to_string());
            }
        }
        facts
    }

    /// What the consultation took, and what time it speaks of.
    pub(crate) fn effort(&self) -> Vec<String> {
        if self.files.is_some() {
            return Vec::new();
        }
        let totals = profile::totals(self);
        if !totals.is_empty() {
            return totals;
        }
        let server = &self.diagnosis.server;
        let plural = if server.statements.0 == 1 { "" } else { "s" };
        let mut effort =
            vec![format!("{} statement{plural}, {} of server time", server.statements, server.server_time)];
        if let Some(uptime) = server.uptime {
            effort.push(format!("up {uptime}"));
        }
        if let Some(since) = self.since() {
            let age = server.now.duration_since(since).as_secs_f64();
            if age > 0.0 {
                effort.push(format!("statistics since {}", dbwright_model::Seconds(age)));
            }
        }
        effort.push(self.time());
        effort
    }

    /// The server's clock, to the minute.
    pub(crate) fn time(&self) -> String {
        self.diagnosis.server.now.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    fn since(&self) -> Option<jiff::Timestamp> {
        let case = self.case?;
        let workload = case.get::<Workload>().ok().and_then(|workload| workload.since);
        workload.or_else(|| case.get::<Catalog>().ok().and_then(|catalog| catalog.usage_since))
    }
}

/// A name for a finding that is the same in every run: of its rule and its object.
pub(crate) fn fingerprint(finding: &Finding) -> String {
    let text = format!("{}\0{:?}\0{}", finding.rule, finding.subject.kind, finding.subject.name);
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The object's name; with its kind where the name alone would not tell (`session 8123`).
pub(crate) fn named(subject: &Subject) -> String {
    match subject.kind {
        SubjectKind::Session => format!("session {}", subject.name),
        SubjectKind::Account => format!("account {}", subject.name),
        SubjectKind::Query => format!("query {}", subject.name),
        _ => subject.name.clone(),
    }
}

/// `3 error, 12 warn, 1 info`, leaving out what there is none of.
pub(crate) fn counts<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> String {
    let mut count = [0usize; 3];
    for finding in findings {
        count[finding.severity as usize] += 1;
    }
    let parts: Vec<String> = [(Severity::Error, count[2]), (Severity::Warn, count[1]), (Severity::Info, count[0])]
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| format!("{n} {severity}"))
        .collect();
    parts.join(", ")
}

/// `1 finding`, `2 findings`.
pub(crate) fn plural(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

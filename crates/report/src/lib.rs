//! Renderers: one output format a file. They know no rule and decide nothing.

pub mod catalogue;
mod clean;
pub mod diff;
pub mod doctor;
mod github;
mod json;
mod jsonl;
pub mod lesson;
mod markdown;
mod sarif;
mod text;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use dbwright_model::{Case, Diagnosis, Rule};

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// One document; see `schemas/diagnosis-1.json`.
    Json,
    /// One finding a line, between a head and a tail.
    Jsonl,
    /// For a pull request's comment.
    Markdown,
    /// One self-contained page.
    Html,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of a GitHub job.
    Github,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] =
        &[Format::Text, Format::Json, Format::Jsonl, Format::Markdown, Format::Html, Format::Sarif, Format::Github];
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// Not a format.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Format, UnknownFormat> {
        Format::ALL.iter().find(|format| format.to_string() == text).copied().ok_or(UnknownFormat)
    }
}

/// What is shown, and how.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The outcome.
    pub diagnosis: &'a Diagnosis,
    /// Every rule, for titles and lessons.
    pub rules: &'a [&'a Rule],
    /// Everything, not only what fits a screen.
    pub all: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours are shown.
    pub color: bool,
    /// The target as typed (no password), for the commands to run next.
    pub target: &'a str,
    /// The evidence, for charts and tables.
    pub case: Option<&'a Case>,
}

impl View<'_> {
    /// The rule of that id.
    fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id).copied()
    }
}

/// Writes the diagnosis in that format; the same view gives the same bytes.
///
/// # Errors
/// Those of the writer.
pub fn render(format: Format, view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    match format {
        Format::Text => text::render(view, out),
        Format::Json => json::render(view, out),
        Format::Jsonl => jsonl::render(view, out),
        Format::Markdown => markdown::render(view, out),
        Format::Sarif => sarif::render(view, out),
        Format::Github => github::render(view, out),
        Format::Html => Err(io::Error::other("not yet")),
    }
}

//! Text for a terminal: colour by meaning, columns by display width.

use anstyle::{AnsiColor, Style};
use dbwright_model::Severity;

/// Adds colour, or not.
#[derive(Clone, Copy)]
pub(crate) struct Paint {
    /// Whether colour is wanted.
    pub color: bool,
}

impl Paint {
    fn with(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
    pub(crate) fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }
    pub(crate) fn italic(self, text: &str) -> String {
        self.with(Style::new().italic(), text)
    }
    pub(crate) fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }
    /// A statement or command to copy.
    pub(crate) fn code(self, text: &str) -> String {
        self.with(AnsiColor::Cyan.on_default(), text)
    }
    /// A part of a whole, 0 to 1: the larger, the hotter.
    pub(crate) fn heat(self, share: f64, text: &str) -> String {
        match share {
            share if share >= 0.5 => self.with(AnsiColor::Red.on_default(), text),
            share if share >= 0.2 => self.with(AnsiColor::Yellow.on_default(), text),
            _ => text.to_owned(),
        }
    }
    /// What came.
    pub(crate) fn gained(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }
    /// What went.
    pub(crate) fn lost(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default(), text)
    }
    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        let style = match severity {
            Severity::Error => AnsiColor::Red.on_default().bold(),
            Severity::Warn => AnsiColor::Yellow.on_default().bold(),
            Severity::Info => AnsiColor::Blue.on_default().bold(),
        };
        self.with(style, text)
    }
}

/// Columns a text takes, wide characters and colours considered.
pub(crate) fn columns(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// Spaces that fill `text` up to `width` columns.
pub(crate) fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(columns(text)))
}

/// Wraps prose; a word longer than the line stays whole.
pub(crate) fn wrap(text: &str, width: usize, first: &str, rest: &str) -> String {
    let options =
        textwrap::Options::new(width.max(20)).initial_indent(first).subsequent_indent(rest).break_words(false);
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Puts short parts one after another, breaking between them, and inside only those longer than a line.
pub(crate) fn flow(parts: &[String], separator: &str, width: usize, first: &str, rest: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut empty = true;
    for part in parts {
        let current = lines.last().map_or(0, |line| columns(line));
        if !empty && current + columns(separator) + columns(part) > width {
            lines.push(rest.to_owned());
            empty = true;
        }
        if let Some(line) = lines.last_mut() {
            if !empty {
                line.push_str(separator);
            }
            line.push_str(part);
            empty = false;
        }
    }
    let mut out = String::new();
    for line in &lines {
        let indent = &line[..line.len() - line.trim_start().len()];
        match columns(line) > width {
            true => out.push_str(&wrap(line.trim_start(), width, indent, rest)),
            false => {
                out.push_str(line.trim_end());
                out.push('\n');
            }
        }
    }
    out
}

//! Lines of text: wrapped to the width, painted by meaning.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use dbwright_model::Severity;

/// Paints by meaning, or not at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    fn with(self, style: Style, text: &str) -> String {
        if self.0 { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
    pub(crate) fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }
    pub(crate) fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }
    pub(crate) fn code(self, text: &str) -> String {
        self.with(AnsiColor::Cyan.on_default(), text)
    }
    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        let color = match severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warn => AnsiColor::Yellow,
            Severity::Info => AnsiColor::Blue,
        };
        self.with(color.on_default().bold(), text)
    }
}

/// Writes `text` wrapped to `width` columns: `first` before the first line, `rest` before the others.
pub(crate) fn wrapped(
    text: &str,
    first: &str,
    rest: &str,
    width: usize,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let options = textwrap::Options::new(width.max(20))
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(text, options) {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

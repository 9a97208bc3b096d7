//! Where output goes: standard output or a file, with colour or without, as wide as the terminal.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use dbwright_report::Format;

use crate::cli::Color;
use crate::exit::{Exit, Failure};

/// Decides about colour once, for standard output and standard error.
pub(crate) fn choose_color(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Whether standard output shows colours.
pub(crate) fn colored() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Whether the terminal draws nothing but ASCII.
pub(crate) fn ascii() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Columns of the terminal; 100 in a pipe, where nobody wraps.
pub(crate) fn width() -> usize {
    match terminal_size::terminal_size_of(io::stdout()) {
        Some((terminal_size::Width(columns), _)) => usize::from(columns).clamp(30, 140),
        None => 100,
    }
}

/// The format asked for, or the one the file name says, or the surroundings: annotations in a GitHub job, text elsewhere.
pub(crate) fn format(asked: Option<Format>, file: Option<&Path>) -> Format {
    let by_name = || match file?.extension()?.to_str()? {
        "html" | "htm" => Some(Format::Html),
        "json" => Some(Format::Json),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "sarif" => Some(Format::Sarif),
        "md" | "markdown" => Some(Format::Markdown),
        _ => None,
    };
    asked.or_else(by_name).unwrap_or_else(|| {
        let in_job = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if in_job && file.is_none() && !io::stdout().is_terminal() { Format::Github } else { Format::Text }
    })
}

/// Writes to the file (whole or not at all), or to standard output. A reader that stops reading is no error.
pub(crate) fn write(
    file: Option<&Path>,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    match file {
        Some(path) if path.as_os_str() != "-" => write_file(path, content)
            .map_err(|error| Failure::new(Exit::Unreachable, format!("cannot write {}: {error}", path.display()))),
        _ => {
            let mut out = BufWriter::new(io::stdout().lock());
            match content(&mut out).and_then(|()| out.flush()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                Err(error) => Err(Failure::new(Exit::Unreachable, format!("cannot write to standard output: {error}"))),
                Ok(()) => Ok(()),
            }
        }
    }
}

fn write_file(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A pipe or device is written in place; a file appears only when it is whole.
    if path.exists() && !path.is_file() {
        return content(&mut File::options().write(true).open(path)?);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = BufWriter::new(temporary.as_file_mut());
    content(&mut out)?;
    out.flush()?;
    drop(out);
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

//! `access.toml`: access patterns as a file that people read and edit.

use dbwright_model::AccessPatterns;

const ABOUT: &str = "\
# How tables are used: what queries look up, range over, join, sort, group and write, and what that costs.
# Made by dbwright from a workload; edit it to say what will be, not only what was: tables and patterns may be added,
# changed and taken out. Every advice that reads it believes it.
#
# time is in seconds, size in bytes, since in UTC; a figure that is left out is not known.
# [[table]]           one table; total is every statement that uses it, reads … deletes what these do
# [[table.pattern]]   action: read insert update delete merge · find: lookup range prefix search join scan nothing
#                     equal, joined, range, prefix, search, filter: columns by what is asked of them
#                     sort in order, descending: those of them that go down · columns: read, all when left out
# [[table.join]]      columns of this table, theirs: those of the other, in step
# [[table.column]]    calls of statements that use a column so
# [[table.hint]]      for-update for-share skip-locked no-wait upsert increment

";

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFile {
    /// The line, from 1; `None` when it cannot be told.
    pub line: Option<usize>,
    /// What is wrong there, and what would be right.
    pub why: String,
}

impl std::fmt::Display for BadFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl std::error::Error for BadFile {}

/// The patterns as a file: the same for the same patterns.
///
/// # Errors
/// A figure is larger than the format can hold.
pub fn to_toml(patterns: &AccessPatterns) -> Result<String, toml::ser::Error> {
    let plain = toml::to_string(patterns)?;
    let short = on_one_line(&plain);
    // a text of several lines may look like a table
    let same = toml::from_str::<toml::Table>(&short).ok() == toml::from_str::<toml::Table>(&plain).ok();
    Ok(format!("{ABOUT}{}", if same { short } else { plain }))
}

/// Tables of a few figures on one line of the table that they belong to: `reads = { calls = 1, time = 2.0 }`.
fn on_one_line(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    // what has been gathered of such a table
    let mut open: Option<(String, Vec<&str>)> = None;
    let mut within_text = false;
    for line in text.lines() {
        let quotes = line.matches("\"\"\"").count() + line.matches("'''").count();
        let header = line.strip_prefix('[').filter(|_| !within_text);
        within_text ^= quotes % 2 == 1;
        if let Some((_, figures)) = open.as_mut().filter(|_| header.is_none()) {
            figures.extend(Some(line).filter(|line| !line.is_empty()));
            continue;
        }
        close(&mut open, &mut out);
        let last = header.and_then(|header| header.strip_suffix(']')?.rsplit('.').next());
        match last {
            Some(key) if FIGURES.contains(&key) => open = Some((key.to_owned(), Vec::new())),
            _ => out.push(line.to_owned()),
        }
    }
    close(&mut open, &mut out);
    out.join("\n") + "\n"
}

/// Tables of figures only.
const FIGURES: &[&str] = &["total", "other", "reads", "inserts", "updates", "deletes", "growth", "load"];

fn close(open: &mut Option<(String, Vec<&str>)>, out: &mut Vec<String>) {
    let Some((key, figures)) = open.take() else { return };
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.push(format!("{key} = {{ {} }}", figures.join(", ")));
    out.push(String::new());
}

/// Reads such a file.
///
/// # Errors
/// It is not TOML, holds a key that nothing reads, or a value of the wrong kind.
pub fn from_toml(text: &str) -> Result<AccessPatterns, BadFile> {
    let line = |at: usize| text.get(..at).map(|before| before.matches('\n').count() + 1);
    let bad = |error: toml::de::Error| {
        let line = error.span().and_then(|span| line(span.start));
        let named = error.message().to_owned();
        BadFile { line, why: named }
    };
    let read: toml::Table = toml::from_str(text).map_err(bad)?;
    unknown(&read, "", text)?;
    toml::from_str(text).map_err(bad)
}

/// Keys by the table that they stand in.
const KEYS: &[(&str, &[&str])] = &[
    ("", &["isolation", "not_understood", "other", "since", "source", "table", "total", "unattributed"]),
    ("isolation", &["calls", "level"]),
    ("load", &["calls", "rows", "time"]),
    ("unclear", &["first", "load", "queries"]),
    ("first", &["columns", "fingerprint", "load", "text", "why"]),
    (
        "table",
        &[
            "column", "deletes", "errors", "growth", "hint", "inserts", "join", "name", "pattern", "reads", "rows",
            "schema", "size", "total", "updates",
        ],
    ),
    ("growth", &["deleted", "inserted", "since", "updated"]),
    (
        "pattern",
        &[
            "action",
            "aggregates",
            "columns",
            "descending",
            "equal",
            "filter",
            "find",
            "group",
            "joined",
            "limit",
            "load",
            "offset",
            "prefix",
            "queries",
            "range",
            "search",
            "sort",
            "written",
        ],
    ),
    ("join", &["columns", "load", "name", "schema", "theirs"]),
    (
        "column",
        &[
            "aggregate",
            "equal",
            "filter",
            "group",
            "inserted",
            "join",
            "load",
            "name",
            "range",
            "search",
            "sort",
            "updated",
        ],
    ),
    ("hint", &["kind", "load"]),
];

/// What kind of table stands under a key.
fn kind(key: &str) -> &str {
    match key {
        "total" | "other" | "reads" | "inserts" | "updates" | "deletes" => "load",
        "not_understood" | "unattributed" => "unclear",
        other => other,
    }
}

/// A misspelt key must not pass for one that was left out.
fn unknown(table: &toml::Table, of: &str, text: &str) -> Result<(), BadFile> {
    let known = KEYS.iter().find(|(name, _)| *name == of).map(|(_, keys)| *keys).unwrap_or_default();
    for (key, value) in table {
        if !known.contains(&key.as_str()) {
            let at = text.lines().position(|line| {
                let line = line.trim_start().trim_start_matches('[');
                line.split(['=', ']', '.']).any(|part| part.trim().trim_matches('"') == key)
            });
            let place = if of.is_empty() { "at the top".to_owned() } else { format!("in a {of}") };
            let why = format!("`{key}` is not known {place}; what may stand there: {}", known.join(", "));
            return Err(BadFile { line: at.map(|at| at + 1), why });
        }
        match value {
            toml::Value::Table(inner) => unknown(inner, kind(key), text)?,
            toml::Value::Array(items) => {
                for item in items {
                    if let toml::Value::Table(inner) = item {
                        unknown(inner, kind(key), text)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

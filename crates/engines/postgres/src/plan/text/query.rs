//! What stands above a plan: the query it is of, and how long the log says it took.

use dbwright_reading::frame::{Line, Role};

use super::log;

/// Lines looked at above a plan.
const ABOVE: usize = 300;

/// What was found above a plan.
#[derive(Debug, Default)]
pub(super) struct Above {
    /// The first line that belongs to the plan.
    pub(super) first: Option<usize>,
    /// The query.
    pub(super) query: Option<String>,
    /// Milliseconds it took.
    pub(super) duration: Option<f64>,
}

/// Looks above the plan that starts at `at`, not above `from`.
pub(super) fn above(lines: &[Line<'_>], from: usize, at: usize) -> Above {
    let from = from.max(at.saturating_sub(ABOVE));
    let mut above = Above::default();
    let mut end = at;
    while end > from && matches!(lines[end - 1].role, Role::Header | Role::Rule | Role::Blank | Role::Fence) {
        end -= 1;
        if matches!(lines[end].role, Role::Header | Role::Rule) {
            above.first = Some(end);
        }
    }
    for start in (from..end).rev() {
        let line = &lines[start];
        let text = line.text.trim();
        match line.role {
            Role::Header | Role::Footer => break,
            Role::Rule | Role::Fence | Role::Blank => continue,
            Role::Text | Role::Prompt => {}
        }
        if let Some(ms) = log::duration(text) {
            above.duration = Some(ms);
            above.first = Some(start);
            break;
        }
        if let Some(query) = text.strip_prefix("Query Text:") {
            above.query = Some(joined(query, &lines[start + 1..end]));
            above.first = Some(start);
            if start > from
                && let Some(ms) = log::duration(&lines[start - 1].text)
            {
                above.duration = Some(ms);
                above.first = Some(start - 1);
            }
            break;
        }
        if starts_with(text, "explain")
            && let Some(query) = explained(&joined(text, &lines[start + 1..end]))
        {
            above.query = Some(query);
            above.first = Some(start);
            break;
        }
    }
    above
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn joined(first: &str, rest: &[Line<'_>]) -> String {
    let mut text = first.trim().to_owned();
    for line in rest {
        match line.role {
            Role::Text | Role::Prompt => {}
            _ => continue,
        }
        // auto_explain names the parameters behind the query
        if line.text.trim_start().starts_with("Query Parameters:") {
            break;
        }
        text.push('\n');
        text.push_str(line.text.trim_end());
    }
    text
}

/// The query of `EXPLAIN (…) query;`, if nothing but the query follows.
fn explained(text: &str) -> Option<String> {
    let mut rest = text.get("explain".len()..)?;
    if !rest.starts_with([' ', '\n', '(']) {
        return None;
    }
    rest = rest.trim_start();
    if let Some(options) = rest.strip_prefix('(')
        && starts_with_option(options)
    {
        rest = options.split_once(')')?.1.trim_start();
    }
    for word in ["analyze", "analyse", "verbose"] {
        if starts_with(rest, word) && rest[word.len()..].starts_with([' ', '\n']) {
            rest = rest[word.len()..].trim_start();
        }
    }
    const VERBS: [&str; 12] = [
        "select", "with", "insert", "update", "delete", "merge", "values", "execute", "create", "declare", "table", "(",
    ];
    if !VERBS.iter().any(|verb| starts_with(rest, verb)) {
        return None;
    }
    let query = match end_of_statement(rest) {
        // what follows the statement is neither its text nor the plan's
        Some(end) if !rest[end + 1..].trim().is_empty() => return None,
        Some(end) => &rest[..end],
        None => rest,
    };
    Some(query.trim_end().to_owned())
}

/// Where the first semicolon stands that is in no quotes.
fn end_of_statement(text: &str) -> Option<usize> {
    let mut quote = None;
    text.bytes().position(|byte| {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b';') => return true,
            _ => {}
        }
        false
    })
}

fn starts_with_option(text: &str) -> bool {
    const OPTIONS: [&str; 12] = [
        "analy",
        "verbose",
        "costs",
        "settings",
        "generic_plan",
        "buffers",
        "serialize",
        "wal",
        "timing",
        "summary",
        "memory",
        "format",
    ];
    OPTIONS.iter().any(|option| starts_with(text.trim_start(), option))
}

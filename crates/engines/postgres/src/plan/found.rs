//! From a document in a text to claims: what all recognisers of plans do.

use std::ops::Range;

use dbwright_model::Seconds;
use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Unreadable};
use dbwright_model::plan::{Fields, Plan, Value};
use dbwright_reading::json::{self, Cut};

use super::interpret;

/// Nesting that is read: a plan of 100,000 levels.
pub(super) const DEPTH: usize = 200_000;

/// A document found in a text.
pub(super) struct Document {
    pub(super) lines: Range<usize>,
    pub(super) value: Value,
    pub(super) cut: Option<Cut>,
}

/// The line without what a client put around it: borders, blanks at its end, the mark that the cell goes on.
pub(super) fn bare(line: &str) -> &str {
    const BARS: [char; 2] = ['|', '│'];
    let mut line = line.trim_end();
    let cell = line.trim_start();
    let cell = cell.strip_prefix("QUERY PLAN").map_or(cell, str::trim_start);
    if let Some(cell) = cell.strip_prefix(BARS) {
        line = cell.trim_end_matches(BARS).trim_end();
    }
    let more = line.strip_suffix('+').or_else(|| line.strip_suffix('↵'));
    more.filter(|more| more.ends_with([' ', ',', ':', '{', '[', '}', ']', '>'])).map_or(line, str::trim_end)
}

/// Makes claims of a document: every plan in it.
pub(super) fn claims(
    input: &Input<'_>,
    document: Document,
    format: &str,
    confidence: Confidence,
    from: usize,
) -> Vec<Piece> {
    let Document { lines, value, cut } = document;
    let mut found = Vec::new();
    plans(value, &mut found);
    let framed = with_frame(input, lines.clone(), from);
    let duration = framed.clone().take(1).find_map(|at| duration(input.lines[at]));
    let count = found.len();
    let mut pieces = Vec::new();
    for (nth, fields) in found.into_iter().enumerate() {
        let artefact = match interpret(fields, format) {
            Ok(mut plan) => {
                finish(&mut plan, input, lines.start, cut.filter(|_| nth + 1 == count));
                if plan.execution.is_none() && plan.analyzed() {
                    plan.execution = duration;
                }
                Ok(Artefact::Plan(Box::new(plan)))
            }
            Err(error) => Err(Unreadable {
                line: lines.start,
                message: format!("this begins like a plan, but {error}"),
                hint: "Give the whole output of EXPLAIN.".to_owned(),
            }),
        };
        // claims must not overlap: several plans of one document share its lines out among them
        let share = |nth: usize| framed.start + framed.len() * nth / count.max(1);
        let lines = if count == 1 { framed.clone() } else { share(nth)..share(nth + 1).max(share(nth) + 1) };
        pieces.push(Piece { lines, confidence, artefact });
    }
    pieces
}

fn finish(plan: &mut Plan, input: &Input<'_>, line: usize, cut: Option<Cut>) {
    plan.found_at = Some(format!("{}:{}", input.name, line + 1));
    match cut {
        Some(Cut::Short) => plan.missing.push("the end: the text was cut".to_owned()),
        Some(Cut::Foreign) => plan.missing.push("what follows something that is not part of a plan".to_owned()),
        None => {}
    }
}

/// The raw forms of all plans in a value, in the order they stand there; also those inside its strings.
fn plans(value: Value, found: &mut Vec<Fields>) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::Group(fields) if fields.get("Plan").and_then(Value::group).is_some_and(is_operator) => {
                found.push(fields)
            }
            Value::Group(fields) => rest.extend(fields.0.into_iter().rev().map(|(_, value)| value)),
            Value::List(items) => rest.extend(items.into_iter().rev()),
            Value::Text(text) if text.as_str().contains("\"Plan\"") => {
                let text = text.as_str();
                let read = text.find(['{', '[']).and_then(|start| json::read_to(text.get(start..)?, DEPTH));
                rest.extend(read.map(|read| read.value));
            }
            _ => {}
        }
    }
}

/// Whether these are the fields of an operator, as far as they go.
fn is_operator(fields: &Fields) -> bool {
    fields.get("Node Type").is_some()
}

/// The lines with what a client put around them: a header and its rule above, the count of rows below; a log line that
/// announces the plan.
fn with_frame(input: &Input<'_>, lines: Range<usize>, from: usize) -> Range<usize> {
    let line = |at: usize| input.lines.get(at).map_or("", |line| line.trim());
    let Range { mut start, mut end } = lines;
    let rule =
        |line: &str| line.len() > 2 && line.chars().all(|char| matches!(char, '-' | '+' | '|' | '─' | '═' | '┌' | '┐'));
    if start > from && rule(line(start - 1)) {
        start -= 1;
        if start > from && !line(start - 1).is_empty() {
            start -= 1;
        }
    } else if start > from && (line(start - 1).trim_matches('"') == "QUERY PLAN" || duration(line(start - 1)).is_some())
    {
        start -= 1;
    }
    if rule(line(end)) {
        end += 1;
    }
    let footer = line(end);
    if footer.starts_with('(') && footer.ends_with(')') && footer[1..].starts_with(|char: char| char.is_ascii_digit()) {
        end += 1;
    }
    start..end
}

/// What a log line says before a plan: how long the statement took.
fn duration(line: &str) -> Option<Seconds> {
    let (_, rest) = line.split_once("duration: ")?;
    let (ms, rest) = rest.split_once(" ms")?;
    let ms = ms.trim().parse::<f64>().ok().filter(|ms| ms.is_finite())?;
    rest.contains("plan:").then_some(Seconds(ms / 1000.0))
}

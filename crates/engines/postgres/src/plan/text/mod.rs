//! Plans as text, as `EXPLAIN` prints them and as people paste them.
//!
//! Frames and prefixes come off first (`log`, and the frames of `dbwright_reading`), then runs of lines are found that
//! are plans (`extent`), each line becomes fields (`node`, `property`, `figures`), and indentation makes the tree (`tree`).

mod arity;
mod extent;
mod figures;
mod kind;
mod log;
mod node;
mod property;
mod query;
#[cfg(test)]
mod tests;
mod tree;

use std::ops::Range;

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser, Unreadable};
use dbwright_reading::frame::{Line, Role};

use self::kind::Kind;
use self::node::Named;
use self::tree::Tree;
use super::interpret;

/// Finds them.
pub(super) const RECOGNISER: Recogniser =
    Recogniser { id: "postgres-plan-text", reads: "a PostgreSQL plan (EXPLAIN, in text)", find };

fn find(input: &Input<'_>) -> Vec<Piece> {
    // nothing that could be one: most texts
    let possible = |line: &&str| line.contains("->") || line.contains("cost=") || may_be_node(line);
    if !input.lines.iter().any(possible) && !input.text.contains("-&gt;") {
        return Vec::new();
    }
    let lines = log::lines(input);
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut from = 0;
    while at < lines.len() {
        let Some(confidence) = starts(&lines, at) else {
            at += 1;
            continue;
        };
        let (end, piece) = piece(input, &lines, from, at, confidence);
        pieces.push(piece);
        at = end.max(at + 1);
        from = at;
    }
    pieces
}

/// Words that stand in the names of nodes that are complete plans by themselves, without figures.
fn may_be_node(line: &str) -> bool {
    ["Scan", "Result", "Insert on", "Update on", "Delete on", "Merge on", "Append", "Limit", "actual"]
        .iter()
        .any(|word| line.contains(word))
}

/// Whether a plan starts at that line, and how sure that is.
fn starts(lines: &[Line<'_>], at: usize) -> Option<Confidence> {
    let line = &lines[at];
    if line.role != Role::Text {
        return None;
    }
    let text = line.text.trim();
    let next = || lines[at + 1..].iter().find(|line| line.role != Role::Blank);
    let framed = || lines[..at].iter().rev().take(2).any(|line| line.role == Role::Header);
    match Kind::of(text) {
        Kind::Arrow(_) if Kind::of(text).is_sure() => Some(Confidence::Likely),
        Kind::Node(node) => {
            let figures = figures::start(node);
            let named = Named::new(node[node::prefix(node)..figures.unwrap_or(node.len())].trim());
            if figures.is_some() {
                return Some(if named.is_known() { Confidence::Certain } else { Confidence::Likely });
            }
            if framed() {
                return Some(Confidence::Certain);
            }
            // a bare name is one only where something follows it that belongs to a plan; extensions have lines of their own
            let extension = node.starts_with("Custom Scan (");
            let follows = next().is_some_and(|next| {
                let kind = Kind::of(next.text.trim());
                let own = extension && matches!(kind, Kind::Property { .. });
                let sure = next.role == Role::Text && (own || kind.is_sure());
                (sure && next.indent() > line.indent()) || next.role == Role::Footer
            });
            let only = || {
                lines.len() <= 10 && lines.iter().all(|other| other.number == line.number || other.role == Role::Blank)
            };
            let alone = text.contains(" Scan on ") || text.contains(" Scan using ") || only();
            (follows || alone).then_some(if follows { Confidence::Likely } else { Confidence::Possible })
        }
        Kind::Table(_) | Kind::Other(_) | Kind::Property { .. } => {
            let next = next().filter(|next| next.role == Role::Text)?;
            let kind = Kind::of(next.text.trim());
            let below = (kind.is_sure() || matches!(kind, Kind::Table(_))) && next.indent() > line.indent();
            match Kind::of(text) {
                Kind::Table(_) => (framed() || below).then_some(Confidence::Likely),
                // of an extension
                _ => {
                    let arrow = below && (matches!(kind, Kind::Arrow(_)) || node::prefix(text) > 0);
                    (arrow && (framed() || text.len() < 80)).then_some(Confidence::Possible)
                }
            }
        }
        _ => None,
    }
}

/// Reads the plan that starts at that line; gives the line behind it.
fn piece(input: &Input<'_>, lines: &[Line<'_>], from: usize, at: usize, confidence: Confidence) -> (usize, Piece) {
    let extent = extent::extent(lines, at);
    let left = lines[at].indent();
    let topless = matches!(Kind::of(lines[at].text.trim()), Kind::Arrow(_));
    // what a client or a log wrote in front of the first node
    let skip = node::prefix(&lines[at].text);
    let mut tree = Tree::new(left, topless);
    // where the text ends without a line end, its last line may be half
    let cut = extent.lines.end == lines.len() && !input.text.ends_with(['\n', '\r']);
    let last = extent.groups.len() - 1;
    for (nth, group) in extent.groups.iter().enumerate() {
        let text = extent.text(lines, group);
        let text = if nth == 0 { &text[skip..] } else { &text };
        let kind = |text, first| match Kind::of(text) {
            // the first line is a node, whatever it looks like
            Kind::Arrow(text) => Kind::Arrow(text),
            _ if first => Kind::Node(text),
            kind => kind,
        };
        if nth == last && nth > 0 && cut && is_half(text, &tree) {
            tree.half = true;
            continue;
        }
        for (at, (column, part)) in parts(text).enumerate() {
            tree.line(column, kind(part, nth == 0 && at == 0));
        }
    }
    let above = query::above(lines, from, at);
    if let Some(ms) = above.duration {
        tree.took(ms);
    }
    let half = tree.half || (cut && extent.open);
    let flat = tree.is_flat();
    let (fields, topless) = tree.finish();
    let first = above.first.unwrap_or(at);
    let number = |at: usize| lines.get(at).map_or(0, |line| line.number);
    let range = Range { start: number(first), end: number(extent.lines.end.saturating_sub(1).max(at)) + 1 };
    let artefact = match interpret(fields, "text") {
        Ok(mut plan) => {
            plan.found_at = Some(format!("{}:{}", input.name, number(at) + 1));
            if let Some(query) = above.query {
                plan.query = Some(query.into());
            }
            if topless {
                plan.missing.push("the top: the text starts within the plan".to_owned());
            }
            if flat {
                plan.missing.push("indentation: which node feeds which is a guess".to_owned());
            }
            if half {
                plan.missing.push("the end: the text was cut".to_owned());
            }
            Ok(Artefact::Plan(Box::new(plan)))
        }
        Err(error) => Err(Unreadable {
            line: number(at),
            message: format!("this begins like a plan, but {error}"),
            hint: "Give the whole output of EXPLAIN.".to_owned(),
        }),
    };
    (extent.lines.end, Piece { lines: range, confidence, artefact })
}

/// A line taken apart where several were joined to one: a node starts at every arrow outside of parentheses.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let indent = text.len() - text.trim_start_matches(' ').len();
    let body = text.trim();
    let mut cuts = vec![0];
    let within = body.get(2..).unwrap_or("").find("->").is_some();
    if within {
        let (mut depth, mut quote) = (0, false);
        let bytes = body.as_bytes();
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'\'' => quote = !quote,
                b'(' if !quote => depth += 1,
                b')' if !quote => depth -= 1,
                b'-' if at > 1 && depth <= 0 && !quote && bytes[at - 1] == b' ' && body[at..].starts_with("->  ") => {
                    cuts.push(at);
                }
                _ => {}
            }
        }
    }
    cuts.push(body.len());
    let mut parts = Vec::with_capacity(cuts.len());
    for cut in cuts.windows(2) {
        let before = &body[..cut[0]];
        let blanks = before.len() - before.trim_end_matches(' ').len();
        let column = if cut[0] == 0 { indent } else { blanks };
        let part = body[cut[0]..cut[1]].trim();
        match behind_figures(part) {
            Some(end) => {
                parts.push((column, part[..end].trim()));
                properties(&part[end..], column + 6, &mut parts);
            }
            None => parts.push((column, part)),
        }
    }
    parts.into_iter()
}

/// Where the lines of a node start that were joined to its own.
fn behind_figures(part: &str) -> Option<usize> {
    let figures = figures::start(part)?;
    let mut end = figures + part[figures..].find(')')? + 1;
    if part[end..].trim_start().starts_with("(actual ") || part[end..].trim_start().starts_with("(never ") {
        end += part[end..].find(')')? + 1;
    }
    property::split(part[end..].trim()).is_some_and(|(name, _)| property::is_known(name)).then_some(end)
}

/// Lines that were joined, apart again: each starts with a known name behind two blanks.
fn properties<'a>(text: &'a str, column: usize, parts: &mut Vec<(usize, &'a str)>) {
    let text = text.trim();
    let mut from = 0;
    let mut last = 0;
    for (at, _) in text.match_indices("  ") {
        let same_run = at == last + 2;
        last = at;
        if same_run {
            continue;
        }
        let known = property::split(text[at..].trim_start()).is_some_and(|(name, value)| {
            property::is_known(name) && !property::continues(&text[from..at], name, value)
        });
        if known && !text[from..at].trim().is_empty() {
            parts.push((column, text[from..at].trim()));
            from = at;
        }
    }
    parts.push((column, text[from..].trim()));
}

/// Whether the last line of a text that has no line end is half a line: nobody can tell what is missing of a figure.
/// A plan that was executed and tells no times at its end goes on below.
fn is_half(text: &str, tree: &Tree) -> bool {
    match Kind::of(text.trim()) {
        Kind::Property { value, .. } => {
            let figure = value.ends_with(|c: char| c.is_ascii_digit() || c == '.' || c == '=');
            figure && tree.is_timed() && !tree.has_ended()
        }
        _ => false,
    }
}

//! Plans as YAML: the part of YAML that `EXPLAIN` writes, and what other programs make of it when they indent it anew.

use dbwright_model::artefact::{Confidence, Input, Piece, Recogniser};
use dbwright_model::plan::{Fields, Value};
use dbwright_reading::json;

use super::found::{self, Document};

/// Finds them.
pub(super) const RECOGNISER: Recogniser =
    Recogniser { id: "postgres-plan-yaml", reads: "a PostgreSQL plan (EXPLAIN, FORMAT YAML)", find };

/// Lines above `Plan:` in which the query may stand.
const ABOVE: usize = 3;

fn find(input: &Input<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut next = 0;
    for at in 0..input.lines.len() {
        if at < next || !input.lines[at].contains("Plan:") || !begins(input, at) {
            continue;
        }
        let column =
            |at: usize| found::bare(input.lines[at]).trim_start_matches(['-', ' ', '\t', '"']).starts_with("Query ");
        let first = (at.saturating_sub(ABOVE).max(next)..at).find(|above| column(*above)).unwrap_or(at);
        let (value, height) = read(&input.lines[first..]);
        let document = Document { lines: first..first + height.max(at + 1 - first), value, cut: None };
        let before = next;
        next = document.lines.end;
        pieces.extend(found::claims(input, document, "yaml", Confidence::Certain, before));
    }
    pieces
}

/// Whether a plan begins here: `Plan:`, and below it what every operator begins with.
fn begins(input: &Input<'_>, at: usize) -> bool {
    let bare = |at: usize| input.lines.get(at).map(|line| found::bare(line).trim_matches(['-', ' ', '\t', '"']));
    let mut below = at + 1;
    while bare(below).is_some_and(str::is_empty) && below < at + 3 {
        below += 1;
    }
    bare(at) == Some("Plan:") && bare(below).is_some_and(|line| line.starts_with("Node Type:"))
}

/// An open list or group: its column, where its values begin, and the name that waits for a value.
struct Open {
    list: bool,
    column: usize,
    start: usize,
    name: Option<Box<str>>,
}

/// Reads a value that starts in the first line and ends where a line stands further out, or is none of it; gives the
/// number of lines it takes.
fn read(lines: &[&str]) -> (Value, usize) {
    let mut pending: Vec<(Box<str>, Value)> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    let quoted = lines.first().is_some_and(|line| line.trim_start().starts_with('"'));
    while let Some(raw) = lines.get(at) {
        let raw = found::bare(raw);
        let doubled;
        let line = match quoted {
            true => {
                // the quote that opens the field, and the one that closes it
                let inner = if at == 0 { raw.trim_start().trim_start_matches('"') } else { raw };
                let odd = inner.matches('"').count() % 2 == 1;
                let inner = if odd { inner.strip_suffix('"').unwrap_or(inner) } else { inner };
                doubled = inner.replace("\"\"", "\"");
                doubled.as_str()
            }
            false => raw,
        };
        let mut column = line.len() - line.trim_start().len();
        let mut rest = line.trim_start();
        if rest.is_empty() {
            break;
        }
        let item = |rest: &str| rest == "-" || rest.starts_with("- ");
        while open
            .last()
            .is_some_and(|last| last.column > column || (last.column == column && last.list && !item(rest)))
        {
            if open.len() == 1 {
                return (close_all(open, pending), at);
            }
            close(&mut open, &mut pending);
        }
        let before = (open.len(), pending.len());
        while item(rest) {
            if !open.last().is_some_and(|last| last.list && last.column == column) {
                open.push(Open { list: true, column, start: pending.len(), name: None });
            }
            let inner = rest[1..].trim_start();
            column += rest.len() - inner.len();
            rest = inner;
        }
        let mut used = 1;
        match key(rest) {
            Some((name, value)) => {
                if !open.last().is_some_and(|last| !last.list && last.column == column) {
                    // a group needs a place: the list it is an item of, or the name above
                    if open.last().is_some_and(|last| !last.list && last.name.is_none()) {
                        return (close_all(open, pending), at);
                    }
                    open.push(Open { list: false, column, start: pending.len(), name: None });
                }
                let Some(group) = open.last_mut() else { break };
                if let Some(empty) = group.name.take() {
                    pending.push((empty, Value::Null));
                }
                match value.is_empty() {
                    true => group.name = Some(name.into()),
                    false => {
                        let (value, taken) = scalar(value, lines, at);
                        used = taken;
                        pending.push((name.into(), value));
                    }
                }
            }
            None if open.last().is_some_and(|last| last.list) && !rest.is_empty() && before.0 > 0 => {
                let (value, taken) = scalar(rest, lines, at);
                used = taken;
                pending.push(("".into(), value));
            }
            None => {
                open.truncate(before.0);
                pending.truncate(before.1);
                return (close_all(open, pending), at);
            }
        }
        at += used;
    }
    (close_all(open, pending), at.min(lines.len()))
}

/// `name: value`, where the name is what a field is called: it starts with a letter and is short.
fn key(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    let named = name.len() < 64 && name.starts_with(|char: char| char.is_ascii_alphabetic());
    (named && (value.is_empty() || value.starts_with(' '))).then_some((name, value.trim()))
}

/// A value on one line; a string that a terminal broke may take more.
fn scalar(text: &str, lines: &[&str], at: usize) -> (Value, usize) {
    if !text.starts_with(['"', '[']) {
        let single = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        return (single.map_or_else(|| json::plain(text), |text| Value::from(text.replace("''", "'"))), 1);
    }
    let mut whole = text.to_owned();
    for used in 1..20 {
        match json::read(&whole) {
            Some(read) if read.cut.is_none() => return (read.value, used),
            _ => {}
        }
        let Some(more) = lines.get(at + used) else { break };
        whole.push_str(found::bare(more).trim_end());
    }
    (Value::from(text), 1)
}

fn close(open: &mut Vec<Open>, pending: &mut Vec<(Box<str>, Value)>) {
    let Some(last) = open.pop() else { return };
    let made = made(last, pending);
    let name = open.last_mut().and_then(|above| above.name.take()).unwrap_or_default();
    pending.push((name, made));
}

fn made(last: Open, pending: &mut Vec<(Box<str>, Value)>) -> Value {
    let mut values: Vec<(Box<str>, Value)> = pending.drain(last.start.min(pending.len())..).collect();
    match last.list {
        true => Value::List(values.into_iter().map(|(_, value)| value).collect()),
        false => {
            values.extend(last.name.map(|name| (name, Value::Null)));
            Value::Group(Fields(values))
        }
    }
}

fn close_all(mut open: Vec<Open>, mut pending: Vec<(Box<str>, Value)>) -> Value {
    while open.len() > 1 {
        close(&mut open, &mut pending);
    }
    open.pop().map_or(Value::Null, |last| made(last, &mut pending))
}

#[cfg(test)]
mod tests {
    use dbwright_model::artefact::Artefact;
    use dbwright_model::plan::Plan;

    use super::*;

    const PLAN: &str = "\
- Plan: 
    Node Type: \"Aggregate\"
    Strategy: \"Mixed\"
    Actual Loops: 1
    Grouping Sets: 
      - Hash Keys: 
          - [\"a\", \"b: c\"]
          - []
    Plans: 
      - Node Type: \"Seq Scan\"
        Relation Name: \"t\"
        Output: 
          - \"a\"
          - \"'- x: \\\"y\\\"'::text\"
        Filter: \"(a = 1)\"
        Actual Loops: 1
  Planning: 
    Shared Hit Blocks: 3
  Triggers: 
  Execution Time: 1.500";

    fn read_all(text: &str) -> Vec<Plan> {
        let plan = |piece: Piece| match piece.artefact {
            Ok(Artefact::Plan(plan)) => Plan { found_at: None, ..*plan },
            other => panic!("{other:?}"),
        };
        find(&Input::new("-", text)).into_iter().map(plan).collect()
    }

    #[test]
    fn a_plan_is_found_in_every_wrapping() {
        let plan = read_all(PLAN).remove(0);
        assert_eq!(plan.nodes.len(), 2);
        let output: Vec<&str> = plan.nodes[1].output.iter().map(|item| item.as_str()).collect();
        assert_eq!(output, ["a", "'- x: \"y\"'::text"]);
        assert_eq!(plan.execution.map(|time| time.0), Some(0.0015));
        assert_eq!(plan.nodes[1].buffers, Some(Default::default()));
        let framed: Vec<String> = PLAN.lines().map(|line| format!(" {line:60}+")).collect();
        let framed = framed.join("\n").trim_end_matches(['+', ' ']).to_owned();
        // lists that are not indented, as other programs write them
        let flat =
            PLAN.lines().map(|line| line.strip_prefix("    ").map_or(line.to_owned(), |line| format!("    {line}")));
        let flat: Vec<String> = flat.collect();
        for text in [
            PLAN.replace('\n', "\r\n"),
            format!("      QUERY PLAN\n-------------------\n{framed}\n(1 row)\n\nTime: 3.4 ms\n"),
            format!("select 1;\n{PLAN}\n\nnote: this is none of it"),
            format!("\"{}\"", PLAN.replace('"', "\"\"")),
            PLAN.lines().map(|line| format!("\t{line}\n")).collect(),
            flat.join("\n"),
        ] {
            assert_eq!(read_all(&text), std::slice::from_ref(&plan), "{text}");
        }
        assert_eq!(read_all(&format!("{PLAN}\n\n{PLAN}\n")).len(), 2);
    }

    #[test]
    fn any_cut_is_read_as_far_as_it_goes() {
        for at in (0..PLAN.len()).filter(|at| PLAN.is_char_boundary(*at)) {
            let whole = PLAN[..at].contains("Node Type: \"Aggregate\"");
            assert!(read_all(&PLAN[..at]).len() >= usize::from(whole), "{}", &PLAN[..at]);
        }
        read_all(&format!("- Plan: \n    Node Type: \"x\"\n    A: {}", "- ".repeat(100_000)));
        read_all(&format!("- Plan: \n    Node Type: \"x\"\n{}", "    - ".repeat(100_000)));
    }
}

//! Where in a text there are plans of MySQL and MariaDB: in tables of clients, in JSON, in trees.

use std::ops::Range;

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser, Unreadable};
use dbwright_model::plan::{Fields, Plan, Value};
use dbwright_reading::table::{self, Table};

use super::{json, query, tabular, tree};

pub(super) const RECOGNISER: Recogniser =
    Recogniser { id: "mysql-plan", reads: "a MySQL or MariaDB plan (EXPLAIN or ANALYZE: table, JSON, TREE)", find };

fn find(input: &Input<'_>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut next = 0;
    for table in table::tables(&input.lines, &wanted) {
        loose(input, next..table.lines.start, &mut pieces);
        next = table.lines.end;
        let before = pieces.len();
        if is_warnings(&table.header) {
            warnings(&table, &mut pieces);
        } else if tabular::is_header(&table.header) {
            let heading = input.lines[table.lines.clone()].iter().find(|line| line.contains("select_type"));
            pieces.push(piece(input, table.lines.clone(), tabular::interpret(&table, heading.unwrap_or(&""))));
        } else {
            for row in &table.rows {
                let text = row.cells.first().map_or("", String::as_str);
                let plan = cell(text);
                if plan.is_some() || table.rows.len() == 1 {
                    pieces.push(piece(input, table.lines.clone(), plan));
                    break;
                }
            }
        }
        if table.cut {
            for piece in &mut pieces[before..] {
                if let Ok(Artefact::Plan(plan)) = &mut piece.artefact {
                    plan.missing.push("the end of the table: it was cut".to_owned());
                }
            }
        }
    }
    loose(input, next..input.lines.len(), &mut pieces);
    for piece in &mut pieces {
        if let Ok(Artefact::Plan(plan)) = &mut piece.artefact {
            query::resolve(plan);
            count_values(plan);
        }
    }
    pieces
}

/// Lists shorter than this are not worth a count.
const LIST: usize = 50;

/// Says how many values long lists have: they are taken out with all literals.
fn count_values(plan: &mut Plan) {
    for node in &mut plan.nodes {
        let longest = node.conditions.iter().map(|condition| longest_list(condition.text.as_str())).max().unwrap_or(0);
        if longest >= LIST {
            node.extra.set("values in list", longest as f64);
        }
    }
}

/// The most commas between the parentheses of an `in (…)`, and one.
fn longest_list(text: &str) -> usize {
    if text.len() < 2 * LIST {
        return 0;
    }
    let lists = text.match_indices(" in (").map(|(at, start)| {
        let inside = &text[at + start.len()..];
        let inside = &inside[..inside.find(')').unwrap_or(inside.len())];
        inside.matches(',').count() + 1
    });
    lists.max().unwrap_or(0)
}

fn wanted(header: &[String]) -> bool {
    let only = |name: &str| matches!(name, "EXPLAIN" | "ANALYZE" | "SHOW EXPLAIN" | "SHOW ANALYZE");
    tabular::is_header(header) || is_warnings(header) || (header.len() == 1 && only(header[0].trim()))
}

/// The table of `SHOW WARNINGS`.
fn is_warnings(header: &[String]) -> bool {
    let names: Vec<String> = header.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    names == ["level", "code", "message"]
}

fn piece(input: &Input<'_>, lines: Range<usize>, plan: Option<Plan>) -> Piece {
    let line = lines.start;
    let artefact = match plan {
        Some(mut plan) => {
            plan.found_at = Some(format!("{}:{}", input.name, line + 1));
            Ok(Artefact::Plan(Box::new(plan)))
        }
        None => Err(Unreadable {
            line,
            message: "this looks like a plan of MySQL or MariaDB, but there is no operator in it".to_owned(),
            hint: "Give the whole output of EXPLAIN FORMAT=JSON (or of ANALYZE FORMAT=JSON in MariaDB).".to_owned(),
        }),
    };
    Piece { lines, confidence: Confidence::Certain, artefact }
}

/// The plan in a cell: JSON or a tree.
fn cell(text: &str) -> Option<Plan> {
    if text.trim_start().starts_with('{') {
        return json::read(text).map(|found| found.plan);
    }
    let lines: Vec<&str> = text.lines().collect();
    tree::read(&lines)
}

/// What `SHOW WARNINGS` says belongs to the plan before it: the query as the optimizer rewrote it, and notes.
fn warnings(table: &Table, pieces: &mut [Piece]) {
    let Some(last) = pieces.last_mut() else { return };
    let Ok(Artefact::Plan(plan)) = &mut last.artefact else { return };
    // only when nothing but what clients print stands between
    if table.lines.start > last.lines.end + 4 {
        return;
    }
    let mut notes = Vec::new();
    for row in &table.rows {
        let message = table.cell(row, "Message").unwrap_or_default();
        match table.cell(row, "Code") {
            Some("1003") if plan.query.is_none() => plan.query = Some(message.into()),
            code => {
                let mut note = Fields::default();
                note.set("Level", table.cell(row, "Level").unwrap_or_default());
                note.set("Code", code.unwrap_or_default());
                note.set("Message", message);
                notes.push(Value::from(note));
            }
        }
    }
    if !notes.is_empty() {
        plan.extra.set("warnings", notes);
    }
    last.lines.end = table.lines.end;
}

/// Plans in lines that are no table.
fn loose(input: &Input<'_>, lines: Range<usize>, pieces: &mut Vec<Piece>) {
    let mut at = lines.start;
    while at < lines.end {
        let line = input.lines[at];
        let found = if json::names_plan(line) {
            documents(input, lines.start, at, lines.end)
        } else if line.contains("-> ") {
            tree_at(input, at, lines.end)
        } else {
            None
        };
        match found {
            Some((range, plan)) => {
                at = range.end.max(at + 1);
                pieces.push(piece(input, range, Some(plan)));
            }
            None => at += 1,
        }
    }
}

/// Lines above the name that gives a document away in which it may begin.
const ABOVE: usize = 40;

/// The JSON document that the name in line `at` belongs to.
fn documents(input: &Input<'_>, from: usize, at: usize, end: usize) -> Option<(Range<usize>, Plan)> {
    let from = from.max(at.saturating_sub(ABOVE));
    for first in from..=at {
        let line = input.lines[first];
        for (start, _) in line.match_indices('{').take(8) {
            let whole;
            let text = match line.contains("\\n") {
                // a cell of `mysql --batch`, or of a log
                true => {
                    whole = table::unescape(&line[start..]).replace("\\\"", "\"");
                    whole.as_str()
                }
                false => rest(input, first, start),
            };
            let Some(found) = json::read(text) else { continue };
            let height = match line.contains("\\n") {
                true => 0,
                false => text.get(..found.end).unwrap_or(text).matches('\n').count(),
            };
            if first + height >= at {
                return Some((first..(first + height + 1).min(end), found.plan));
            }
        }
    }
    None
}

/// The text from a place in a line on.
fn rest<'a>(input: &Input<'a>, line: usize, at: usize) -> &'a str {
    let offset = (input.lines[line].as_ptr() as usize).saturating_sub(input.text.as_ptr() as usize) + at;
    input.text.get(offset..).unwrap_or_default()
}

/// The tree that begins in line `at`.
fn tree_at(input: &Input<'_>, at: usize, end: usize) -> Option<(Range<usize>, Plan)> {
    let line = input.lines[at];
    if line.contains("\\n") {
        // one line: a cell of `mysql --batch`, a string of a log
        let start = line.find("-> ")?;
        let closing =
            line[..start].ends_with('"').then(|| line[start..].find("\",").or(line[start..].rfind('"'))).flatten();
        let text = table::unescape(&line[start..closing.map_or(line.len(), |end| start + end)]);
        let lines: Vec<&str> = text.lines().collect();
        return Some((at..at + 1, tree::read(&lines)?));
    }
    let bare = line.trim_start_matches(['|', '"', ' ']);
    let first = bare.strip_prefix("EXPLAIN: ").unwrap_or(bare);
    let prefix = line.len() - first.len();
    let (_, text) = tree::operator_line(first)?;
    let framed = line.starts_with('|');
    let tidy = |line: &'_ str| -> usize {
        let text = line.trim_end();
        if framed || text.ends_with('"') { text.trim_end_matches(['|', '"', ' ']).len() } else { text.len() }
    };
    let mut lines: Vec<&str> = vec![&first[..tidy(first).min(first.len())]];
    let mut open = unbalanced(text);
    let mut next = at + 1;
    let root = if prefix == line.len() - line.trim_start().len() { prefix } else { 0 };
    while next < end {
        let line = input.lines[next];
        match tree::operator_line(line) {
            Some((indent, text)) => {
                if indent <= root && !text.starts_with("Select #") {
                    break;
                }
                open = unbalanced(text);
            }
            None if open > 0 && !line.trim().is_empty() && !line.starts_with(['+', '*']) => open += unbalanced(line),
            None => break,
        }
        let kept = tidy(line).min(line.len());
        lines.push(line.get(..kept).unwrap_or(line));
        next += 1;
    }
    Some((at..next, tree::read(&lines)?))
}

/// Parentheses that are opened and not closed.
fn unbalanced(text: &str) -> i64 {
    let count = |c: char| text.matches(c).count() as i64;
    count('(') - count(')')
}

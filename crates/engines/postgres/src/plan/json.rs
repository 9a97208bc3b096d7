//! Plans as JSON: bare, from a log, framed by a client, quoted, or inside another document.

use std::ops::Range;

use dbwright_model::Seconds;
use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser, Unreadable};
use dbwright_model::plan::{Fields, Plan, Value};
use dbwright_reading::json::{self, Cut};

use super::interpret;

/// Finds them.
pub(super) const RECOGNISER: Recogniser =
    Recogniser { id: "postgres-plan-json", reads: "a PostgreSQL plan (EXPLAIN, FORMAT JSON)", find };

/// Lines above the word `"Plan"` in which its document may begin (a query of many lines, settings).
const ABOVE: usize = 40;

/// Nesting that is read: a plan of 100,000 levels.
const DEPTH: usize = 200_000;

fn find(input: &Input<'_>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut next = 0;
    for at in 0..input.lines.len() {
        if at < next || !input.lines[at].contains("Plan") || !names_plan(input.lines[at]) {
            continue;
        }
        let Some(document) = document(input, next, at) else { continue };
        let before = next;
        next = document.lines.end.max(at + 1);
        pieces.extend(claims(input, document, before));
    }
    pieces
}

/// Whether the line holds `"Plan":`, in some layer of quotes.
fn names_plan(line: &str) -> bool {
    line.match_indices("Plan").any(|(at, _)| {
        let after = line[at + 4..].trim_start_matches('\\').trim_start_matches('"').trim_start();
        line[..at].ends_with('"') && line[at + 4..].starts_with(['"', '\\']) && after.starts_with(':')
    })
}

/// A JSON document found in the text.
struct Document {
    lines: Range<usize>,
    value: Value,
    cut: Option<Cut>,
}

/// Reads the document that holds the word `"Plan"` of that line: the outermost that begins above it, after `from`.
fn document(input: &Input<'_>, from: usize, at: usize) -> Option<Document> {
    let from = from.max(at.saturating_sub(ABOVE));
    for first in from..=at {
        let line = input.lines[first];
        let continued = line.trim_end().ends_with('+') || line.trim_end().ends_with('↵');
        let doubled = line.trim_start().starts_with('"') && input.lines[at].contains("\"\"Plan\"\"");
        for (start, _) in line.match_indices(['{', '[']).take(8) {
            // the plain case costs no copy
            let whole;
            let text = match continued || doubled {
                true => {
                    whole = unframed(&input.lines[first..], start, continued, doubled);
                    whole.as_str()
                }
                false => rest(input, first, start),
            };
            let Some(read) = json::read_to(text, DEPTH) else { continue };
            let height = text.get(..read.end).unwrap_or(text).matches('\n').count();
            if first + height < at || !matches!(read.value, Value::Group(_) | Value::List(_)) {
                json::dismantle(read.value);
                continue;
            }
            return Some(Document { lines: first..first + height + 1, value: read.value, cut: read.cut });
        }
    }
    None
}

/// The text from a place in a line on.
fn rest<'a>(input: &Input<'a>, line: usize, at: usize) -> &'a str {
    let offset = input.lines[line].as_ptr() as usize - input.text.as_ptr() as usize + at;
    input.text.get(offset..).unwrap_or_default()
}

/// The lines without what a client added: marks of continued lines, doubled quotes.
fn unframed(lines: &[&str], start: usize, continued: bool, doubled: bool) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let line = if at == 0 { line.get(start..).unwrap_or_default() } else { line };
        let bare = line.trim_end();
        let more = continued.then(|| bare.strip_suffix('+').or_else(|| bare.strip_suffix('↵'))).flatten();
        let kept = more.map_or(bare, str::trim_end);
        match doubled {
            true => text.push_str(&kept.replace("\"\"", "\"")),
            false => text.push_str(kept),
        }
        text.push('\n');
        if continued && more.is_none() {
            break;
        }
    }
    text
}

/// Makes claims of a document: every plan in it.
fn claims(input: &Input<'_>, document: Document, from: usize) -> Vec<Piece> {
    let Document { lines, value, cut } = document;
    let mut found = Vec::new();
    plans(value, &mut found);
    let framed = with_frame(input, lines.clone(), from);
    let duration = framed.clone().take(1).find_map(|at| duration(input.lines[at]));
    let count = found.len();
    let mut pieces = Vec::new();
    for (nth, fields) in found.into_iter().enumerate() {
        let artefact = match interpret(fields, "json") {
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
                hint: "Give the whole output of EXPLAIN (FORMAT JSON).".to_owned(),
            }),
        };
        // claims must not overlap: several plans of one document share its lines out among them
        let share = |nth: usize| framed.start + framed.len() * nth / count.max(1);
        let lines = if count == 1 { framed.clone() } else { share(nth)..share(nth + 1).max(share(nth) + 1) };
        pieces.push(Piece { lines, confidence: Confidence::Certain, artefact });
    }
    pieces
}

fn finish(plan: &mut Plan, input: &Input<'_>, line: usize, cut: Option<Cut>) {
    plan.found_at = Some(format!("{}:{}", input.name, line + 1));
    match cut {
        Some(Cut::Short) => plan.missing.push("the end: the text was cut".to_owned()),
        Some(Cut::Foreign) => plan.missing.push("what follows something that is not JSON".to_owned()),
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
    rest.contains("plan:").then_some(Seconds(ms.trim().parse::<f64>().ok()? / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"[
  {
    "Plan": {
      "Node Type": "Limit",
      "Startup Cost": 0.00,
      "Actual Rows": 1.00,
      "Actual Loops": 1,
      "Plans": [
        {
          "Node Type": "Seq Scan",
          "Relation Name": "t",
          "Filter": "(a = 'x + y'::text)",
          "Rows Removed by Filter": 5
        }
      ]
    },
    "Execution Time": 1.500
  }
]"#;

    fn read(text: &str) -> Vec<(Range<usize>, Plan)> {
        let pieces = find(&Input::new("-", text));
        let plan = |piece: Piece| match piece.artefact {
            Ok(Artefact::Plan(plan)) => (piece.lines, Plan { found_at: None, ..*plan }),
            other => panic!("{other:?}"),
        };
        pieces.into_iter().map(plan).collect()
    }

    fn one(text: &str) -> (Range<usize>, Plan) {
        let mut all = read(text);
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    #[test]
    fn a_plan_is_found_in_every_wrapping() {
        let (lines, plan) = one(PLAN);
        assert_eq!(lines, 0..19);
        assert_eq!(plan.nodes.len(), 2);
        assert_eq!(plan.execution, Some(Seconds(0.0015)));
        let width = 80;
        let framed: Vec<String> = PLAN.lines().map(|line| format!(" {line:width$}+")).collect();
        let last = framed.len() - 1;
        let mut psql = format!("{:^width$}\n{}\n{}", "ANFRAGEPLAN", "-".repeat(width), framed.join("\n"));
        psql.truncate(psql.len() - (width - PLAN.lines().nth(last).unwrap().len()) - 1);
        psql.push_str("\n(1 Zeile)\n\nTime: 3 ms");
        assert_eq!(one(&psql), (0..22, plan.clone()));
        let single = PLAN.trim_start_matches('[').trim_end_matches(']');
        let quoted = serde_json::to_string(PLAN).unwrap();
        for text in [
            PLAN.replace('\n', "\r\n"),
            single.to_owned(),
            PLAN.replace('\n', " "),
            format!("QUERY PLAN\n\"{}\"\n", PLAN.replace('"', "\"\"")),
            format!("{{\"level\":\"info\",\"plan\":{quoted}}}"),
            format!("2026 [3] info {{\"a\":[1]}} {{\"x\":{{\"y\":{PLAN}}}}}"),
        ] {
            assert_eq!(one(&text).1, plan, "{text}");
        }
        let several = format!("{PLAN}\nselect 1;\n{PLAN}\n{PLAN}");
        assert_eq!(read(&several).len(), 3);
        assert_eq!(read(&several)[1], (20..39, plan));
    }

    #[test]
    fn the_servers_log_tells_how_long_it_took() {
        let log = format!(
            "2026-01-01 LOG:  duration: 7.25 ms  plan:\n\t{{\n\t  \"Query Text\": \"select {{\\n1\",\n\t  \"Plan\": {}\n",
            "{\"Node Type\": \"Result\", \"Actual Loops\": 1}\n\t}"
        );
        let (lines, plan) = one(&log);
        assert_eq!((lines, plan.execution), (0..5, Some(Seconds(0.00725))));
        assert_eq!(plan.query.unwrap(), "select {\n1");
    }

    #[test]
    fn a_cut_plan_is_read_as_far_as_it_goes() {
        for at in 0..PLAN.len() {
            let found = read(&PLAN[..at]);
            let whole = PLAN[..at].contains("\"Limit\"");
            assert_eq!(found.len(), usize::from(whole), "{}", &PLAN[..at]);
            assert!(found.iter().all(|(_, plan)| !plan.missing.is_empty()));
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = 20_000;
        let open = "{\"Plan\": {\"Node Type\": \"Limit\", \"Plans\": [";
        let level = "{\"Node Type\": \"Limit\", \"Plans\": [";
        let (_, plan) = one(&format!("{open}{}", level.repeat(deep)));
        assert_eq!(plan.nodes.len(), deep + 1);
        assert!(read(&format!("{open}{}", "[".repeat(1_000_000))).len() == 1);
        assert!(read(&format!("{{\"Plan\":{}", "{\"a\":".repeat(1_000_000))).is_empty());
    }
}

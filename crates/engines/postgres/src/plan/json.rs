//! Plans as JSON: bare, from a log, framed by a client, quoted, or inside another document.

use std::collections::HashMap;

use dbwright_model::artefact::{Confidence, Input, Piece, Recogniser};
use dbwright_model::plan::Value;
use dbwright_reading::json;

use super::found::{self, DEPTH, Document};

/// Finds them.
pub(super) const RECOGNISER: Recogniser =
    Recogniser { id: "postgres-plan-json", reads: "a PostgreSQL plan (EXPLAIN, FORMAT JSON)", find };

/// Lines above the word `"Plan"` in which its document may begin (a query of many lines, settings).
const ABOVE: usize = 40;

fn find(input: &Input<'_>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut search = Search::default();
    let mut next = 0;
    for at in 0..input.lines.len() {
        if at < next || !input.lines[at].contains("Plan") || !names_plan(input.lines[at]) {
            continue;
        }
        let Some(document) = search.document(input, next, at) else { continue };
        let before = next;
        next = document.lines.end.max(at + 1);
        pieces.extend(found::claims(input, document, "json", Confidence::Certain, before));
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

/// Where documents may begin. No place is read twice.
#[derive(Debug, Default)]
struct Search {
    /// How far what begins in a line reaches at most, by that line, where it was tried already.
    reach: HashMap<usize, usize>,
}

impl Search {
    /// Reads the document that holds the word `"Plan"` of that line: the outermost that begins above it, after `from`.
    fn document(&mut self, input: &Input<'_>, from: usize, at: usize) -> Option<Document> {
        for first in from.max(at.saturating_sub(ABOVE))..=at {
            if self.reach.get(&first).is_some_and(|reach| *reach < at) {
                continue;
            }
            let line = input.lines[first];
            let doubled = input.lines[at].contains("\"\"Plan\"\"");
            // a string that is the plan
            let escaped = first == at && line.contains("\\\"Plan");
            let begins = |(place, char): &(usize, char)| match char {
                '{' | '[' => true,
                '"' => escaped && line[place + 1..].trim_start().starts_with(['{', '[']),
                _ => false,
            };
            let mut reach = first;
            for (start, _) in line.char_indices().filter(begins).take(8) {
                // the plain case costs no copy
                let whole;
                let text = match doubled || found::bare(line).len() != line.trim_end().len() {
                    true => {
                        whole = unframed(&input.lines[first..], start, doubled);
                        whole.as_str()
                    }
                    false => rest(input, first, start),
                };
                let Some(read) = json::read_to(text, DEPTH) else { continue };
                let last = first + text.get(..read.end).unwrap_or(text).matches('\n').count();
                reach = reach.max(last);
                let alone = !matches!(read.value, Value::Group(_) | Value::List(_)) && !escaped;
                if last < at || alone {
                    json::dismantle(read.value);
                    continue;
                }
                return Some(Document { lines: first..last + 1, value: read.value, cut: read.cut });
            }
            self.reach.insert(first, reach);
        }
        None
    }
}

/// The text from a place in a line on.
fn rest<'a>(input: &Input<'a>, line: usize, at: usize) -> &'a str {
    let offset = input.lines[line].as_ptr() as usize - input.text.as_ptr() as usize + at;
    input.text.get(offset..).unwrap_or_default()
}

/// The lines without what a client added: marks of continued lines, borders, doubled quotes.
fn unframed(lines: &[&str], start: usize, doubled: bool) -> String {
    let mut text = String::new();
    // a field in quotes ends with the quote that is not doubled
    let mut open = lines.first().is_some_and(|line| line.matches('"').count() % 2 == 0 && !line.starts_with('"'));
    for (at, line) in lines.iter().enumerate() {
        open ^= line.matches('"').count() % 2 == 1;
        let mut bare = found::bare(line);
        let whole = bare.len() == line.trim_end().len();
        if at == 0 {
            let cut = bare.as_ptr() as usize - line.as_ptr() as usize;
            bare = bare.get(start.saturating_sub(cut)..).unwrap_or_default();
        }
        match doubled {
            true => text.push_str(&bare.replace("\"\"", "\"")),
            false => text.push_str(bare),
        }
        text.push('\n');
        if doubled && !open || !doubled && at > 0 && whole {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use dbwright_model::Seconds;
    use dbwright_model::artefact::Artefact;
    use dbwright_model::plan::Plan;

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
        let bordered: String = PLAN.lines().map(|line| format!("| {line:60}+|\n")).collect();
        for text in [
            PLAN.replace('\n', "\r\n"),
            single.to_owned(),
            PLAN.replace('\n', " "),
            format!("QUERY PLAN\n\"{}\"\n", PLAN.replace('"', "\"\"")),
            format!("log,\"duration: x\n{}\",,,\"\"\nnext,\"line\"\n", PLAN.replace('"', "\"\"")),
            format!("puts {quoted}"),
            bordered,
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

    #[test]
    fn a_plan_of_a_hundred_thousand_nodes_is_read() {
        let scan = r#"{"Node Type": "Seq Scan", "Relation Name": "t", "Filter": "(a = 1)", "Actual Loops": 1}"#;
        let scans = vec![scan; 100_000].join(",\n");
        let (_, plan) = one(&format!("[{{\"Plan\": {{\"Node Type\": \"Append\", \"Plans\": [{scans}]}}}}]"));
        assert_eq!(plan.nodes.len(), 100_001);
    }

    #[test]
    fn what_only_looks_like_plans_costs_little() {
        for line in ["{\"a\": {\"Plan\": 1}}\n", "[{}] \"Plan\": x\n", "\"{}\"\"Plan\"\": [\n", "{\"Plan\": {\n"] {
            assert!(read(&line.repeat(20_000)).is_empty(), "{line}");
        }
    }
}

//! Plans as XML.

use dbwright_model::artefact::{Confidence, Input, Piece, Recogniser};
use dbwright_model::plan::{Fields, Value};
use dbwright_reading::json::Cut;
use quick_xml::events::Event;

use super::found::{self, Document};
use super::names;

/// Finds them.
pub(super) const RECOGNISER: Recogniser =
    Recogniser { id: "postgres-plan-xml", reads: "a PostgreSQL plan (EXPLAIN, FORMAT XML)", find };

fn find(input: &Input<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut next = 0;
    for at in 0..input.lines.len() {
        if at < next || !input.lines[at].contains("<explain") {
            continue;
        }
        // a plan may hold plans: of shards
        let mut open = 0;
        let end = input.lines[at..].iter().position(|line| {
            open += line.matches("<explain").count();
            let closed = line.matches("</explain>").count();
            open = open.saturating_sub(closed);
            closed > 0 && open == 0
        });
        let last = end.map_or(input.lines.len(), |end| at + end + 1);
        let mut text = String::new();
        for (nth, line) in input.lines[at..last].iter().enumerate() {
            let line = found::bare(line);
            text.push_str(if nth == 0 { line.find("<explain").map_or("", |start| &line[start..]) } else { line });
            text.push('\n');
        }
        if input.lines[at].trim_start().starts_with('"') {
            text = text.replace("\"\"", "\"");
        }
        let (value, whole) = read(&text);
        let cut = (!whole).then_some(Cut::Short);
        let before = std::mem::replace(&mut next, last);
        let document = Document { lines: at..last, value, cut };
        pieces.extend(found::claims(input, document, "xml", Confidence::Certain, before));
    }
    pieces
}

/// An element that is open: its name, its text, where its children begin.
struct Open {
    name: Box<str>,
    text: String,
    start: usize,
}

/// Reads one element; tells whether it was whole.
fn read(text: &str) -> (Value, bool) {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut pending: Vec<(Box<str>, Value)> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut whole = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let name = names::of_tag(&String::from_utf8_lossy(tag.name().as_ref()));
                open.push(Open { name, text: String::new(), start: pending.len() });
            }
            Ok(Event::Empty(tag)) => {
                pending.push((names::of_tag(&String::from_utf8_lossy(tag.name().as_ref())), Value::Null));
            }
            Ok(Event::Text(text)) => {
                if let Some(last) = open.last_mut() {
                    last.text.push_str(&String::from_utf8_lossy(&text));
                }
            }
            Ok(Event::GeneralRef(entity)) => {
                if let Some(last) = open.last_mut() {
                    last.text.push_str(&entity_text(&String::from_utf8_lossy(&entity)));
                }
            }
            Ok(Event::End(_)) => {
                let Some(last) = open.pop() else { break };
                let setting = open.last().is_some_and(|above| &*above.name == "Settings");
                let made = match setting {
                    true => (last.name, Value::from(last.text)),
                    false => close(last, &mut pending),
                };
                pending.push(made);
                if open.is_empty() {
                    whole = true;
                    break;
                }
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    while let Some(last) = open.pop() {
        // what is half is not kept, unless it holds something whole
        if pending.len() > last.start {
            let made = close(last, &mut pending);
            pending.push(made);
        }
    }
    (pending.pop().map_or(Value::Null, |(_, value)| value), whole)
}

fn entity_text(entity: &str) -> String {
    let code = match entity.strip_prefix('#') {
        Some(hex) if hex.starts_with(['x', 'X']) => u32::from_str_radix(&hex[1..], 16).ok(),
        Some(decimal) => decimal.parse().ok(),
        None => None,
    };
    match (entity, code.and_then(char::from_u32)) {
        (_, Some(char)) => char.to_string(),
        ("lt", _) => "<".to_owned(),
        ("gt", _) => ">".to_owned(),
        ("amp", _) => "&".to_owned(),
        ("quot", _) => "\"".to_owned(),
        ("apos", _) => "'".to_owned(),
        _ => format!("&{entity};"),
    }
}

/// What an element is: a list where its name says so or its children are items, a group where it has children, or text.
fn close(last: Open, pending: &mut Vec<(Box<str>, Value)>) -> (Box<str>, Value) {
    let mut children: Vec<(Box<str>, Value)> = pending.drain(last.start.min(pending.len())..).collect();
    let list = names::is_list(&last.name) || children.first().is_some_and(|(name, _)| **name == *"Item");
    let value = match (list, children.is_empty()) {
        (true, _) => Value::List(children.into_iter().map(|(_, value)| value).collect()),
        (false, true) if last.text.trim().is_empty() && last.text.contains('\n') => Value::Group(Fields::default()),
        (false, true) => names::typed(&last.name, &last.text),
        (false, false) => {
            names::apart(&mut children);
            Value::Group(Fields(children))
        }
    };
    (last.name, value)
}

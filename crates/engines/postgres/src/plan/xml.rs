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

#[cfg(test)]
mod tests {
    use dbwright_model::artefact::Artefact;
    use dbwright_model::plan::Plan;

    use super::*;

    const PLAN: &str = "\
<explain xmlns=\"http://www.postgresql.org/2009/explain\">
  <Query>
    <Plan>
      <Node-Type>Seq Scan</Node-Type>
      <Relation-Name>007</Relation-Name>
      <Actual-Loops>1</Actual-Loops>
      <One-Time-Filter>(a &lt; 1 &amp;&amp; b &gt; &#x27;x&#x27;)</One-Time-Filter>
      <I-O-Read-Time>1.500</I-O-Read-Time>
      <Some-New-Thing>5</Some-New-Thing>
      <Output>
        <Item>1</Item>
        <Item>true</Item>
      </Output>
    </Plan>
    <Settings>
      <work_mem>64</work_mem>
    </Settings>
    <Triggers>
    </Triggers>
  </Query>
</explain>";

    fn read_all(text: &str) -> Vec<Plan> {
        let plan = |piece: Piece| match piece.artefact {
            Ok(Artefact::Plan(plan)) => Some(Plan { found_at: None, ..*plan }),
            _ => None,
        };
        find(&Input::new("-", text)).into_iter().filter_map(plan).collect()
    }

    #[test]
    fn a_plan_is_found_in_every_wrapping() {
        let plan = read_all(PLAN).remove(0);
        let node = plan.root();
        assert_eq!(node.relation.as_ref().map(|relation| relation.name.as_str()), Some("007"));
        assert_eq!(node.conditions[0].text, "(a < 1 && b > 'x')");
        assert_eq!(node.buffers.and_then(|buffers| buffers.read_time).map(|time| time.0), Some(0.0015));
        assert_eq!(node.extra.number("Some New Thing"), Some(5.0));
        assert_eq!(node.output, ["1", "true"]);
        assert_eq!(plan.settings.text("work_mem"), Some("64"));
        let framed: Vec<String> = PLAN.lines().map(|line| format!(" {line:80}+")).collect();
        let framed = framed.join("\n").trim_end_matches(['+', ' ']).to_owned();
        for text in [
            PLAN.replace('\n', "\r\n"),
            format!("      QUERY PLAN\n-------------------\n{framed}\n(1 row)\n"),
            format!("\"{}\"", PLAN.replace('"', "\"\"")),
        ] {
            assert_eq!(read_all(&text), std::slice::from_ref(&plan), "{text}");
        }
    }

    #[test]
    fn any_cut_is_read_as_far_as_it_goes() {
        let begins = PLAN.find("</Node-Type>").unwrap() + "</Node-Type>".len();
        for at in 0..PLAN.len() {
            let plans = read_all(&PLAN[..at]);
            assert_eq!(plans.len(), usize::from(at >= begins), "{}", &PLAN[..at]);
            assert!(plans.iter().all(|plan| !plan.missing.is_empty()));
        }
        read_all(&format!("<explain>{}", "<Plan><Node-Type>x</Node-Type><Plans>".repeat(20_000)));
        read_all(&format!("<explain><Plan><Node-Type>x</Node-Type>{}", "<a>".repeat(200_000)));
    }
}

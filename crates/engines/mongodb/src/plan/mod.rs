//! MongoDB's plans: `explain()` of every verbosity, documents of the profiler, lines of the slow-query log.

mod bounds;
mod explain;
mod pipeline;
mod profile;
mod sbe;
mod stage;
mod tree;

pub(crate) use bounds::is_everything;
use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser, Unreadable};
use dbwright_model::plan::{Fields, Plan, Value};
use dbwright_reading::shell::{self, Broken, Document};

/// What this room recognises.
pub static RECOGNISERS: &[Recogniser] = &[Recogniser {
    id: "mongodb-plan",
    reads: "a MongoDB plan (explain(), system.profile, slow-query log lines; JSON or as the shell prints it)",
    find,
}];

/// Words without which no document is ours.
const WORDS: [&str; 6] = ["queryPlanner", "executionStats", "executionStages", "winningPlan", "planSummary", "$cursor"];

/// Every document of the text that is a plan. A line that starts a document is looked at; what was read is not looked
/// at again.
fn find(input: &Input<'_>) -> Vec<Piece> {
    if !WORDS.iter().any(|word| input.text.contains(word)) {
        return Vec::new();
    }
    let starts = line_starts(input);
    let mut pieces = Vec::new();
    let mut line = 0;
    // So often a document may swallow the rest of the text for nothing.
    let mut patience = 20;
    while let (Some(text), Some(start)) = (input.lines.get(line), starts.get(line)) {
        if let Some(fields) = profile::old_line(text) {
            let plan = profile::read(&fields);
            pieces.extend(plan.map(|plan| Piece {
                lines: line..line + 1,
                confidence: Confidence::Certain,
                artefact: Ok(Artefact::Plan(Box::new(plan))),
            }));
            line += 1;
            continue;
        }
        let Some(offset) = document_start(text) else {
            line += 1;
            continue;
        };
        let mut from = start + offset;
        let rest = input.text.get(from..).unwrap_or_default();
        // A list is looked at item by item: each may be a plan of its own.
        if rest.starts_with('[') && !list_of_stages(rest) {
            from += 1;
        }
        let rest = input.text.get(from..).unwrap_or_default();
        let document = if beheaded(rest) { Some(shell::read_fields(rest)) } else { shell::read(rest) };
        let Some(document) = document else {
            line += 1;
            continue;
        };
        let last = starts.partition_point(|start| *start < from + document.length).max(line + 1);
        match plan_of(&document) {
            Some(artefact) => {
                let mut first = line;
                // The prompt line with the command belongs to what it printed.
                if first > 0 && input.lines[first - 1].contains("explain(") && input.lines[first - 1].contains("> ") {
                    first -= 1;
                }
                let artefact = artefact.map_err(|message| Unreadable {
                    line,
                    message,
                    hint: "print the whole of it: EJSON.stringify(db.COLLECTION.explain('executionStats').find(…))"
                        .into(),
                });
                pieces.push(Piece { lines: first..last, confidence: Confidence::Certain, artefact });
                line = last;
            }
            // Something else of the kind: its inner lines are no documents of their own, unless it broke off.
            None if document.broken == Some(Broken::Cut) && patience > 0 => {
                patience -= 1;
                line += 1;
            }
            None => line = last,
        }
    }
    pieces
}

/// Where each line starts in the text.
fn line_starts(input: &Input<'_>) -> Vec<usize> {
    let base = input.text.as_ptr() as usize;
    input.lines.iter().map(|line| (line.as_ptr() as usize).saturating_sub(base)).collect()
}

/// Where a document starts on a line: at its beginning, or behind what may stand before one.
fn document_start(line: &str) -> Option<usize> {
    let trimmed = line.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '\u{feff}');
    let offset = line.len() - trimmed.len();
    if trimmed.starts_with(['{', '[']) || beheaded(trimmed) {
        return Some(offset);
    }
    // `explain = {`, `rs0:PRIMARY> {`, a log line with a date before the document.
    let (head, _) = trimmed.split_once('{')?;
    let head = head.trim_end();
    let opens =
        head.ends_with('>') || head.ends_with('=') || head.ends_with("explain(") || head.ends_with("EJSON.parse(");
    (opens && head.len() < 200).then(|| offset + trimmed.find('{').unwrap_or(0))
}

/// Whether a text starts with the first field of an explain document that lost its opening brace.
fn beheaded(text: &str) -> bool {
    let quote = |c: char| c == '"' || c == '\'';
    let rest = text.strip_prefix(quote).unwrap_or(text);
    ["explainVersion", "queryPlanner", "executionStats", "winningPlan", "stages"].iter().any(|name| {
        let after = rest.strip_prefix(name).map(|after| after.trim_start_matches(quote).trim_start());
        after.is_some_and(|after| after.starts_with(':'))
    })
}

/// Whether a list holds the stages of one pipeline rather than documents of their own.
fn list_of_stages(text: &str) -> bool {
    let inside = text[1..].trim_start().trim_start_matches('{').trim_start();
    inside.trim_start_matches(['"', '\'']).starts_with('$')
}

/// The plan in a document, or why it cannot be read; `None` when it is something else.
fn plan_of(document: &Document) -> Option<Result<Artefact, String>> {
    let fields = match &document.value {
        Value::Group(fields) => fields,
        Value::List(stages)
            if stages.iter().any(|stage| stage.group().is_some_and(|stage| stage.get("$cursor").is_some())) =>
        {
            let mut plan = explain::read(&Fields(vec![("stages".into(), document.value.clone())]))?;
            note(&mut plan, document);
            return Some(Ok(Artefact::Plan(Box::new(plan))));
        }
        _ => return None,
    };
    // Some tools wrap what the server said.
    let inside =
        |(_, value): &(Box<str>, Value)| value.group().is_some_and(|inside| inside.get("queryPlanner").is_some());
    let wrapped =
        fields.0.iter().find(|field| inside(field) && !explain::is(fields)).and_then(|(_, value)| value.group());
    let fields = wrapped.unwrap_or(fields);
    let ours = explain::is(fields) || profile::is(fields);
    match explain::read(fields).or_else(|| profile::read(fields)) {
        Some(mut plan) => {
            note(&mut plan, document);
            Some(Ok(Artefact::Plan(Box::new(plan))))
        }
        None if ours => Some(Err("this is MongoDB's explain output, and no plan is left in it".into())),
        None => None,
    }
}

/// Says what the document does not have.
fn note(plan: &mut Plan, document: &Document) {
    match document.broken {
        Some(Broken::Cut) => plan.missing.push("the text ends inside the plan".into()),
        Some(Broken::Strange) => {
            plan.missing.push("the plan breaks off at something that belongs to no document".into())
        }
        Some(Broken::Deep) => plan.missing.push("the plan nests deeper than MongoDB's documents do".into()),
        None => {}
    }
    if document.elided > 0 {
        plan.missing.push(format!(
            "the shell left {} parts out (`[Object]`): print with EJSON.stringify(…), or set config.set('inspectDepth', Infinity) first",
            document.elided
        ));
    }
}

#[cfg(test)]
mod tests;

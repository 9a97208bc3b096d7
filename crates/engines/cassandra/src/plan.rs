//! Traces of requests: what cqlsh prints after `TRACING ON`, and rows of `system_traces.events`.
//!
//! A trace is no tree: it is a list of what happened where and when. It becomes one with a node for each machine and a
//! node for each event below it, whose time is the gap to the next event on that machine.

mod event;

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_model::plan::{Actual, Link, Node, NodeId, Operator, Plan};
use dbwright_model::{Product, Seconds};

/// What this room recognises.
pub static RECOGNISERS: &[Recogniser] = &[Recogniser {
    id: "cassandra-trace",
    reads: "a Cassandra trace (cqlsh after TRACING ON, or rows of system_traces.events)",
    find,
}];

/// One row of a trace.
struct Event<'a> {
    activity: &'a str,
    thread: Option<&'a str>,
    source: &'a str,
    /// Microseconds since that machine heard of the request.
    elapsed: f64,
}

/// Where the columns of a table stand.
struct Columns {
    before: usize,
    after: usize,
    source: usize,
    elapsed: usize,
    thread: Option<usize>,
    session: Option<usize>,
}

fn find(input: &Input<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut line = 0;
    while let Some(text) = input.lines.get(line) {
        let Some(columns) = columns(text) else {
            line += 1;
            continue;
        };
        // The name of the session, two lines above.
        let named = (line.saturating_sub(3)..line)
            .rev()
            .find(|at| input.lines[*at].trim_start().starts_with("Tracing session:"));
        let mut first = named.unwrap_or(line);
        // What the statement answered is no artefact of its own.
        let done = pieces.last().map_or(0, |piece: &Piece| piece.lines.end);
        let on = (done..first).rev().find(|at| input.lines[*at].to_ascii_lowercase().contains("tracing"));
        first = on.filter(|at| first - at < 5_000).unwrap_or(first);
        let mut at = line + 1;
        while input
            .lines
            .get(at)
            .is_some_and(|line| line.trim_start().starts_with("---") || line.trim_start().starts_with("+--"))
        {
            at += 1;
        }
        let mut events: Vec<Event<'_>> = Vec::new();
        let mut session = "";
        while let Some((event, of)) = input.lines.get(at).and_then(|line| row(line, &columns)) {
            if !events.is_empty() && of != session {
                pieces.push(piece(std::mem::take(&mut events), first..at, columns.session.is_some()));
                first = at;
            }
            session = of;
            events.push(event);
            at += 1;
        }
        if !events.is_empty() {
            pieces.push(piece(events, first..at, columns.session.is_some()));
        }
        line = at.max(line + 1);
    }
    pieces
}

/// The columns, when a line is the head of such a table.
fn columns(line: &str) -> Option<Columns> {
    if !line.contains("activity") || !line.contains("source_elapsed") {
        return None;
    }
    let names: Vec<&str> = cells(line);
    let place = |name: &str| names.iter().position(|cell| *cell == name);
    let activity = place("activity")?;
    Some(Columns {
        before: activity,
        after: names.len() - activity - 1,
        source: place("source")?,
        elapsed: place("source_elapsed")?,
        thread: place("thread"),
        session: place("session_id"),
    })
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_start_matches('|').trim_end_matches('|').split('|').map(str::trim).collect()
}

/// A row as an event with its session; `None` when the line is none.
fn row<'a>(line: &'a str, columns: &Columns) -> Option<(Event<'a>, &'a str)> {
    let parts = cells(line);
    let width = columns.before + 1 + columns.after;
    if parts.len() < width {
        return None;
    }
    // An activity may hold the separator itself.
    let extra = parts.len() - width;
    let cell = |at: usize| parts.get(if at > columns.before { at + extra } else { at }).copied();
    let start = parts.get(columns.before)?.as_ptr() as usize - line.as_ptr() as usize;
    let last = parts.get(columns.before + extra)?;
    let end = last.as_ptr() as usize - line.as_ptr() as usize + last.len();
    let activity = line.get(start..end)?;
    let (activity, thread) = match activity.rsplit_once(" [") {
        Some((activity, thread)) if thread.ends_with(']') && columns.thread.is_none() => {
            (activity, Some(thread.trim_end_matches(']')))
        }
        _ => (activity, columns.thread.and_then(cell)),
    };
    let elapsed = cell(columns.elapsed)?.parse().ok()?;
    let source = cell(columns.source)?.trim_start_matches('/');
    Some((
        Event { activity: activity.trim(), thread, source, elapsed },
        columns.session.and_then(cell).unwrap_or_default(),
    ))
}

fn piece(events: Vec<Event<'_>>, lines: std::ops::Range<usize>, rows_only: bool) -> Piece {
    Piece { lines, confidence: Confidence::Certain, artefact: Ok(Artefact::Plan(Box::new(plan(&events, rows_only)))) }
}

/// The plan of a session.
fn plan(events: &[Event<'_>], rows_only: bool) -> Plan {
    let coordinator = events.first().map_or("", |event| event.source);
    let complete = events.iter().find(|event| event.activity.starts_with("Request complete"));
    let query = events.iter().find_map(|event| {
        event.activity.strip_prefix("Parsing ").or(event.activity.strip_prefix("Executing prepared statement "))
    });
    let keyspace = query.and_then(event::table);
    let mut root = Node::new(Operator::Other, "request");
    let last = |source: &str| {
        events.iter().filter(|event| event.source == source).map(|event| event.elapsed).fold(0.0, f64::max)
    };
    let whole = complete.map_or_else(|| last(coordinator), |event| event.elapsed);
    root.actual = Some(timed(whole));
    let mut plan = Plan::new(Product::Cassandra, "table", root);
    plan.execution = Some(Seconds(whole / 1e6));
    // Texts between dollars are texts like others.
    plan.query = query.map(|query| query.replace("$$", "'").into());
    if complete.is_none() && !rows_only {
        plan.missing
            .push("the trace does not reach `Request complete`: it was cut, or the request was still running".into());
    }
    let mut sources: Vec<&str> = Vec::new();
    for event in events {
        if !sources.contains(&event.source) {
            sources.push(event.source);
        }
    }
    for source in sources {
        let role = if source == coordinator { "coordinator" } else { "replica" };
        let mut node = Node::new(Operator::Append, role);
        node.label = Some(source.into());
        node.link = Link::Member;
        let own: Vec<&Event<'_>> = events.iter().filter(|event| event.source == source).collect();
        let from = own.iter().map(|event| event.elapsed).fold(f64::INFINITY, f64::min);
        node.actual = Some(timed(last(source) - if role == "replica" { from } else { 0.0 }));
        let at = plan.push(NodeId::ROOT, node);
        for (n, event) in own.iter().enumerate() {
            let next = own.get(n + 1).map_or(event.elapsed, |next| next.elapsed);
            let mut node = event::node(event.activity, keyspace);
            node.actual = Some(Actual {
                total: Some(Seconds((next - event.elapsed).max(0.0) / 1e6)),
                ..node.actual.unwrap_or(timed(0.0))
            });
            node.extra.set("source_elapsed", event.elapsed);
            if let Some(thread) = event.thread {
                node.extra.set("thread", thread);
            }
            plan.push(at, node);
        }
    }
    plan
}

fn timed(micros: f64) -> Actual {
    Actual {
        startup: None,
        total: Some(Seconds(micros.max(0.0) / 1e6)),
        rows: None,
        loops: 1.0,
        examined: None,
        keys: None,
    }
}

#[cfg(test)]
mod tests;

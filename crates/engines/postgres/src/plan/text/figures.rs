//! Figures as EXPLAIN prints them in text: `cost=0.00..8.17`, `rows=1`, `25kB`, `1.234 ms`.
//!
//! A number counts only where something follows that ends it: of a line that was cut no half figure is taken.

use dbwright_model::plan::{Fields, Value};

/// Where the figures of a node start: `(cost=`, `(actual `, `(never executed)`.
pub(super) fn start(text: &str) -> Option<usize> {
    // in the literal of a condition such words mean nothing
    let (mut depth, mut quote) = (0, None);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(') => {
                if depth == 0 && are_figures(&text[at + 1..]) {
                    return Some(at);
                }
                depth += 1;
            }
            (None, b')') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn are_figures(inner: &str) -> bool {
    // figures may be masked: `cost=N..N`
    let figure = |text: &str| text.is_empty() || text.starts_with("..") || text.starts_with(char::is_alphanumeric);
    ["cost=", "actual time=", "actual rows="].iter().any(|word| inner.strip_prefix(word).is_some_and(figure))
        || inner.starts_with("never executed")
        // broken between the words
        || matches!(inner, "actual" | "actual ")
}

/// The number at the start of the text, when it ends there.
pub(super) fn number(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-')))?;
    digits(&text[..end])
}

/// The whole text as a number.
pub(super) fn digits(text: &str) -> Option<f64> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || (first == b'-' && text.len() > 1)) {
        return None;
    }
    // decimal commas do not come from the server, and `1..2` is no number
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The number behind a label, anywhere in the text: `labelled("Batches: 4  Memory Usage: 12kB", "Memory Usage:")`.
/// The end of the text ends a number too: whole lines come here.
pub(super) fn labelled(text: &str, label: &str) -> Option<f64> {
    let at = text.find(label)? + label.len();
    let rest = text[at..].trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    digits(&rest[..end])
}

/// The word behind a label.
pub(super) fn word<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let at = text.find(label)? + label.len();
    text[at..].split_whitespace().next().map(|word| word.trim_end_matches(','))
}

/// `a..b` at the start of the text.
fn range(text: &str) -> (Option<f64>, Option<f64>) {
    let Some(dots) = text.find("..") else { return (None, None) };
    (digits(&text[..dots]), number(&text[dots + 2..]))
}

/// The number behind `key=` in a group of figures.
fn keyed(text: &str, key: &str) -> Option<f64> {
    let at = text.find(key)? + key.len();
    number(text[at..].trim_start())
}

/// Reads `(cost=… rows=… width=…) (actual time=… rows=… loops=…)` under the names of the JSON form.
/// Says whether all of it was there.
pub(super) fn read(text: &str, fields: &mut Fields) -> bool {
    let actual_at = text.find("(actual").or_else(|| text.find("(never"));
    let (planned, actual) = text.split_at(actual_at.unwrap_or(text.len()));
    if let Some(at) = planned.find("cost=") {
        let (startup, total) = range(&planned[at + 5..]);
        put(fields, "Startup Cost", startup);
        put(fields, "Total Cost", total);
        put(fields, "Plan Rows", keyed(planned, "rows="));
        put(fields, "Plan Width", keyed(planned, "width="));
    }
    if actual.starts_with("(never executed") {
        put(fields, "Actual Rows", Some(0.0));
        put(fields, "Actual Loops", Some(0.0));
    } else if !actual.is_empty() {
        actuals(actual, fields);
    }
    text.trim_end().ends_with(')')
}

/// Reads `actual time=… rows=… loops=…`.
pub(super) fn actuals(text: &str, fields: &mut Fields) {
    if let Some(at) = text.find("time=") {
        let (startup, total) = range(&text[at + 5..]);
        put(fields, "Actual Startup Time", startup);
        put(fields, "Actual Total Time", total);
    }
    put(fields, "Actual Rows", keyed(text, "rows="));
    put(fields, "Actual Loops", keyed(text, "loops="));
}

/// Sets a number that is there.
pub(super) fn put(fields: &mut Fields, name: &str, number: Option<f64>) {
    if let Some(number) = number {
        fields.set(name, number);
    }
}

/// `Buffers: shared hit=1 read=2, temp written=3`. What the text leaves out is zero.
pub(super) fn buffers(text: &str, fields: &mut Fields) {
    const SCOPES: [&str; 3] = ["shared", "local", "temp"];
    const KINDS: [&str; 4] = ["hit", "read", "dirtied", "written"];
    // whole names: making them anew for every node is a good part of reading a plan
    const NAMES: [[Option<&str>; 4]; 3] = [
        [
            Some("Shared Hit Blocks"),
            Some("Shared Read Blocks"),
            Some("Shared Dirtied Blocks"),
            Some("Shared Written Blocks"),
        ],
        [
            Some("Local Hit Blocks"),
            Some("Local Read Blocks"),
            Some("Local Dirtied Blocks"),
            Some("Local Written Blocks"),
        ],
        [None, Some("Temp Read Blocks"), None, Some("Temp Written Blocks")],
    ];
    let mut counts = [[0.0; 4]; 3];
    let mut scope = None;
    let mut unknown = false;
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        if let Some(at) = SCOPES.iter().position(|name| *name == word) {
            scope = Some(at);
        } else if let Some((key, value)) = word.split_once('=')
            && let Some(kind) = KINDS.iter().position(|name| *name == key)
            && let (Some(scope), Some(value)) = (scope, digits(value))
        {
            counts[scope][kind] = value;
        } else {
            unknown = true;
        }
    }
    if unknown {
        // masked or of a server we do not know: as it stands
        fields.set("Buffers", text);
        return;
    }
    fields.0.reserve(10);
    for (name, count) in NAMES.iter().flatten().zip(counts.iter().flatten()) {
        if let Some(name) = name {
            fields.set(*name, *count);
        }
    }
}

/// `I/O Timings: shared read=1.2 write=0.1, temp read=0.3`, with the names of the version that printed it.
pub(super) fn io_timings(text: &str, fields: &mut Fields) {
    let mut scope = "";
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        match word.split_once('=') {
            Some((kind, value)) => {
                let kind = if kind == "read" { "Read" } else { "Write" };
                put(fields, &format!("{scope}I/O {kind} Time"), digits(value));
            }
            None => {
                scope = match word {
                    "shared" => "Shared ",
                    "local" => "Local ",
                    "temp" => "Temp ",
                    // 15 and 16 count them together
                    _ => "",
                };
            }
        }
    }
}

/// `WAL: records=1 fpi=2 bytes=3 buffers full=4`. What the text leaves out is zero.
pub(super) fn wal(text: &str, fields: &mut Fields) {
    for (key, name) in [("records=", "WAL Records"), ("fpi=", "WAL FPI"), ("bytes=", "WAL Bytes")] {
        fields.set(name, labelled(text, key).unwrap_or(0.0));
    }
    put(fields, "WAL FPI Bytes", labelled(text, "fpi bytes="));
    put(fields, "WAL Buffers Full", labelled(text, "buffers full="));
}

/// A value nobody knows more of: a number, yes or no, or the text.
pub(super) fn value(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => digits(text).map_or_else(|| text.into(), Value::Number),
    }
}

/// A list as EXPLAIN prints it: cut at the commas that stand in no parentheses, brackets or quotes.
pub(super) fn list(text: &str) -> Value {
    let mut items: Vec<Value> = Vec::new();
    let mut depth = 0_i32;
    let mut quote = None;
    let mut from = 0;
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth -= 1,
            (None, b',') if depth <= 0 && bytes.get(at + 1) == Some(&b' ') => {
                items.push(text[from..at].trim().into());
                from = at + 1;
            }
            _ => {}
        }
    }
    let last = text[from..].trim();
    if !last.is_empty() {
        items.push(last.into());
    }
    Value::List(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(read: impl FnOnce(&mut Fields)) -> String {
        let mut fields = Fields::default();
        read(&mut fields);
        serde_json::to_string(&fields).unwrap().replace(['"', '{', '}'], "")
    }

    #[test]
    fn what_a_node_cost_and_did() {
        let whole = "(cost=0.00..8.17 rows=1 width=4) (actual time=0.010..0.020 rows=3.50 loops=2)";
        assert_eq!(
            fields(|fields| assert!(read(whole, fields))),
            "Startup Cost:0.0,Total Cost:8.17,Plan Rows:1.0,Plan Width:4.0,Actual Startup Time:0.01,\
             Actual Total Time:0.02,Actual Rows:3.5,Actual Loops:2.0"
        );
        let never = "(cost=0.00..8.17 rows=1 width=4) (never executed)";
        assert!(fields(|fields| assert!(read(never, fields))).ends_with("Actual Rows:0.0,Actual Loops:0.0"));
        let masked = "(cost=N..N rows=N width=N) (actual rows=N loops=N)";
        assert_eq!(fields(|fields| assert!(read(masked, fields))), "");
    }

    #[test]
    fn half_a_figure_is_none() {
        let whole = "(cost=10.00..28.17 rows=123 width=44)";
        for end in 0..whole.len() {
            let cut = fields(|fields| assert!(!read(&whole[..end], fields)));
            let all = fields(|fields| assert!(read(whole, fields)));
            assert!(all.starts_with(&cut), "{cut}");
        }
    }

    #[test]
    fn counters() {
        let text = fields(|fields| buffers("shared hit=1 read=20, temp read=3 written=4", fields));
        assert!(text.starts_with("Shared Hit Blocks:1.0,Shared Read Blocks:20.0,Shared Dirtied Blocks:0.0"));
        assert!(text.ends_with("Local Written Blocks:0.0,Temp Read Blocks:3.0,Temp Written Blocks:4.0"));
        let text = fields(|fields| io_timings("shared/local read=1.5, temp write=2.5", fields));
        assert_eq!(text, "I/O Read Time:1.5,Temp I/O Write Time:2.5");
        let text = fields(|fields| wal("records=1 bytes=3", fields));
        assert_eq!(text, "WAL Records:1.0,WAL FPI:0.0,WAL Bytes:3.0");
    }

    #[test]
    fn lists() {
        let Value::List(items) = list("a.b, f(a, b) DESC, 'x, y'::text, \"o, d\"") else { panic!() };
        assert_eq!(items.len(), 4);
        assert_eq!(items[1].text(), Some("f(a, b) DESC"));
    }
}

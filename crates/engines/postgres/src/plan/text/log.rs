//! Plans in a server's log: what `auto_explain` writes, with any `log_line_prefix`, also as CSV, JSON or through syslog.

use std::borrow::Cow;
use std::ops::Range;

use dbwright_model::artefact::Input;
use dbwright_reading::frame::{Line, unframe};

/// What announces a plan: `duration: 12.3 ms  plan:`.
fn announced(line: &str) -> Option<usize> {
    let at = line.find("duration: ")?;
    let rest = &line[at..];
    let plan = rest.find("plan:")?;
    rest[..plan].contains(" ms").then_some(at)
}

/// Milliseconds the statement took, of a line that announces its plan.
pub(super) fn duration(text: &str) -> Option<f64> {
    let at = announced(text)?;
    text[at + "duration: ".len()..].split(' ').next()?.parse().ok().filter(|ms: &f64| ms.is_finite())
}

/// The lines of a text without what the log puts around them.
pub(super) fn lines<'a>(input: &Input<'a>) -> Vec<Line<'a>> {
    let raw: &[&'a str] = &input.lines;
    if !input.text.contains("duration: ") || !raw.iter().any(|line| announced(line).is_some()) {
        return unframe(raw, 0);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    let mut plain_from = 0;
    while at < raw.len() {
        let Some(start) = announced(raw[at]) else {
            at += 1;
            continue;
        };
        out.extend(unframe(&raw[plain_from..at], plain_from));
        let used = entry(raw, at, start, &mut out);
        at = used.end.max(at + 1);
        plain_from = at;
    }
    out.extend(unframe(&raw[plain_from..], plain_from));
    out
}

/// Takes one entry of the log apart; gives the lines it took.
fn entry<'a>(raw: &[&'a str], at: usize, start: usize, out: &mut Vec<Line<'a>>) -> Range<usize> {
    let line = raw[at];
    let message = &line[start..];
    let own = |out: &mut Vec<Line<'a>>, text: &str, number: usize| {
        let found = unframe(&[text], number);
        out.extend(found.into_iter().map(|line| Line { text: Cow::Owned(line.text.into_owned()), ..line }));
    };
    // all of it in one line, as a string of JSON
    if message.contains("plan:\\n") {
        let end = end_of_string(message);
        for text in unescape(&message[..end]).lines() {
            own(out, text, at);
        }
        return at..at + 1;
    }
    // a field of CSV: it ends with its quote, and quotes within are doubled
    if line[..start].ends_with('"') {
        let mut text = message;
        let mut number = at;
        loop {
            let (part, closed) = csv(text);
            own(out, &part, number);
            number += 1;
            match raw.get(number) {
                Some(next) if !closed => text = next,
                _ => return at..number,
            }
        }
    }
    own(out, message, at);
    // every line may have a prefix of its own: as long as that in front of the query
    let Some(next) = raw.get(at + 1) else { return at..at + 1 };
    let prefix = next.find("Query Text:").or_else(|| next.find("->")).unwrap_or(0);
    let shape = &next[..prefix];
    if shape.trim().is_empty() {
        return at..at + 1;
    }
    let mut number = at + 1;
    while let Some(text) = raw.get(number).and_then(|line| without(line, shape)) {
        own(out, text, number);
        number += 1;
    }
    at..number
}

/// The line without a prefix of that shape: digits for digits, letters for letters.
fn without<'a>(line: &'a str, shape: &str) -> Option<&'a str> {
    // syslog numbers the parts of a message, and writes a tab as its code
    if let Some(at) = shape.rfind("#011") {
        let at = line.find("#011").filter(|found| found.abs_diff(at) < 4)?;
        return Some(line[at + 4..].trim_end());
    }
    let prefix = line.get(..shape.len())?;
    let same = |(a, b): (char, char)| a == b || (a.is_alphanumeric() && b.is_alphanumeric());
    prefix.chars().zip(shape.chars()).all(same).then(|| &line[shape.len()..])
}

/// The line as far as the field of CSV goes, and whether it ends there.
fn csv(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char == '"' && chars.next_if_eq(&'"').is_none() {
            return (out, true);
        }
        out.push(char);
    }
    (out, false)
}

/// Where the string of JSON ends that the text is in.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// A string of JSON without its escapes.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => {}
            Some('u') => {
                let code: String = chars.by_ref().take(4).collect();
                out.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

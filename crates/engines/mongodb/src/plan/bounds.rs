//! Index bounds: which part of an index is read.

use dbwright_model::plan::{Fields, Value};

use crate::notation::{key, quoted};

/// The bounds with their texts quoted singly, so that they can be taken out like any literal.
pub(super) fn normal(bounds: &Value) -> Value {
    match bounds {
        Value::Group(fields) => {
            Value::Group(Fields(fields.0.iter().map(|(field, value)| (field.clone(), normal(value))).collect()))
        }
        Value::List(items) => Value::List(items.iter().map(normal).collect()),
        Value::Text(text) => Value::from(requoted(text.as_str())),
        other => other.clone(),
    }
}

/// `a: ['x', 'x'], b: [MinKey, MaxKey]`: bounds on one line.
pub(super) fn readable(bounds: &Fields) -> String {
    let field = |(name, intervals): (&str, &Value)| {
        let shown: Vec<&str> = intervals.items().iter().filter_map(Value::text).collect();
        let more = if shown.len() > 8 { format!(" and {} more", shown.len() - 8) } else { String::new() };
        format!("{}: {}{more}", key(name), shown[..shown.len().min(8)].join(", "))
    };
    bounds.iter().map(field).collect::<Vec<_>>().join(", ")
}

/// `["x", "y")` as `['x', 'y')`; regular expressions and bytes, which the server prints bare, are quoted too. A quote
/// inside a text is printed as it is: the text ends at a quote that a comma or a bracket follows.
fn requoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['"', '/']).into_iter().chain(rest.find("BinData(")).min() {
        out.push_str(&plain(&rest[..start]));
        let open = if rest[start..].starts_with('B') { "BinData(" } else { &rest[start..start + 1] };
        let close = if open == "BinData(" { ")" } else { open };
        let body = &rest[start + open.len()..];
        let ends = |at: &usize| {
            let after = body[at + 1..].trim_start_matches(|c: char| open == "/" && c.is_ascii_lowercase()).trim_start();
            after.is_empty() || after.starts_with([',', ']', ')', '}'])
        };
        let end = body.match_indices(close).map(|(at, _)| at).find(ends).unwrap_or(body.len());
        out.push_str(match open {
            "BinData(" => open,
            _ => "",
        });
        out.push_str(&quoted(&body[..end]));
        out.push_str(if open == "BinData(" { ")" } else { "" });
        rest = body.get(end + 1..).unwrap_or_default();
        if open == "/" {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_lowercase());
        }
    }
    out.push_str(&plain(rest));
    out
}

/// What stands between texts; the end of all numbers by its usual name.
fn plain(text: &str) -> String {
    text.replace("inf.0", "Infinity")
}

/// Fields whose intervals are single values. Said apart, because the values are literals that may be taken out.
pub(super) fn points(bounds: &Fields) -> Vec<Value> {
    let point = |interval: &Value| {
        let inner = interval.text().and_then(|text| text.strip_prefix('[')).and_then(|text| text.strip_suffix(']'));
        inner.and_then(|inner| inner.split_once(", ")).is_some_and(|(low, high)| low == high)
    };
    let all =
        bounds.iter().filter(|(_, intervals)| !intervals.items().is_empty() && intervals.items().iter().all(point));
    all.map(|(field, _)| Value::from(field)).collect()
}

/// Whether an interval is the whole index: it excludes nothing.
pub(crate) fn is_everything(interval: &str) -> bool {
    let inner: String = interval.chars().filter(|c| !"[]() ".contains(*c)).collect();
    matches!(inner.as_str(), "MinKey,MaxKey" | "MaxKey,MinKey")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_singly() {
        assert_eq!(requoted(r#"["a", "b's")"#), r"['a', 'b\'s')");
        assert_eq!(requoted(r#"["say "hi"", {})"#), r#"['say "hi"', {})"#);
        assert_eq!(requoted("[MinKey, 5.0]"), "[MinKey, 5.0]");
        assert_eq!(requoted(r#"["cut"#), "['cut'");
        assert_eq!(requoted(r#"["", {})"#), "['', {})");
        assert_eq!(requoted("[/^a,b/i, /^a,b/i]"), "['^a,b', '^a,b']");
        assert_eq!(requoted("[BinData(0, 7A65), inf.0]"), "[BinData('0, 7A65'), Infinity]");
    }

    #[test]
    fn the_whole_index_is_told_in_both_directions() {
        assert!(is_everything("[MinKey, MaxKey]") && is_everything("[MaxKey, MinKey]"));
        assert!(!is_everything("[MinKey, 3)"));
    }
}

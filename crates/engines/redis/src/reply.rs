//! Reading replies: RESP values as text, numbers and pairs, in either protocol version.

use redis::Value;

/// The reply as text, invalid UTF-8 replaced.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.clone()),
        Value::Okay => Some("OK".to_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::Double(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The reply as a whole number.
pub(crate) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        other => text(other)?.parse().ok(),
    }
}

/// The reply as a number that cannot be negative.
pub(crate) fn count(value: &Value) -> Option<u64> {
    int(value).and_then(|number| u64::try_from(number).ok())
}

/// The reply's elements; none for anything that is not a list.
pub(crate) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) | Value::Set(items) => items,
        _ => &[],
    }
}

/// A flat list or a map as pairs.
pub(crate) fn pairs(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Map(pairs) => pairs.iter().filter_map(|(key, value)| Some((text(key)?, value))).collect(),
        other => items(other).chunks_exact(2).filter_map(|pair| Some((text(pair.first()?)?, pair.get(1)?))).collect(),
    }
}

/// `name:value` lines as INFO and CLUSTER INFO print them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.trim_end().split_once(':'))
}

/// `a=1,b=2` or `a=1 b=2`: the value of `name`.
pub(crate) fn word<'a>(text: &'a str, name: &str, separator: char) -> Option<&'a str> {
    text.split(separator).find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}

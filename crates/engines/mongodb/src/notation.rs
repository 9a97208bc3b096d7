//! Documents as MongoDB's shell writes them, on one line.
//!
//! Texts are quoted singly, so that taking literals out of the text takes all of them out.

use std::fmt::Write;

use dbwright_model::plan::{Fields, Value};

/// The value in the shell's notation: `{ status: 'A', at: { $gt: ISODate('2024-01-01') } }`.
pub(crate) fn show(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

/// The same for an object.
pub(crate) fn show_fields(fields: &Fields) -> String {
    let mut out = String::new();
    write_fields(&mut out, fields);
    out
}

/// A field's name, quoted where the shell needs it.
pub(crate) fn key(name: &str) -> String {
    let bare = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if bare { name.to_owned() } else { quoted(name) }
}

/// A text between single quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A number without needless digits.
pub(crate) fn number(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else {
        number.to_string()
    }
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => out.push_str(&number(*value)),
        Value::Text(text) if text.as_str() == "?" => out.push('?'),
        Value::Text(text) => out.push_str(&quoted(text.as_str())),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::List(items) => {
            out.push_str("[ ");
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                write_value(out, item);
            }
            out.push_str(" ]");
        }
        Value::Group(fields) => write_fields(out, fields),
    }
}

fn write_fields(out: &mut String, fields: &Fields) {
    if let [(name, value)] = fields.0.as_slice()
        && let Some(call) = call(name)
    {
        match (call, value) {
            ("MinKey" | "MaxKey", _) => out.push_str(call),
            (_, value) => {
                let _ = write!(out, "{call}(");
                write_value(out, value);
                out.push(')');
            }
        }
        return;
    }
    if fields.is_empty() {
        out.push_str("{}");
        return;
    }
    out.push_str("{ ");
    for (at, (name, value)) in fields.iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        let _ = write!(out, "{}: ", key(name));
        write_value(out, value);
    }
    out.push_str(" }");
}

/// How the shell writes a type of extended JSON.
fn call(name: &str) -> Option<&'static str> {
    Some(match name {
        "$oid" => "ObjectId",
        "$date" => "ISODate",
        "$uuid" => "UUID",
        "$timestamp" => "Timestamp",
        "$binary" => "BinData",
        "$minKey" => "MinKey",
        "$maxKey" => "MaxKey",
        "$code" => "Code",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use dbwright_reading::shell;

    use super::*;

    #[test]
    fn what_is_shown_reads_the_same() {
        for text in [
            "{ a: { $gt: 1.5 }, 'b.c': 'it\\'s', d: ISODate('2024'), e: [ 1, null, true ], f: {}, g: [] }",
            "{ _id: ObjectId('65f'), $or: [ { a: ? }, { b: MinKey } ], 'a-b': -3 }",
        ] {
            let value = shell::read(text).unwrap().value;
            assert_eq!(show(&value), text);
        }
    }
}

//! Puts values where they belong. What cannot be taken is given back, so that nothing is lost.

use dbwright_model::plan::{Fields, Value};
use dbwright_model::{Name, SqlText};

/// Levels of nesting kept of what the model has no name for.
const DEPTH: usize = 60;

pub(super) fn text(slot: &mut Option<Box<str>>, value: Value) -> Option<Value> {
    match (value.text(), slot.is_none()) {
        (Some(text), true) => {
            *slot = Some(text.into());
            None
        }
        _ => Some(value),
    }
}

pub(super) fn name_of(slot: &mut Option<Name>, value: Value) -> Option<Value> {
    match value.text() {
        Some(text) => {
            *slot = Some(text.into());
            None
        }
        None => Some(value),
    }
}

pub(super) fn number(slot: &mut Option<f64>, value: Value) -> Option<Value> {
    match value.number() {
        Some(number) => {
            *slot = Some(number);
            None
        }
        None => Some(value),
    }
}

pub(super) fn count(slot: &mut Option<u64>, value: Value) -> Option<Value> {
    match value.number() {
        Some(number) if number >= 0.0 => {
            *slot = Some(number as u64);
            None
        }
        _ => Some(value),
    }
}

pub(super) fn flag(slot: &mut bool, value: Value) -> Option<Value> {
    match truth(&value) {
        Some(truth) => {
            *slot = truth;
            None
        }
        None => Some(value),
    }
}

pub(super) fn list(slot: &mut Vec<SqlText>, value: Value) -> Option<Value> {
    match value {
        Value::List(items) if items.iter().all(|item| item.text().is_some()) => {
            slot.extend(items.into_iter().filter_map(|item| match item {
                Value::Text(text) => Some(text),
                _ => None,
            }));
            None
        }
        Value::Text(text) => {
            slot.push(text);
            None
        }
        other => Some(other),
    }
}

fn truth(value: &Value) -> Option<bool> {
    value.bool().or_else(|| match value.text()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    })
}

pub(super) fn off(value: &Value) -> bool {
    truth(value) == Some(false)
}

/// The value with what is nested too deeply left out: it will be walked by recursion.
pub(super) fn shallow(value: Value) -> Value {
    if !matches!(value, Value::List(_) | Value::Group(_)) {
        return value;
    }
    shallow_to(value, DEPTH)
}

fn shallow_to(value: Value, depth: usize) -> Value {
    match value {
        Value::List(_) | Value::Group(_) if depth == 0 => {
            dbwright_reading::json::dismantle(value);
            Value::Null
        }
        Value::List(items) => Value::List(items.into_iter().map(|item| shallow_to(item, depth - 1)).collect()),
        Value::Group(fields) => Value::Group(Fields(
            fields.0.into_iter().map(|(name, value)| (name, shallow_to(value, depth - 1))).collect(),
        )),
        single => single,
    }
}

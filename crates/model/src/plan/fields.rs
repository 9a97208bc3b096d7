//! What an engine printed and the model has no name for, kept as it was.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::privacy::SqlText;

/// A value as an engine printed it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text; may hold SQL, so it is redacted as SQL is.
    Text(SqlText),
    /// Several values.
    List(Vec<Value>),
    /// Named values.
    Group(Fields),
}

impl Value {
    /// The number, also from a text that is one; without end it is none.
    pub fn number(&self) -> Option<f64> {
        let number: Option<f64> = match self {
            Value::Number(number) => Some(*number),
            Value::Text(text) => text.as_str().trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }
    /// The text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }
    /// Yes or no.
    pub fn bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }
    /// The items of a list; a single value is a list of one.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            Value::Null => &[],
            single => std::slice::from_ref(single),
        }
    }
    /// The named values.
    pub fn group(&self) -> Option<&Fields> {
        match self {
            Value::Group(fields) => Some(fields),
            _ => None,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) if number.is_finite() => serializer.serialize_f64(*number),
            // document stores have them as bounds, JSON has not
            Value::Number(number) => serializer.collect_str(number),
            Value::Text(text) => text.serialize(serializer),
            Value::List(items) => items.serialize(serializer),
            Value::Group(fields) => fields.serialize(serializer),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Number(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.into())
    }
}
impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value.into())
    }
}
impl From<Vec<Value>> for Value {
    fn from(value: Vec<Value>) -> Value {
        Value::List(value)
    }
}
impl From<Fields> for Value {
    fn from(value: Fields) -> Value {
        Value::Group(value)
    }
}

/// Named values in the order printed. A name may come twice (some engines print duplicate keys).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(pub Vec<(Box<str>, Value)>);

impl Fields {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }
    /// The number of that name.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.number()
    }
    /// The text of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }
    /// Yes or no of that name.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.get(name)?.bool()
    }
    /// Takes the first value of that name out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(known, _)| **known == *name)?;
        Some(self.0.remove(at).1)
    }
    /// Appends a value.
    pub fn set(&mut self, name: impl Into<Box<str>>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }
    /// Names and values in the order printed.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("named values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

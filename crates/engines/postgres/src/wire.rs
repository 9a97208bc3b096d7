//! Reading a row that came as plain text columns, by column name.
//!
//! Most statements come as one JSON text a row, which carries any type. Where there are tens of thousands of rows, making
//! that text is the greater part of the server's work; those come as they are. Arrays come as JSON there too (`to_json`).

use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use tokio_postgres::SimpleQueryRow;

type Error = serde::de::value::Error;

/// Reads the row's columns into the fields of the same names.
pub(crate) fn read<T: DeserializeOwned>(row: &SimpleQueryRow) -> Result<T, Error> {
    let columns =
        row.columns().iter().enumerate().map(|(at, column)| (column.name(), Field(row.try_get(at).ok().flatten())));
    T::deserialize(MapDeserializer::new(columns))
}

/// The same of a row that had to travel as one JSON object.
pub(crate) fn read_object<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    use serde_json::Value;
    let row: serde_json::Map<String, Value> = serde_json::from_str(text).map_err(Error::custom)?;
    let texts: Vec<(String, Option<String>)> = row
        .into_iter()
        .map(|(name, value)| {
            let text = match value {
                Value::Null => None,
                Value::Bool(yes) => Some(if yes { "t" } else { "f" }.to_owned()),
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            };
            (name, text)
        })
        .collect();
    T::deserialize(MapDeserializer::new(texts.iter().map(|(name, text)| (name.as_str(), Field(text.as_deref())))))
}

/// A column's value; `None` is null.
#[derive(Debug, Clone, Copy)]
struct Field<'a>(Option<&'a str>);

impl<'a> Field<'a> {
    fn text(self) -> Result<&'a str, Error> {
        self.0.ok_or_else(|| Error::custom("null where a value belongs"))
    }

    fn parse<T: std::str::FromStr>(self, what: &str) -> Result<T, Error> {
        let text = self.text()?;
        text.parse().map_err(|_| Error::custom(format!("{text:?} is no {what}")))
    }
}

impl<'a, 'de> IntoDeserializer<'de, Error> for Field<'a> {
    type Deserializer = Field<'a>;

    fn into_deserializer(self) -> Field<'a> {
        self
    }
}

impl<'de> Deserializer<'de> for Field<'_> {
    type Error = Error;

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            None => visitor.visit_none(),
            Some(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text()? {
            "t" => visitor.visit_bool(true),
            "f" => visitor.visit_bool(false),
            other => Err(Error::custom(format!("{other:?} is no boolean"))),
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(self.parse("number")?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.parse("number")?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.parse("number")?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.parse("number")?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let list: serde_json::Value = serde_json::from_str(self.text()?).map_err(Error::custom)?;
        list.deserialize_seq(visitor).map_err(Error::custom)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            None => visitor.visit_unit(),
            Some(text) => visitor.visit_str(text),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 u8 u16 u32 f32 i128 u128 char str string bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct
        map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde::Deserialize;

    fn field<T: DeserializeOwned>(text: Option<&str>) -> Result<T, Error> {
        T::deserialize(Field(text))
    }

    #[test]
    fn values_of_the_types_in_use() {
        assert_eq!(field(Some("t")), Ok(true));
        assert_eq!(field(Some("-7")), Ok(-7_i64));
        assert_eq!(field(Some("1e+06")), Ok(1_000_000.0));
        assert_eq!(field(Some("usize")).ok(), None::<usize>);
        assert_eq!(field(Some("3")), Ok(3_usize));
        assert_eq!(field(Some("a \"b\"")), Ok("a \"b\"".to_owned()));
        assert_eq!(field(Some(r#"["fillfactor=70"]"#)), Ok(Some(vec!["fillfactor=70".to_owned()])));
        assert_eq!(field::<Option<i64>>(None), Ok(None));
        assert!(field::<i64>(None).is_err());
        assert!(field::<String>(None).is_err());
    }

    #[test]
    fn moments_as_the_server_writes_them() {
        let expected: Timestamp = "2026-11-24T10:45:37.25Z".parse().unwrap();
        assert_eq!(field(Some("2026-11-24 10:45:37.25+00")), Ok(Some(expected)));
        assert_eq!(field(Some("2026-11-24 16:15:37.25+05:30")), Ok(Some(expected)));
    }

    #[test]
    fn a_field_the_type_does_not_have_is_passed_over() {
        #[derive(Debug, Deserialize)]
        struct Row {
            oid: i64,
        }
        let columns = [("oid", Field(Some("5"))), ("more", Field(None))];
        let row = Row::deserialize(MapDeserializer::new(columns.into_iter())).unwrap();
        assert_eq!(row.oid, 5);
    }
}

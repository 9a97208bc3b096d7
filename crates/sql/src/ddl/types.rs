//! Types as the server writes them, from what people write.

use crate::Dialect;

/// PostgreSQL's own words for what has several.
const NAMES: &[(&str, &str)] = &[
    ("int", "integer"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("int2", "smallint"),
    ("varchar", "character varying"),
    ("char", "character"),
    ("bool", "boolean"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("float", "double precision"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("timestamptz", "timestamp with time zone"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
];

/// Types that are a number and a counter.
const SERIAL: &[(&str, &str)] = &[
    ("serial", "integer"),
    ("serial4", "integer"),
    ("bigserial", "bigint"),
    ("serial8", "bigint"),
    ("smallserial", "smallint"),
    ("serial2", "smallint"),
];

/// The type as the server writes it, and whether it is one that counts by itself.
pub(super) fn stored(written: &str, dialect: Dialect) -> (String, bool) {
    let lower = written.trim().to_lowercase();
    if dialect == Dialect::MySql {
        return match lower.as_str() {
            "serial" => ("bigint unsigned".to_owned(), true),
            "integer" => ("int".to_owned(), false),
            "bool" | "boolean" => ("tinyint(1)".to_owned(), false),
            _ => (lower, false),
        };
    }
    let lower = lower.strip_prefix("pg_catalog.").unwrap_or(&lower);
    let end = lower.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(lower.len());
    let (word, rest) = lower.split_at(end);
    let named =
        |list: &[(&str, &str)]| list.iter().find(|(short, _)| *short == word).map(|(_, long)| (*long).to_owned());
    if let Some(type_name) = named(SERIAL) {
        return (type_name, true);
    }
    let name = named(NAMES);
    let name = match (word, name) {
        ("timestamp" | "time", None) if !rest.contains("time zone") => {
            return (format!("{word}{} without time zone", rest.trim_end()), false);
        }
        (_, name) => name.unwrap_or_else(|| word.to_owned()),
    };
    // the precision stands behind the first word: `timestamp(3) with time zone`
    match (name.split_once(' '), rest.starts_with('(')) {
        (Some((first, second)), true) if word.ends_with("tz") => (format!("{first}{rest} {second}"), false),
        _ => (format!("{name}{rest}"), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_one_name() {
        for (written, expected) in [
            ("INT", "integer"),
            ("varchar(40)", "character varying(40)"),
            ("TIMESTAMPTZ", "timestamp with time zone"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("timestamp", "timestamp without time zone"),
            ("timestamp(6) with time zone", "timestamp(6) with time zone"),
            ("numeric(10,2)", "numeric(10,2)"),
            ("int[]", "integer[]"),
            ("double precision", "double precision"),
            ("app.mood", "app.mood"),
        ] {
            assert_eq!(stored(written, Dialect::Postgres), (expected.to_owned(), false), "{written}");
        }
        assert_eq!(stored("bigserial", Dialect::Postgres), ("bigint".to_owned(), true));
        assert_eq!(stored("BIGINT UNSIGNED", Dialect::MySql), ("bigint unsigned".to_owned(), false));
    }
}

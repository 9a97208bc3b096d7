//! Keys of an index from conditions and sort keys.

use dbwright_model::catalog::Table;
use dbwright_model::{Product, SqlText};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{Around, Demand, Term};

use super::{Index, Key, Method, is_of};
use crate::At;

/// Makes keys for the table of one operator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) at: &'a At<'a>,
    pub(super) table: Option<&'a Table>,
    pub(super) dialect: Dialect,
}

/// Functions that give the same result for the same arguments whatever the session's settings: only such may stand in an
/// index.
const IMMUTABLE: &[&str] = &[
    "abs",
    "btrim",
    "ceil",
    "ceiling",
    "char_length",
    "coalesce",
    "floor",
    "left",
    "length",
    "lower",
    "ltrim",
    "md5",
    "mod",
    "nullif",
    "octet_length",
    "replace",
    "reverse",
    "right",
    "round",
    "rtrim",
    "split_part",
    "substr",
    "substring",
    "trim",
    "upper",
];

/// Immutable for timestamps and dates without a time zone only.
const IMMUTABLE_WITHOUT_ZONE: &[&str] = &["date", "date_part", "date_trunc", "extract"];

/// MySQL's way to be as careful.
const DETERMINISTIC: &[&str] =
    &["date", "day", "hour", "minute", "month", "quarter", "year", "dayofweek", "dayofmonth"];

impl Keys<'_> {
    /// The key that serves a demand; `None` when none can.
    pub(super) fn key(&self, term: &Term<'_>, class: &str) -> Option<Key> {
        let mut key = match &term.around {
            Around::Nothing | Around::Relabel => self.column(&term.column.name),
            Around::Cast(_) => return None,
            Around::Function(_) | Around::Operator(_) => {
                let text = self.expression(term.side, term.whole)?;
                Key { column: term.column.name.clone(), text, expression: true }
            }
        };
        key.text.push_str(class);
        Some(key)
    }

    /// A column by itself.
    pub(super) fn column(&self, name: &str) -> Key {
        let quoted = self.dialect.quote(name);
        // there, a key of a long text is its beginning
        let long = self.dialect == Dialect::MySql
            && self.type_of(name).is_some_and(|kind| kind.contains("text") || kind.contains("blob"));
        let text = if long { format!("{quoted}(191)") } else { quoted };
        Key { column: name.to_owned(), text, expression: false }
    }

    /// Sort keys as keys of an index; none when one of them is not a plain column of the scan.
    pub(super) fn order(&self, keys: &[SqlText]) -> Vec<Key> {
        let key = |key: &SqlText| {
            let text = key.as_str();
            let (text, nulls) = match text.find(" NULLS ") {
                Some(cut) => (&text[..cut], &text[cut..]),
                None => (text, ""),
            };
            let (text, direction) = match text.strip_suffix(" DESC").or_else(|| text.strip_suffix(" desc")) {
                Some(text) => (text, " DESC"),
                None => (text.trim_end_matches(" ASC"), ""),
            };
            let expr = Expr::parse(text, self.dialect);
            let Expr::Column(column) = expr.without_casts() else { return None };
            is_of(column, self.at).then(|| {
                let mut key = self.column(&column.name);
                key.text.push_str(direction);
                key.text.push_str(nulls);
                key
            })
        };
        keys.iter().map(key).collect::<Option<Vec<_>>>().unwrap_or_default()
    }

    /// An index with many keys a row, for demands that no order serves.
    pub(super) fn many_keys(&self, terms: &[Term<'_>], index: &mut Index) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let found = terms.iter().find_map(|term| {
            let plain = matches!(term.around, Around::Nothing | Around::Relabel);
            let class = match term.demand {
                Demand::Pattern | Demand::UnknownPattern => " gin_trgm_ops",
                Demand::Contain | Demand::HasKey if plain => "",
                Demand::FullText => "",
                _ => return None,
            };
            Some((term, class, self.key(term, class)?))
        });
        let Some((term, class, key)) = found else { return };
        index.method = match term.demand {
            Demand::Contain if self.is_range(term) => Method::Gist,
            _ => Method::Gin,
        };
        index.extension = (!class.is_empty()).then_some("pg_trgm");
        index.push(Some(key));
    }

    /// Whether containment is of ranges or addresses, not of arrays or documents.
    fn is_range(&self, term: &Term<'_>) -> bool {
        if let Some(kind) = self.type_of(&term.column.name) {
            return kind.ends_with("range") || matches!(kind.as_str(), "point" | "box" | "polygon" | "circle" | "inet");
        }
        let casts = term.whole.parts().into_iter().filter_map(|part| match part {
            Expr::Cast { to, .. } => Some(to.as_str()),
            _ => None,
        });
        casts.into_iter().any(|to| {
            let zoned = to.starts_with("timestamp") || matches!(to, "date" | "integer" | "bigint" | "numeric" | "inet");
            to.ends_with("range") || (zoned && !to.ends_with("[]"))
        })
    }

    fn type_of(&self, column: &str) -> Option<String> {
        Some(self.table?.column(column)?.type_name.to_ascii_lowercase())
    }

    /// An expression as a key, in the parentheses it needs; `None` when an index may not hold it.
    fn expression(&self, side: &Expr, whole: &Expr) -> Option<String> {
        let holds = side.walk().into_iter().all(|part| match part {
            Expr::Call { name, arguments, .. } => self.may_hold(&name.to_ascii_lowercase(), arguments, whole),
            // the text of a time depends on the session's zone and style
            Expr::Cast { inner, to } => !self.is_zoned(inner) || to.starts_with("timestamp with time zone"),
            _ => true,
        });
        let text = side.to_index_sql(self.dialect).filter(|_| holds)?;
        match self.dialect {
            Dialect::Postgres => Some(match side {
                Expr::Call { text: written, name, .. } if written.starts_with(name.as_str()) => text,
                Expr::Binary { .. } | Expr::Unary { .. } | Expr::Is { .. } | Expr::Not(_) => text,
                _ => format!("({text})"),
            }),
            // MariaDB has no keys on expressions, and those on documents need a type of their own
            Dialect::MySql if self.at.plan.product == Product::MariaDB || text.contains("->") => None,
            Dialect::MySql => Some(format!("({text})")),
        }
    }

    fn may_hold(&self, name: &str, arguments: &[Expr], whole: &Expr) -> bool {
        if IMMUTABLE.contains(&name) {
            return true;
        }
        match self.dialect {
            Dialect::MySql => DETERMINISTIC.contains(&name),
            // with the configuration written out it depends on nothing else
            Dialect::Postgres if name == "to_tsvector" => arguments.len() == 2,
            Dialect::Postgres if IMMUTABLE_WITHOUT_ZONE.contains(&name) => {
                arguments.iter().any(|argument| self.is_known_without_zone(argument))
                    || (name == "date_trunc" && compared_without_zone(whole))
            }
            Dialect::Postgres => false,
        }
    }

    fn is_zoned(&self, expr: &Expr) -> bool {
        let Expr::Column(column) = expr.without_casts() else { return false };
        let kind = self.type_of(&column.name);
        kind.is_some_and(|kind| kind.starts_with("timestamp") || kind.starts_with("time") || kind == "date")
    }

    fn is_known_without_zone(&self, expr: &Expr) -> bool {
        let Expr::Column(column) = expr else { return false };
        let kind = self.type_of(&column.name);
        kind.is_some_and(|kind| {
            kind == "date"
                || (kind.starts_with("timestamp") && !kind.contains("with time zone") && kind != "timestamptz")
        })
    }
}

/// `date_trunc` returns the type it was given, and the constant it is compared with is printed with it.
fn compared_without_zone(whole: &Expr) -> bool {
    let casts = whole.walk().into_iter().filter_map(|part| match part {
        Expr::Cast { to, .. } => Some(to.as_str()),
        _ => None,
    });
    let times: Vec<&str> = casts.filter(|to| to.starts_with("timestamp")).collect();
    !times.is_empty() && times.iter().all(|to| to.ends_with("without time zone"))
}

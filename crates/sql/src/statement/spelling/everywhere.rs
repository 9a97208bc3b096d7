//! Literals taken out by servers and by [`redact`](crate::redact()): `?`, `$1`, `...`.

use sqlparser::tokenizer::Token;

use super::{Edit, Spelling, Words, expects_operand, put, taken_out};

pub(super) const SPELLINGS: &[Spelling] = &[question_mark, type_before_parameter, dots];

/// Types that take a length, and those that stand before a literal.
const TYPES: &[&str] = &[
    "varchar",
    "char",
    "character",
    "varying",
    "nchar",
    "numeric",
    "decimal",
    "dec",
    "bit",
    "timestamp",
    "time",
    "timestamptz",
    "interval",
    "float",
    "varbinary",
    "binary",
    "datetime",
    "int",
    "bigint",
    "smallint",
    "tinyint",
    "double",
    "year",
    "signed",
    "unsigned",
    "zone",
];
const LITERAL_TYPES: &[&str] =
    &["date", "time", "timestamp", "timestamptz", "datetime", "timetz", "interval", "zone", "binary"];

/// `?` where a value is expected; PostgreSQL also has operators of that look.
fn question_mark(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !matches!(words.token(at), Some(Token::Question)) && !words.symbol(at, &Token::Placeholder("?".into())) {
        return;
    }
    if length_of_type(words, at) {
        edits.push(put(at, at + 1, vec![Token::Number("0".into(), false)]));
        return;
    }
    let typed = at.checked_sub(1).is_some_and(|before| words.is_one_of(before, LITERAL_TYPES));
    if typed {
        edits.push(put(at, at + 1, vec![taken_out("?")]));
    } else if words.symbol(at, &Token::Question) && (!words.operand_before(at) || !value_ahead(words, at + 1)) {
        // `point ?`, `json ?`: the type before it stays, which the parser takes for a typed string
        let with = if words.operand_before(at) { taken_out("?") } else { Token::Placeholder("?".into()) };
        edits.push(put(at, at + 1, vec![with]));
    }
}

/// Whether a value may begin there.
fn value_ahead(words: &Words<'_>, at: usize) -> bool {
    match words.token(at) {
        Some(Token::Word(word)) => {
            word.quote_style.is_some()
                || !matches!(
                    word.value.to_ascii_lowercase().as_str(),
                    "and"
                        | "or"
                        | "then"
                        | "else"
                        | "when"
                        | "end"
                        | "as"
                        | "from"
                        | "where"
                        | "group"
                        | "order"
                        | "limit"
                        | "offset"
                        | "having"
                        | "union"
                        | "intersect"
                        | "except"
                        | "is"
                        | "like"
                        | "ilike"
                        | "between"
                        | "in"
                        | "not"
                        | "at"
                        | "collate"
                        | "escape"
                        | "for"
                        | "returning"
                        | "on"
                        | "desc"
                        | "asc"
                        | "nulls"
                        | "preceding"
                        | "following"
                        | "row"
                        | "rows"
                        | "window"
                )
                || expects_operand(word.keyword) && word.value.eq_ignore_ascii_case("case")
        }
        Some(Token::LParen | Token::Number(..) | Token::Placeholder(_) | Token::Question | Token::Minus) => true,
        Some(token) => super::is_string(token),
        None => false,
    }
}

/// `varchar(?)`, `numeric(?, ?)`: the parser wants a number.
fn length_of_type(words: &Words<'_>, at: usize) -> bool {
    // a type has two lengths at most
    for at in (0..at).rev().take(4) {
        match words.token(at) {
            Some(Token::Comma | Token::Question | Token::Placeholder(_)) => {}
            Some(Token::LParen) => return at > 0 && words.is_one_of(at - 1, TYPES),
            _ => return false,
        }
    }
    false
}

/// `DATE $1`, `INTERVAL $1`: pg_stat_statements takes the literal out and leaves its type.
fn type_before_parameter(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let Some(Token::Placeholder(text)) = words.token(at) else { return };
    if !text.starts_with('$') {
        return;
    }
    if length_of_type(words, at) {
        edits.push(put(at, at + 1, vec![Token::Number("0".into(), false)]));
    } else if at
        .checked_sub(1)
        .is_some_and(|before| words.is_one_of(before, LITERAL_TYPES) || other_type(words, before))
    {
        edits.push(put(at, at + 1, vec![taken_out(text)]));
    }
}

/// `json $1`, `point $1`: a name right before a parameter can only be a type.
fn other_type(words: &Words<'_>, at: usize) -> bool {
    words.is_name(at) && words.operand_before(at + 1)
}

/// `IN (...)`, `VALUES (...)`: what MySQL's digests and pg_stat_statements leave of a list.
fn dots(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if (0..3).all(|ahead| words.symbol(at + ahead, &Token::Period))
        && at.checked_sub(1).is_some_and(|before| words.opens(before) || words.symbol(before, &Token::Comma))
        && words.symbol(at + 3, &Token::RParen)
    {
        edits.push(put(at, at + 3, vec![taken_out("...")]));
    }
}

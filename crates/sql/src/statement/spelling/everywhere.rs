//! Literals taken out by servers and by [`redact`](crate::redact()): `?`, `$1`, `...`.

use sqlparser::tokenizer::Token;

use super::{Edit, Spelling, Words, drop, expects_operand, put, taken_out};

pub(super) const SPELLINGS: &[Spelling] =
    &[variable, alias, operators, question_mark, type_before_parameter, dots, frame_exclusion];

/// `a=?`, `-?`, `?||a`: a literal was taken out beside an operator, which is now read as part of it.
pub(super) fn glued(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.symbol(at, &Token::QuestionPipe) && words.symbol(at + 1, &Token::Pipe) && !words.operand_before(at) {
        edits.push(put(at, at + 2, vec![Token::Question, Token::StringConcat]));
    }
    let Some(Token::CustomBinaryOperator(text)) = words.token(at) else { return };
    if let Some(before) = text.strip_suffix('?').and_then(operator) {
        edits.push(put(at, at + 1, vec![before, Token::Question]));
    } else if let Some(behind) = text.strip_prefix('?').and_then(operator).filter(|_| !words.operand_before(at)) {
        edits.push(put(at, at + 1, vec![Token::Question, behind]));
    }
}

fn operator(text: &str) -> Option<Token> {
    Some(match text {
        "+" => Token::Plus,
        "-" => Token::Minus,
        "*" => Token::Mul,
        "/" => Token::Div,
        "%" => Token::Mod,
        "<" => Token::Lt,
        ">" => Token::Gt,
        "=" => Token::Eq,
        "<=" => Token::LtEq,
        ">=" => Token::GtEq,
        "<>" | "!=" => Token::Neq,
        "||" => Token::StringConcat,
        "^" => Token::Caret,
        "~" => Token::Tilde,
        "&" => Token::Ampersand,
        "|" => Token::Pipe,
        "#" => Token::Sharp,
        "~*" => Token::TildeAsterisk,
        "!~" => Token::ExclamationMarkTilde,
        "!~*" => Token::ExclamationMarkTildeAsterisk,
        "->" => Token::Arrow,
        "->>" => Token::LongArrow,
        "#>" => Token::HashArrow,
        "#>>" => Token::HashLongArrow,
        "@>" => Token::AtArrow,
        "<@" => Token::ArrowAt,
        "@@" => Token::AtAt,
        "&&" => Token::Overlap,
        "<->" => Token::TwoWayArrow,
        "<<" => Token::ShiftLeft,
        ">>" => Token::ShiftRight,
        _ => return None,
    })
}

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
    "second",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "timetz",
    "day_second",
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

/// `IN (...)`, `IN (?, ...)`, `VALUES (?), ...`: what is left of a list in digests and shapes.
fn dots(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !(0..3).all(|ahead| words.symbol(at + ahead, &Token::Period)) {
        return;
    }
    let Some(before) = at.checked_sub(1) else { return };
    let inside = words.symbol(at + 3, &Token::RParen);
    if words.symbol(before, &Token::Comma) {
        let gone = before > 0 && words.row_ends(before - 1) || length_of_type(words, at);
        edits.push(if gone { drop(before, at + 3) } else { put(at, at + 3, vec![taken_out("...")]) });
    } else if words.opens(before) && inside {
        edits.push(put(at, at + 3, vec![taken_out("...")]));
    }
}

/// `@?`: a variable without its name.
fn variable(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.symbol(at.wrapping_sub(1), &Token::Question)
        || words.operand_before(at) && !words.is_one_of(at.wrapping_sub(1), &["into", "call"])
    {
        return;
    }
    if words.symbol(at, &Token::AtQuestion) {
        edits.push(put(at, at + 1, vec![Token::Placeholder("@?".into())]));
    }
    let sign = words.is(at, "@") || words.is(at, "@@") || words.symbol(at, &Token::AtSign);
    if sign && matches!(words.token(at + 1), Some(Token::Placeholder(_) | Token::Question)) {
        edits.push(put(at, at + 2, vec![Token::Placeholder("@?".into())]));
    }
}

/// `a AS ?`, `? ?`: a name that was written as a string.
fn alias(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let parameter = |at: usize| matches!(words.token(at), Some(Token::Placeholder(_) | Token::Question));
    if words.is(at, "as") && parameter(at + 1) && !words.opens(at + 2) {
        edits.push(drop(at, at + 2));
    }
    if words.symbol(at, &Token::Placeholder("?".into())) && words.symbol(at + 1, &Token::Placeholder("?".into())) {
        edits.push(drop(at + 1, at + 2));
    }
    // `_utf8 ?`
    if words.word(at).is_some_and(|word| word.starts_with('_')) && parameter(at + 1) {
        edits.push(drop(at, at + 1));
    }
}

/// Operators that a shape writes apart: `< ->`, `@ ?`.
fn operators(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.symbol(at, &Token::Lt) && words.symbol(at + 1, &Token::Arrow) {
        edits.push(put(at, at + 2, vec![Token::TwoWayArrow]));
    }
    if words.symbol(at, &Token::AtSign) && words.symbol(at + 1, &Token::Question) {
        let operand = words.operand_before(at) || words.symbol(at.wrapping_sub(1), &Token::Question);
        if operand {
            edits.push(put(at, at + 2, vec![Token::AtQuestion]));
        }
    }
}

/// `ROWS … EXCLUDE TIES`.
fn frame_exclusion(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.is(at, "exclude") {
        return;
    }
    if words.are(at + 1, &["current", "row"]) || words.are(at + 1, &["no", "others"]) {
        edits.push(drop(at, at + 3));
    } else if words.is_one_of(at + 1, &["group", "ties"]) {
        edits.push(drop(at, at + 2));
    }
}

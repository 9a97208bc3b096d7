//! Spellings of MySQL and MariaDB.

use sqlparser::tokenizer::Token;

use super::{Edit, REACH, Spelling, Words, drop, name, put, taken_out, word};

pub(super) const SPELLINGS: &[Spelling] = &[
    limit_examined,
    match_against,
    operators,
    character_sets,
    integer_casts,
    deleted_tables,
    into,
    procedure,
    group_direction,
    intervals,
    braces,
    typed_arguments,
    concat_limit,
    cycle,
    duplicate_key,
    system_time,
    share_lock,
    digest_units,
    digest_charsets,
    digest_lengths,
    quoted_variables,
    json_fields,
];

/// `LIMIT 10 ROWS EXAMINED 100`.
fn limit_examined(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.are(at, &["rows", "examined"]) {
        return;
    }
    let bare = at.checked_sub(1).filter(|before| words.is(*before, "limit"));
    edits.push(drop(bare.unwrap_or(at), at + 3));
}

/// `MATCH a, b AGAINST (…)`: brackets around the columns, and a value the parser takes.
fn match_against(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "against") && words.opens(at + 1) {
        let close = words.close(at + 1);
        let mode = words
            .find(at + 2, close, |at| words.are(at, &["in", "boolean"]) || words.are(at, &["in", "natural"]))
            .or_else(|| words.find(at + 2, close, |at| words.are(at, &["with", "query"])))
            .unwrap_or(close);
        edits.push(put(at + 2, mode, vec![taken_out("?")]));
    }
    if words.is(at, "match")
        && words.is_name(at + 1)
        && !words.opens(at + 1)
        && let Some(against) = words.find(at + 1, words.len(), |at| words.is(at, "against"))
    {
        edits.push(put(at + 1, at + 1, vec![Token::LParen]));
        edits.push(put(against, against, vec![Token::RParen]));
    }
}

/// `a MOD b`, `a SOUNDS LIKE b`, `! a`, `DISTINCTROW`.
fn operators(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "mod") && words.operand_before(at) {
        edits.push(put(at, at + 1, vec![Token::Mod]));
    }
    if words.is(at, "distinctrow") {
        edits.push(put(at, at + 1, vec![word("DISTINCT")]));
    }
    if words.are(at, &["sounds", "like"]) {
        edits.push(drop(at, at + 1));
    }
    if words.symbol(at, &Token::ExclamationMark) && !words.operand_before(at) {
        edits.push(put(at, at + 1, vec![word("NOT")]));
    }
}

/// `CHAR(10) CHARACTER SET utf8 BINARY`, `CHAR(65 USING utf8)`: which characters is nothing to us.
fn character_sets(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.is_one_of(at, &["char", "nchar", "varchar", "character"]) {
        return;
    }
    let mut end = at + 1;
    if words.opens(end) {
        let close = words.close(end);
        if let Some(using) = words.find(end + 1, close, |at| words.is(at, "using")) {
            edits.push(drop(using, close));
        }
        end = close + 1;
    }
    let from = end;
    loop {
        if words.are(end, &["character", "set"]) || words.are(end, &["char", "set"]) {
            end += 3;
        } else if words.is(end, "charset") {
            end += 2;
        } else if words.is_one_of(end, &["binary", "unicode", "ascii"]) && !words.opens(end + 1) {
            end += 1;
        } else {
            break;
        }
    }
    if end > from {
        edits.push(drop(from, end));
    }
}

/// `CAST(a AS UNSIGNED INT)`, `CAST(a AS INTERVAL DAY_SECOND(6))`.
fn integer_casts(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is_one_of(at, &["signed", "unsigned"]) && words.is_one_of(at + 1, &["int", "integer"]) {
        edits.push(drop(at + 1, at + 2));
    }
    if words.are(at, &["as", "interval"]) {
        edits.push(put(at + 1, at + 3, vec![word("TIME")]));
    }
}

/// `DELETE t1.*, t2.* FROM …`.
fn deleted_tables(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.is(at, "delete") {
        return;
    }
    let end = words.find(at, words.len(), |at| words.is_one_of(at, &["where", "join", "inner", "left", "using"]));
    let mut place = at;
    while place < end.unwrap_or(words.len()) {
        if words.symbol(place, &Token::Period) && words.symbol(place + 1, &Token::Mul) {
            edits.push(drop(place, place + 2));
            place += 1;
        }
        if words.opens(place) {
            return;
        }
        place += 1;
    }
}

/// `INTO @a, @b`, `INTO OUTFILE 'x' FIELDS …`: where rows go that a client would get.
fn into(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.is(at, "into") {
        return;
    }
    let variable = |at: usize| match words.token(at) {
        Some(Token::Placeholder(text)) => text.starts_with('@'),
        _ => words.word(at).is_some_and(|word| word.starts_with('@')),
    };
    if variable(at + 1) {
        let mut end = at + 2;
        while words.symbol(end, &Token::Comma) && variable(end + 1) {
            end += 2;
        }
        edits.push(drop(at, end));
    } else if words.is_one_of(at + 1, &["outfile", "dumpfile"]) {
        let end = words.find(at, words.len(), |at| {
            words.is_one_of(at, &["from", "where", "for", "lock", "union"]) || words.symbol(at, &Token::SemiColon)
        });
        let outer = words.find(at, words.len(), |at| words.symbol(at, &Token::RParen));
        edits.push(drop(at, end.or(outer).unwrap_or(words.len())));
    }
}

/// `PROCEDURE ANALYSE(…)`.
fn procedure(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "procedure") && words.is_name(at + 1) && words.opens(at + 2) {
        edits.push(drop(at, words.close(at + 2) + 1));
    }
}

/// `GROUP BY a DESC`, which MySQL 5.7 and MariaDB take.
fn group_direction(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.are(at, &["group", "by"]) {
        return;
    }
    let mut place = at + 2;
    let ends = |at: usize| {
        words.is_one_of(at, &["having", "order", "limit", "with", "union", "procedure", "for", "into", "window"])
            || words.symbol(at, &Token::SemiColon)
    };
    while let Some(found) =
        words.find(place, words.len(), |at| ends(at) || words.is_one_of(at, &["asc", "desc"])).filter(|at| !ends(*at))
    {
        edits.push(drop(found, found + 1));
        place = found + 1;
    }
}

/// `INTERVAL '1:1' MINUTE_SECOND`, and the function `INTERVAL(a, b, c)`.
fn intervals(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    const UNITS: &[&str] = &[
        "second_microsecond",
        "minute_microsecond",
        "minute_second",
        "hour_microsecond",
        "hour_second",
        "hour_minute",
        "day_microsecond",
        "day_second",
        "day_minute",
        "day_hour",
        "year_month",
    ];
    if words.is_one_of(at, UNITS) && words.operand_before(at) {
        edits.push(put(at, at + 1, vec![word("SECOND")]));
    }
    if words.is_one_of(at, UNITS) && at > 1 && words.opens(at - 1) && words.is(at - 2, "extract") {
        edits.push(put(at, at + 1, vec![word("SECOND")]));
    }
    if words.is(at, "interval") && words.opens(at + 1) {
        let close = words.close(at + 1);
        if words.find(at + 2, close, |at| words.symbol(at, &Token::Comma)).is_some() {
            edits.push(put(at, at + 1, vec![name("interval")]));
        }
    }
}

/// `{ OJ a LEFT JOIN b }`, `{d '2024-01-01'}`: ODBC.
fn braces(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.symbol(at, &Token::LBrace) && words.is_name(at + 1) {
        edits.push(drop(at, at + 2));
    }
    if words.symbol(at, &Token::RBrace) {
        edits.push(drop(at, at + 1));
    }
}

/// `COLUMN_CREATE('a', 1 AS INT)`, `WEIGHT_STRING(a AS CHAR(3) LEVEL 1)`: the type of an argument.
fn typed_arguments(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    const TAKE_TYPES: &[&str] = &["column_create", "column_add", "column_get", "column_delete", "weight_string"];
    if !words.is_one_of(at, TAKE_TYPES) || !words.opens(at + 1) {
        return;
    }
    let close = words.close(at + 1);
    let mut place = at + 2;
    while let Some(found) = words.find(place, close, |at| words.is_one_of(at, &["as", "level"])) {
        let end = words.find(found, close, |at| words.symbol(at, &Token::Comma)).unwrap_or(close);
        let end = if words.is(at, "weight_string") { close } else { end };
        edits.push(drop(found, end));
        place = end;
    }
}

/// `GROUP_CONCAT(a LIMIT 1, 2)`.
fn concat_limit(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is_one_of(at, &["group_concat", "json_arrayagg"]) && words.opens(at + 1) {
        let close = words.close(at + 1);
        if let Some(limit) = words.find(at + 2, close, |at| words.is(at, "limit")) {
            edits.push(drop(limit, close));
        }
    }
}

/// `WITH RECURSIVE a AS (…) CYCLE b RESTRICT`.
fn cycle(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "cycle")
        && at > 0
        && words.symbol(at - 1, &Token::RParen)
        && let Some(end) = words.find(at, words.len(), |at| words.is(at, "restrict"))
    {
        edits.push(drop(at, end + 1));
    }
}

/// `INSERT INTO t SELECT 1 ON DUPLICATE KEY UPDATE …`: without a table before it the parser takes `ON` for a name.
fn duplicate_key(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.are(at, &["on", "duplicate", "key"]) {
        return;
    }
    let mut depth = 0_usize;
    for place in (0..at).rev().take(REACH) {
        match words.token(place) {
            Some(Token::RParen) => depth += 1,
            Some(Token::LParen) => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ if words.is_one_of(place, &["from", "values", "value", "set", "table"]) => return,
            _ if words.is(place, "select") => {
                edits.push(put(at, at, vec![word("FROM"), name("dual")]));
                return;
            }
            _ => {}
        }
    }
}

/// `t FOR SYSTEM_TIME BETWEEN a AND b`, `FOR PORTION OF p FROM a TO b`.
fn system_time(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.are(at, &["for", "system_time"]) {
        return;
    }
    let end = words.find(at + 2, words.len(), |at| {
        words.is_one_of(at, &["where", "group", "order", "join", "left", "inner", "limit", "union", "natural", "on"])
            || words.symbol(at, &Token::Comma)
            || words.symbol(at, &Token::SemiColon)
    });
    let outer = words.find(at, words.len(), |at| words.symbol(at, &Token::RParen));
    edits.push(drop(at, end.or(outer).unwrap_or(words.len())));
}

/// `LOCK IN SHARE MODE`.
fn share_lock(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.are(at, &["lock", "in", "share", "mode"]) {
        edits.push(put(at, at + 4, vec![word("FOR"), word("SHARE")]));
    }
}

/// `INTERVAL ? SQL_TSI_DAY`: how digests write units.
fn digest_units(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let unit = words.word(at).and_then(|word| word.get(..8).zip(word.get(8..)));
    if let Some((start, unit)) = unit
        && start.eq_ignore_ascii_case("sql_tsi_")
    {
        edits.push(put(at, at + 1, vec![word(&unit.to_ascii_uppercase())]));
    }
}

/// `(_charset) ?`.
fn digest_charsets(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.opens(at) && words.is(at + 1, "_charset") && words.symbol(at + 2, &Token::RParen) {
        edits.push(drop(at, at + 3));
    }
}

/// `DECIMAL (...)`, `VARCHAR (?)`: lengths that were taken out where the parser wants numbers.
fn digest_lengths(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    const TYPES: &[&str] = &["decimal", "numeric", "double", "float", "dec"];
    let gone = |at: usize| matches!(words.token(at), Some(Token::SingleQuotedString(text)) if text.starts_with(super::TAKEN_OUT));
    if words.is_one_of(at, TYPES) && words.opens(at + 1) && gone(at + 2) && words.symbol(at + 3, &Token::RParen) {
        edits.push(drop(at + 1, at + 4));
    }
}

/// `@`x``, `@@`x``: a variable's name in quotes.
fn quoted_variables(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let sign = words.is(at, "@") || words.is(at, "@@") || words.symbol(at, &Token::AtSign);
    if !sign || !words.is_name(at + 1) {
        return;
    }
    let mut end = at + 2;
    while words.symbol(end, &Token::Period) && words.is_name(end + 1) {
        end += 2;
    }
    edits.push(put(at, end, vec![Token::Placeholder("@?".into())]));
}

/// `JSON_TABLE(a, ? FIELDS (…))`: the same word as `COLUMNS` to a digest.
fn json_fields(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "json_table") && words.opens(at + 1) {
        let close = words.close(at + 1);
        for place in (at..close).take(super::REACH).filter(|place| words.is(*place, "fields")) {
            edits.push(put(place, place + 1, vec![word("COLUMNS")]));
        }
    }
}

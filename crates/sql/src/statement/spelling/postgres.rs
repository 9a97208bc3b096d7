//! Spellings of PostgreSQL.

use sqlparser::tokenizer::Token;

use super::{Edit, REACH, Spelling, Words, drop, name, put, string, word};

pub(super) const SPELLINGS: &[Spelling] = &[
    set_subscripts,
    insert_columns,
    frame_bound,
    variadic,
    whole_row,
    current_of,
    table_statement,
    search_and_cycle,
    xml,
    similar,
    rows_from,
    conflict_target,
    record_operators,
    column_definitions,
    any_of_operator,
    null_tests,
    merge_insert,
    grouping,
    symmetric,
    locks,
    collation_for,
    extract,
    lateral_table,
    merge_source,
];

/// `UPDATE t SET a[1].b = 2`: the column is what is written.
fn set_subscripts(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.is(at, "set") {
        return;
    }
    let mut target = at + 1;
    while words.is_name(target) {
        let mut end = target + 1;
        while words.symbol(end, &Token::LBracket) || words.symbol(end, &Token::Period) {
            end = if words.symbol(end, &Token::Period) { end + 2 } else { words.close(end) + 1 };
        }
        if end > target + 1 && words.symbol(end, &Token::Eq) {
            edits.push(drop(target + 1, end));
        }
        let ends = |at: usize| words.is_one_of(at, &["where", "from", "returning", "when"]);
        match words.find(end, words.len(), |at| ends(at) || words.symbol(at, &Token::Comma)) {
            Some(comma) if !ends(comma) => target = comma + 1,
            _ => return,
        }
    }
}

/// `INSERT INTO t (a[1], b.c)`.
fn insert_columns(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let insert = words.is(at, "into") || (words.is(at, "insert") && words.opens(at + 1));
    if !insert {
        return;
    }
    let mut open = at + 1;
    while words.is_name(open) && !words.is_one_of(open, &["select", "values", "default"])
        || words.symbol(open, &Token::Period)
    {
        open += 1;
    }
    if !words.opens(open) || words.is_one_of(open + 1, &["select", "with", "values", "table"]) || words.opens(open + 1)
    {
        return;
    }
    let close = words.close(open);
    let mut column = open + 1;
    while column < close {
        let end = words.find(column, close, |at| words.symbol(at, &Token::Comma)).unwrap_or(close);
        if end > column + 1 && words.is_name(column) {
            edits.push(drop(column + 1, end));
        }
        column = end + 1;
    }
}

/// `'1 year'::interval PRECEDING`: how far is nothing to us.
fn frame_bound(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.is_one_of(at, &["preceding", "following"]) {
        return;
    }
    let mut depth = 0_usize;
    for place in (0..at).rev().take(REACH) {
        match words.token(place) {
            Some(Token::RParen) => depth += 1,
            Some(Token::LParen) if depth == 0 => return,
            Some(Token::LParen) => depth -= 1,
            _ if depth == 0 && words.is_one_of(place, &["between", "and", "range", "rows", "groups"]) => {
                if at > place + 2 {
                    edits.push(put(place + 1, at, vec![Token::Number("1".into(), false)]));
                }
                return;
            }
            _ => {}
        }
    }
}

/// `f(VARIADIC ARRAY[…])`.
fn variadic(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "variadic") && at > 0 && (words.opens(at - 1) || words.symbol(at - 1, &Token::Comma)) {
        edits.push(drop(at, at + 1));
    }
}

/// `(f(x)).*`.
fn whole_row(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.symbol(at, &Token::RParen) && words.symbol(at + 1, &Token::Period) && words.symbol(at + 2, &Token::Mul) {
        edits.push(drop(at + 1, at + 3));
    }
}

/// `WHERE CURRENT OF cursor`.
fn current_of(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.are(at, &["where", "current", "of"]) {
        edits.push(drop(at, at + 4));
    }
}

/// `TABLE t` for `SELECT * FROM t`.
fn table_statement(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let begins = at.checked_sub(1).is_none_or(|before| {
        words.opens(before) || words.is_one_of(before, &["union", "all", "except", "intersect", "distinct"])
    });
    if words.is(at, "table") && begins && words.is_name(at + 1) {
        edits.push(put(at, at + 1, vec![word("SELECT"), Token::Mul, word("FROM")]));
    }
}

/// `WITH RECURSIVE a AS (…) SEARCH DEPTH FIRST BY b SET c CYCLE d SET e USING f`.
fn search_and_cycle(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let begins = words.is(at, "search") && words.is_one_of(at + 1, &["depth", "breadth"]) || words.is(at, "cycle");
    if !begins || at == 0 || !words.symbol(at - 1, &Token::RParen) {
        return;
    }
    let ends = |at: usize| words.is_one_of(at, &["select", "insert", "update", "delete", "merge", "values", "table"]);
    let set = words.find(at, words.len(), |at| words.is(at, "set"));
    let Some(end) = set.and_then(|set| {
        words.find(set, words.len(), |at| ends(at) || words.opens(at) || words.symbol(at, &Token::Comma))
    }) else {
        return;
    };
    edits.push(drop(at, end));
}

/// Functions on XML have a grammar of their own.
fn xml(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.opens(at + 1) {
        return;
    }
    let close = words.close(at + 1);
    if words.is_one_of(at, &["xmlelement", "xmlpi"]) && words.is(at + 2, "name") {
        edits.push(put(at + 2, at + 4, vec![string("")]));
    } else if words.is(at, "xmlroot") {
        if let Some(comma) = words.find(at + 2, close, |at| words.symbol(at, &Token::Comma)) {
            edits.push(drop(comma, close));
        }
    } else if words.is_one_of(at, &["xmlserialize", "xmlparse"]) && words.is_one_of(at + 2, &["content", "document"]) {
        edits.push(drop(at + 2, at + 3));
        if let Some(end) = words.find(at + 2, close, |at| words.is(at, "as")) {
            edits.push(drop(end, close));
        }
    } else if words.is_one_of(at, &["xmlexists", "xmltable"])
        && let Some(passing) = words.find(at + 2, close, |at| words.is(at, "passing"))
    {
        let by = words.is(passing + 1, "by");
        if words.is(at, "xmlexists") {
            edits.push(put(passing, passing + if by { 3 } else { 1 }, vec![Token::Comma]));
            if words.is(close.wrapping_sub(2), "by") {
                edits.push(drop(close - 2, close));
            }
        } else if by {
            edits.push(drop(passing + 1, passing + 3));
        }
    }
}

/// `SUBSTRING(a SIMILAR b ESCAPE c)`.
fn similar(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "substring") && words.opens(at + 1) {
        let close = words.close(at + 1);
        if let Some(similar) = words.find(at + 2, close, |at| words.is(at, "similar")) {
            edits.push(put(similar, similar + 1, vec![Token::Comma]));
            if let Some(escape) = words.find(similar, close, |at| words.is(at, "escape")) {
                edits.push(put(escape, escape + 1, vec![Token::Comma]));
            }
        }
    }
}

/// `ROWS FROM (f(1), g(2))`: the first stands for all.
fn rows_from(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.are(at, &["rows", "from"]) && words.opens(at + 2) {
        let close = words.close(at + 2);
        if let Some(open) = words.find(at + 3, close, |at| words.opens(at)) {
            edits.push(drop(at, at + 3));
            edits.push(drop(words.close(open) + 1, close + 1));
        }
    }
}

/// `ON CONFLICT (lower(a)) WHERE b DO …`: an expression, or a condition.
fn conflict_target(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.are(at, &["on", "conflict"]) || !words.opens(at + 2) {
        return;
    }
    let close = words.close(at + 2);
    let plain = (at + 3..close).all(|at| match (at % 2, words.token(at)) {
        (_, Some(Token::Comma)) => true,
        (_, Some(Token::Word(_))) => !words.is_name(at + 1),
        _ => false,
    });
    if (!plain || !words.is(close + 1, "do"))
        && let Some(end) = words.find(close + 1, words.len(), |at| words.is(at, "do"))
    {
        edits.push(drop(at + 2, end));
    }
}

/// `a *< b`: rows compared by their bytes.
fn record_operators(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let compares =
        matches!(words.token(at + 1), Some(Token::Lt | Token::Gt | Token::LtEq | Token::GtEq | Token::Neq | Token::Eq));
    if words.symbol(at, &Token::Mul) && compares && words.operand_before(at) {
        edits.push(drop(at, at + 1));
    }
}

/// `f(x) AS (a int, b text)`: a function's columns, without an alias.
fn column_definitions(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let call = at > 0 && words.symbol(at - 1, &Token::RParen);
    let query = words.is_one_of(at + 2, &["select", "with", "values", "table", "insert", "update", "delete", "merge"]);
    if words.is(at, "as") && call && words.opens(at + 1) && !query && !words.opens(at + 2) {
        edits.push(put(at, at + 1, vec![word("AS"), name("record")]));
    }
}

/// `a @@ ANY (…)`: the parser knows comparisons only.
fn any_of_operator(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let operator = matches!(
        at.checked_sub(1).and_then(|before| words.token(before)),
        Some(Token::AtAt | Token::Mul | Token::Plus | Token::AtArrow | Token::ArrowAt | Token::Overlap)
    );
    if operator && words.is_one_of(at, &["any", "all", "some"]) && words.opens(at + 1) {
        edits.push(drop(at, at + 1));
    }
}

/// `a ISNULL`, `a NOTNULL`, `a IS DOCUMENT`.
fn null_tests(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is_one_of(at, &["isnull", "notnull"]) && words.operand_before(at) && !words.opens(at + 1) {
        let not = words.is(at, "notnull").then(|| word("NOT"));
        edits.push(put(at, at + 1, [Some(word("IS")), not, Some(word("NULL"))].into_iter().flatten().collect()));
    }
    if words.is(at, "document") && at > 0 && words.is_one_of(at - 1, &["is", "not"]) {
        edits.push(put(at, at + 1, vec![word("NULL")]));
    }
}

/// `THEN INSERT DEFAULT VALUES`, `OVERRIDING SYSTEM VALUE`.
fn merge_insert(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.are(at, &["then", "insert", "default", "values"]) {
        let with = vec![word("VALUES"), Token::LParen, word("DEFAULT"), Token::RParen];
        edits.push(put(at + 2, at + 4, with));
    }
    if words.is(at, "overriding") && words.is_one_of(at + 1, &["system", "user"]) && words.is(at + 2, "value") {
        edits.push(drop(at, at + 3));
    }
}

/// `GROUP BY DISTINCT ROLLUP (…)`.
fn grouping(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let list = words.opens(at + 3) || words.is_name(at + 3);
    if words.are(at, &["group", "by"]) && words.is_one_of(at + 2, &["all", "distinct"]) && list {
        edits.push(drop(at + 2, at + 3));
    }
}

/// `BETWEEN SYMMETRIC a AND b`.
fn symmetric(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "between") && words.is_one_of(at + 1, &["symmetric", "asymmetric"]) {
        edits.push(drop(at + 1, at + 2));
    }
}

/// `FOR NO KEY UPDATE OF a, b`.
fn locks(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.is(at, "for") {
        return;
    }
    let mut strength = at + 1;
    if words.are(strength, &["no", "key", "update"]) {
        edits.push(drop(strength, strength + 2));
        strength += 2;
    } else if words.are(strength, &["key", "share"]) {
        edits.push(drop(strength, strength + 1));
        strength += 1;
    }
    let lock = if words.is(strength, "update") { "UPDATE" } else { "SHARE" };
    if words.is_one_of(strength, &["update", "share"]) && words.is(strength + 1, "of") {
        let mut comma = strength + 3;
        while words.symbol(comma, &Token::Comma) && words.is_name(comma + 1) {
            edits.push(put(comma, comma + 1, vec![word("FOR"), word(lock), word("OF")]));
            comma += 2;
        }
    }
}

/// `COLLATION FOR (a)`.
fn collation_for(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.are(at, &["collation", "for"]) && words.opens(at + 2) {
        edits.push(drop(at + 1, at + 2));
    }
}

/// `EXTRACT($1 FROM a)`: which field was taken out.
fn extract(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    let gone = matches!(words.token(at + 2), Some(Token::Placeholder(_) | Token::SingleQuotedString(_)));
    if words.is(at, "extract") && words.opens(at + 1) && gone && words.is(at + 3, "from") {
        edits.push(put(at + 2, at + 3, vec![word("DAY")]));
    }
}

/// `LATERAL XMLTABLE(…)`: it always is.
fn lateral_table(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if words.is(at, "lateral") && words.is_one_of(at + 1, &["xmltable", "json_table"]) {
        edits.push(drop(at, at + 1));
    }
}

/// `MERGE INTO a USING b JOIN c ON … ON …`: brackets around what is joined.
fn merge_source(words: &Words<'_>, at: usize, edits: &mut Vec<Edit>) {
    if !words.is(at, "merge") {
        return;
    }
    let Some(using) = words.find(at, words.len(), |at| words.is(at, "using")) else { return };
    let Some(when) =
        words.find(using, words.len(), |at| words.are(at, &["when", "matched"]) || words.are(at, &["when", "not"]))
    else {
        return;
    };
    let joined = words.find(using, when, |at| words.is(at, "join")).is_some();
    let mut last = None;
    let mut place = using + 1;
    while let Some(found) = words.find(place, when, |at| words.is(at, "on")) {
        (last, place) = (Some(found), found + 1);
    }
    if let (true, Some(on)) = (joined, last) {
        edits.push(put(using + 1, using + 1, vec![Token::LParen]));
        edits.push(put(on, on, vec![Token::RParen]));
    }
}

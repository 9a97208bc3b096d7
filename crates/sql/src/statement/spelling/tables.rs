//! MySQL's lists of tables: `UPDATE a, b SET`, `FROM (a, b) JOIN c`, `FROM (a)`.

use sqlparser::tokenizer::Token;

use super::{Edit, REACH, Words, drop, put, word};

/// What is going on in a pair of brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Tables are listed here.
    Tables {
        /// In brackets, where a comma is a cross join.
        nested: bool,
    },
    /// Anything else.
    Other,
}

pub(super) fn edits(words: &Words<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut open: Vec<Place> = Vec::new();
    let mut place = Place::Other;
    let mut table_next = false;
    for at in 0..words.len() {
        let expected = std::mem::take(&mut table_next);
        match words.token(at) {
            Some(Token::LParen) => {
                open.push(place);
                place = Place::Other;
                if expected && !is_query(words, at) {
                    place = Place::Tables { nested: true };
                    table_next = true;
                    let close = words.close(at);
                    if is_one_table(words, at + 1, close) {
                        edits.push(drop(at, at + 1));
                        edits.push(drop(close, close + 1));
                    }
                }
            }
            Some(Token::RParen) => place = open.pop().unwrap_or(Place::Other),
            Some(Token::Comma) => {
                if let Place::Tables { nested } = place {
                    table_next = true;
                    if nested {
                        edits.push(put(at, at + 1, vec![word("CROSS"), word("JOIN")]));
                    }
                }
            }
            Some(Token::SemiColon) => (place, open) = (Place::Other, Vec::new()),
            Some(Token::Word(found)) if found.quote_style.is_none() => {
                match found.value.to_ascii_lowercase().as_str() {
                    // not that of TRIM(a FROM b)
                    "from" if open.is_empty() || place != Place::Other || selects(words, at) => {
                        place = Place::Tables { nested: false };
                        table_next = true;
                    }
                    "update" if !words.is(at.wrapping_sub(1), "key") && !words.is(at.wrapping_sub(1), "for") => {
                        place = Place::Tables { nested: true };
                        table_next = true;
                    }
                    "join" | "straight_join" => table_next = true,
                    "low_priority" | "ignore" if expected => table_next = true,
                    "where" | "set" | "group" | "order" | "having" | "limit" | "union" | "except" | "intersect"
                    | "select" | "window" | "procedure" | "values" => place = Place::Other,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    edits
}

/// Whether `FROM` there belongs to a `SELECT` (or `DELETE`) in the same brackets.
fn selects(words: &Words<'_>, at: usize) -> bool {
    let mut depth = 0_usize;
    for place in (0..at).rev().take(REACH) {
        match words.token(place) {
            Some(Token::RParen) => depth += 1,
            Some(Token::LParen) if depth == 0 => return false,
            Some(Token::LParen) => depth -= 1,
            _ if depth == 0 && words.is_one_of(place, &["select", "delete"]) => return true,
            _ => {}
        }
    }
    false
}

/// Whether the brackets hold a query, be it in brackets of its own: what follows the inner ones tells.
fn is_query(words: &Words<'_>, open: usize) -> bool {
    let mut inner = open + 1;
    while words.opens(inner) {
        let after = words.close(inner) + 1;
        let goes_on = words.symbol(after, &Token::RParen)
            || words.is_one_of(after, &["union", "except", "intersect", "order", "limit"]);
        if !goes_on {
            return false;
        }
        inner += 1;
    }
    words.is_one_of(inner, &["select", "with", "values", "table"])
}

/// A name and its alias, nothing else.
fn is_one_table(words: &Words<'_>, from: usize, to: usize) -> bool {
    from < to
        && (from..to).all(|at| words.is_name(at) || words.symbol(at, &Token::Period))
        && !(from..to).any(|at| words.is_one_of(at, &["join", "straight_join"]))
}

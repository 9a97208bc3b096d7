//! A text that someone wants explained: whether it is one query, and what it does besides reading.

use std::collections::BTreeSet;

use crate::{Dialect, Token, TokenKind, Tokens};

/// One statement that a server can explain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    /// The statement without what ends it.
    pub text: &'a str,
    /// Why it must not be executed: it writes, or it locks rows.
    pub writes: Option<String>,
    /// `INTO` stands in it: its rows go elsewhere.
    pub into: bool,
    /// Its parameters, each once: `$1`, `?`, `:name`.
    pub parameters: BTreeSet<&'a str>,
}

/// Why a text cannot be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no statement.
    #[error("there is no query")]
    Empty,
    /// There are several.
    #[error("there are several statements; give one")]
    Several,
    /// It is an `EXPLAIN` already.
    #[error("this is an EXPLAIN already; give the query itself")]
    Explain,
    /// A statement without a plan.
    #[error("{0} has no plan; give a SELECT, VALUES, TABLE, WITH, INSERT, UPDATE, DELETE or MERGE")]
    NoPlan(String),
    /// Text that only some servers execute.
    #[error("it holds a comment that the server executes (/*! … */); write out what it is to do")]
    ExecutableComment,
}

const READS: &[&str] = &["SELECT", "VALUES", "TABLE"];
const WRITES: &[&str] = &["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"];
const EXPLAINS: &[&str] = &["EXPLAIN", "ANALYZE", "ANALYSE", "DESCRIBE", "DESC"];

impl<'a> Question<'a> {
    /// Reads it. Where in doubt it says that the statement writes.
    ///
    /// # Errors
    /// It is not one statement, or one that has no plan.
    pub fn read(text: &'a str, dialect: Dialect) -> Result<Question<'a>, Refused> {
        let mut text = text.trim().trim_start_matches('\u{feff}');
        for end in ["\\G", "\\g", "\\gx"] {
            text = text.strip_suffix(end).unwrap_or(text).trim_end();
        }
        let mut tokens: Vec<(usize, Token<'a>)> = Vec::new();
        let mut at = 0;
        for token in Tokens::new(text, dialect) {
            if dialect == Dialect::MySql && (token.text.starts_with("/*!") || token.text.starts_with("/*M!")) {
                return Err(Refused::ExecutableComment);
            }
            if !matches!(token.kind, TokenKind::Space | TokenKind::Comment) {
                tokens.push((at, token));
            }
            at += token.text.len();
        }
        let ends = |(_, token): &&(usize, Token<'_>)| token.kind == TokenKind::Symbol && token.text == ";";
        let first = tokens.iter().position(|token| !ends(&token)).ok_or(Refused::Empty)?;
        let tokens = tokens.get(first..).unwrap_or_default();
        let length = tokens.iter().position(|token| ends(&token)).unwrap_or(tokens.len());
        if tokens.iter().skip(length).any(|token| !ends(&token)) {
            return Err(Refused::Several);
        }
        let tokens = tokens.get(..length).unwrap_or_default();
        let (Some((start, _)), Some((last, end))) = (tokens.first(), tokens.last()) else { return Err(Refused::Empty) };
        let words: Vec<String> = tokens
            .iter()
            .map(|(_, token)| match token.kind {
                TokenKind::Word => token.text.to_ascii_uppercase(),
                TokenKind::Symbol => token.text.to_owned(),
                _ => String::new(),
            })
            .collect();
        let writes = writes(&words)?;
        let parameters = tokens.iter().filter(|(_, token)| token.kind == TokenKind::Parameter);
        // In PostgreSQL `?` is an operator.
        let parameters = parameters.filter(|(_, token)| dialect != Dialect::Postgres || token.text != "?");
        Ok(Question {
            text: text.get(*start..last + end.text.len()).unwrap_or(text),
            writes,
            into: words.iter().any(|word| word == "INTO"),
            parameters: parameters.map(|(_, token)| token.text).collect(),
        })
    }
}

/// What it does besides reading, or why it has no plan.
fn writes(words: &[String]) -> Result<Option<String>, Refused> {
    let is = |list: &[&str], word: &String| list.contains(&word.as_str());
    let verb = words.iter().find(|word| *word != "(").map_or("", String::as_str);
    let verb = match verb {
        "WITH" => {
            let mut depth = 0_usize;
            let outside = words.iter().filter(|word| {
                match word.as_str() {
                    "(" => depth += 1,
                    ")" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0
            });
            outside.into_iter().find(|word| is(READS, word) || is(WRITES, word)).map_or("SELECT", String::as_str)
        }
        verb => verb,
    };
    if EXPLAINS.contains(&verb) {
        return Err(Refused::Explain);
    }
    if !READS.contains(&verb) && !WRITES.contains(&verb) {
        let shown: String = verb.chars().take(40).collect();
        return Err(Refused::NoPlan(if shown.is_empty() { "this".into() } else { shown }));
    }
    if WRITES.contains(&verb) {
        return Ok(Some(format!("{verb} writes")));
    }
    let pairs = || words.iter().zip(words.iter().skip(1));
    if let Some((_, word)) = pairs().find(|(before, word)| *before == "(" && is(WRITES, word)) {
        return Ok(Some(format!("{word} in it writes")));
    }
    let locks = |before: &String, word: &String| match before.as_str() {
        "FOR" => is(&["UPDATE", "SHARE", "NO", "KEY"], word),
        "LOCK" => word == "IN",
        _ => false,
    };
    Ok(pairs().find(|(before, word)| locks(before, word)).map(|(before, word)| format!("{before} {word} locks rows")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Question<'_>, Refused> {
        Question::read(text, Dialect::Postgres)
    }

    #[test]
    fn one_statement_is_taken_out_of_what_surrounds_it() {
        let question = read("\u{feff} -- mine\n SELECT a, ';' FROM t -- all\n WHERE b = $1 AND c ? 'x' ;;\n").unwrap();
        assert_eq!(question.text, "SELECT a, ';' FROM t -- all\n WHERE b = $1 AND c ? 'x'");
        assert_eq!((question.writes, question.into), (None, false));
        assert_eq!(question.parameters.into_iter().collect::<Vec<_>>(), ["$1"]);
        assert_eq!(read("select 1 \\G").unwrap().text, "select 1");
        assert_eq!(read("((SELECT 1))").unwrap().writes, None);
    }

    #[test]
    fn what_writes_or_locks_is_known() {
        for text in [
            "insert into t values (1)",
            "WITH a AS (SELECT 1) UPDATE t SET a = 1",
            "with gone as materialized (delete from t returning *) select * from gone",
            "select * from t for update",
            "select * from t for no key update skip locked",
            "select * from t lock in share mode",
            "(select 1 for share)",
        ] {
            assert!(read(text).unwrap().writes.is_some(), "{text}");
        }
        for text in [
            "select substring(a for 3) from t",
            "WITH a AS (SELECT 1) TABLE a",
            "values (1)",
            "select \"update\", 'for update' from t -- for update",
        ] {
            assert_eq!(read(text).unwrap().writes, None, "{text}");
        }
        assert!(read("select 1 into t").unwrap().into);
    }

    #[test]
    fn what_has_no_plan_is_refused() {
        assert_eq!(read(" ; -- nothing"), Err(Refused::Empty));
        assert_eq!(read("select 1; drop table t"), Err(Refused::Several));
        assert_eq!(read("explain select 1"), Err(Refused::Explain));
        assert_eq!(read("DROP TABLE t"), Err(Refused::NoPlan("DROP".into())));
        assert_eq!(read("'x'"), Err(Refused::NoPlan("this".into())));
        let hidden = "select 1 /*! into outfile '/tmp/x' */";
        assert_eq!(Question::read(hidden, Dialect::MySql), Err(Refused::ExecutableComment));
        let question = Question::read("select * from t where a = ?", Dialect::MySql).unwrap();
        assert_eq!(question.parameters.len(), 1);
    }
}

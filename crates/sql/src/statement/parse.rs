//! From text to the parser's tree, and what to say where that fails.

use sqlparser::ast;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::spelling::respell;
use crate::{Dialect, TokenKind, Tokens};

/// Nesting that the parser may follow; each level takes stack.
const DEEPEST: usize = 60;
/// Longer texts are scripts or data, not statements.
const LONGEST: usize = 1 << 20;

/// A statement that could not be understood, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotUnderstood {
    /// There is no statement.
    #[error("there is no statement")]
    Empty,
    /// There are several.
    #[error("there are several statements; the second begins at byte {at}")]
    Several {
        /// Where the second begins.
        at: usize,
    },
    /// The text ends before the statement does: cut off by the server or the log.
    #[error("the statement is cut off at byte {at}")]
    CutOff {
        /// Where the text ends.
        at: usize,
    },
    /// The grammar does not allow it.
    #[error("at byte {at}: {why}")]
    Grammar {
        /// Where.
        at: usize,
        /// What was expected there, and what was found.
        why: String,
    },
    /// More than is followed.
    #[error("at byte {at}: {what}")]
    TooMuch {
        /// Where.
        at: usize,
        /// Of what.
        what: &'static str,
    },
}

/// The first word of a statement that is no query; `None` when it is one, or when no statement begins so.
pub(super) fn other(text: &str, dialect: Dialect) -> Option<String> {
    const VERBS: &[&str] = &[
        "ALTER",
        "ANALYZE",
        "BEGIN",
        "CALL",
        "CHECKPOINT",
        "CLOSE",
        "CLUSTER",
        "COMMENT",
        "COMMIT",
        "COPY",
        "CREATE",
        "DEALLOCATE",
        "DECLARE",
        "DESC",
        "DESCRIBE",
        "DISCARD",
        "DO",
        "DROP",
        "END",
        "EXECUTE",
        "EXPLAIN",
        "FETCH",
        "FLUSH",
        "GRANT",
        "HANDLER",
        "IMPORT",
        "KILL",
        "LISTEN",
        "LOAD",
        "LOCK",
        "MOVE",
        "NOTIFY",
        "OPTIMIZE",
        "PREPARE",
        "PURGE",
        "REASSIGN",
        "REFRESH",
        "REINDEX",
        "RELEASE",
        "RENAME",
        "REPAIR",
        "RESET",
        "REVOKE",
        "ROLLBACK",
        "SAVEPOINT",
        "SECURITY",
        "SET",
        "SHOW",
        "SHUTDOWN",
        "START",
        "STOP",
        "TRUNCATE",
        "UNLISTEN",
        "UNLOCK",
        "USE",
        "VACUUM",
        "XA",
    ];
    let mut tokens = Tokens::new(text, dialect);
    let first = tokens.find(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))?;
    let word = first.text.to_ascii_uppercase();
    VERBS.contains(&word.as_str()).then_some(word)
}

/// The one statement in the text.
pub(super) fn parse(text: &str, dialect: Dialect) -> Result<ast::Statement, NotUnderstood> {
    if text.len() > LONGEST {
        return Err(NotUnderstood::TooMuch { at: LONGEST, what: "longer than a statement is read (1 MiB)" });
    }
    let grammar: &dyn Grammar = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::MySql => &MySqlDialect {},
    };
    let lines = Lines::of(text);
    let tokens = Tokenizer::new(grammar, text).tokenize_with_location().map_err(|error| {
        let at = lines.offset(error.location);
        match error.message.contains("Unterminated") || error.message.contains("EOF") {
            true => NotUnderstood::CutOff { at: text.len() },
            false => NotUnderstood::Grammar { at, why: error.message },
        }
    })?;
    let mut tokens: Vec<TokenWithSpan> =
        tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    while tokens.last().is_some_and(|token| matches!(token.token, Token::SemiColon | Token::EOF)) {
        tokens.pop();
    }
    let last = match tokens.last() {
        Some(last) => lines.offset(last.span.end),
        None => return Err(NotUnderstood::Empty),
    };
    let mut parser =
        Parser::new(grammar).with_recursion_limit(DEEPEST).with_tokens_with_locations(respell(tokens, dialect));
    let mut statement = || {
        let statement = parser.parse_statement()?;
        let rest = parser.peek_token();
        Ok((statement, rest))
    };
    match statement() {
        Ok((statement, rest)) => match rest.token {
            Token::EOF => Ok(statement),
            Token::SemiColon => Err(NotUnderstood::Several { at: lines.offset(rest.span.end) }),
            other => Err(NotUnderstood::Grammar {
                at: lines.offset(rest.span.start),
                why: format!("expected the end of the statement, found {}", shown(&other)),
            }),
        },
        Err(ParserError::RecursionLimitExceeded) => {
            Err(NotUnderstood::TooMuch { at: 0, what: "nested deeper than a statement is followed" })
        }
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => {
            let (why, at) = located(&message, &lines);
            match at {
                Some(at) => Err(NotUnderstood::Grammar { at, why }),
                None if why.contains("found: EOF") => Err(NotUnderstood::CutOff { at: last }),
                None => Err(NotUnderstood::Grammar { at: 0, why }),
            }
        }
    }
}

/// A token in a message; what may be a literal is only named.
fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => word.to_string(),
        Token::Number(..) => "a number".into(),
        token if token.to_string().len() <= 3 => token.to_string(),
        _ => "a literal".into(),
    }
}

/// Takes ` at Line: 1, Column: 2` off a message. What was found may be a literal: only words and symbols are repeated.
fn located(message: &str, lines: &Lines) -> (String, Option<usize>) {
    let (said, place) = match message.rfind(" at Line: ") {
        Some(at) => message.split_at(at),
        None => (message, ""),
    };
    let mut numbers = place.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<u64>().ok());
    let at = match (numbers.next(), numbers.next()) {
        (Some(line), Some(column)) if line > 0 => Some(lines.offset(Location { line, column })),
        _ => None,
    };
    let said = match said.split_once("found: ") {
        Some((expected, found)) if found.starts_with(|c: char| !c.is_alphabetic()) && found.len() > 3 => {
            format!("{}found a literal", expected.replace("Expected:", "expected"))
        }
        Some((expected, found)) => {
            let word: String = found.chars().take_while(|c| c.is_alphanumeric() || *c == '_').take(40).collect();
            let found = if word.is_empty() { found } else { &word };
            format!("{}found {found}", expected.replace("Expected:", "expected"))
        }
        None => "the grammar does not allow what stands here".to_owned(),
    };
    (said, at)
}

/// Where lines begin, to turn the parser's places into bytes.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl Lines<'_> {
    fn of(text: &str) -> Lines<'_> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { text, starts }
    }

    /// Lines and columns count from one, columns in characters.
    fn offset(&self, place: Location) -> usize {
        let line = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let column = usize::try_from(place.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line) else { return self.text.len() };
        let rest = self.text.get(*start..).unwrap_or_default();
        start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
    }
}

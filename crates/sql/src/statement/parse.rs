//! From text to the parser's tree, and what to say where that fails.

use std::borrow::Cow;

use sqlparser::ast;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::spelling::respell;
use crate::{Dialect, TokenKind, Tokens};

/// Nesting that the parser may follow; each level takes stack.
const DEEPEST: usize = 60;
/// Brackets within brackets.
const DEEPEST_BRACKETS: usize = 100;
/// Operators in a row, those of the brackets around them included: each makes the tree deeper.
const LONGEST_CHAIN: usize = 3_000;
/// Those among them that no `AND` or `OR` parts: casts, subscripts, `IS`, `LIKE`.
const DEEPEST_CHAIN: usize = 150;
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
    // the tokenizer takes the quote for a part of the name; nothing moves
    let spelled = match dialect {
        Dialect::MySql if text.contains("@@`") => Cow::Owned(text.replace("@@`", " @`")),
        _ => Cow::Borrowed(text),
    };
    let tokens = Tokenizer::new(grammar, &spelled).tokenize_with_location().map_err(|error| {
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
    // what MySQL writes behind a digest that is longer than it keeps
    if let [.., value, before, first, second, third] = tokens.as_slice()
        && [first, second, third].iter().all(|token| token.token == Token::Period)
        // unless it stands for more rows, or more values
        && !(before.token == Token::Comma
            && matches!(value.token, Token::RParen | Token::Placeholder(_) | Token::Question | Token::Period))
    {
        return Err(NotUnderstood::CutOff { at: lines.offset(first.span.start) });
    }
    bounded(&tokens, &lines)?;
    let mut parser =
        Parser::new(grammar).with_recursion_limit(DEEPEST).with_tokens_with_locations(respell(tokens, dialect));
    let parsed = parser.parse_statement();
    let rest = parser.peek_token();
    match parsed {
        Ok(statement) => match rest.token {
            Token::EOF => Ok(statement),
            Token::SemiColon => Err(NotUnderstood::Several { at: lines.offset(rest.span.end) }),
            other => Err(NotUnderstood::Grammar {
                at: lines.offset(rest.span.start),
                why: format!("expected the end of the statement, found {}", shown(&other)),
            }),
        },
        Err(ParserError::RecursionLimitExceeded) => {
            let at = lines.offset(rest.span.start);
            Err(NotUnderstood::TooMuch { at, what: "nested deeper than a statement is followed" })
        }
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => {
            let (why, at) = located(&message, &lines);
            match at {
                Some(at) => Err(NotUnderstood::Grammar { at, why }),
                None if message.contains("found: EOF") => Err(NotUnderstood::CutOff { at: last }),
                None => Err(NotUnderstood::Grammar { at: 0, why }),
            }
        }
    }
}

/// Operators in a row, in brackets (or between `CASE` and `END`).
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    case: bool,
    /// All of them.
    chain: usize,
    /// Those that are followed by recursion.
    deep: usize,
    /// `UNION` and kin, over all of the brackets.
    arms: usize,
}

/// Refuses what would make the tree so deep that following it ends the program.
fn bounded(tokens: &[TokenWithSpan], lines: &Lines<'_>) -> Result<(), NotUnderstood> {
    let mut open: Vec<Row> = Vec::new();
    let mut row = Row::default();
    let (mut chains, mut deeps, mut brackets) = (0_usize, 0_usize, 0_usize);
    for token in tokens {
        let word = match &token.token {
            Token::Word(word) if word.quote_style.is_none() => word.keyword,
            _ => Keyword::NoKeyword,
        };
        let opens = token.token == Token::LParen || word == Keyword::CASE;
        let closes = token.token == Token::RParen || word == Keyword::END;
        if opens {
            open.push(row);
            chains += row.chain + row.arms;
            deeps += row.deep;
            row = Row { case: word == Keyword::CASE, ..Row::default() };
            brackets += usize::from(!row.case);
        } else if closes && (row.case == (word == Keyword::END)) {
            brackets = brackets.saturating_sub(usize::from(!row.case));
            row = open.pop().unwrap_or_default();
            chains = chains.saturating_sub(row.chain + row.arms);
            deeps = deeps.saturating_sub(row.deep);
        }
        match &token.token {
            Token::Comma => (row.chain, row.deep) = (0, 0),
            Token::DoubleColon | Token::LBracket => row.deep += 1,
            Token::Word(_)
            | Token::Number(..)
            | Token::Placeholder(_)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::LParen
            | Token::RParen
            | Token::RBracket
            | Token::Period
            | Token::SemiColon => {}
            _ => row.chain += 1,
        }
        match word {
            Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT => row.arms += 1,
            Keyword::AND | Keyword::OR => (row.chain, row.deep) = (row.chain + 1, 0),
            Keyword::NOT
            | Keyword::IS
            | Keyword::LIKE
            | Keyword::ILIKE
            | Keyword::RLIKE
            | Keyword::REGEXP
            | Keyword::SIMILAR
            | Keyword::COLLATE
            | Keyword::ZONE
            | Keyword::BETWEEN
            | Keyword::IN
            | Keyword::INTERVAL => row.deep += 1,
            Keyword::SELECT
            | Keyword::WHERE
            | Keyword::HAVING
            | Keyword::ORDER
            | Keyword::GROUP
            | Keyword::WHEN
            | Keyword::THEN
            | Keyword::ELSE
            | Keyword::ON => (row.chain, row.deep) = (0, 0),
            _ => {}
        }
        let what = if brackets > DEEPEST_BRACKETS || open.len() > 2 * DEEPEST_BRACKETS {
            "brackets nested deeper than a statement is followed"
        } else if chains + row.chain + row.arms > LONGEST_CHAIN || deeps + row.deep > DEEPEST_CHAIN {
            "more operators in a row than are followed"
        } else {
            continue;
        };
        return Err(NotUnderstood::TooMuch { at: lines.offset(token.span.start), what });
    }
    Ok(())
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

//! Spellings that servers accept and the parser does not, put into words that it knows.
//!
//! A spelling is a function that looks at one place among the tokens and says what stands there instead; nothing that
//! names a relation or a column is lost on the way, and every token keeps its place in the text.

mod everywhere;
mod mysql;
mod postgres;
mod tables;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

use crate::Dialect;

/// A literal that was taken out, where the parser needs a string: it begins with this.
pub(super) const TAKEN_OUT: char = '\u{1}';

/// One spelling: what to put where, when it begins at that place.
type Spelling = fn(&Words<'_>, usize, &mut Vec<Edit>);

/// Tokens from `from` up to `to` give way to others.
#[derive(Debug)]
struct Edit {
    from: usize,
    to: usize,
    with: Vec<Token>,
}

/// Looking ahead and back ends after so many tokens, so that no text takes long.
const REACH: usize = 4096;

/// The tokens, without blanks and comments, as spellings look at them.
struct Words<'t> {
    tokens: &'t [TokenWithSpan],
    /// For each bracket that opens, where it is closed.
    closes: Vec<usize>,
}

/// Respells. The tokens hold neither blanks nor comments.
pub(super) fn respell(tokens: Vec<TokenWithSpan>, dialect: Dialect) -> Vec<TokenWithSpan> {
    let tokens = apply(tokens, &[everywhere::glued]);
    let tokens = apply(tokens, everywhere::SPELLINGS);
    match dialect {
        Dialect::Postgres => apply(tokens, postgres::SPELLINGS),
        Dialect::MySql => {
            let tokens = apply(tokens, mysql::SPELLINGS);
            let mut edits = tables::edits(&Words::new(&tokens));
            edit(tokens, &mut edits)
        }
    }
}

fn apply(tokens: Vec<TokenWithSpan>, spellings: &[Spelling]) -> Vec<TokenWithSpan> {
    let words = Words::new(&tokens);
    let mut edits = Vec::new();
    for at in 0..tokens.len() {
        for spelling in spellings {
            spelling(&words, at, &mut edits);
        }
    }
    edit(tokens, &mut edits)
}

/// Carries the edits out, in order; one that reaches into another is left out.
fn edit(tokens: Vec<TokenWithSpan>, edits: &mut [Edit]) -> Vec<TokenWithSpan> {
    if edits.is_empty() {
        return tokens;
    }
    edits.sort_by_key(|edit| (edit.from, edit.to));
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    for edit in edits {
        if edit.from < at || edit.to > tokens.len() {
            continue;
        }
        out.extend_from_slice(tokens.get(at..edit.from).unwrap_or_default());
        let span = tokens.get(edit.from).map_or_else(Span::empty, |token| token.span);
        out.extend(edit.with.drain(..).map(|token| TokenWithSpan::new(token, span)));
        at = edit.to;
    }
    out.extend_from_slice(tokens.get(at..).unwrap_or_default());
    out
}

impl<'t> Words<'t> {
    fn new(tokens: &'t [TokenWithSpan]) -> Words<'t> {
        let mut closes = vec![tokens.len(); tokens.len()];
        let mut open = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match token.token {
                Token::LParen | Token::LBracket => open.push(at),
                Token::RParen | Token::RBracket => {
                    if let Some(close) = open.pop().and_then(|open| closes.get_mut(open)) {
                        *close = at;
                    }
                }
                _ => {}
            }
        }
        Words { tokens, closes }
    }

    fn len(&self) -> usize {
        self.tokens.len()
    }
}

impl Words<'_> {
    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).map(|token| &token.token)
    }

    /// The word there, when it is not quoted.
    fn word(&self, at: usize) -> Option<&str> {
        match self.token(at)? {
            Token::Word(Word { value, quote_style: None, .. }) => Some(value),
            _ => None,
        }
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.word(at).is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    fn is_one_of(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// These words, one after the other.
    fn are(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(ahead, word)| self.is(at + ahead, word))
    }

    fn symbol(&self, at: usize, symbol: &Token) -> bool {
        self.token(at) == Some(symbol)
    }

    fn opens(&self, at: usize) -> bool {
        self.symbol(at, &Token::LParen)
    }

    fn is_name(&self, at: usize) -> bool {
        matches!(self.token(at), Some(Token::Word(_)))
    }

    /// Where the bracket opened there is closed; the end where it is not.
    fn close(&self, open: usize) -> usize {
        self.closes.get(open).copied().unwrap_or(self.len())
    }

    /// Whether the bracket closed there holds a row behind `VALUES`.
    fn row_ends(&self, close: usize) -> bool {
        let open = (0..close).rev().take(REACH).find(|open| self.closes.get(*open) == Some(&close));
        open.and_then(|open| open.checked_sub(1)).is_some_and(|before| {
            self.is_one_of(before, &["values", "value", "row"]) || self.symbol(before, &Token::Comma)
        }) && self.symbol(close, &Token::RParen)
    }

    /// The first place from `from` up to `to`, outside of brackets opened on the way, that is so.
    fn find(&self, from: usize, to: usize, is: impl Fn(usize) -> bool) -> Option<usize> {
        let mut depth = 0_usize;
        for at in from..to.min(self.len()).min(from.saturating_add(REACH)) {
            match self.token(at) {
                Some(Token::RParen | Token::RBracket) if depth == 0 => return None,
                Some(Token::RParen | Token::RBracket) => depth -= 1,
                _ if depth == 0 && is(at) => return Some(at),
                Some(Token::LParen | Token::LBracket) => depth += 1,
                _ => {}
            }
        }
        None
    }

    /// Whether a value, a name or a closing bracket ends before that place, so that an operator may follow.
    fn operand_before(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        match self.token(before) {
            Some(Token::Word(word)) => {
                let distinct = word.value.eq_ignore_ascii_case("distinctrow");
                word.quote_style.is_some() || !(expects_operand(word.keyword) || distinct)
            }
            Some(Token::RParen | Token::RBracket | Token::Number(..) | Token::Placeholder(_)) => true,
            Some(token) => is_string(token),
            None => false,
        }
    }
}

fn is_string(token: &Token) -> bool {
    matches!(
        token,
        Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::NationalStringLiteral(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::DollarQuotedString(_)
    )
}

/// Words behind which a value comes, not an operator.
fn expects_operand(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::SELECT
            | Keyword::WHERE
            | Keyword::AND
            | Keyword::OR
            | Keyword::XOR
            | Keyword::NOT
            | Keyword::IN
            | Keyword::LIKE
            | Keyword::ILIKE
            | Keyword::RLIKE
            | Keyword::REGEXP
            | Keyword::BETWEEN
            | Keyword::LIMIT
            | Keyword::OFFSET
            | Keyword::THEN
            | Keyword::ELSE
            | Keyword::WHEN
            | Keyword::CASE
            | Keyword::SET
            | Keyword::VALUES
            | Keyword::VALUE
            | Keyword::BY
            | Keyword::HAVING
            | Keyword::ON
            | Keyword::INTERVAL
            | Keyword::FROM
            | Keyword::FOR
            | Keyword::FETCH
            | Keyword::FIRST
            | Keyword::NEXT
            | Keyword::ESCAPE
            | Keyword::DISTINCT
            | Keyword::ALL
            | Keyword::ANY
            | Keyword::SOME
            | Keyword::RETURNING
            | Keyword::TO
            | Keyword::DIV
            | Keyword::BINARY
            | Keyword::USING
            | Keyword::SEPARATOR
            | Keyword::SYMMETRIC
            | Keyword::AS
            | Keyword::ZONE
            | Keyword::ROWS
            | Keyword::RANGE
    )
}

fn drop(from: usize, to: usize) -> Edit {
    Edit { from, to, with: Vec::new() }
}

fn put(from: usize, to: usize, with: Vec<Token>) -> Edit {
    Edit { from, to, with }
}

fn word(text: &str) -> Token {
    Token::make_keyword(text)
}

fn name(text: &str) -> Token {
    Token::make_word(text, Some('"'))
}

fn string(text: &str) -> Token {
    Token::SingleQuotedString(text.to_owned())
}

/// A string in place of the literal that was taken out.
fn taken_out(placeholder: &str) -> Token {
    string(&format!("{TAKEN_OUT}{placeholder}"))
}

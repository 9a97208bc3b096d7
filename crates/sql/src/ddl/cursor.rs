//! A cursor over the tokens of a statement.

use dbwright_model::Name;
use dbwright_model::catalog::ObjectName;

use crate::{Dialect, TokenKind, Tokens};

/// A token that is neither blank nor comment, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme<'a> {
    kind: TokenKind,
    text: &'a str,
    start: usize,
}

/// The tokens of a statement. What MySQL's `/*!50100 … */` holds is part of it.
pub(super) fn lexemes(text: &str, dialect: Dialect) -> Vec<Lexeme<'_>> {
    let mut out = Vec::new();
    let mut start = 0;
    for token in Tokens::new(text, dialect) {
        match token.kind {
            TokenKind::Space => {}
            TokenKind::Comment => {
                let executed = token.text.strip_prefix("/*!").or_else(|| token.text.strip_prefix("/*M!"));
                if let Some(inner) = executed.filter(|_| dialect == Dialect::MySql) {
                    let inner = inner.trim_start_matches(|c: char| c.is_ascii_digit());
                    let at = start + (token.text.len() - inner.len());
                    // the comment holds no other: its end is the first `*/`
                    let inner = inner.strip_suffix("*/").unwrap_or(inner);
                    let mut offset = at;
                    for part in Tokens::new(inner, dialect) {
                        if !matches!(part.kind, TokenKind::Space | TokenKind::Comment) {
                            out.push(Lexeme { kind: part.kind, text: part.text, start: offset });
                        }
                        offset += part.text.len();
                    }
                }
            }
            kind => out.push(Lexeme { kind, text: token.text, start }),
        }
        start += token.text.len();
    }
    out
}

/// What is left of a run of tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t, 'a> {
    source: &'a str,
    rest: &'t [Lexeme<'a>],
    pub(super) dialect: Dialect,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(super) fn new(source: &'a str, rest: &'t [Lexeme<'a>], dialect: Dialect) -> Cursor<'t, 'a> {
        Cursor { source, rest, dialect }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the word comes next.
    pub(super) fn is(&self, word: &str) -> bool {
        self.word().is_some_and(|next| next.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        self.rest.first().is_some_and(|next| next.kind == TokenKind::Symbol && next.text.starts_with(symbol))
    }

    /// The next word, unquoted.
    pub(super) fn word(&self) -> Option<&'a str> {
        self.rest.first().filter(|next| next.kind == TokenKind::Word).map(|next| next.text)
    }

    pub(super) fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// The cursor behind the next token.
    pub(super) fn after(mut self) -> Self {
        self.skip();
        self
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.skip();
        }
        found
    }

    /// Passes over all of the words, or none.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let mut ahead = *self;
        let found = words.iter().all(|word| ahead.eat(word));
        if found {
            *self = ahead;
        }
        found
    }

    pub(super) fn eat_symbol(&mut self, symbol: char) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.skip();
        }
        found
    }

    /// A name, as the server stores it.
    pub(super) fn name(&mut self) -> Option<Name> {
        let next = self.rest.first()?;
        let name = match (next.kind, self.dialect) {
            (TokenKind::QuotedName, _) => unquoted(next.text),
            (TokenKind::Word, Dialect::Postgres) => next.text.to_lowercase(),
            (TokenKind::Word, Dialect::MySql) => next.text.to_owned(),
            _ => return None,
        };
        self.skip();
        Some(name.into())
    }

    /// `name` or `schema.name`.
    pub(super) fn object_name(&mut self) -> Option<ObjectName> {
        let mut name = ObjectName::new("", self.name()?);
        while self.is_symbol('.') {
            self.skip();
            name = ObjectName::new(name.name, self.name()?);
        }
        Some(name)
    }

    /// What stands in the parentheses that come next; in those that are not closed, all that is left.
    pub(super) fn group(&mut self) -> Option<Cursor<'t, 'a>> {
        if !self.is_symbol('(') {
            return None;
        }
        let mut depth = 0usize;
        for (at, lexeme) in self.rest.iter().enumerate() {
            if lexeme.kind != TokenKind::Symbol {
                continue;
            }
            match lexeme.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let inner = Cursor { rest: &self.rest[1..at], ..*self };
                self.rest = &self.rest[at + 1..];
                return Some(inner);
            }
        }
        let inner = self.after();
        self.rest = &[];
        Some(inner)
    }

    /// Passes over a token, or over parentheses with what is in them.
    pub(super) fn pass(&mut self) {
        if self.group().is_none() {
            self.skip();
        }
    }

    /// Cuts at the commas outside of parentheses.
    pub(super) fn items(self) -> Vec<Cursor<'t, 'a>> {
        let (mut out, mut depth, mut start) = (Vec::new(), 0usize, 0);
        for (at, lexeme) in self.rest.iter().enumerate() {
            match (lexeme.kind, lexeme.text) {
                (TokenKind::Symbol, "(") => depth += 1,
                (TokenKind::Symbol, ")") => depth = depth.saturating_sub(1),
                (TokenKind::Symbol, ",") if depth == 0 => {
                    out.push(Cursor { rest: &self.rest[start..at], ..self });
                    start = at + 1;
                }
                _ => {}
            }
        }
        out.push(Cursor { rest: &self.rest[start..], ..self });
        out.retain(|item| !item.is_done());
        out
    }

    /// What the cursor passed over between an earlier place and here, as written.
    pub(super) fn text_since(&self, earlier: &Cursor<'_, 'a>) -> &'a str {
        let taken = earlier.rest.len().saturating_sub(self.rest.len());
        let Some((first, last)) = earlier.rest.get(..taken).and_then(|all| all.first().zip(all.last())) else {
            return "";
        };
        self.source.get(first.start..last.start + last.text.len()).unwrap_or_default()
    }

    /// All that is left, as written.
    pub(super) fn text(&self) -> &'a str {
        Cursor { rest: &[], ..*self }.text_since(self)
    }

    /// A whole number.
    pub(super) fn number(&mut self) -> Option<u32> {
        let next = self.rest.first().filter(|next| next.kind == TokenKind::Number)?;
        let number = next.text.parse().ok()?;
        self.skip();
        Some(number)
    }

    /// Names between parentheses.
    pub(super) fn names(&mut self) -> Vec<Name> {
        let items = self.group().map(Cursor::items).unwrap_or_default();
        items.into_iter().filter_map(|mut item| item.name()).collect()
    }

    /// Up to the next of the words outside of parentheses, on one line, with a `?` for every string.
    pub(super) fn plain_until(&mut self, words: &[&str]) -> String {
        let mut out = String::new();
        let mut depth = 0usize;
        let mut end: Option<usize> = None;
        while let Some(next) = self.rest.first() {
            if depth == 0 && next.kind == TokenKind::Word && words.iter().any(|word| self.is(word)) {
                break;
            }
            if end.is_some_and(|end| end < next.start) {
                out.push(' ');
            }
            match (next.kind, next.text) {
                (TokenKind::Symbol, "(") => depth += 1,
                (TokenKind::Symbol, ")") => depth = depth.saturating_sub(1),
                _ => {}
            }
            out.push_str(if next.kind == TokenKind::String { "?" } else { next.text });
            end = Some(next.start + next.text.len());
            self.skip();
        }
        out
    }
}

/// A name without its quotes.
fn unquoted(text: &str) -> String {
    let quote = text.chars().next().unwrap_or('"');
    let inner = text.strip_prefix(quote).unwrap_or(text);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

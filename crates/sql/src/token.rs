//! Cutting SQL into tokens, tolerantly: every byte of the input belongs to exactly one token.

use crate::Dialect;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Blanks and line ends.
    Space,
    /// A comment, with its marks.
    Comment,
    /// A word: keyword or name.
    Word,
    /// A quoted name, with its quotes.
    QuotedName,
    /// A string of any kind, with its quotes and prefix; runs to the end of the text when it is not closed.
    String,
    /// A number.
    Number,
    /// A parameter: `$1`, `?`, `:name`.
    Parameter,
    /// Any other character.
    Symbol,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// As written.
    pub text: &'a str,
}

/// The tokens of a text.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    rest: &'a str,
    dialect: Dialect,
}

impl<'a> Tokens<'a> {
    /// Cuts `text` as `dialect` reads it.
    pub fn new(text: &'a str, dialect: Dialect) -> Tokens<'a> {
        Tokens { rest: text, dialect }
    }

    /// Kind and byte length of the token at the start of a text that is not empty.
    fn measure(&self) -> (TokenKind, usize) {
        let text = self.rest;
        let bytes = text.as_bytes();
        let second = bytes.get(1).copied().unwrap_or(0);
        let postgres = self.dialect == Dialect::Postgres;
        let line = || text.find('\n').unwrap_or(text.len());
        match bytes[0] {
            b if b.is_ascii_whitespace() => (TokenKind::Space, span(text, |c| c.is_ascii_whitespace())),
            b'-' if second == b'-' => (TokenKind::Comment, line()),
            b'#' if !postgres => (TokenKind::Comment, line()),
            b'/' if second == b'*' => (TokenKind::Comment, block_comment(bytes, postgres)),
            b'\'' => (TokenKind::String, quoted(bytes, 0, b'\'', !postgres)),
            b'"' if postgres => (TokenKind::QuotedName, quoted(bytes, 0, b'"', false)),
            b'"' => (TokenKind::String, quoted(bytes, 0, b'"', true)),
            b'`' => (TokenKind::QuotedName, quoted(bytes, 0, b'`', false)),
            b'e' | b'E' if postgres && second == b'\'' => (TokenKind::String, quoted(bytes, 1, b'\'', true)),
            b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if second == b'\'' => {
                (TokenKind::String, quoted(bytes, 1, b'\'', !postgres))
            }
            b'u' | b'U' if postgres && bytes.get(1..3) == Some(b"&'") => {
                (TokenKind::String, quoted(bytes, 2, b'\'', false))
            }
            b'$' if second.is_ascii_digit() => (TokenKind::Parameter, 1 + span(&text[1..], |c| c.is_ascii_digit())),
            b'$' if postgres => match dollar_quoted(text) {
                Some(length) => (TokenKind::String, length),
                None => (TokenKind::Symbol, 1),
            },
            b'?' => (TokenKind::Parameter, 1),
            b if b.is_ascii_digit() || (b == b'.' && second.is_ascii_digit()) => (TokenKind::Number, number(bytes)),
            b if b.is_ascii_alphabetic() || b == b'_' || b >= 0x80 || b == b'@' => {
                let word = span(text, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '@') || !c.is_ascii());
                (TokenKind::Word, word)
            }
            _ => (TokenKind::Symbol, 1),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (kind, length) = self.measure();
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(Token { kind, text })
    }
}

/// Byte length of the leading characters that satisfy `is`.
fn span(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

/// Length of a quoted token whose opening quote stands at `start`. A doubled quote stays inside, and so does one
/// after a backslash where those escape. Ends at a quote or at the end of the text, so on a character boundary.
fn quoted(bytes: &[u8], start: usize, quote: u8, backslash: bool) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        let escape = byte == b'\\' && backslash;
        if escape || (byte == quote && bytes.get(at + 1) == Some(&quote)) {
            at += 2;
        } else if byte == quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Length of a `/* … */`; they nest in PostgreSQL.
fn block_comment(bytes: &[u8], nests: bool) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") if nests || depth == 0 => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Length of a `$tag$ … $tag$`, to the end of the text when it is not closed; `None` when this is no such quote.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = 1 + span(&text[1..], |c| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii());
    if text.as_bytes().get(tag) != Some(&b'$') {
        return None;
    }
    let (mark, body) = text.split_at(tag + 1);
    Some(body.find(mark).map_or(text.len(), |end| mark.len() + end + mark.len()))
}

/// Length of a number, with fraction, exponent, `0x…` and `_` between digits.
fn number(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let signed =
            matches!(byte, b'+' | b'-') && at > 0 && matches!(bytes[at - 1], b'e' | b'E') && !bytes.starts_with(b"0x");
        if byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || signed {
            at += 1;
        } else {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, dialect: Dialect) -> Vec<(TokenKind, &str)> {
        Tokens::new(text, dialect).filter(|t| t.kind != TokenKind::Space).map(|t| (t.kind, t.text)).collect()
    }

    #[test]
    fn strings_of_every_kind() {
        for text in ["'a''b'", "E'a\\'b'", "$$a'b$$", "$t$ $$ $t$", "U&'d\\0061'", "X'1F'", "'open", "$$open"] {
            assert_eq!(kinds(text, Dialect::Postgres), [(TokenKind::String, text)], "{text}");
        }
        for text in ["'a\\'b'", "\"say \\\"hi\\\"\"", "N'x'", "'open \\"] {
            assert_eq!(kinds(text, Dialect::MySql), [(TokenKind::String, text)], "{text}");
        }
    }

    #[test]
    fn comments_parameters_and_numbers() {
        assert_eq!(kinds("/* a /* b */ c */", Dialect::Postgres).len(), 1);
        assert_eq!(kinds("# all of it", Dialect::MySql).len(), 1);
        assert_eq!(kinds("$1", Dialect::Postgres), [(TokenKind::Parameter, "$1")]);
        for text in ["1", ".5", "1.5e-3", "0xFF", "1_000"] {
            assert_eq!(kinds(text, Dialect::Postgres), [(TokenKind::Number, text)], "{text}");
        }
        assert_eq!(kinds("t1-2", Dialect::Postgres).len(), 3);
    }

    proptest::proptest! {
        #[test]
        fn every_byte_belongs_to_one_token(text in "\\PC*", fragments in proptest::collection::vec("['\"$`/*#\\\\a0 -]{0,6}|é", 0..8)) {
            for text in [text, fragments.concat()] {
                for dialect in [Dialect::Postgres, Dialect::MySql] {
                    let joined: String = Tokens::new(&text, dialect).map(|token| token.text).collect();
                    proptest::prop_assert_eq!(&joined, &text);
                }
            }
        }
    }
}

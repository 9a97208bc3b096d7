//! Literals and parameters.

use super::*;

impl<S: Show, const POSTGRES: bool> Scanner<'_, S, POSTGRES> {
    /// A string whose prefix is the word: `E'…'`.
    pub(super) fn prefixed(&mut self, start: usize, end: usize) -> bool {
        let (prefix, quote) = (&self.text[start..end], self.text[end]);
        let close = match prefix {
            // The character set of the string.
            [b'_', ..] if !POSTGRES && quote != b'&' => {
                self.at = end;
                self.charset();
                return true;
            }
            b"e" | b"E" if POSTGRES && quote == b'\'' => self.close(end, quote, true),
            b"b" | b"B" | b"x" | b"X" | b"n" | b"N" if quote == b'\'' => self.close(end, quote, !POSTGRES),
            b"u" | b"U" if POSTGRES && quote == b'&' => match self.text.get(end + 1) {
                Some(b'\'') => self.close(end + 1, b'\'', false),
                Some(b'"') => {
                    let close = self.close(end + 1, b'"', false);
                    self.at = close;
                    self.quoted(start, close);
                    return true;
                }
                _ => return false,
            },
            _ => return false,
        };
        self.at = close;
        self.literal(start, close, STRING);
        self.string_end = close;
        true
    }

    /// The character set of a string, as digests of MySQL write it.
    pub(super) fn charset(&mut self) {
        let shown = b"_charset";
        self.state = mix(self.state, word(shown, 0, shown.len()).exact);
        self.show.word(shown, false, false);
        self.list = false;
        self.role = NAME;
    }

    pub(super) fn string(&mut self) {
        let (start, last) = (self.at, self.string_end);
        let end = self.close(start, b'\'', !POSTGRES);
        self.at = end;
        self.string_end = end;
        // Strings on lines of their own are one in PostgreSQL.
        if POSTGRES && self.role & STRING != 0 && self.text[last..start].iter().any(|b| matches!(b, b'\n' | b'\r')) {
            self.literals = mix(self.literals, value(self.text, start, end));
        } else {
            self.literal(start, end, STRING);
        }
    }

    /// End of what is quoted from `open` on.
    pub(super) fn close(&mut self, open: usize, quote: u8, backslash: bool) -> usize {
        let text = self.text;
        let mut at = open + 1;
        while let Some(found) = find(text, at, quote, backslash) {
            match text[found] == b'\\' || text.get(found + 1) == Some(&quote) {
                true => at = found + 2,
                false => return found + 1,
            }
        }
        self.complete = false;
        text.len()
    }

    pub(super) fn number(&mut self) {
        let start = self.at;
        if !POSTGRES && self.text[start] != b'.' {
            // Names may begin with digits.
            let end = word_end(self.text, start);
            let word = &self.text[start..end];
            let exponent = matches!(word, [digits @ .., b'e' | b'E'] if digits.iter().all(u8::is_ascii_digit))
                && matches!(self.text.get(end), Some(b'+' | b'-'));
            if self.role & DOT != 0 || !(is_number(word) || exponent) {
                self.at = end;
                return self.name(start, end);
            }
        }
        let mut end = start + 1;
        while let Some(&byte) = self.text.get(end) {
            let exponent = matches!(byte, b'+' | b'-')
                && matches!(self.text[end - 1], b'e' | b'E')
                && self.text[start..end - 1].iter().all(|b| b.is_ascii_digit() || *b == b'.');
            if !IN_WORD[byte as usize] && byte != b'.' && !exponent {
                break;
            }
            end += 1;
        }
        self.at = end;
        if POSTGRES && self.role & SIGN != 0 && !cast_follows(self.text, self.at) {
            self.unsign();
        }
        self.literal(start, end, 0);
    }

    /// Takes the sign away that stands before a literal.
    pub(super) fn unsign(&mut self) {
        self.state = self.sign.0;
        self.show.back(self.sign.1);
        self.role &= !SIGN;
    }

    /// A literal or, with nothing between `start` and `end`, a parameter.
    pub(super) fn literal(&mut self, start: usize, end: usize, kind: Role) {
        if start < end {
            self.literals = mix(self.literals, value(self.text, start, end));
        }
        if !POSTGRES {
            if self.role & SIGN != 0 {
                self.unsign();
            }
            if self.role & LITERAL_COMMA != 0 {
                self.state = mix(self.run.0, LIST);
                self.show.back(self.run.1);
                self.show.list();
                self.role = LITERAL | kind;
                return;
            }
            self.run = (self.state, self.show.mark());
        }
        self.role = LITERAL | kind;
        self.state = mix(self.state, ANY);
        self.show.literal();
    }

    /// `$1`, `$tag$ … $tag$`, or a dollar.
    pub(super) fn dollar(&mut self, second: u8) {
        let start = self.at;
        if second.is_ascii_digit() {
            self.at = word_end(self.text, start + 1);
            return self.literal(0, 0, 0);
        }
        if !POSTGRES {
            self.at = word_end(self.text, start + 1);
            return self.name(start, self.at);
        }
        let mut tag = start + 1;
        while let Some(&byte) = self.text.get(tag)
            && byte != b'$'
            && IN_WORD[byte as usize]
        {
            tag += 1;
        }
        if self.text.get(tag) != Some(&b'$') {
            return self.other(b'$');
        }
        let body = tag + 1;
        self.at = match memmem::find(&self.text[body..], &self.text[start..body]) {
            Some(found) => body + found + (body - start),
            None => {
                self.complete = false;
                self.text.len()
            }
        };
        self.literal(start, self.at, 0);
    }
}

/// Whether MySQL reads digits followed by letters as a number.
pub(super) fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match text {
        [b'0', b'x', hex @ ..] => !hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit),
        [b'0', b'b', bits @ ..] => !bits.is_empty() && bits.iter().all(|bit| matches!(bit, b'0' | b'1')),
        _ => match text.iter().position(|b| matches!(b, b'e' | b'E')) {
            Some(at) => digits(&text[..at]) && digits(&text[at + 1..]),
            None => digits(text),
        },
    }
}

/// The next quote or backslash.
#[inline(always)]
pub(super) fn find(text: &[u8], start: usize, quote: u8, backslash: bool) -> Option<usize> {
    let mut at = start;
    // Most strings are short.
    while at < start + 40 && at + 8 <= text.len() {
        let bytes = eight(text, at);
        let ends = equal(bytes, quote) | if backslash { equal(bytes, b'\\') } else { 0 };
        if ends != 0 {
            return Some(at + before(ends));
        }
        at += 8;
    }
    let rest = text.get(at..)?;
    let found = if backslash { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
    found.map(|found| at + found)
}

/// Whether `::` comes next: it binds tighter than a sign.
pub(super) fn cast_follows(text: &[u8], at: usize) -> bool {
    text[at..].trim_ascii_start().starts_with(b"::")
}

//! The one pass that cuts a statement into tokens and groups them. What is hashed and what is shown come out of the same
//! steps, so that two statements look alike exactly where they count as one.

use memchr::{memchr, memchr2, memmem};

use super::hash::{
    TOP, Word, before, digits, eight, equal, finish, long_word, mix, short_value, short_word, value, word, words,
};
use super::words::*;
use super::{Fingerprint, Scan};

/// Where tokens are shown; the fingerprint alone shows nothing.
pub(super) trait Show {
    /// A place to come back to.
    type Mark: Copy + Default;
    /// Now.
    fn mark(&self) -> Self::Mark;
    /// Takes away what came since.
    fn back(&mut self, to: Self::Mark);
    /// A word or name that needs no quotes; `apart` from a parenthesis behind it.
    fn word(&mut self, text: &[u8], fold: bool, apart: bool);
    /// A name with its quotes.
    fn quoted(&mut self, text: &[u8]);
    /// A literal or parameter.
    fn literal(&mut self);
    /// Any number of literals.
    fn list(&mut self);
    /// Any number of rows like the one before.
    fn rows(&mut self);
    /// Anything else.
    fn symbol(&mut self, text: &'static str);
    /// Anything else, of one byte.
    fn byte(&mut self, byte: u8);
}

impl Show for () {
    type Mark = ();
    #[inline(always)]
    fn mark(&self) {}
    #[inline(always)]
    fn back(&mut self, (): ()) {}
    #[inline(always)]
    fn word(&mut self, _: &[u8], _: bool, _: bool) {}
    #[inline(always)]
    fn quoted(&mut self, _: &[u8]) {}
    #[inline(always)]
    fn literal(&mut self) {}
    #[inline(always)]
    fn list(&mut self) {}
    #[inline(always)]
    fn rows(&mut self) {}
    #[inline(always)]
    fn symbol(&mut self, _: &'static str) {}
    #[inline(always)]
    fn byte(&mut self, _: u8) {}
}

// Tokens that are no words. No word has a zero as its first byte.
const fn symbol(byte: u8) -> u64 {
    (byte as u64) << 56
}
const ANY: u64 = symbol(b'?');
const LIST: u64 = symbol(1);
const ROWS: u64 = symbol(2);
const TYPED: u64 = symbol(3);
const SYSTEM: u64 = symbol(6);
const HINT: u64 = symbol(4);
const HINT_END: u64 = symbol(5);

/// The state a statement begins with.
const SEED: u64 = 0x6462_7772_6967_6874;

/// Deeper parentheses are hashed, but no lists are found in them.
const DEPTH: usize = 32;

/// Frames that are made first.
const FEW: usize = 4;

/// Roles of words that are not simply hashed.
const UNUSUAL: Role = NAMES | CONSTANT | NULL | SYNONYM | SYNONYM_CALL | FIELDS;

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Plain,
    List,
    Row,
}

/// An open parenthesis or bracket, and the rows seen outside it.
#[derive(Clone, Copy, Default)]
struct Frame<M> {
    kind: Kind,
    /// Whether all that came before in the list around it is constant.
    list: bool,
    /// Of a list: the state behind the parenthesis. Of a row: the state before it.
    state: u64,
    mark: M,
    /// Of a row: whether a row stands before it.
    more: bool,
    /// The last row at this depth, the state behind it, and where that is shown.
    row: u64,
    after: u64,
    after_mark: M,
}

const OTHER: u8 = 0;
const BLANK: u8 = 1;
const LETTER: u8 = 2;
const DIGIT: u8 = 3;
const COMMAS: u8 = 4;
const DOTS: u8 = 5;
const OPENS: u8 = 6;
const CLOSES: u8 = 7;
const QUOTE: u8 = 8;
const SPECIAL: u8 = 9;

/// What may begin at a byte.
static CLASS: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            0..=b' ' => BLANK,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x7f.. => LETTER,
            b'0'..=b'9' => DIGIT,
            b',' => COMMAS,
            b'.' => DOTS,
            b'(' | b'[' => OPENS,
            b')' | b']' => CLOSES,
            b'\'' => QUOTE,
            b'"' | b'`' | b'$' | b'-' | b'+' | b'/' | b'*' | b'#' | b':' | b';' | b'?' => SPECIAL,
            _ => OTHER,
        };
        byte += 1;
    }
    table
};

/// Whether a byte continues a word.
static IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(CLASS[byte], LETTER | DIGIT) || byte as u8 == b'$';
        byte += 1;
    }
    table
};

struct Scanner<'a, S: Show, const POSTGRES: bool> {
    text: &'a [u8],
    at: usize,
    state: u64,
    /// What the token before was.
    role: Role,
    /// Inside a list of which all so far is constant.
    list: bool,
    depth: usize,
    literals: u64,
    comments: bool,
    complete: bool,
    /// Words are names that programs make up.
    names: bool,
    /// How many executed comments or hints are open.
    opened: u32,
    hint: bool,
    /// Before the first literal of a run, the sign, the last semicolon.
    run: (u64, S::Mark),
    sign: (u64, S::Mark),
    last: (u64, S::Mark),
    /// End of the last string.
    string_end: usize,
    /// Where words are in the 64 bytes from a place on.
    block: (usize, u64),
    show: S,
}

/// Goes over the text, and gives what was shown.
#[inline]
pub(super) fn scan<S: Show, const POSTGRES: bool>(text: &[u8], show: S) -> (Scan, S) {
    let start = S::Mark::default();
    let mut scanner = Scanner::<S, POSTGRES> {
        text,
        at: 0,
        state: SEED,
        role: START | BEFORE,
        list: false,
        depth: 0,
        literals: SEED,
        comments: false,
        complete: true,
        names: false,
        opened: 0,
        hint: false,
        run: (0, start),
        sign: (0, start),
        last: (SEED, start),
        string_end: 0,
        block: (0, words(text, 0)),
        show,
    };
    scanner.all(&mut []);
    let Scanner { state, literals, comments, complete, show, .. } = scanner;
    (Scan { fingerprint: Fingerprint(finish(state)), literals, comments, complete }, show)
}

impl<S: Show, const POSTGRES: bool> Scanner<'_, S, POSTGRES> {
    /// Goes on to the end of the text. Frames are made where they are needed first: most statements need few or none.
    fn all(&mut self, frames: &mut [Frame<S::Mark>]) {
        let text = self.text;
        // What changes with every token is at hand here, and handed over to the methods for all that is rare.
        let (mut at, mut state, mut before) = (self.at, self.state, self.role);
        // Which of the 64 bytes from `base` on belong to words: found for all at once, no token waits for the one before.
        let (mut base, mut in_words) = self.block;
        let mut usual = !self.names && !self.list;
        while let Some(&byte) = text.get(at) {
            if byte == b' ' {
                at += 1;
                continue;
            }
            let class = CLASS[byte as usize];
            match class {
                LETTER | DIGIT => {
                    if at - base >= 64 {
                        (base, in_words) = (at, words(text, at));
                    }
                    let mut end = at + (!(in_words >> (at - base))).trailing_zeros() as usize;
                    let mut behind = text.get(end).copied().unwrap_or(0);
                    if end - base >= 64 || behind == b'$' {
                        end = word_end(text, end);
                        behind = text.get(end).copied().unwrap_or(0);
                    }
                    let length = end - at;
                    if class == LETTER {
                        let found = match length {
                            ..=8 => {
                                let inside = u64::MAX >> (64 - 8 * length as u32);
                                short_word(eight(text, at) & inside, inside)
                            }
                            _ => long_word(text, at, end),
                        };
                        let role = if before & DOT == 0 && (behind != b'.' || ellipsis(text, end)) {
                            role(found.folded)
                        } else {
                            0
                        };
                        if usual
                            && role & UNUSUAL == 0
                            && before & EXTRACT == 0
                            && !matches!(behind, b'\'' | b'"' | b'&')
                        {
                            let fold = POSTGRES
                                || (found.folded != found.exact
                                    && before & DOT == 0
                                    && (role != 0 || self.folds(found, at, end)));
                            state = mix(state, if fold { found.folded } else { found.exact });
                            self.show.word(&text[at..end], fold, role & APART != 0);
                            before = role | NAME;
                            at = end + usize::from(behind == b' ');
                            continue;
                        }
                    } else if length <= 8 && behind != b'.' && (POSTGRES || before & DOT == 0) {
                        let inside = u64::MAX >> (64 - 8 * length as u32);
                        let bytes = eight(text, at) & inside;
                        if (digits(bytes) ^ TOP) & inside == 0 {
                            if before & SIGN != 0 && !(POSTGRES && cast_follows(text, end)) {
                                state = self.sign.0;
                                self.show.back(self.sign.1);
                            }
                            self.literals = mix(self.literals, short_value(bytes, length));
                            if !POSTGRES && before & LITERAL_COMMA != 0 {
                                state = mix(self.run.0, LIST);
                                self.show.back(self.run.1);
                                self.show.list();
                            } else {
                                if !POSTGRES {
                                    self.run = (state, self.show.mark());
                                }
                                state = mix(state, ANY);
                                self.show.literal();
                            }
                            before = LITERAL;
                            at = end + usize::from(behind == b' ');
                            continue;
                        }
                    }
                }
                BLANK => {
                    at += 1;
                    continue;
                }
                COMMAS => {
                    let literal = if before & LITERAL != 0 { LITERAL_COMMA } else { 0 };
                    let row = if before & ROW != 0 { ROW_COMMA } else { 0 };
                    state = mix(state, symbol(b','));
                    self.show.byte(b',');
                    before = BEFORE | COMMA | literal | row;
                    at += 1;
                    continue;
                }
                DOTS if !self.list
                    && matches!(text.get(at + 1), Some(next) if CLASS[*next as usize] == LETTER || matches!(next, b'*' | b'"' | b'`')) =>
                {
                    state = mix(state, symbol(b'.'));
                    self.show.byte(b'.');
                    before = DOT;
                    at += 1;
                    continue;
                }
                OTHER if !self.list && !matches!(byte, b'!' | b'@') => {
                    state = mix(state, symbol(byte));
                    self.show.byte(byte);
                    before = BEFORE;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            (self.at, self.state, self.role) = (at, state, before);
            match class {
                LETTER => self.word(),
                DIGIT => self.number(),
                QUOTE => self.string(),
                OPENS => {
                    if self.depth + 1 >= frames.len() && frames.len() <= DEPTH {
                        self.block = (base, in_words);
                        return match frames.len() {
                            0 => self.all(&mut [Frame::default(); FEW]),
                            _ => {
                                let mut more = [Frame::default(); DEPTH + 1];
                                more[..FEW].copy_from_slice(frames);
                                self.all(&mut more)
                            }
                        };
                    }
                    self.open(byte, frames);
                }
                CLOSES => self.shut(byte, frames),
                DOTS => self.dot(self.next(1), frames),
                OTHER => self.other(byte),
                _ => self.special(byte, frames),
            }
            (at, state, before) = (self.at, self.state, self.role);
            usual = !self.names && !self.list;
        }
        // A semicolon at the end says nothing.
        if before & START != 0 {
            state = self.last.0;
            self.show.back(self.last.1);
        }
        // Rows that are not closed have a state of their own.
        let open = frames.iter().take(self.depth + 1).skip(1).rev();
        self.state = open.filter(|frame| frame.kind == Kind::Row).fold(state, |state, frame| mix(frame.state, state));
    }

    fn next(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn word(&mut self) {
        let start = self.at;
        let end = word_end(self.text, start + 1);
        if let Some(b'\'' | b'"' | b'&') = self.text.get(end)
            && self.prefixed(start, end)
        {
            return;
        }
        self.at = end;
        self.name(start, end);
    }

    /// A word, not quoted.
    fn name(&mut self, start: usize, end: usize) {
        let mut found = word(self.text, start, end);
        let mut shown = &self.text[start..end];
        let before = self.role;
        // What stands at a dot is a name, whatever it is called.
        let dot = !self.names && self.text.get(end) == Some(&b'.') && !ellipsis(self.text, end);
        let mut role = match before & DOT == 0 && !dot {
            true => role(found.folded),
            false => 0,
        };
        if self.names || (role & NAMES != 0 && before & START != 0) {
            if self.names && role & FIXED == 0 {
                return self.literal(start, end, 0);
            }
            if self.names && role & NOISE != 0 {
                return;
            }
            self.names = role & ENDS == 0;
        }
        // What is extracted is a constant to PostgreSQL.
        if POSTGRES && before & EXTRACT != 0 && before & OPEN != 0 {
            return self.literal(start, end, 0);
        }
        if role & CONSTANT != 0 && before & KEEPS == 0 && (POSTGRES || role & NULL != 0) {
            return self.literal(start, end, 0);
        }
        if self.list {
            self.list = before & CAST != 0 || role & TYPE != 0;
        }
        if !POSTGRES
            && role & (SYNONYM | SYNONYM_CALL | FIELDS) != 0
            && (role & SYNONYM != 0
                || role & SYNONYM_CALL != 0 && self.called(start, end)
                || role & FIELDS != 0 && before & SHOWS != 0)
            && let Some(one) = synonym(shown)
        {
            shown = one.as_bytes();
            found = word(shown, 0, shown.len());
        }
        role |= NAME | (before & CAST);
        let fold = POSTGRES || (found.folded != found.exact && before & DOT == 0 && self.folds(found, start, end));
        self.state = mix(self.state, if fold { found.folded } else { found.exact });
        self.show.word(shown, fold, role & APART != 0);
        self.role = role;
    }

    /// Whether the case of a word of MySQL says nothing.
    #[inline(never)]
    fn folds(&self, found: Word, start: usize, end: usize) -> bool {
        keyword(found.folded)
            || keyword_of_mariadb(found.folded) && !self.text[start..end].iter().any(u8::is_ascii_lowercase)
    }

    /// Whether MySQL takes the word for a function: a parenthesis stands right behind it, or a digest writes it so.
    fn called(&self, start: usize, end: usize) -> bool {
        let rest = &self.text[end..];
        rest.starts_with(b"(") || rest.starts_with(b" (") && !self.text[start..end].iter().any(u8::is_ascii_lowercase)
    }

    /// A string whose prefix is the word: `E'…'`.
    fn prefixed(&mut self, start: usize, end: usize) -> bool {
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
    fn charset(&mut self) {
        let shown = b"_charset";
        self.state = mix(self.state, word(shown, 0, shown.len()).exact);
        self.show.word(shown, false, false);
        self.list = false;
        self.role = NAME;
    }

    /// End of what is quoted from `open` on.
    fn close(&mut self, open: usize, quote: u8, backslash: bool) -> usize {
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

    fn number(&mut self) {
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
    fn unsign(&mut self) {
        self.state = self.sign.0;
        self.show.back(self.sign.1);
        self.role &= !SIGN;
    }

    /// A literal or, with nothing between `start` and `end`, a parameter.
    fn literal(&mut self, start: usize, end: usize, kind: Role) {
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

    /// A name with quotes around it. One that means the same without them counts as such.
    fn quoted(&mut self, start: usize, end: usize) {
        if self.names {
            return self.literal(start, end, 0);
        }
        let before = self.role;
        if self.list {
            self.list = before & CAST != 0;
        }
        self.role = NAME | (before & CAST);
        let inner = (start + 1, end - 1);
        if inner.0 < inner.1
            && self.text[start] != b'u'
            && self.text[start] != b'U'
            && word_end(self.text, inner.0) == inner.1
        {
            let found = word(self.text, inner.0, inner.1);
            let lower = found.folded == found.exact;
            let digit = CLASS[self.text[inner.0] as usize] != LETTER;
            let role =
                role(found.folded) & if POSTGRES { !(SYNONYM | SYNONYM_CALL | SHOWS | FIELDS) } else { Role::MAX };
            let free = match digit {
                true => {
                    !POSTGRES
                        && self.text[inner.0] != b'$'
                        && (before & DOT != 0 || !is_number(&self.text[inner.0..inner.1]))
                }
                false => before & DOT != 0 || (role == 0 && !reserved(found.folded)),
            };
            let plain =
                if POSTGRES { lower && free } else { free && (lower || before & DOT != 0 || !keyword(found.folded)) };
            if plain {
                let fold = !POSTGRES && !lower && before & DOT == 0 && self.folds(found, inner.0, inner.1);
                self.state = mix(self.state, if fold { found.folded } else { found.exact });
                self.show.word(&self.text[inner.0..inner.1], fold, false);
                return;
            }
        }
        self.state = mix(self.state, value(self.text, start, end));
        self.show.quoted(&self.text[start..end]);
    }

    fn string(&mut self) {
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

    fn special(&mut self, byte: u8, frames: &mut [Frame<S::Mark>]) {
        let second = self.next(1);
        match byte {
            b'"' if !POSTGRES => {
                let start = self.at;
                self.at = self.close(start, b'"', true);
                self.literal(start, self.at, 0);
            }
            b'"' | b'`' => {
                let start = self.at;
                self.at = self.close(start, byte, false);
                match self.complete {
                    true => self.quoted(start, self.at),
                    false => self.literal(start, self.at, 0),
                }
            }
            b'$' => self.dollar(second),
            b'?' => {
                self.at += 1;
                self.literal(0, 0, 0);
            }
            b'-' if second == b'-' && (POSTGRES || self.next(2) <= b' ') => self.line_comment(),
            b'#' if !POSTGRES => self.line_comment(),
            b'-' | b'+' => {
                self.at += 1;
                if self.role & BEFORE == 0 || (POSTGRES && byte == b'+') {
                    return self.other_at(byte);
                }
                let before = self.role;
                if before & SIGN == 0 {
                    self.sign = (self.state, self.show.mark());
                }
                self.state = mix(self.state, symbol(byte));
                self.show.byte(byte);
                self.role = BEFORE | SIGN | (before & LITERAL_COMMA);
            }
            b'/' if second == b'*' => self.comment(frames),
            b'*' if second == b'/' && self.opened > 0 => {
                self.at += 2;
                self.opened -= 1;
                if self.hint {
                    self.hint = false;
                    self.state = mix(self.state, HINT_END);
                    self.show.symbol("*/");
                    self.role = BEFORE;
                }
            }
            b':' if second == b':' => {
                self.at += 2;
                self.state = mix(self.state, TYPED);
                self.show.symbol("::");
                self.role = CAST;
            }
            b':' if CLASS[second as usize] == LETTER && self.role & NAME == 0 => {
                self.at = word_end(self.text, self.at + 1);
                self.literal(0, 0, 0);
            }
            b';' => {
                self.at += 1;
                if self.role & START == 0 {
                    self.last = (self.state, self.show.mark());
                    self.put(symbol(b';'), b';', START | BEFORE);
                }
                self.names = false;
            }
            _ => self.other(byte),
        }
    }

    fn put(&mut self, token: u64, byte: u8, role: Role) {
        self.state = mix(self.state, token);
        self.show.byte(byte);
        self.role = role;
    }

    fn other(&mut self, byte: u8) {
        self.at += 1;
        match (byte, self.next(0)) {
            (b'!', b'=') => {
                self.at += 1;
                self.other_at(b'<');
                self.other_at(b'>');
            }
            (b'@', b'@') if !POSTGRES => {
                self.at += 1;
                self.list = false;
                self.state = mix(self.state, SYSTEM);
                self.show.symbol("@@");
                self.role = BEFORE;
            }
            // Variables and hosts are literals to MySQL.
            (b'@', next) if !POSTGRES && (IN_WORD[next as usize] || next == b'`') => {
                self.other_at(b'@');
                self.at = match next {
                    b'`' => self.close(self.at, b'`', false),
                    _ => {
                        let rest = self.text[self.at..].iter();
                        self.at + rest.take_while(|b| IN_WORD[**b as usize] || **b == b'.').count()
                    }
                };
                self.literal(0, 0, 0);
            }
            _ => self.other_at(byte),
        }
    }

    fn other_at(&mut self, byte: u8) {
        self.list = false;
        self.put(symbol(byte), byte, BEFORE);
    }

    fn dot(&mut self, second: u8, frames: &[Frame<S::Mark>]) {
        if second.is_ascii_digit() {
            let before = self.at.checked_sub(1).map_or(0, |at| self.text[at]);
            if !IN_WORD[before as usize] && !matches!(before, b'"' | b'`' | b')' | b']') {
                return self.number();
            }
        }
        // How servers and we show that a list goes on.
        if ellipsis(self.text, self.at) {
            self.at += 3;
            return match self.role & ROW_COMMA != 0 {
                true => self.more_rows(frames),
                false => {
                    self.literal(0, 0, 0);
                    if !POSTGRES {
                        self.state = mix(self.run.0, LIST);
                        self.show.back(self.run.1);
                        self.show.list();
                    }
                }
            };
        }
        self.at += 1;
        if self.list {
            self.list = self.role & CAST != 0;
        }
        self.put(symbol(b'.'), b'.', DOT | (self.role & CAST));
    }

    /// `$1`, `$tag$ … $tag$`, or a dollar.
    fn dollar(&mut self, second: u8) {
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

    fn line_comment(&mut self) {
        self.comments = true;
        let rest = &self.text[self.at..];
        let end = if POSTGRES { memchr2(b'\n', b'\r', rest) } else { memchr(b'\n', rest) };
        self.at = end.map_or(self.text.len(), |end| self.at + end);
    }

    fn comment(&mut self, frames: &[Frame<S::Mark>]) {
        let start = self.at + 2;
        if !POSTGRES && self.opened == 0 {
            let executed = match self.text.get(start..) {
                Some([b'!', ..]) => Some(start + 1),
                Some([b'M', b'!', ..]) => Some(start + 2),
                _ => None,
            };
            if let Some(mut at) = executed {
                while self.text.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
                self.at = at;
                self.opened = 1;
                return;
            }
            if self.text.get(start) == Some(&b'+') {
                self.at = start + 1;
                self.opened = 1;
                self.hint = true;
                self.state = mix(self.state, HINT);
                self.show.symbol("/*+");
                self.role = BEFORE;
                return;
            }
        }
        let mut depth = 1;
        let mut at = start;
        while depth > 0 {
            let rest = self.text.get(at..).unwrap_or_default();
            let Some(found) = (if POSTGRES { memchr2(b'*', b'/', rest) } else { memchr(b'*', rest) }) else {
                self.comments = true;
                self.complete = false;
                self.at = self.text.len();
                return;
            };
            at += found;
            match (self.text[at], self.text.get(at + 1)) {
                (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
                (b'/', Some(b'*')) => (depth, at) = (depth + 1, at + 2),
                _ => at += 1,
            }
        }
        self.at = at;
        // MySQL shows so that rows go on, PostgreSQL that a list does, which says nothing new.
        match self.text[start..at - 2].trim_ascii() {
            b", ..." if self.role & ROW != 0 => self.more_rows(frames),
            b", ..." => {}
            _ => self.comments = true,
        }
    }

    fn open(&mut self, byte: u8, frames: &mut [Frame<S::Mark>]) {
        self.at += 1;
        if byte == b'(' && !POSTGRES && self.text[self.at..].starts_with(b"_charset)") {
            self.at += 9;
            return self.charset();
        }
        let before = self.role;
        let outer = self.state;
        let outer_mark = self.show.mark();
        self.state = mix(self.state, symbol(byte));
        self.show.byte(byte);
        self.role = BEFORE | OPEN | (before & EXTRACT);
        let nested = self.list && before & (COMMA | OPEN) != 0;
        let kind = match byte {
            b'(' if before & (VALUES | ROW_COMMA) != 0 => Kind::Row,
            b'(' if nested || before & IN != 0 => Kind::List,
            b'[' if nested || before & ARRAY != 0 => Kind::List,
            _ => Kind::Plain,
        };
        self.depth += 1;
        if let Some(frame) = frames.get_mut(self.depth) {
            frame.kind = kind;
            frame.more = before & ROW_COMMA != 0;
            frame.list = self.list && (nested || before & CAST != 0);
            (frame.state, frame.mark) = match kind {
                Kind::Row => (outer, outer_mark),
                _ => (self.state, self.show.mark()),
            };
            if kind == Kind::Row {
                self.state = SEED;
            }
        }
        self.list = kind == Kind::List && self.depth <= DEPTH;
    }

    fn shut(&mut self, byte: u8, frames: &mut [Frame<S::Mark>]) {
        self.at += 1;
        let empty = self.role & OPEN != 0;
        let list = self.list && !empty;
        let Some(outside) = self.depth.checked_sub(1) else { return self.other_at(byte) };
        let depth = std::mem::replace(&mut self.depth, outside);
        let Some(frame) = frames.get(depth).copied() else { return self.other_at(byte) };
        self.list = frame.list;
        match frame.kind {
            Kind::List if list => {
                self.state = mix(frame.state, LIST);
                self.show.back(frame.mark);
                self.show.list();
            }
            Kind::List => self.list = false,
            _ => {}
        }
        self.put(symbol(byte), byte, NAME);
        if frame.kind != Kind::Row {
            return;
        }
        let row = self.state;
        let outside = &mut frames[outside];
        if frame.more && outside.row == row {
            return self.more_rows(frames);
        }
        self.state = mix(frame.state, row);
        (outside.row, outside.after, outside.after_mark) = (row, self.state, self.show.mark());
        self.role = NAME | ROW;
    }

    /// Any number of rows like the last.
    fn more_rows(&mut self, frames: &[Frame<S::Mark>]) {
        let Some(frame) = frames.get(self.depth) else { return };
        self.state = mix(frame.after, ROWS);
        self.show.back(frame.after_mark);
        self.show.rows();
        self.role = NAME | ROW;
    }
}

/// Whether MySQL reads digits followed by letters as a number.
fn is_number(text: &[u8]) -> bool {
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

/// Whether the dot at `at` is how servers and we show that a list goes on.
fn ellipsis(text: &[u8], at: usize) -> bool {
    text[at..].starts_with(b"...")
}

/// The next quote or backslash.
#[inline(always)]
fn find(text: &[u8], start: usize, quote: u8, backslash: bool) -> Option<usize> {
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
fn cast_follows(text: &[u8], at: usize) -> bool {
    text[at..].trim_ascii_start().starts_with(b"::")
}

/// End of the word that goes on at `start`.
#[inline(always)]
fn word_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while let Some(&byte) = text.get(end)
        && IN_WORD[byte as usize]
    {
        end += 1;
    }
    end
}

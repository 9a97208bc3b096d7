//! The one pass that cuts a statement into tokens and groups them. What is hashed and what is shown come out of the same
//! steps, so that two statements look alike exactly where they count as one.

mod groups;
mod literals;
mod marks;
mod names;

use literals::{cast_follows, is_number};
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
}

/// Whether the dot at `at` is how servers and we show that a list goes on.
fn ellipsis(text: &[u8], at: usize) -> bool {
    text[at..].starts_with(b"...")
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

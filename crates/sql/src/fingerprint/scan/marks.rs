//! Signs, dots and comments.

use super::*;

impl<S: Show, const POSTGRES: bool> Scanner<'_, S, POSTGRES> {
    pub(super) fn special(&mut self, byte: u8, frames: &mut [Frame<S::Mark>]) {
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

    pub(super) fn put(&mut self, token: u64, byte: u8, role: Role) {
        self.state = mix(self.state, token);
        self.show.byte(byte);
        self.role = role;
    }

    pub(super) fn other(&mut self, byte: u8) {
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

    pub(super) fn other_at(&mut self, byte: u8) {
        self.list = false;
        self.put(symbol(byte), byte, BEFORE);
    }

    pub(super) fn dot(&mut self, second: u8, frames: &[Frame<S::Mark>]) {
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

    pub(super) fn line_comment(&mut self) {
        self.comments = true;
        let rest = &self.text[self.at..];
        let end = if POSTGRES { memchr2(b'\n', b'\r', rest) } else { memchr(b'\n', rest) };
        self.at = end.map_or(self.text.len(), |end| self.at + end);
    }

    pub(super) fn comment(&mut self, frames: &[Frame<S::Mark>]) {
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
}

//! Parentheses, and what is in them at any length.

use super::*;

impl<S: Show, const POSTGRES: bool> Scanner<'_, S, POSTGRES> {
    pub(super) fn open(&mut self, byte: u8, frames: &mut [Frame<S::Mark>]) {
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

    pub(super) fn shut(&mut self, byte: u8, frames: &mut [Frame<S::Mark>]) {
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
    pub(super) fn more_rows(&mut self, frames: &[Frame<S::Mark>]) {
        let Some(frame) = frames.get(self.depth) else { return };
        self.state = mix(frame.after, ROWS);
        self.show.back(frame.after_mark);
        self.show.rows();
        self.role = NAME | ROW;
    }
}

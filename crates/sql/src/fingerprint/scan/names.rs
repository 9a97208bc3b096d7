//! Words and names.

use super::*;

impl<S: Show, const POSTGRES: bool> Scanner<'_, S, POSTGRES> {
    pub(super) fn word(&mut self) {
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
    pub(super) fn name(&mut self, start: usize, end: usize) {
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
    pub(super) fn folds(&self, found: Word, start: usize, end: usize) -> bool {
        keyword(found.folded)
            || keyword_of_mariadb(found.folded) && !self.text[start..end].iter().any(u8::is_ascii_lowercase)
    }

    /// Whether MySQL takes the word for a function: a parenthesis stands right behind it, or a digest writes it so.
    pub(super) fn called(&self, start: usize, end: usize) -> bool {
        let rest = &self.text[end..];
        rest.starts_with(b"(") || rest.starts_with(b" (") && !self.text[start..end].iter().any(u8::is_ascii_lowercase)
    }

    /// A name with quotes around it. One that means the same without them counts as such.
    pub(super) fn quoted(&mut self, start: usize, end: usize) {
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
}

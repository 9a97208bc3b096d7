//! What is shown for a fingerprint: one text for all statements that have it.

use super::scan::Show;

/// What was written last, as far as it decides about a blank.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Last {
    #[default]
    Start,
    /// A word or name; `apart` from a parenthesis.
    Word {
        apart: bool,
    },
    Literal,
    Open,
    Close,
    Comma,
    /// Behind a name, or not.
    Dot {
        named: bool,
    },
    Cast,
    /// The `@` of a variable.
    At,
    /// `@@`.
    System,
    /// A sign of an operator.
    Operator(u8),
    Other,
}

/// The text so far.
#[derive(Default)]
pub(super) struct Text {
    out: Vec<u8>,
    last: Last,
    postgres: bool,
}

impl Text {
    pub(super) fn new(capacity: usize, postgres: bool) -> Text {
        Text { out: Vec::with_capacity(capacity), last: Last::Start, postgres }
    }

    pub(super) fn finish(self) -> String {
        String::from_utf8(self.out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn put(&mut self, space: bool, text: &[u8], last: Last) {
        if space {
            self.out.push(b' ');
        }
        self.out.extend_from_slice(text);
        self.last = last;
    }

    /// Whether a word or literal stands apart from what is before.
    fn apart(&self) -> bool {
        !matches!(self.last, Last::Start | Last::Open | Last::Dot { .. } | Last::Cast | Last::System)
    }
}

impl Show for Text {
    type Mark = (usize, Last);

    fn mark(&self) -> (usize, Last) {
        (self.out.len(), self.last)
    }

    fn back(&mut self, (length, last): (usize, Last)) {
        self.out.truncate(length);
        self.last = last;
    }

    fn word(&mut self, text: &[u8], fold: bool, apart: bool) {
        // A dot before a digit begins a number where no name is before it.
        let digit = text.first().is_some_and(u8::is_ascii_digit) && self.last == Last::Dot { named: false };
        self.put(self.apart() || digit, text, Last::Word { apart });
        if fold {
            let start = self.out.len() - text.len();
            self.out[start..].make_ascii_lowercase();
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        self.put(self.apart(), text, Last::Word { apart: false });
    }

    fn literal(&mut self) {
        self.put(self.apart() && self.last != Last::At, b"?", Last::Literal);
    }

    fn list(&mut self) {
        self.put(self.apart(), b"?, ...", Last::Literal);
    }

    fn rows(&mut self) {
        self.put(false, b", ...", Last::Literal);
    }

    fn symbol(&mut self, text: &'static str) {
        match text {
            "@@" => self.put(self.apart(), b"@@", Last::System),
            "::" => self.put(self.last == Last::Operator(b':'), b"::", Last::Cast),
            _ => self.put(self.last != Last::Start, text.as_bytes(), Last::Other),
        }
    }

    fn byte(&mut self, byte: u8) {
        let (space, last) = match (byte, self.last) {
            (b'(', Last::Word { apart }) => (apart, Last::Open),
            (b'(', Last::Start | Last::Open | Last::Dot { .. } | Last::Cast) => (false, Last::Open),
            (b'[', Last::Operator(_) | Last::Comma | Last::Other) | (b'(', _) => (true, Last::Open),
            (b'[', _) => (false, Last::Open),
            (b')' | b']', _) => (false, Last::Close),
            (b',', _) => (false, Last::Comma),
            (b';', _) => (false, Last::Other),
            (b'.', last) => {
                let named = matches!(last, Last::Word { .. } | Last::Close);
                (matches!(last, Last::Dot { .. }), Last::Dot { named })
            }
            (b'@', _) if !self.postgres => (self.apart(), Last::At),
            (_, Last::Operator(before)) => (!joins(before, byte), Last::Operator(byte)),
            (_, Last::Start | Last::Open | Last::Dot { .. } | Last::Cast | Last::At | Last::System) => {
                (false, Last::Operator(byte))
            }
            _ => (true, Last::Operator(byte)),
        };
        self.put(space, &[byte], last);
    }
}

/// Whether two signs are written as one operator; never so that they begin or end a comment.
fn joins(before: u8, byte: u8) -> bool {
    let sign = |byte| b"<>=~!@#%^&|*/:-+".contains(&byte);
    match (before, byte) {
        (b'/', b'*') | (b'*', b'/') | (b':', b':') | (b'!', b'=') => false,
        (_, b'-' | b'+') => before == b'#',
        _ => sign(before) && sign(byte),
    }
}

//! A reader of JSON for logs: one pass over bytes, nothing allocated, nothing kept that is not asked for.
//!
//! It takes numbers and words as they stand and checks no more than it needs to know where a value ends. Whatever is
//! not whole is `None`: in a log that is a damaged record. [`crate::json`] is the reader for what people paste.

use memchr::memchr2;

/// Reads a text from its start to its end.
#[derive(Debug, Clone, Copy)]
pub struct Pull<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A value that is no object and no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// Between quotes.
    Text(Text<'a>),
    /// A number or a word, as it stands.
    Word(&'a [u8]),
}

/// What stands between quotes, with its escapes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// The text without escapes; the scratch is used only when there are some.
    pub fn plain<'s>(self, scratch: &'s mut Vec<u8>) -> &'s [u8]
    where
        'a: 's,
    {
        if memchr::memchr(b'\\', self.0).is_none() {
            return self.0;
        }
        scratch.clear();
        self.append(scratch);
        scratch
    }

    /// Adds the text without escapes.
    pub fn append(self, out: &mut Vec<u8>) {
        let mut rest = self.0;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            out.extend_from_slice(&rest[..at]);
            let used = escape(&rest[at + 1..], out);
            rest = &rest[at + 1 + used..];
        }
        out.extend_from_slice(rest);
    }

    /// Whether it is that text; one with escapes is none.
    pub fn is(self, text: &str) -> bool {
        self.0 == text.as_bytes()
    }
}

/// Adds what an escape stands for; how many bytes it takes behind the backslash.
fn escape(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(&kind) = rest.first() else { return 0 };
    out.push(match kind {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'u' => {
            let (code, used) = match (unit(rest, 1), unit(rest, 7).filter(|_| rest.get(5..7) == Some(b"\\u"))) {
                (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
                    (0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 11)
                }
                (Some(one), _) => (one, 5),
                (None, _) => return 1,
            };
            let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return used;
        }
        other => other,
    });
    1
}

fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |all, digit| Some(all << 4 | char::from(*digit).to_digit(16)?))
}

impl<'a> Scalar<'a> {
    /// What stands there, with or without quotes, escapes left in.
    pub fn raw(self) -> &'a [u8] {
        match self {
            Scalar::Text(Text(raw)) | Scalar::Word(raw) => raw,
        }
    }

    /// A whole number, also between quotes, also with a fraction of zeros.
    pub fn whole(self) -> Option<i64> {
        whole(self.raw())
    }

    /// The same where only zero and more makes sense.
    pub fn count(self) -> Option<u64> {
        self.whole().and_then(|number| number.try_into().ok())
    }
}

/// Reads `-12`, `12`, `12.0`.
fn whole(raw: &[u8]) -> Option<i64> {
    let (sign, digits) = match raw {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    let dot = memchr::memchr(b'.', digits).unwrap_or(digits.len());
    let fraction = digits.get(dot + 1..).unwrap_or(&[]);
    if dot == 0 || !fraction.iter().all(|digit| *digit == b'0') {
        return None;
    }
    digits[..dot].iter().try_fold(0i64, |all, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        all.checked_mul(10)?.checked_add(sign * i64::from(digit))
    })
}

impl<'a> Pull<'a> {
    /// At the start of a text.
    pub fn new(bytes: &'a [u8]) -> Pull<'a> {
        Pull { bytes, at: 0 }
    }

    /// How far it has come.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next byte that is no blank.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Reads an object: `each` hears every name and must read its value. `None` where it is not whole, is no object, or
    /// `each` says so.
    pub fn fields(&mut self, mut each: impl FnMut(&mut Self, Text<'a>) -> Option<()>) -> Option<()> {
        self.open(b'{')?;
        loop {
            match self.peek()? {
                b'"' => {
                    let name = self.quoted()?;
                    if self.peek()? != b':' {
                        return None;
                    }
                    self.at += 1;
                    each(self, name)?;
                    self.comma(b'}')?;
                }
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    /// Reads a list: `each` must read an item.
    pub fn items(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.open(b'[')?;
        while self.peek()? != b']' {
            each(self)?;
            self.comma(b']')?;
        }
        self.at += 1;
        Some(())
    }

    /// Reads a text, number or word.
    pub fn scalar(&mut self) -> Option<Scalar<'a>> {
        match self.peek()? {
            b'"' => self.quoted().map(Scalar::Text),
            b'{' | b'[' | b'}' | b']' | b',' | b':' => None,
            _ => {
                let from = self.at;
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' | b'"');
                let length = self.bytes[from..].iter().position(ends)?;
                self.at += length;
                Some(Scalar::Word(&self.bytes[from..self.at]))
            }
        }
    }

    /// Reads a text; what is none is passed over and gives an empty one.
    pub fn text(&mut self) -> Option<Text<'a>> {
        match self.peek()? {
            b'"' => self.quoted(),
            _ => self.skip().map(|()| Text::default()),
        }
    }

    /// Reads a count; what is none is passed over. Also as extended JSON writes it: `{"$numberLong": "12"}`.
    pub fn count(&mut self) -> Option<Option<u64>> {
        Some(self.whole()?.and_then(|number| number.try_into().ok()))
    }

    /// Reads a whole number; what is none is passed over. Also as extended JSON writes it: `{"$numberLong": "12"}`.
    pub fn whole(&mut self) -> Option<Option<i64>> {
        match self.peek()? {
            b'{' => {
                let mut found = None;
                self.fields(|pull, name| match name.0 {
                    b"$numberLong" | b"$numberInt" | b"$numberDouble" | b"$numberDecimal" => {
                        found = pull.whole()?;
                        Some(())
                    }
                    _ => pull.skip(),
                })?;
                Some(found)
            }
            b'[' => self.skip().map(|()| None),
            _ => Some(self.scalar()?.whole()),
        }
    }

    /// Passes over a value and gives its bytes.
    pub fn raw(&mut self) -> Option<&'a [u8]> {
        self.peek()?;
        let from = self.at;
        self.skip()?;
        Some(&self.bytes[from..self.at])
    }

    /// Passes over a value.
    pub fn skip(&mut self) -> Option<()> {
        if !matches!(self.peek()?, b'{' | b'[') {
            return self.scalar().map(|_| ());
        }
        let mut depth = 0usize;
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => {
                    self.quoted()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn open(&mut self, bracket: u8) -> Option<()> {
        (self.peek()? == bracket).then(|| self.at += 1)
    }

    /// Passes over a comma; without one the end must come.
    fn comma(&mut self, end: u8) -> Option<()> {
        match self.peek()? {
            b',' => {
                self.at += 1;
                Some(())
            }
            byte => (byte == end).then_some(()),
        }
    }

    /// Reads a text from its opening quote on.
    fn quoted(&mut self) -> Option<Text<'a>> {
        let from = self.at + 1;
        let mut at = from;
        loop {
            at += memchr2(b'"', b'\\', self.bytes.get(at..)?)?;
            if self.bytes[at] == b'"' {
                self.at = at + 1;
                return Some(Text(&self.bytes[from..at]));
            }
            at += 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All names and scalars in the order they stand.
    fn leaves(pull: &mut Pull<'_>, out: &mut Vec<String>) -> Option<()> {
        match pull.peek()? {
            b'{' => pull.fields(|pull, name| {
                out.push(format!("{}:", String::from_utf8_lossy(name.plain(&mut Vec::new()))));
                leaves(pull, out)
            }),
            b'[' => pull.items(|pull| leaves(pull, out)),
            _ => {
                let scalar = pull.scalar()?;
                out.push(match scalar {
                    Scalar::Text(text) => String::from_utf8_lossy(text.plain(&mut Vec::new())).into_owned(),
                    Scalar::Word(word) => String::from_utf8_lossy(word).into_owned(),
                });
                Some(())
            }
        }
    }

    fn read(text: &str) -> Option<Vec<String>> {
        let mut out = Vec::new();
        leaves(&mut Pull::new(text.as_bytes()), &mut out).map(|()| out)
    }

    #[test]
    fn values_are_told_in_order() {
        let text = "{\"a\" : [1, -2.50,true,null, {}],\n \"b\\n\":{\"c\":\"x\\\"\\u00e9\\ud83d\\ude00\\/\"}, \"d\":[]}";
        assert_eq!(read(text).unwrap(), ["a:", "1", "-2.50", "true", "null", "b\n:", "c:", "x\"é😀/", "d:"]);
    }

    #[test]
    fn what_is_cut_is_not_whole() {
        let text = r#"{"a":[1,{"b":"c\"d"}],"e":"f","g":7}"#;
        for cut in 0..text.len() {
            assert_eq!(read(&text[..cut]), None, "{cut}");
            assert_eq!(Pull::new(&text.as_bytes()[..cut]).skip(), None, "{cut}");
        }
        assert!(read(text).is_some());
        for strange in ["{1:2}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[1 2]", "{]", "}", ""] {
            assert_eq!(read(strange), None, "{strange}");
        }
    }

    #[test]
    fn numbers_also_as_extended_json() {
        for (text, number) in [
            ("12 ", Some(12)),
            ("\"-12\"", Some(-12)),
            ("7.0 ", Some(7)),
            ("7.5 ", None),
            ("{\"$numberLong\":\"9223372036854775807\"}", Some(i64::MAX)),
            ("99999999999999999999 ", None),
            ("[1]", None),
            ("true ", None),
        ] {
            assert_eq!(Pull::new(text.as_bytes()).whole(), Some(number), "{text}");
        }
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_to_some_end(bytes in prop::collection::vec(any::<u8>(), 0..60), json in "[\\[{\"a:,1 \\\\u\\}\\]]{0,60}") {
            for bytes in [&bytes[..], json.as_bytes()] {
                let mut pull = Pull::new(bytes);
                if let Some(raw) = pull.raw() {
                    prop_assert!(raw.len() <= pull.at() && pull.at() <= bytes.len());
                    Text(raw).append(&mut Vec::new());
                }
            }
        }

        #[test]
        fn texts_come_out_as_they_went_in(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let mut scratch = Vec::new();
            let read = Pull::new(json.as_bytes()).text().unwrap();
            prop_assert_eq!(read.plain(&mut scratch), text.as_bytes());
        }
    }
}

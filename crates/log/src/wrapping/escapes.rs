//! How a text stands in another.

use memchr::memchr;

/// How a text stands in its wrapping.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// As it is.
    #[default]
    None,
    /// With control characters as `#011` (rsyslog).
    Hash,
    /// As the inside of a JSON string.
    Json,
    /// As a record of CloudNativePG, which becomes a line of PostgreSQL's jsonlog.
    Record,
}

impl Escapes {
    /// Appends the text as it was.
    pub(crate) fn undo(self, text: &[u8], to: &mut Vec<u8>) {
        match self {
            Escapes::None => to.extend_from_slice(text),
            Escapes::Hash => hash(text, to),
            Escapes::Json => json(text, to),
            Escapes::Record => super::cnpg::record(text, to),
        }
    }
}

fn hash(mut text: &[u8], to: &mut Vec<u8>) {
    while let Some(at) = memchr(b'#', text) {
        let (before, rest) = text.split_at(at);
        to.extend_from_slice(before);
        match *rest {
            [_, b'0', tens @ b'0'..=b'3', ones @ b'0'..=b'7', ..] => {
                to.push((tens - b'0') * 8 + (ones - b'0'));
                text = &rest[4..];
            }
            _ => {
                to.push(b'#');
                text = &rest[1..];
            }
        }
    }
    to.extend_from_slice(text);
}

fn json(mut text: &[u8], to: &mut Vec<u8>) {
    while let Some(at) = memchr(b'\\', text) {
        to.extend_from_slice(&text[..at]);
        let Some(escape) = text.get(at + 1) else { return };
        text = &text[at + 2..];
        to.push(match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let mut char = hex(text);
                text = text.get(4..).unwrap_or_default();
                if let (Some(0xd800..=0xdbff), [b'\\', b'u', low @ ..]) = (char, text) {
                    let (high, second) = (char.unwrap_or_default(), hex(low).unwrap_or_default());
                    char = Some(0x10000 + ((high & 0x3ff) << 10) + (second & 0x3ff));
                    text = low.get(4..).unwrap_or_default();
                }
                let char = char.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                to.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            other => *other,
        });
    }
    to.extend_from_slice(text);
}

fn hex(text: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(..4)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

/// The end of a JSON string whose inside starts here: where its closing quote stands.
pub(super) fn string_end(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let quote = from + memchr(b'"', &text[from..])?;
        let slashes = text[..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 0 {
            return Some(quote);
        }
        from = quote + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(escapes: Escapes, text: &str) -> String {
        let mut to = Vec::new();
        escapes.undo(text.as_bytes(), &mut to);
        String::from_utf8_lossy(&to).into_owned()
    }

    #[test]
    fn texts_are_as_they_were() {
        assert_eq!(undone(Escapes::Hash, "#011a #1 #012#"), "\ta #1 \n#");
        assert_eq!(undone(Escapes::Json, r#"a\t\"b\" \\n \u00e9\ud83d\ude00\/"#), "a\t\"b\" \\n é😀/");
        assert_eq!(undone(Escapes::Json, r"cut \u00"), "cut \u{fffd}");
        assert_eq!(undone(Escapes::Json, r"\ud800x"), "\u{fffd}x");
    }

    #[test]
    fn strings_end_at_the_quote_that_is_not_escaped() {
        assert_eq!(string_end(br#"a\"b\\","#), Some(6));
        assert_eq!(string_end(br#"a\""#), None);
    }
}

//! Texts in a field of JSON: one object a line, a list of them, compact or indented.

use memchr::memmem::Finder;

use super::escapes::string_end;
use super::{Escapes, Piece, Taken, Unwrap};

/// Times, in the order in which they are believed.
const TIMES: [&[u8]; 6] =
    [b"\"timestamp\"", b"\"time\"", b"\"__REALTIME_TIMESTAMP\"", b"\"@timestamp\"", b"\"ts\"", b"\"date\""];

/// The texts in the field of that name.
pub(super) struct Field {
    /// The name in quotes. It stands in no string, since quotes are escaped there.
    key: Finder<'static>,
    /// The texts hold their line ends; one without goes on in the next.
    ends: bool,
    /// The field is the journal's, whose entries tell the program and the process.
    journal: Option<[Finder<'static>; 2]>,
}

impl Field {
    /// Looks at the sample for whether texts hold their line ends.
    pub(super) fn new(name: &str, sample: &[u8]) -> Field {
        let key = Finder::new(format!("\"{name}\"").as_bytes()).into_owned();
        let journal = (name == "MESSAGE").then(|| [Finder::new(b"\"SYSLOG_IDENTIFIER\""), Finder::new(b"\"_PID\"")]);
        let mut field = Field { key, ends: false, journal };
        let mut ends = false;
        for line in super::reader::lines(sample).take(100) {
            field.take(line, false, &mut |piece| {
                ends |= piece.text.ends_with(b"\\n") && !piece.text.ends_with(b"\\\\n")
            });
        }
        field.ends = ends;
        field
    }
}

impl Unwrap for Field {
    fn take<'a>(&self, line: &'a [u8], stamps: bool, tell: &mut dyn FnMut(Piece<'a>)) -> Taken {
        let line = line.trim_ascii();
        // Anything but a piece of JSON is none of this wrapping.
        if !matches!(line, [b'{' | b'[' | b'}' | b']' | b'"' | b',', ..]) {
            return Taken::Not;
        }
        let mut found = false;
        let mut from = 0;
        while let Some(at) = self.key.find(&line[from..]) {
            let behind = from + at + self.key.needle().len();
            from = behind;
            let Some(start) = string_start(&line[behind..]) else { continue };
            let text = &line[behind + start..];
            let Some(end) = string_end(text) else { break };
            from = behind + start + end;
            let text = &text[..end];
            found = true;
            let whole = text.ends_with(b"\\n");
            let [program, process] = match &self.journal {
                Some(keys) => keys.each_ref().map(|key| value(line, key)),
                None => [&b""[..]; 2],
            };
            let times = || TIMES.iter().map(|key| value(line, &Finder::new(key))).find(|at| !at.is_empty());
            let at = stamps.then(times).flatten().unwrap_or_default();
            let text = if self.ends && whole { &text[..text.len() - 2] } else { text };
            let goes_on = self.ends && !whole;
            tell(Piece { text, escapes: Escapes::Json, goes_on, program, process, at, ..Piece::default() });
        }
        match found {
            true => Taken::Pieces,
            // An object without the field is an entry of something else.
            false if line.starts_with(b"{\"") && line.ends_with(b"}") => Taken::Foreign,
            false => Taken::Frame,
        }
    }

    fn mixes(&self) -> bool {
        self.journal.is_some()
    }
}

/// Where the string starts that is the value of a key just before.
fn string_start(behind: &[u8]) -> Option<usize> {
    let blank = |from: usize| from + behind[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let colon = blank(0);
    if behind.get(colon) != Some(&b':') {
        return None;
    }
    let quote = blank(colon + 1);
    (behind.get(quote) == Some(&b'"')).then_some(quote + 1)
}

/// The string or number that a key has in a line; empty when there is none.
fn value<'a>(line: &'a [u8], key: &Finder<'_>) -> &'a [u8] {
    let Some(at) = key.find(line) else { return b"" };
    let behind = &line[at + key.needle().len()..];
    if let Some(start) = string_start(behind) {
        return string_end(&behind[start..]).map_or(b"", |end| &behind[start..start + end]);
    }
    let digits = behind.strip_prefix(b":").unwrap_or(behind).trim_ascii_start();
    &digits[..digits.iter().take_while(|byte| byte.is_ascii_digit()).count()]
}

//! A tolerant reader of JSON: from a text that was cut, wrapped by a terminal, commented or pasted among other lines, it
//! takes what is there.
//!
//! It accepts more than JSON: comments, missing and trailing commas, bare words as names and values, raw line ends inside
//! strings. Names keep their order and may come twice. What a cut leaves half is not kept: half a number is a wrong one.

use dbwright_model::plan::{Fields, Value};

/// Levels of nesting that [`read`] keeps. Values are walked by recursion in many places; this much is safe everywhere.
pub const DEPTH: usize = 400;

/// A value read from the start of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// What was read.
    pub value: Value,
    /// Where it ends: the first byte that does not belong to it.
    pub end: usize,
    /// Why it ends before its own end, if it does.
    pub cut: Option<Cut>,
    /// Values left out because they are nested too deeply.
    pub left_out: usize,
}

/// Why a value is incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The text ends within it.
    Short,
    /// Something stands there that cannot stand in a value.
    Foreign,
}

/// Reads the object, list, string, number or word the text starts with, after blanks and comments. `None` where it
/// starts with nothing of that kind.
pub fn read(text: &str) -> Option<Read> {
    read_to(text, DEPTH)
}

/// The same with so many levels of nesting kept. Who keeps more than [`DEPTH`] has to take the value apart without
/// recursion, also when it is dropped: see [`dismantle`].
pub fn read_to(text: &str, depth: usize) -> Option<Read> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, width: None };
    reader.blanks();
    let (mut value, mut cut, mut left_out) = (None, None, 0);
    // values and names of all open objects and lists, one after the other
    let mut pending: Vec<(Box<str>, Value)> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    loop {
        reader.blanks();
        let Some(byte) = reader.peek() else {
            cut = Some(Cut::Short);
            break;
        };
        let made = match byte {
            b'{' | b'[' if open.len() >= depth => {
                left_out += 1;
                match reader.skip() {
                    true => Value::Null,
                    false => {
                        cut = Some(Cut::Short);
                        break;
                    }
                }
            }
            b'{' | b'[' => {
                reader.at += 1;
                open.push(Open { object: byte == b'{', start: pending.len(), name: None });
                continue;
            }
            b'}' | b']' => match open.pop() {
                Some(last) if last.object == (byte == b'}') => {
                    reader.at += 1;
                    last.close(&mut pending)
                }
                last => {
                    open.extend(last);
                    cut = Some(Cut::Foreign);
                    break;
                }
            },
            b',' if !open.is_empty() => {
                reader.at += 1;
                continue;
            }
            _ => match reader.scalar(!open.is_empty()) {
                Ok(scalar) => scalar,
                Err(why) => {
                    cut = Some(why);
                    break;
                }
            },
        };
        let Some(last) = open.last_mut() else {
            value = Some(made);
            break;
        };
        match (&made, last.object, last.name.take()) {
            (_, false, _) => pending.push(("".into(), made)),
            (_, true, Some(name)) => pending.push((name, made)),
            (Value::Text(text), true, None) => {
                let name: Box<str> = text.as_str().into();
                reader.blanks();
                match reader.peek() {
                    Some(b':') => {
                        reader.at += 1;
                        last.name = Some(name);
                    }
                    // a name alone, or what stands where a name should be
                    Some(b',' | b'}') => pending.push((name, Value::Null)),
                    Some(_) => {
                        cut = Some(Cut::Foreign);
                        break;
                    }
                    None => {}
                }
            }
            // a value where a name should be
            (_, true, None) => {
                cut = Some(Cut::Foreign);
                break;
            }
        }
    }
    let end = reader.at;
    while let Some(last) = open.pop() {
        let made = last.close(&mut pending);
        match open.last_mut() {
            Some(above) if above.object => pending.push((above.name.take().unwrap_or_default(), made)),
            Some(_) => pending.push(("".into(), made)),
            None => value = Some(made),
        }
    }
    value.map(|value| Read { value, end, cut, left_out })
}

/// Drops a value however deep it is.
pub fn dismantle(value: Value) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::List(items) => rest.extend(items),
            Value::Group(fields) => rest.extend(fields.0.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

/// An object or list that is being read.
struct Open {
    object: bool,
    start: usize,
    name: Option<Box<str>>,
}

impl Open {
    fn close(self, pending: &mut Vec<(Box<str>, Value)>) -> Value {
        match self.object {
            true => Value::Group(Fields(pending.drain(self.start..).collect())),
            false => Value::List(pending.drain(self.start..).map(|(_, value)| value).collect()),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Bytes of the longest line; counted when first needed.
    width: Option<usize>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    /// Goes past blanks and comments.
    fn blanks(&mut self) {
        loop {
            while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.at += 1;
            }
            if !self.rest().starts_with(b"/*") {
                break;
            }
            let end = self.text.get(self.at + 2..).and_then(|rest| rest.find("*/"));
            self.at = end.map_or(self.bytes.len(), |end| self.at + 2 + end + 2);
        }
    }

    /// Goes past an object or list without keeping it; `false` where the text ends first.
    fn skip(&mut self) -> bool {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    while let Some(byte) = self.peek() {
                        self.at += 1;
                        match byte {
                            b'\\' => self.at = (self.at + 1).min(self.bytes.len()),
                            b'"' => break,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
            if depth == 0 {
                return true;
            }
        }
        false
    }

    /// A string, number or word. Within an object or list a word that ends with the text may go on.
    fn scalar(&mut self, within: bool) -> Result<Value, Cut> {
        if self.peek() == Some(b'"') {
            return self.string();
        }
        let start = self.at;
        let word =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'$') || byte > 127;
        self.at += self.rest().iter().take_while(|byte| word(**byte)).count();
        if self.at == start {
            return Err(Cut::Foreign);
        }
        let digits = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'))
        };
        let mut joined = None;
        if digits(self.text.get(start..self.at).unwrap_or_default()) {
            // a terminal broke the number: nothing else puts two of them side by side
            let ends = self.rest();
            let gap = if ends.starts_with(b"\r\n") { 2 } else { usize::from(ends.starts_with(b"\n")) };
            let more = ends
                .get(gap..)
                .unwrap_or(&[])
                .iter()
                .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
                .count();
            if gap > 0 && more > 0 {
                let (head, tail) = (start..self.at, self.at + gap..self.at + gap + more);
                joined =
                    Some([self.text.get(head).unwrap_or_default(), self.text.get(tail).unwrap_or_default()].concat());
                self.at += gap + more;
            }
        }
        if within && self.at == self.bytes.len() {
            self.at = start;
            return Err(Cut::Short);
        }
        Ok(plain(joined.as_deref().or(self.text.get(start..self.at)).unwrap_or_default()))
    }

    fn string(&mut self) -> Result<Value, Cut> {
        let start = self.at;
        self.at += 1;
        let first = self.at;
        let plain = |byte: &&u8| !matches!(**byte, b'"' | b'\\' | b'\n' | b'\r');
        self.at += self.rest().iter().take_while(plain).count();
        if self.peek() == Some(b'"') {
            let text = self.text.get(first..self.at).unwrap_or_default();
            self.at += 1;
            return Ok(Value::from(text));
        }
        let mut text = self.text.get(first..self.at).unwrap_or_default().to_owned();
        loop {
            let from = self.at;
            self.at += self.rest().iter().take_while(plain).count();
            text.push_str(self.text.get(from..self.at).unwrap_or_default());
            match self.peek() {
                None => {
                    self.at = start;
                    return Err(Cut::Short);
                }
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Value::from(text));
                }
                Some(b'\\') => {
                    if !self.escape(&mut text) {
                        self.at = start;
                        return Err(Cut::Short);
                    }
                }
                Some(end) => {
                    let wrapped = self.wrapped();
                    self.at += 1;
                    if end == b'\r' && self.peek() == Some(b'\n') {
                        self.at += 1;
                    }
                    if !wrapped {
                        text.push('\n');
                    }
                }
            }
        }
    }

    /// Whether the line that ends here is as long as a line can be: then the terminal broke it, not the writer.
    fn wrapped(&mut self) -> bool {
        let width = *self.width.get_or_insert_with(|| self.text.lines().map(str::len).max().unwrap_or(0));
        let line = self.bytes.get(..self.at).unwrap_or(&[]).iter().rev().take(width + 1);
        width >= 40 && line.take_while(|byte| **byte != b'\n').count() + 2 > width
    }

    /// Reads an escape; `false` where the text ends within it. What is not one is kept as it stands.
    fn escape(&mut self, text: &mut String) -> bool {
        let Some(&kind) = self.bytes.get(self.at + 1) else { return false };
        let simple = match kind {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'u' => {
                let Some(high) = self.unit(self.at + 2) else {
                    if self.at + 6 > self.bytes.len() {
                        return false;
                    }
                    text.push_str("\\u");
                    self.at += 2;
                    return true;
                };
                self.at += 6;
                let low = match (0xd800..0xdc00).contains(&high) && self.rest().starts_with(b"\\u") {
                    true => self.unit(self.at + 2).filter(|low| (0xdc00..0xe000).contains(low)),
                    false => None,
                };
                let code = match low {
                    Some(low) => {
                        self.at += 6;
                        0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                    }
                    None => high,
                };
                text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return true;
            }
            _ => {
                text.push('\\');
                self.at += 1;
                return true;
            }
        };
        text.push(simple);
        self.at += 2;
        true
    }

    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }
}

/// What a bare word means. A whole number that floating point would round stays text, so that no digit is lost.
pub fn plain(word: &str) -> Value {
    match word {
        "null" => return Value::Null,
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        _ => {}
    }
    let numeric = word.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.'));
    match word.parse::<f64>() {
        Ok(number) if numeric && number.is_finite() => {
            let whole = word.len() > 15 && word.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
            match whole && format!("{number}") != word {
                true => Value::from(word),
                false => Value::Number(number),
            }
        }
        _ => Value::from(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let read = read(text).unwrap();
        serde_json::to_string(&read.value).unwrap()
    }

    #[test]
    fn order_and_doubles_are_kept() {
        let text = r#"{"b":1,"a":[true,null,{"b":2.5,"b":"x\n\u00e9\ud83d\ude00\/"}],"c":-1e3}"#;
        let read = read(text).unwrap();
        assert_eq!((read.end, read.cut, read.left_out), (text.len(), None, 0));
        assert_eq!(json(text), "{\"b\":1.0,\"a\":[true,null,{\"b\":2.5,\"b\":\"x\\né😀/\"}],\"c\":-1000.0}");
    }

    #[test]
    fn no_digit_of_a_whole_number_is_lost() {
        assert_eq!(json("[-5420872349785114433, 9007199254740992]"), r#"["-5420872349785114433",9007199254740992.0]"#);
    }

    #[test]
    fn what_is_almost_json_is_read() {
        let text = "/* query */ {a: {\"x\": 1 /* one */,}, \"y\": [1 2,,3,], z: EOF_REACHED /* query */ } rest";
        let read = read(text).unwrap();
        assert_eq!(&text[read.end..], " rest");
        assert_eq!(json(text), r#"{"a":{"x":1.0},"y":[1.0,2.0,3.0],"z":"EOF_REACHED"}"#);
    }

    #[test]
    fn a_cut_text_gives_what_is_whole() {
        for (text, value) in [
            (r#"[{"a":1,"b":[2,{"c":"half"#, r#"[{"a":1.0,"b":[2.0,{}]}]"#),
            (r#"[{"a":12"#, r#"[{}]"#),
            (r#"{"a":tru"#, r#"{}"#),
            (r#"{"a":{"b":"c\"#, r#"{"a":{}}"#),
            (r#"{"a":"\u00"#, r#"{}"#),
        ] {
            let read = read(text).unwrap();
            assert_eq!((json(text).as_str(), read.cut), (value, Some(Cut::Short)), "{text}");
        }
        let foreign = read(r#"{"a": 1, "b": ) }"#).unwrap();
        assert_eq!((foreign.cut, foreign.end), (Some(Cut::Foreign), 14));
        assert_eq!(read("  ) "), None);
    }

    #[test]
    fn a_terminal_may_break_lines_anywhere() {
        let long = format!("{{\"Filter\": \"({})\", \"Rows\": 123456}}", "x".repeat(100));
        for width in [40, 41, 57, 80, 120, 127, 130] {
            let broken: Vec<&str> =
                long.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
            for end in ["\n", "\r\n"] {
                assert_eq!(json(&broken.join(end)), json(&long), "{width}");
            }
        }
        assert_eq!(json("{\"q\": \"select\n1\"}"), r#"{"q":"select\n1"}"#);
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = 1_000_000;
        for text in ["[".repeat(deep), "{\"a\":".repeat(deep), "[".repeat(deep) + &"]".repeat(deep)] {
            let shallow = read(&text).unwrap();
            assert_eq!(shallow.left_out, 1);
            dismantle(read_to(&text, usize::MAX).unwrap().value);
        }
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i32>().prop_map(Into::into),
            (-1e9..1e9f64).prop_map(Into::into),
            "\\PC{0,12}".prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// The same values, numbers as floats.
    fn same(value: &Value, strict: &serde_json::Value) -> bool {
        match (value, strict) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Value::Number(a), serde_json::Value::Number(b)) => Some(*a) == b.as_f64(),
            (Value::Text(a), serde_json::Value::String(b)) => a.as_str() == b,
            (Value::List(a), serde_json::Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Value::Group(a), serde_json::Value::Object(b)) => {
                a.0.len() == b.len() && b.iter().all(|(name, b)| a.get(name).is_some_and(|a| same(a, b)))
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn json_is_read_as_it_is(strict in value(), rest in "[ \\n]{0,2}x{0,2}") {
            for text in [serde_json::to_string(&strict).unwrap(), serde_json::to_string_pretty(&strict).unwrap()] {
                let whole = format!("{text} {rest}");
                let read = read(&whole).unwrap();
                prop_assert!(same(&read.value, &strict), "{} became {:?}", text, read.value);
                prop_assert_eq!((read.end, read.cut), (text.len(), None));
            }
        }

        #[test]
        fn a_cut_leaves_no_half_value(strict in value(), at in 0.0..1.0f64) {
            let text = serde_json::to_string(&serde_json::json!([strict, 7])).unwrap();
            let mut at = (text.len() as f64 * at) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            if let Some(read) = read(&text[..at]) {
                prop_assert!(read.end <= at && read.cut == Some(Cut::Short));
                prop_assert!(read.value.items().len() <= 1);
            }
        }

        #[test]
        fn any_text_is_read_to_some_end(text in any::<String>(), open in "[\\[{\"a:,1 \\n/*\\\\}\\]]{0,40}") {
            for text in [format!("{open}{text}"), format!("{text}{open}")] {
                if let Some(read) = read_to(&text, 5) {
                    prop_assert!(text.is_char_boundary(read.end));
                }
            }
        }
    }
}

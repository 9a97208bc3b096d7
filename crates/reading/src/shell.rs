//! Documents as MongoDB's shells print them: JSON, extended JSON, and JavaScript's notation.
//!
//! One tolerant reader: bare and single-quoted keys, `ObjectId('…')`, `/regex/i`, comments, trailing commas, strings
//! joined by `+`, parts the shell left out (`[Object]`), a text cut anywhere. What JavaScript spells as a call becomes
//! extended JSON (`ObjectId('x')` is `{"$oid": "x"}`), extended JSON's numbers become numbers. A `?` is a value that
//! was taken out.

use std::borrow::Cow;

use dbwright_model::plan::{Fields, Value};

/// Documents nest no deeper in MongoDB than 200 levels; what is deeper is not read.
const DEEPEST: usize = 240;

/// A document and how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What was read.
    pub value: Value,
    /// Bytes it takes in the text, from the start.
    pub length: usize,
    /// Why it is not whole.
    pub broken: Option<Broken>,
    /// Parts the shell did not print (`[Object]`, `... 3 more items`).
    pub elided: usize,
}

/// Why a document is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The text ended inside it.
    Cut,
    /// Something stands there that belongs to no document.
    Strange,
    /// It nests too deep.
    Deep,
}

/// Reads the document the text starts with (after blanks and comments); `None` when it starts with neither `{` nor `[`.
pub fn read(text: &str) -> Option<Document> {
    let mut reader = Reader { text, at: 0, elided: 0 };
    reader.blanks();
    if !matches!(reader.peek(), Some(b'{' | b'[')) {
        return None;
    }
    let (value, broken) = reader.document(Vec::new());
    Some(Document { value, length: reader.at, broken, elided: reader.elided })
}

/// The same for an object whose opening brace was cut off: the text starts with its first field.
pub fn read_fields(text: &str) -> Document {
    let mut reader = Reader { text, at: 0, elided: 0 };
    let (value, broken) = reader.document(vec![Open::Object(Fields::default(), None)]);
    Document { value, length: reader.at, broken, elided: reader.elided }
}

/// A part that is open while its content is read.
enum Open {
    Object(Fields, Option<Box<str>>),
    List(Vec<Value>),
    Call(Box<str>, Vec<Value>),
}

impl Open {
    fn take(&mut self, value: Value) {
        match self {
            Open::Object(fields, key) => fields.0.push((key.take().unwrap_or_default(), value)),
            Open::List(items) | Open::Call(_, items) => items.push(value),
        }
    }
    fn close(self) -> Value {
        match self {
            Open::Object(mut fields, key) => {
                if let Some(key) = key {
                    fields.0.push((key, Value::Null));
                }
                plain(fields)
            }
            Open::List(items) => Value::List(items),
            Open::Call(name, items) => call(&name, items),
        }
    }
}

/// What comes next.
enum Token<'a> {
    Start(Open),
    End,
    Comma,
    Colon,
    Plus,
    Text(Cow<'a, str>),
    Value(Value),
    Word(&'a str),
    /// The shell left something out.
    Elided,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    elided: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            let after = &rest[blank..];
            let comment = if after.starts_with("//") {
                after.find('\n').unwrap_or(after.len())
            } else if after.starts_with("/*") {
                after.find("*/").map_or(after.len(), |end| end + 2)
            } else {
                0
            };
            self.at += blank + comment;
            if comment == 0 {
                return;
            }
        }
    }

    /// The document at the cursor, below what is open already, closed where it breaks off.
    fn document(&mut self, mut open: Vec<Open>) -> (Value, Option<Broken>) {
        // The last value may still be continued by `+` or turn out to be a key.
        let mut held: Option<Value> = None;
        let mut joining = false;
        let broken = loop {
            self.blanks();
            if self.at >= self.text.len() {
                break Some(Broken::Cut);
            }
            let before = self.at;
            let value = match self.token() {
                Some(Token::Start(part)) => {
                    if open.len() >= DEEPEST {
                        break Some(Broken::Deep);
                    }
                    if held.is_some() {
                        flush(&mut open, &mut held);
                    }
                    open.push(part);
                    continue;
                }
                Some(Token::End) => {
                    flush(&mut open, &mut held);
                    let Some(part) = open.pop() else { break Some(Broken::Strange) };
                    let value = part.close();
                    if open.is_empty() {
                        return (value, None);
                    }
                    held = Some(value);
                    continue;
                }
                Some(Token::Comma) => {
                    flush(&mut open, &mut held);
                    continue;
                }
                Some(Token::Colon) => {
                    match (open.last_mut(), held.take()) {
                        (Some(Open::Object(_, key @ None)), Some(Value::Text(name))) => {
                            *key = Some(name.as_str().into())
                        }
                        (Some(Open::Object(_, key @ None)), Some(Value::Number(name))) => {
                            *key = Some(name.to_string().into());
                        }
                        _ => {
                            self.at = before;
                            break Some(Broken::Strange);
                        }
                    }
                    continue;
                }
                Some(Token::Plus) => {
                    joining = true;
                    continue;
                }
                Some(Token::Elided) => {
                    self.elided += 1;
                    if matches!(open.last(), Some(Open::Object(_, Some(_)))) { Value::Null } else { continue }
                }
                Some(Token::Text(text)) => match (joining, &mut held) {
                    (true, Some(Value::Text(first))) => Value::from(format!("{first}{text}")),
                    _ => Value::from(text.into_owned()),
                },
                Some(Token::Value(value)) => value,
                Some(Token::Word(word)) => {
                    self.blanks();
                    match self.peek() {
                        Some(b'(') => {
                            self.at += 1;
                            if open.len() >= DEEPEST {
                                break Some(Broken::Deep);
                            }
                            open.push(Open::Call(word.into(), Vec::new()));
                            continue;
                        }
                        Some(b':') => Value::from(word),
                        _ if word == "new" => continue,
                        _ => word_value(word),
                    }
                }
                None => {
                    self.at = before;
                    break Some(Broken::Strange);
                }
            };
            joining = false;
            held = Some(value);
        };
        flush(&mut open, &mut held);
        let mut whole = Value::Null;
        while let Some(part) = open.pop() {
            let value = part.close();
            match open.last_mut() {
                Some(above) => above.take(value),
                None => whole = value,
            }
        }
        (whole, broken)
    }

    fn token(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let first = rest.bytes().next()?;
        let one = match first {
            b'{' => Token::Start(Open::Object(Fields::default(), None)),
            b'[' => {
                // What Node prints for what is too deep.
                let elided = ["[Object]", "[Array]", "[Object: null prototype]", "[Circular]"];
                if let Some(mark) = elided.iter().find(|mark| rest.starts_with(**mark)) {
                    self.at += mark.len();
                    return Some(Token::Elided);
                }
                Token::Start(Open::List(Vec::new()))
            }
            b'}' | b']' | b')' => Token::End,
            b',' | b';' => Token::Comma,
            b':' => Token::Colon,
            b'+' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => Token::Plus,
            b'?' => Token::Value(Value::from("?")),
            b'"' | b'\'' | b'`' => return Some(Token::Text(self.string(first))),
            b'/' => return self.regex(),
            b'.' if rest.starts_with("...") => {
                // `... 3 more items`, or dots a person put.
                let line = rest.find('\n').unwrap_or(rest.len());
                let end = rest[..line].find([',', ']', '}']).unwrap_or(line);
                self.at += end;
                return Some(Token::Elided);
            }
            b'-' | b'+' | b'.' | b'0'..=b'9' => return self.number(),
            _ if first.is_ascii_alphabetic() || first == b'_' || first == b'$' || first >= 0x80 => {
                let word = |c: char| c.is_alphanumeric() || "_$.".contains(c);
                let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
                if end == 0 {
                    return None;
                }
                self.at += end;
                return Some(Token::Word(&rest[..end]));
            }
            _ => return None,
        };
        self.at += 1;
        Some(one)
    }

    /// A quoted text; one that is cut off ends with the text.
    fn string(&mut self, quote: u8) -> Cow<'a, str> {
        let body = &self.rest()[1..];
        let stop = |c: char| c as u32 == u32::from(quote) || c == '\\';
        let first = body.find(stop);
        if let Some(end) = first
            && body.as_bytes().get(end) == Some(&quote)
        {
            self.at += end + 2;
            return Cow::Borrowed(&body[..end]);
        }
        let mut out = String::new();
        let mut chars = body.char_indices();
        while let Some((at, c)) = chars.next() {
            if c as u32 == u32::from(quote) {
                self.at += at + 2;
                return Cow::Owned(out);
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next().map(|(_, escaped)| escaped) {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('b') => out.push('\u{8}'),
                Some('f') => out.push('\u{c}'),
                Some('0') => out.push('\0'),
                Some(mark @ ('u' | 'x')) => {
                    let digits = if mark == 'u' { 4 } else { 2 };
                    let hex: String = chars.clone().take(digits).map(|(_, digit)| digit).collect();
                    let code = u32::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == digits);
                    if code.is_some() {
                        chars.nth(digits - 1);
                    }
                    // Halves of a pair stand for what plans never hold.
                    out.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                Some('\n') | None => {}
                Some(other) => out.push(other),
            }
        }
        self.at = self.text.len();
        Cow::Owned(out)
    }

    /// `/pattern/flags`, on one line.
    fn regex(&mut self) -> Option<Token<'a>> {
        let body = &self.rest()[1..];
        let mut escaped = false;
        let end = body.char_indices().find(|(_, c)| {
            let stop = (*c == '/' && !escaped) || *c == '\n';
            escaped = *c == '\\' && !escaped;
            stop
        });
        let (end, _) = end.filter(|(_, c)| *c == '/')?;
        let after = &body[end + 1..];
        let flags = after.len() - after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        self.at += 1 + end + 1 + flags;
        let mut fields = Fields::default();
        fields.set("$regex", &body[..end]);
        if flags > 0 {
            fields.set("$options", &after[..flags]);
        }
        Some(Token::Value(Value::Group(fields)))
    }

    fn number(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        if let Some(word) = rest.strip_prefix('-')
            && word.starts_with("Infinity")
        {
            self.at += 1 + "Infinity".len();
            return Some(Token::Value(Value::Number(f64::NEG_INFINITY)));
        }
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-._".contains(c))).unwrap_or(rest.len());
        let written = rest[..end].trim_end_matches('n');
        self.at += end;
        match written.parse() {
            Ok(number) => Some(Token::Value(Value::Number(number))),
            // A number cut off, or a bare date: a word like another.
            Err(_) => Some(Token::Value(Value::from(&rest[..end]))),
        }
    }
}

/// Hands what is held to the part that is open.
fn flush(open: &mut [Open], held: &mut Option<Value>) {
    if let (Some(part), Some(value)) = (open.last_mut(), held.take()) {
        match part {
            // A name without a value: cut, or left out.
            Open::Object(fields, None) => {
                if let Value::Text(name) = value {
                    fields.set(name.as_str(), Value::Null);
                }
            }
            part => part.take(value),
        }
    }
}

fn word_value(word: &str) -> Value {
    match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" | "undefined" => Value::Null,
        "NaN" => Value::Number(f64::NAN),
        "Infinity" => Value::Number(f64::INFINITY),
        "MinKey" | "MaxKey" => call(word, Vec::new()),
        _ => Value::from(word),
    }
}

/// Extended JSON's numbers are numbers.
fn plain(fields: Fields) -> Value {
    if let [(name, value)] = fields.0.as_slice()
        && matches!(&**name, "$numberInt" | "$numberLong" | "$numberDouble" | "$numberDecimal")
        && let Some(number) = value.number()
    {
        return Value::Number(number);
    }
    Value::Group(fields)
}

/// What JavaScript spells as a call, as extended JSON.
fn call(name: &str, mut items: Vec<Value>) -> Value {
    let short = name.rsplit_once('.').map_or(name, |(head, tail)| match tail {
        "createFromHexString" | "createFromBase64" | "createFromTime" | "from" | "fromString" | "fromBits" => head,
        _ => tail,
    });
    let key = match short {
        "NumberInt" | "NumberLong" | "NumberDecimal" | "Int32" | "Long" | "Double" | "Decimal128" => {
            let number = items.first().and_then(Value::number);
            return number.map_or_else(|| items.into_iter().next().unwrap_or(Value::Null), Value::Number);
        }
        "ObjectId" | "ObjectID" => "$oid",
        "ISODate" | "Date" => "$date",
        "UUID" => "$uuid",
        "Timestamp" => "$timestamp",
        "BinData" | "Binary" | "HexData" | "MD5" => "$binary",
        "RegExp" | "BSONRegExp" => "$regex",
        "MinKey" => "$minKey",
        "MaxKey" => "$maxKey",
        "DBRef" => "$ref",
        "Code" => "$code",
        other => other,
    };
    let value = match items.len() {
        0 => Value::Number(1.0),
        1 => items.remove(0),
        _ if key == "$regex" => {
            let mut fields = Fields::default();
            let mut items = items.into_iter();
            fields.set("$regex", items.next().unwrap_or(Value::Null));
            fields.set("$options", items.next().unwrap_or(Value::Null));
            return Value::Group(fields);
        }
        _ => Value::List(items),
    };
    let mut fields = Fields::default();
    fields.set(key, value);
    Value::Group(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &Value) -> String {
        serde_json::to_string(value).unwrap()
    }

    fn whole(text: &str) -> String {
        let document = read(text).unwrap();
        assert_eq!(document.broken, None, "{text}");
        json(&document.value)
    }

    #[test]
    fn every_notation_is_the_same_document() {
        let expected = r#"{"a":1.0,"b":[true,null,"x"],"c":{"$oid":"65f"}}"#;
        for text in [
            r#"{"a": 1, "b": [true, null, "x"], "c": {"$oid": "65f"}}"#,
            r#"{"a": {"$numberLong": "1"}, "b": [true, null, "x"], "c": {"$oid": "65f"}}"#,
            "{ a: NumberLong(1), b: [ true, null, 'x', ], c: ObjectId('65f'), }",
            "// said the shell\n{ a: Long('1'), b: [\n true, undefined, `x` ], /* id */ c: new ObjectId(\"65f\") }",
        ] {
            assert_eq!(whole(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_the_shell_writes() {
        assert_eq!(
            whole("{ r: /^a\\/b/i, d: ISODate('2024-01-01') }"),
            r#"{"r":{"$regex":"^a\\/b","$options":"i"},"d":{"$date":"2024-01-01"}}"#
        );
        assert_eq!(whole("{ s: 'a\\n' +\n  'b', 'x.y': -1.5e3 }"), r#"{"s":"a\nb","x.y":-1500.0}"#);
        assert_eq!(
            whole("{ a: MinKey, b: MaxKey(), $or: [ ? ] }"),
            r#"{"a":{"$minKey":1.0},"b":{"$maxKey":1.0},"$or":["?"]}"#
        );
        let document = read("{ a: [Object], b: [ 1, ... 3 more items ] } rest").unwrap();
        assert_eq!((document.elided, document.length), (2, 43));
        assert_eq!(json(&document.value), r#"{"a":null,"b":[1.0]}"#);
    }

    #[test]
    fn a_cut_document_keeps_what_was_there() {
        let document = read("{ a: { b: [ 1, { c: 'x").unwrap();
        assert_eq!(document.broken, Some(Broken::Cut));
        assert_eq!(json(&document.value), r#"{"a":{"b":[1.0,{"c":"x"}]}}"#);
        assert_eq!(read("{ a: 1, b").unwrap().broken, Some(Broken::Cut));
        assert_eq!(read("{ a: 1 ] # }").unwrap().length, 8);
        assert_eq!(read("hello"), None);
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(read(&deep).unwrap().broken, Some(Broken::Deep));
    }
}

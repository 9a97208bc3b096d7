//! What a JSON document asks, without its values: `{"a":{"$gt":5},"b":[1,2]}` is `{a: {$gt: ?}, b: [?]}`.

use crate::hash::Hash;
use crate::pattern;
use crate::pull::{Pull, Scalar, Text};

/// Longest shape in bytes; what goes beyond is hashed and not shown.
pub const LONGEST: usize = 4096;
/// Objects and lists nested deeper are a value.
pub const DEEPEST: usize = 64;

/// A shape that is being written, and the hash of the values that were taken out.
#[derive(Debug, Default)]
pub struct Shape {
    /// The text so far.
    pub text: String,
    literals: Hash,
    beyond: Option<Hash>,
}

impl Shape {
    /// Begins anew.
    pub fn clear(&mut self) {
        self.text.clear();
        self.literals = Hash::default();
        self.beyond = None;
    }

    /// Adds words of the shape.
    pub fn push(&mut self, words: &str) {
        if self.beyond.is_none() && self.text.len() + words.len() > LONGEST {
            self.text.push('…');
            self.beyond = Some(Hash::default());
        }
        match &mut self.beyond {
            Some(hash) => hash.add(words.as_bytes()),
            None => self.text.push_str(words),
        }
    }

    /// Adds an identifier as it stands.
    pub fn push_name(&mut self, name: &[u8]) {
        match std::str::from_utf8(name) {
            Ok(name) => self.push(name),
            Err(_) => self.push(&String::from_utf8_lossy(name)),
        }
    }

    /// Adds the pattern of a name that programs make up.
    pub fn push_pattern(&mut self, name: &[u8]) {
        // Most names are words and dots, and need no scratch.
        if name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'$')) {
            return self.push_name(name);
        }
        let mut text = String::new();
        pattern::push(&mut text, name);
        self.push(&text);
    }

    /// Adds a placeholder for a value that is only hashed.
    pub fn value(&mut self, value: &[u8]) {
        self.literals.add(value);
        self.push("?");
    }

    /// Hashes a value without a placeholder.
    pub fn literal(&mut self, value: &[u8]) {
        self.literals.add(value);
    }

    /// Hash of the shape.
    pub fn fingerprint(&self) -> u64 {
        let of_text = Hash::of(self.text.as_bytes());
        self.beyond.map_or(of_text, |beyond| of_text ^ beyond.end())
    }

    /// Hash of the values.
    pub fn literals(&self) -> u64 {
        self.literals.end()
    }

    /// Adds an object; `each` writes what becomes of a value, after its name.
    pub fn object<'a>(
        &mut self,
        pull: &mut Pull<'a>,
        mut each: impl FnMut(&mut Shape, &mut Pull<'a>, Text<'a>) -> Option<()>,
    ) -> Option<()> {
        let mut first = true;
        self.push("{");
        pull.fields(|pull, name| {
            self.push(if first { "" } else { ", " });
            first = false;
            self.push_pattern(name.0);
            self.push(": ");
            each(self, pull, name)
        })?;
        self.push("}");
        Some(())
    }

    /// Adds a list; items that look like the one before are not shown again.
    pub fn list<'a>(
        &mut self,
        pull: &mut Pull<'a>,
        mut each: impl FnMut(&mut Shape, &mut Pull<'a>) -> Option<()>,
    ) -> Option<()> {
        self.push("[");
        let mut before: Option<(usize, usize)> = None;
        pull.items(|pull| {
            let from = self.text.len();
            self.push(if before.is_some() { ", " } else { "" });
            let start = self.text.len();
            each(self, pull)?;
            let same =
                before.is_some_and(|(first, end)| self.text.get(first..end) == self.text.get(start..self.text.len()));
            match same && self.beyond.is_none() {
                true => self.text.truncate(from),
                false => before = Some((start, self.text.len())),
            }
            Some(())
        })?;
        self.push("]");
        Some(())
    }

    /// Adds a document of which nothing is known: names stay, values go.
    pub fn document(&mut self, pull: &mut Pull<'_>, depth: usize) -> Option<()> {
        match pull.peek()? {
            b'{' | b'[' if depth >= DEEPEST => {
                let raw = pull.raw()?;
                self.value(raw);
                Some(())
            }
            b'{' => self.object(pull, |shape, pull, _| shape.document(pull, depth + 1)),
            b'[' => self.list(pull, |shape, pull| shape.document(pull, depth + 1)),
            _ => {
                self.scalar(pull.scalar()?);
                Some(())
            }
        }
    }

    /// Adds a placeholder for a value; null says something and stays.
    pub fn scalar(&mut self, scalar: Scalar<'_>) {
        match scalar {
            Scalar::Word(b"null") => self.push("null"),
            scalar => self.value(scalar.raw()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        let mut shape = Shape::default();
        shape.document(&mut Pull::new(text.as_bytes()), 0).unwrap();
        shape
    }

    #[test]
    fn names_stay_and_values_go() {
        let text = r#"{"a":{"$gt":5},"b":[1,"x",2],"c":[{"d":1},{"d":2},{"e":null}],"items.17.n":true}"#;
        assert_eq!(shape(text).text, "{a: {$gt: ?}, b: [?], c: [{d: ?}, {e: null}], items.{n}.n: ?}");
        let other = shape(&text.replace("\"x\"", "\"y\""));
        assert_eq!(other.fingerprint(), shape(text).fingerprint());
        assert_ne!(other.literals(), shape(text).literals());
        assert_ne!(shape(&text.replace("null", "1")).fingerprint(), shape(text).fingerprint());
    }

    #[test]
    fn shapes_are_bounded_and_still_told_apart() {
        let long = |last: &str| {
            let names: Vec<String> =
                ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("\"name_{a}{b}\":1"))).collect();
            shape(&format!("{{{},\"{last}\":1}}", names.join(",")))
        };
        assert!(long("x").text.len() < LONGEST + 8 && long("x").text.ends_with('…'));
        assert_ne!(long("x").fingerprint(), long("y").fingerprint());
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(shape(&deep).text.contains('?'));
    }
}

//! A `log_line_prefix`, compiled: literals, gaps and fields, matched from left to right.

use super::language::{Language, Word};
use super::time::Clock;

/// What an escape of `log_line_prefix` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Field {
    /// `%m` or `%t`: when it was written.
    Time,
    /// `%n`: the same as seconds since 1970.
    Epoch,
    /// `%s`: when the process started.
    Start,
    /// `%c`: start and process id in hexadecimal.
    Session,
    /// `%p`.
    Process,
    /// `%P`: of a parallel worker, who leads it.
    Leader,
    /// `%l`: number of the line in the session.
    Line,
    /// `%v`.
    Virtual,
    /// `%x`.
    Transaction,
    /// `%e`.
    State,
    /// `%Q`.
    QueryId,
    /// `%u`.
    User,
    /// `%d`.
    Database,
    /// `%a`.
    Application,
    /// `%h`.
    Host,
    /// `%r`: host and port.
    Remote,
    /// `%L`: the server's own address.
    Local,
    /// `%i`: the command's tag.
    Tag,
    /// `%b`: what kind of process.
    Backend,
    /// A text of no known meaning.
    Text,
}

impl Field {
    /// The letter of the escape; times with and without fractions are told apart by who compiled them.
    pub(super) fn letter(self) -> char {
        match self {
            Field::Time => 'm',
            Field::Epoch => 'n',
            Field::Start => 's',
            Field::Session => 'c',
            Field::Process => 'p',
            Field::Leader => 'P',
            Field::Line => 'l',
            Field::Virtual => 'v',
            Field::Transaction => 'x',
            Field::State => 'e',
            Field::QueryId => 'Q',
            Field::User => 'u',
            Field::Database => 'd',
            Field::Application => 'a',
            Field::Host => 'h',
            Field::Remote => 'r',
            Field::Local => 'L',
            Field::Tag => 'i',
            Field::Backend => 'b',
            Field::Text => '?',
        }
    }

    /// Whether only what follows tells where it ends.
    pub(super) fn is_text(self) -> bool {
        use Field::{Application, Backend, Database, Host, Local, Remote, Tag, Text, User};
        matches!(self, User | Database | Application | Host | Remote | Local | Tag | Backend | Text)
    }
}

/// A piece of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Stands in every line.
    Literal(Vec<u8>),
    /// Any number of spaces: padding.
    Gap,
    /// `%q`: lines of processes without a session end here.
    Sessions,
    /// A field.
    Field(Field),
}

/// What the prefix of a line says; texts without padding, empty where the server has none to print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) at: Option<i64>,
    pub(super) start: Option<i64>,
    pub(super) session: Option<u64>,
    pub(super) process: Option<u64>,
    pub(super) line: Option<u64>,
    pub(super) virtual_id: Option<u64>,
    pub(super) transaction: Option<u64>,
    pub(super) state: &'a [u8],
    pub(super) query_id: Option<i64>,
    pub(super) user: &'a [u8],
    pub(super) database: &'a [u8],
    pub(super) application: &'a [u8],
    pub(super) client: &'a [u8],
    pub(super) tag: &'a [u8],
    pub(super) backend: &'a [u8],
}

/// Longest text of a field that is looked for.
const LONGEST_TEXT: usize = 400;
/// How often texts that may end in several places are tried again, for one line.
const MOST_TRIES: u32 = 200;

/// A compiled prefix.
#[derive(Debug, Clone)]
pub(super) struct Prefix {
    pieces: Vec<Piece>,
    language: &'static Language,
}

impl Prefix {
    pub(super) fn new(pieces: Vec<Piece>, language: &'static Language) -> Prefix {
        Prefix { pieces, language }
    }

    /// What the servers' own notation says, as people write it in their settings.
    pub(super) fn compile(notation: &str, language: &'static Language) -> Prefix {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        let mut bytes = notation.bytes();
        let end_literal = |literal: &mut Vec<u8>, pieces: &mut Vec<Piece>| {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(literal)));
            }
        };
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                literal.push(byte);
                continue;
            }
            let mut padding = Vec::new();
            let mut letter = bytes.next();
            while let Some(digit @ (b'-' | b'0'..=b'9')) = letter {
                padding.push(digit);
                letter = bytes.next();
            }
            let field = match letter {
                Some(b'%') => {
                    literal.push(b'%');
                    continue;
                }
                Some(b'q') => {
                    end_literal(&mut literal, &mut pieces);
                    pieces.push(Piece::Sessions);
                    continue;
                }
                Some(b'm' | b't') => Field::Time,
                Some(b'n') => Field::Epoch,
                Some(b's') => Field::Start,
                Some(b'c') => Field::Session,
                Some(b'p') => Field::Process,
                Some(b'P') => Field::Leader,
                Some(b'l') => Field::Line,
                Some(b'v') => Field::Virtual,
                Some(b'x') => Field::Transaction,
                Some(b'e') => Field::State,
                Some(b'Q') => Field::QueryId,
                Some(b'u') => Field::User,
                Some(b'd') => Field::Database,
                Some(b'a') => Field::Application,
                Some(b'h') => Field::Host,
                Some(b'r') => Field::Remote,
                Some(b'L') => Field::Local,
                Some(b'i') => Field::Tag,
                Some(b'b') => Field::Backend,
                _ => continue,
            };
            end_literal(&mut literal, &mut pieces);
            let left = padding.first() == Some(&b'-');
            if !padding.is_empty() && !left {
                pieces.push(Piece::Gap);
            }
            pieces.push(Piece::Field(field));
            if left {
                pieces.push(Piece::Gap);
            }
        }
        end_literal(&mut literal, &mut pieces);
        Prefix { pieces, language }
    }

    pub(super) fn language(&self) -> &'static Language {
        self.language
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Takes a line apart: what its prefix says, what the line is, and where its text begins.
    pub(super) fn read<'a>(&self, line: &'a [u8], clock: &mut Clock) -> Option<(Head<'a>, Word, usize)> {
        // Names with blanks are rare: they are believed in only where the line fits in no other way.
        for blanks in [false, true] {
            let mut head = Head::default();
            let mut matching = Matching { prefix: self, line, clock, tries: 0, blanks, refused: false };
            if let Some((word, text)) = matching.run(0, 0, &mut head) {
                return Some((head, word, text));
            }
            if !matching.refused {
                break;
            }
        }
        None
    }
}

struct Matching<'m, 'a> {
    prefix: &'m Prefix,
    line: &'a [u8],
    clock: &'m mut Clock,
    tries: u32,
    /// Whether names of users and databases may hold blanks.
    blanks: bool,
    /// Whether one did.
    refused: bool,
}

impl<'a> Matching<'_, 'a> {
    fn run(&mut self, mut piece: usize, mut at: usize, head: &mut Head<'a>) -> Option<(Word, usize)> {
        loop {
            let Some(next) = self.prefix.pieces.get(piece) else { return self.word(at) };
            piece += 1;
            match next {
                Piece::Literal(text) => {
                    if !stands(self.line, at, text) {
                        return None;
                    }
                    at += text.len();
                }
                Piece::Gap => at += spaces(&self.line[at..]),
                Piece::Sessions => {
                    if let Some(found) = self.word(at) {
                        return Some(found);
                    }
                }
                Piece::Field(field) if field.is_text() => return self.text(*field, piece, at, head),
                Piece::Field(field) => at += self.number(*field, at, head)?,
            }
        }
    }

    fn word(&self, at: usize) -> Option<(Word, usize)> {
        let (word, length) = self.prefix.language.word(&self.line[at..])?;
        Some((word, at + length))
    }

    /// A text ends where the rest of the prefix fits, as early as that is.
    fn text(&mut self, field: Field, piece: usize, from: usize, head: &mut Head<'a>) -> Option<(Word, usize)> {
        let limit = self.line.len().min(from + LONGEST_TEXT);
        let mut end = from;
        // What follows mostly begins with a certain byte.
        let first = match self.prefix.pieces.get(piece) {
            Some(Piece::Literal(text)) => text.first().copied(),
            _ => None,
        };
        let refuses_blanks = !self.blanks_in(field);
        let host = matches!(field, Field::Remote | Field::Host | Field::Local);
        let mut inside = false;
        while end <= limit {
            let byte = self.line.get(end).copied();
            if (first.is_none() || byte == first) && self.could_begin(piece, end) {
                self.tries += 1;
                if self.tries > MOST_TRIES {
                    return None;
                }
                if let Some(found) = self.run(piece, end, head) {
                    set_text(field, &self.line[from..end], head);
                    return Some(found);
                }
            }
            match byte {
                Some(b' ') if inside && refuses_blanks => {
                    self.refused = true;
                    return None;
                }
                Some(b' ') => {}
                Some(b'"' | b'\'' | b',' | b'=') if host => return None,
                _ => inside = true,
            }
            end += 1;
        }
        None
    }

    fn blanks_in(&self, field: Field) -> bool {
        match field {
            Field::Remote | Field::Host | Field::Local => false,
            Field::User | Field::Database => self.blanks,
            _ => true,
        }
    }

    fn could_begin(&self, piece: usize, at: usize) -> bool {
        match self.prefix.pieces.get(piece) {
            None => self.word(at).is_some(),
            Some(Piece::Literal(text)) => stands(self.line, at, text),
            Some(Piece::Gap) => {
                // Nothing but padding may stand for an empty text.
                let text = matches!(self.prefix.pieces.get(piece + 1), Some(Piece::Field(field)) if field.is_text());
                self.line.get(at) == Some(&b' ')
                    || at > 0 && self.line[at - 1] == b' '
                    || !text && self.could_begin(piece + 1, at)
            }
            Some(Piece::Sessions) => self.word(at).is_some() || self.could_begin(piece + 1, at),
            Some(Piece::Field(_)) => true,
        }
    }

    /// Reads a field whose form tells where it ends: its length.
    fn number(&mut self, field: Field, at: usize, head: &mut Head<'a>) -> Option<usize> {
        let bytes = &self.line[at..];
        match field {
            Field::Time => {
                let (time, length) = self.clock.read(bytes)?;
                head.at = Some(time);
                Some(length)
            }
            Field::Start => {
                // Not by the clock that has this second in mind.
                let (time, length) = Clock::default().read(bytes)?;
                head.start = Some(time);
                Some(length)
            }
            Field::Epoch => {
                let (seconds, length) = digits(bytes)?;
                let (millis, more) = bytes.get(length + 1..).and_then(digits)?;
                if bytes[length] != b'.' || length < 9 || more != 3 {
                    return None;
                }
                head.at = Some((seconds as i64).checked_mul(1_000_000)? + millis as i64 * 1000);
                Some(length + 1 + more)
            }
            Field::Session => {
                let (session, length) = session(bytes)?;
                head.session = Some(session);
                head.process = Some(session & 0xffff_ffff);
                Some(length)
            }
            Field::Process => {
                let (process, length) = digits(bytes)?;
                head.process = Some(process);
                Some(length)
            }
            Field::Leader => Some(digits(bytes).map_or(0, |(_, length)| length)),
            Field::Line => {
                let (line, length) = digits(bytes)?;
                head.line = Some(line);
                Some(length)
            }
            Field::Virtual => {
                let Some((id, length)) = virtual_id(bytes) else { return Some(0) };
                head.virtual_id = id;
                Some(length)
            }
            Field::Transaction => {
                let (transaction, length) = digits(bytes)?;
                head.transaction = (transaction != 0).then_some(transaction);
                Some(length)
            }
            Field::State => {
                head.state = bytes.get(..5).filter(|state| is_state(state))?;
                Some(5)
            }
            Field::QueryId => {
                let negative = usize::from(bytes.first() == Some(&b'-'));
                let (id, length) = digits(&bytes[negative..])?;
                let id = if negative == 1 { (id as i64).wrapping_neg() } else { id as i64 };
                head.query_id = (id != 0).then_some(id);
                Some(length + negative)
            }
            _ => None,
        }
    }
}

/// Whether these few bytes stand there.
fn stands(line: &[u8], at: usize, text: &[u8]) -> bool {
    line.get(at..at + text.len()).is_some_and(|there| there.iter().zip(text).all(|(one, other)| one == other))
}

fn set_text<'a>(field: Field, text: &'a [u8], head: &mut Head<'a>) {
    let text = known(text.trim_ascii());
    match field {
        Field::User => head.user = text,
        Field::Database => head.database = text,
        Field::Application => head.application = text,
        Field::Host => head.client = text,
        Field::Remote => head.client = host(text),
        Field::Tag => head.tag = text,
        Field::Backend => head.backend = text,
        _ => {}
    }
}

/// The text, or nothing for the server's word that it does not know.
pub(super) fn known(text: &[u8]) -> &[u8] {
    if text == b"[unknown]" { b"" } else { text }
}

/// `10.0.0.1` of `10.0.0.1(5432)`.
fn host(text: &[u8]) -> &[u8] {
    if text.last() != Some(&b')') {
        return text;
    }
    text.iter().rposition(|byte| *byte == b'(').map_or(text, |at| &text[..at])
}

fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == b' ').count()
}

/// A number in decimal digits, and how many.
pub(super) fn digits(bytes: &[u8]) -> Option<(u64, usize)> {
    let (mut value, mut length) = (0_u64, 0);
    while let Some(digit @ b'0'..=b'9') = bytes.get(length) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        length += 1;
    }
    (1..=20).contains(&length).then_some((value, length))
}

/// `6925d2b3.1c2d`: start in the upper half, process id in the lower, and the length.
pub(super) fn session(bytes: &[u8]) -> Option<(u64, usize)> {
    let hexadecimal = |bytes: &[u8]| {
        let (mut value, mut length) = (0_u64, 0);
        while let Some(digit) = bytes.get(length).and_then(|byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        }) {
            value = value.wrapping_shl(4) | u64::from(digit);
            length += 1;
        }
        (value, length)
    };
    let (start, length) = hexadecimal(bytes);
    if !(8..=9).contains(&length) || bytes.get(length) != Some(&b'.') {
        return None;
    }
    let (process, more) = hexadecimal(&bytes[length + 1..]);
    (1..=8).contains(&more).then_some((start << 32 | process, length + 1 + more))
}

/// `3/45`: a number for both, none for those outside of transactions (`3/0`), and the length.
pub(super) fn virtual_id(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let (backend, length) = digits(bytes.strip_prefix(b"-").unwrap_or(bytes))?;
    let length = length + usize::from(bytes[0] == b'-');
    if bytes.get(length) != Some(&b'/') {
        return None;
    }
    let (local, more) = digits(&bytes[length + 1..])?;
    Some(((local != 0).then_some(backend << 32 | (local & 0xffff_ffff)), length + 1 + more))
}

/// Whether these five bytes look like an SQLSTATE.
pub(super) fn is_state(state: &[u8]) -> bool {
    state.len() == 5 && state.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

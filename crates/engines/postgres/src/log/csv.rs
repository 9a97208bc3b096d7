//! csvlog: 23 columns up to PostgreSQL 12, 24 with the kind of process (13), 26 with leader and query id (14 and later).

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, LogFormat, Reader, Sink};
use memchr::{memchr, memrchr};

use super::json::number;
use super::language::{ENGLISH, Language, OTHERS, Word};
use super::prefix::{is_state, session, virtual_id};
use super::record::Record;
use super::time::Clock;

/// csvlog.
pub(crate) static FORMAT: LogFormat =
    LogFormat { engine: Engine::Postgres, id: "postgres-csv", reads: "a PostgreSQL log (csvlog)", detect };

fn detect(sample: &[u8]) -> Option<Detected> {
    let mut columns = 0;
    for language in std::iter::once(&ENGLISH).chain(OTHERS) {
        let csv = Csv { language };
        // The last record may be cut.
        let whole = match csv.whole(sample) {
            0 => sample,
            end => &sample[..end],
        };
        let mut counting = Counting::default();
        csv.each(whole, &mut counting, |_, fields| columns = fields.count);
        if counting.lines == counting.missed {
            continue;
        }
        let understood = 1.0 - counting.missed as f64 / counting.lines as f64;
        let versions = match columns {
            ..=23 => "of PostgreSQL 9.0 to 12",
            24 => "of PostgreSQL 13",
            _ => "of PostgreSQL 14 or later",
        };
        let detail = format!("log_destination 'csvlog', {columns} columns, {versions}");
        return Some(Detected { reader: Box::new(csv), understood, detail });
    }
    None
}

/// Counts what is understood.
#[derive(Default)]
struct Counting {
    lines: u64,
    missed: u64,
}

impl Sink for Counting {
    fn event(&mut self, _event: &dbwright_model::log::Event<'_>) {}

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}

const TIME: usize = 0;
const USER: usize = 1;
const DATABASE: usize = 2;
const PROCESS: usize = 3;
const CLIENT: usize = 4;
const SESSION: usize = 5;
const VIRTUAL: usize = 9;
const LEVEL: usize = 11;
const STATE: usize = 12;
const MESSAGE: usize = 13;
const DETAIL: usize = 14;
const CONTEXT: usize = 18;
const STATEMENT: usize = 19;
const APPLICATION: usize = 22;
const QUERY_ID: usize = 25;
/// Columns of the oldest form.
const FEWEST: usize = 23;
/// Columns whose text may be anything.
const TEXTS: [usize; 7] = [USER, DATABASE, APPLICATION, MESSAGE, DETAIL, CONTEXT, STATEMENT];

/// Where the values of a record stand.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    from: u32,
    to: u32,
    doubled: bool,
}

#[derive(Debug, Default)]
struct Fields {
    spans: [Span; 32],
    count: usize,
}

impl Fields {
    fn get<'a>(&self, record: &'a [u8], column: usize) -> &'a [u8] {
        if column >= self.count {
            return b"";
        }
        let span = self.spans[column];
        record.get(span.from as usize..span.to as usize).unwrap_or_default()
    }

    /// Reads columns until the record ends, or there are `most`: the length with the line end.
    fn read(&mut self, bytes: &[u8], most: usize) -> Option<usize> {
        self.count = 0;
        let mut at = 0;
        while self.count < most {
            let span = self.spans.get_mut(self.count)?;
            let mut doubled = false;
            let (from, to);
            if bytes.get(at) == Some(&b'"') {
                from = at + 1;
                let mut end = from;
                loop {
                    end += memchr(b'"', bytes.get(end..)?)?;
                    if bytes.get(end + 1) != Some(&b'"') {
                        break;
                    }
                    doubled = true;
                    end += 2;
                }
                to = end;
                at = end + 1;
            } else {
                from = at;
                while let Some(byte) = bytes.get(at) {
                    match byte {
                        b',' | b'\n' => break,
                        b'"' => return None,
                        _ => at += 1,
                    }
                }
                to = if at > from && bytes[at - 1] == b'\r' { at - 1 } else { at };
            }
            *span = Span { from: u32::try_from(from).ok()?, to: u32::try_from(to).ok()?, doubled };
            self.count += 1;
            match bytes.get(at) {
                Some(b',') => at += 1,
                Some(b'\n') => return Some(at + 1),
                Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => return Some(at + 2),
                None => return Some(at),
                Some(_) => return None,
            }
        }
        Some(at)
    }
}

struct Csv {
    language: &'static Language,
}

impl Csv {
    /// Whether a record begins there. Inside of a statement it would have its quotes doubled, and not pass.
    fn begins(&self, bytes: &[u8]) -> bool {
        if !bytes.first().is_some_and(u8::is_ascii_digit) || bytes.get(4) != Some(&b'-') {
            return false;
        }
        let mut fields = Fields::default();
        let Some(length) = fields.read(bytes, MESSAGE) else { return false };
        let text = &bytes[length..];
        fields.count == MESSAGE
            && self.is_head(bytes, &fields)
            && (text.starts_with(b",")
                || text.starts_with(b"\"\",")
                || text.starts_with(b"\"") && text.get(1) != Some(&b'"'))
    }

    fn is_head(&self, record: &[u8], fields: &Fields) -> bool {
        session(fields.get(record, SESSION)).is_some()
            && is_state(fields.get(record, STATE))
            && fields.get(record, PROCESS).iter().all(u8::is_ascii_digit)
            && Word::level(fields.get(record, LEVEL), self.language).is_some()
    }

    /// Hands every record on, and counts lines.
    fn each<'a>(&self, chunk: &'a [u8], sink: &mut dyn Sink, mut record: impl FnMut(&'a [u8], &Fields)) {
        self.each_with(chunk, sink, |bytes, fields, _| record(bytes, fields));
    }

    fn each_with<'a>(
        &self,
        chunk: &'a [u8],
        sink: &mut dyn Sink,
        mut record: impl FnMut(&'a [u8], &Fields, &mut dyn Sink),
    ) {
        let mut fields = Fields::default();
        let (mut at, mut lines) = (0, 0);
        while at < chunk.len() {
            let bytes = &chunk[at..];
            let first_line = memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
            match fields.read(bytes, usize::MAX) {
                Some(length) if fields.count >= FEWEST && self.is_head(bytes, &fields) => {
                    let bytes = &bytes[..length];
                    lines += if length <= first_line { 1 } else { count_lines(bytes) };
                    record(bytes, &fields, sink);
                    at += length;
                }
                _ => {
                    // Only this record is lost: the next begins where a line looks like the head of one.
                    let mut end = at + first_line;
                    while end < chunk.len() && !self.begins(&chunk[end..]) {
                        end += memchr(b'\n', &chunk[end..]).map_or(chunk.len() - end, |more| more + 1);
                    }
                    for line in chunk[at..end].split(|byte| *byte == b'\n') {
                        if !line.trim_ascii().is_empty() {
                            lines += 1;
                            sink.missed(line);
                        }
                    }
                    at = end;
                }
            }
        }
        sink.lines(lines);
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64
}

impl Reader for Csv {
    fn whole(&self, bytes: &[u8]) -> usize {
        let mut end = bytes.len();
        while let Some(line) = memrchr(b'\n', &bytes[..end]) {
            if self.begins(&bytes[line + 1..]) {
                return line + 1;
            }
            end = line;
        }
        0
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut clock = Clock::default();
        let mut texts: [Vec<u8>; TEXTS.len()] = Default::default();
        let mut scratch = Vec::new();
        self.each_with(chunk, sink, |bytes, fields, sink| {
            for (column, text) in TEXTS.iter().zip(texts.iter_mut()) {
                if fields.spans[*column].doubled {
                    undouble(fields.get(bytes, *column), text);
                }
            }
            let text = |at: usize| match fields.spans[TEXTS[at]].doubled {
                true => texts[at].as_slice(),
                false => fields.get(bytes, TEXTS[at]),
            };
            let record = Record {
                at: clock.read(fields.get(bytes, TIME)).map(|(at, _)| at),
                session: session(fields.get(bytes, SESSION)).map(|(session, _)| session),
                transaction: virtual_id(fields.get(bytes, VIRTUAL)).and_then(|(id, _)| id),
                query_id: number(fields.get(bytes, QUERY_ID)),
                level: Word::level(fields.get(bytes, LEVEL), self.language).unwrap_or(Word::Log),
                state: fields.get(bytes, STATE),
                client: host(fields.get(bytes, CLIENT)),
                user: text(0),
                database: text(1),
                application: text(2),
                message: text(3),
                detail: text(4),
                context: text(5),
                statement: text(6),
            };
            record.tell(self.language, &mut scratch, sink);
        });
    }
}

/// `10.0.0.1` of `10.0.0.1:5432`.
fn host(from: &[u8]) -> &[u8] {
    memrchr(b':', from).map_or(from, |port| &from[..port])
}

/// The text without its quotes doubled.
fn undouble(mut text: &[u8], into: &mut Vec<u8>) {
    into.clear();
    while let Some(quote) = memchr(b'"', text) {
        into.extend_from_slice(&text[..=quote]);
        text = text.get(quote + 2..).unwrap_or_default();
    }
    into.extend_from_slice(text);
}

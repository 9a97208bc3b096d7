//! `SLOWLOG GET` as redis-cli prints it: numbered, as JSON, or bare lines where it does not write to a terminal. An entry
//! is its number, when it ran, for how many microseconds, its words, and since 4.0 who asked.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, LogFormat, Reader, Said, Sink, Statement, What};
use dbwright_reading::hash::Hash;
use dbwright_reading::moment::number;
use dbwright_reading::pull::Pull;
use dbwright_reading::shape::Shape;

use super::{chatter, host, lines, quoted, shape, whole_lines};

pub(super) static PRINTED: LogFormat = LogFormat {
    engine: Engine::Redis,
    id: "redis-slowlog",
    reads: "SLOWLOG GET of Redis or Valkey (as redis-cli prints it)",
    detect: |sample| detect(sample, Form::Printed),
};

pub(super) static JSON: LogFormat = LogFormat {
    engine: Engine::Redis,
    id: "redis-slowlog-json",
    reads: "SLOWLOG GET of Redis or Valkey (redis-cli --json)",
    detect: |sample| detect(sample, Form::Json),
};

pub(super) static RAW: LogFormat = LogFormat {
    engine: Engine::Redis,
    id: "redis-slowlog-raw",
    reads: "SLOWLOG GET of Redis or Valkey (redis-cli, not to a terminal)",
    detect: |sample| detect(sample, Form::Raw),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Printed,
    Json,
    Raw,
}

/// An entry, its words apart.
#[derive(Default)]
struct Entry<'a> {
    id: i64,
    seconds: i64,
    micros: i64,
    client: &'a [u8],
    name: &'a [u8],
}

/// Longer than any server runs without a restart of the clock: years 2001 to 2286.
fn believable(seconds: i64) -> bool {
    (1_000_000_000..10_000_000_000).contains(&seconds)
}

/// What hears entries: the entry and its words; or lines that are none.
trait Hear<'a> {
    fn entry(&mut self, entry: &Entry<'a>, words: &[&'a [u8]]);
    fn other(&mut self, line: &'a [u8]);
}

fn read<'a>(form: Form, text: &'a [u8], hear: &mut dyn Hear<'a>) {
    match form {
        Form::Printed => printed(text, hear),
        Form::Json => json(text, hear),
        Form::Raw => raw(text, hear),
    }
}

/// The number that a line is marked with (`12) `), how wide that is with its indent, and what comes behind.
fn marked(line: &[u8], from: usize) -> Option<(i64, usize, &[u8])> {
    let rest = line.get(from..)?;
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let close = memchr::memchr(b')', rest)?;
    let mark = number(rest.get(blanks..close)?)?;
    let behind = rest.get(close + 1..)?.strip_prefix(b" ")?;
    Some((mark, from + close + 2, behind))
}

/// The first line of an entry: ` 1) 1) (integer) 14`. Its fields stand in the column that is given back.
fn begins(line: &[u8]) -> Option<(usize, i64)> {
    let (_, column, _) = marked(line, 0)?;
    let (1, _, behind) = marked(line, column)? else { return None };
    Some((column, number(behind.strip_prefix(b"(integer) ")?)?))
}

/// An entry that is being read, line by line.
struct Open<'a> {
    /// Where its fields begin.
    column: usize,
    fields: u32,
    first: &'a [u8],
    entry: Entry<'a>,
}

/// Nested lists with a number in front of every item; the words of a command are a list of their own in the fourth.
fn printed<'a>(text: &'a [u8], hear: &mut dyn Hear<'a>) {
    let mut words: Vec<&[u8]> = Vec::new();
    let mut open: Option<Open<'a>> = None;
    let end = |open: &mut Option<Open<'a>>, words: &[&'a [u8]], hear: &mut dyn Hear<'a>| match open.take() {
        Some(open) if open.fields >= 4 && believable(open.entry.seconds) => hear.entry(&open.entry, words),
        Some(open) => hear.other(open.first),
        None => {}
    };
    for line in lines(text).filter(|line| !line.trim_ascii().is_empty()) {
        if let Some((column, id)) = begins(line) {
            end(&mut open, &words, hear);
            words.clear();
            open = Some(Open { column, fields: 1, first: line, entry: Entry { id, ..Entry::default() } });
            continue;
        }
        let understood = open.as_mut().and_then(|open| field(line, open, &mut words));
        if understood.is_none() {
            end(&mut open, &words, hear);
            hear.other(line);
        }
    }
    end(&mut open, &words, hear);
}

/// A line of an entry behind its first.
fn field<'a>(line: &'a [u8], open: &mut Open<'a>, words: &mut Vec<&'a [u8]>) -> Option<()> {
    let Open { column, fields, entry, .. } = open;
    let column = *column;
    let blank = line.get(..column)?.iter().all(|byte| *byte == b' ');
    let (mark, inner, behind) = marked(line, column).filter(|_| blank)?;
    let word = |text: &'a [u8]| quoted(text).filter(|(_, rest)| rest.is_empty()).map(|(word, _)| word);
    // Words after the first are indented further; the list of them was the fourth.
    let deeper = line.get(column..column + 3)?.iter().all(|byte| *byte == b' ');
    match mark {
        _ if deeper => words.push(word(behind)?),
        2 => entry.seconds = number(behind.strip_prefix(b"(integer) ")?)?,
        3 => entry.micros = number(behind.strip_prefix(b"(integer) ")?)?,
        4 => words.push(word(marked(line, inner)?.2)?),
        5 => entry.client = word(behind)?,
        6 => entry.name = word(behind)?,
        _ => return None,
    }
    *fields += u32::from(!deeper);
    Some(())
}

/// `[[14,1309448221,15,["ping"],"127.0.0.1:58217",""], …]`.
fn json<'a>(text: &'a [u8], hear: &mut dyn Hear<'a>) {
    let mut words: Vec<&[u8]> = Vec::new();
    let mut rest = text;
    let mut pull = Pull::new(rest);
    while pull.peek().is_some() {
        let from = pull.at();
        let whole = pull.items(|pull| {
            let (mut entry, mut field) = (Entry::default(), 0);
            words.clear();
            pull.items(|pull| {
                field += 1;
                match field {
                    1 => entry.id = pull.whole()??,
                    2 => entry.seconds = pull.whole()??,
                    3 => entry.micros = pull.whole()??,
                    4 => pull.items(|pull| {
                        words.push(pull.text()?.0);
                        Some(())
                    })?,
                    5 => entry.client = pull.text()?.0,
                    6 => entry.name = pull.text()?.0,
                    _ => pull.skip()?,
                }
                Some(())
            })?;
            if field >= 4 && believable(entry.seconds) {
                hear.entry(&entry, &words);
                return Some(());
            }
            None
        });
        if whole.is_none() {
            // The line is lost; the next one may be good.
            rest = rest.get(from..).unwrap_or_default();
            let after = skip_lines(rest, 1);
            let line = rest.get(..rest.len() - after.len()).unwrap_or_default();
            if !line.trim_ascii().is_empty() {
                hear.other(line);
            }
            rest = after;
            pull = Pull::new(rest);
        }
    }
}

/// Bare lines: an entry begins with a number one less than that of the one before, a time, and a duration.
fn raw<'a>(text: &'a [u8], hear: &mut dyn Hear<'a>) {
    let mut rest = text;
    let mut words: Vec<&[u8]> = Vec::new();
    while !rest.is_empty() {
        let Some(found) = begins_raw(rest) else {
            let after = skip_lines(rest, 1);
            let line = rest.get(..rest.len() - after.len()).unwrap_or_default();
            if !line.trim_ascii().is_empty() {
                hear.other(line);
            }
            rest = after;
            continue;
        };
        let body = skip_lines(rest, 3);
        let (mut end, mut more) = (0, body);
        while !more.is_empty() && begins_raw(more).is_none_or(|next| next.id != found.id - 1) {
            let next = skip_lines(more, 1);
            end += more.len() - next.len();
            more = next;
        }
        words.clear();
        words.extend(lines(body.get(..end).unwrap_or_default()));
        // A text that ends with a line's end has no line behind it.
        if words.last().is_some_and(|last| last.is_empty()) {
            words.pop();
        }
        let mut entry = found;
        if let [.., client, name] = words[..]
            && address(client)
        {
            (entry.client, entry.name) = (client, name);
            words.truncate(words.len() - 2);
        } else if let [.., client] = words[..]
            && address(client)
        {
            entry.client = client;
            words.pop();
        }
        hear.entry(&entry, &words);
        rest = more;
    }
}

fn address(word: &[u8]) -> bool {
    memchr::memrchr(b':', word).is_some_and(|at| number(&word[at + 1..]).is_some())
}

fn skip_lines(text: &[u8], count: usize) -> &[u8] {
    let end = memchr::memchr_iter(b'\n', text).nth(count.saturating_sub(1));
    end.map_or(&[], |end| &text[end + 1..])
}

/// An entry of bare lines may begin here.
fn begins_raw<'a>(text: &[u8]) -> Option<Entry<'a>> {
    if !text.first()?.is_ascii_digit() {
        return None;
    }
    let mut lines = lines(text);
    let entry = Entry {
        id: number(lines.next()?)?,
        seconds: number(lines.next()?)?,
        micros: number(lines.next()?)?,
        ..Entry::default()
    };
    believable(entry.seconds).then_some(entry)
}

fn detect(sample: &[u8], form: Form) -> Option<Detected> {
    #[derive(Default)]
    struct Count {
        entries: u32,
        other: u32,
    }
    impl<'a> Hear<'a> for Count {
        fn entry(&mut self, _entry: &Entry<'a>, words: &[&'a [u8]]) {
            self.entries += u32::from(words.first().is_some_and(|word| word.iter().all(u8::is_ascii_graphic)));
        }
        fn other(&mut self, line: &'a [u8]) {
            self.other += u32::from(!chatter(line));
        }
    }
    let mut count = Count::default();
    // One line of JSON may be longer than the sample.
    let sample = if form == Form::Json { sample } else { whole_lines(sample) };
    read(form, sample, &mut count);
    // What is cut at the end of the sample is not foreign.
    let other = count.other - u32::from(count.other == 1 && form == Form::Json);
    (count.entries > 0 && count.entries > other).then(|| Detected {
        reader: Box::new(Slowlog(form)),
        understood: f64::from(count.entries) / f64::from(count.entries + other),
        detail: match form {
            Form::Printed => "entries as redis-cli prints them",
            Form::Json => "entries as JSON",
            Form::Raw => "entries as bare lines",
        }
        .into(),
    })
}

struct Slowlog(Form);

impl Reader for Slowlog {
    fn whole(&self, bytes: &[u8]) -> usize {
        match self.0 {
            Form::Printed => {
                // Only of a whole line is it known whether an entry begins there.
                let mut end = memchr::memrchr(b'\n', bytes).unwrap_or(0);
                while let Some(at) = memchr::memrchr(b'\n', &bytes[..end]) {
                    if begins(bytes[at + 1..end].strip_suffix(b"\r").unwrap_or(&bytes[at + 1..end])).is_some() {
                        return at + 1;
                    }
                    end = at;
                }
                0
            }
            // One list, or entries whose beginning is known from the one before: the log is short, all of it is one.
            Form::Json | Form::Raw => 0,
        }
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let lines = lines(chunk).filter(|line| !line.trim_ascii().is_empty());
        sink.lines(lines.count() as u64);
        read(self.0, chunk, &mut Tell { sink, shape: Shape::default() });
    }
}

struct Tell<'s> {
    sink: &'s mut dyn Sink,
    shape: Shape,
}

impl<'a> Hear<'a> for Tell<'_> {
    fn entry(&mut self, entry: &Entry<'a>, words: &[&'a [u8]]) {
        shape::command(&mut self.shape, words);
        let said = Said::Shaped {
            fingerprint: self.shape.fingerprint(),
            literals: self.shape.literals(),
            shape: &self.shape.text,
        };
        let duration = u64::try_from(entry.micros).ok().and_then(|micros| micros.checked_mul(1_000));
        self.sink.event(&Event {
            at: entry.seconds.checked_mul(1_000_000),
            session: (!entry.client.is_empty()).then(|| Hash::of(entry.client)),
            application: entry.name,
            client: host(entry.client),
            what: What::Statement(Statement { said, duration, ..Statement::default() }),
            ..Event::default()
        });
    }

    fn other(&mut self, line: &'a [u8]) {
        match chatter(line) {
            true => self.sink.event(&Event::default()),
            false => self.sink.missed(line),
        }
    }
}

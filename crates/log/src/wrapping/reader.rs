//! A reader of wrapped logs around the reader of what is inside.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use dbwright_model::log::{Context, Event, Reader, Sink, What};
use memchr::{memchr, memchr_iter, memrchr};

use super::{Escapes, Joins, Piece, Taken, Unwrap, Year, time};

/// A process may still add to its last record in so many bytes behind a cut.
const LOOKAHEAD: usize = 64 << 10;
/// Bytes looked at for a cut, at first.
const WINDOW: usize = 2 * LOOKAHEAD;
/// Ends of records tried for a cut.
const CUTS: usize = 256;
/// PostgreSQL cuts a line for syslog at 900 bytes, before a blank or, where there is none, between characters.
const PIECE: usize = 900 - 3;

/// Lines that are not blank, without their ends.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    Lines { text, at: 0 }.map(|(line, _)| line)
}

/// Lines that are not blank, with where they start.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], usize);

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.text.len() {
            let start = self.at;
            let end = memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |end| start + end);
            self.at = end + 1;
            let line = &self.text[start..end];
            if !line.trim_ascii().is_empty() {
                return Some((line, start));
            }
        }
        None
    }
}

/// What stands inside, of these programs; of all when none is named.
pub(super) fn text(unwrap: &dyn Unwrap, programs: &[Vec<u8>], sample: &[u8]) -> Vec<u8> {
    Unwrapping { unwrap, programs, year: None }.all(sample, &mut |_| {}).text
}

/// Reads a wrapped log.
pub(super) struct Wrapped {
    unwrap: Box<dyn Unwrap>,
    programs: Vec<Vec<u8>>,
    inner: Box<dyn Reader>,
    year: Year,
    /// Times or processes are told by the wrapping only, so records are read one by one.
    stamps: bool,
    /// Chunks must know of those before.
    carries: bool,
}

impl Wrapped {
    /// `sample` is what stands inside.
    pub(super) fn new(
        unwrap: Box<dyn Unwrap>,
        programs: Vec<Vec<u8>>,
        inner: Box<dyn Reader>,
        year: Year,
        sample: &[u8],
    ) -> Wrapped {
        let mut probe = Probe::default();
        inner.read(sample, &Context::default(), &mut probe);
        let stamps = probe.without_time * 2 > probe.events || probe.without_session * 2 > probe.events;
        let carries = inner.after(sample, &Context::default()) != Context::default();
        Wrapped { unwrap, programs, inner, year, stamps, carries }
    }

    /// Where the last record starts in whole lines. Of those that end what is looked at (not `all` of it), only where
    /// nothing from before goes on.
    fn cut(&self, outer: &[u8], all: bool) -> Option<usize> {
        let Unwrapped { text, mut records, open, .. } = self.unwrapping(false).all(outer, &mut |_| {});
        if records.is_empty() {
            return all.then_some(outer.len());
        }
        if !open {
            records.push(Record { start: text.len(), first: outer.len(), last: outer.len(), ..Record::default() });
        }
        // Where no earlier record goes on behind: a cut there divides none.
        let started_before = records.iter().filter(|record| record.orphan && !all).map(|record| record.last + 1);
        let mut reached = started_before.max().unwrap_or(0);
        for record in &mut records {
            record.clean = reached <= record.first;
            reached = reached.max(record.last);
        }
        let mut limit = text.len();
        if self.unwrap.mixes() {
            let ahead = outer.len().checked_sub(LOOKAHEAD)?;
            limit = records.iter().rfind(|record| record.first <= ahead).map_or(0, |record| record.start);
        }
        let mut fallback = None;
        for _ in 0..CUTS {
            let end = self.inner.whole(&text[..limit]).min(limit);
            if end == 0 {
                break;
            }
            let at = records.partition_point(|record| record.start < end);
            match records.get(at) {
                Some(record) if record.start == end && record.clean => return Some(record.first),
                Some(record) if record.start == end => fallback = fallback.or(Some(record.first)),
                _ => {}
            }
            limit = if end < limit { end } else { memrchr(b'\n', &text[..end - 1]).map_or(0, |line| line + 1) };
        }
        fallback.filter(|_| all)
    }

    fn unwrapping(&self, stamps: bool) -> Unwrapping<'_> {
        Unwrapping { unwrap: self.unwrap.as_ref(), programs: &self.programs, year: stamps.then_some(self.year) }
    }
}

impl Reader for Wrapped {
    fn whole(&self, bytes: &[u8]) -> usize {
        let Some(end) = memrchr(b'\n', bytes) else { return 0 };
        let outer = &bytes[..=end];
        // The end of it is enough, where a record starts and ends there.
        let mut window = WINDOW;
        loop {
            let skip = outer.len().saturating_sub(window);
            let start = if skip == 0 { 0 } else { memchr(b'\n', &outer[skip..]).map_or(skip, |line| skip + line + 1) };
            if let Some(cut) = self.cut(&outer[start..], start == 0) {
                return start + cut;
            }
            if start == 0 {
                return 0;
            }
            window *= 4;
        }
    }

    fn after(&self, chunk: &[u8], before: &Context) -> Context {
        match self.carries {
            true => self.inner.after(&self.unwrapping(false).all(chunk, &mut |_| {}).text, before),
            false => before.clone(),
        }
    }

    fn read(&self, chunk: &[u8], before: &Context, sink: &mut dyn Sink) {
        let unwrapped = self.unwrapping(self.stamps).all(chunk, &mut |line| sink.missed(line));
        sink.lines(unwrapped.lines);
        sink.foreign(unwrapped.foreign);
        let mut inner = Inner { sink, at: None, session: None };
        if !self.stamps {
            self.inner.read(&unwrapped.text, before, &mut inner);
            return;
        }
        let mut records = unwrapped.records.iter().peekable();
        while let Some(record) = records.next() {
            // What one process says at one time may be one record in several entries.
            while records.next_if(|next| (next.at, next.session) == (record.at, record.session)).is_some() {}
            let end = records.peek().map_or(unwrapped.text.len(), |next| next.start);
            (inner.at, inner.session) = (record.at, record.session);
            self.inner.read(&unwrapped.text[record.start..end], before, &mut inner);
        }
    }
}

/// Passes on what the inner reader finds, with what only the wrapping knows. Lines are those of the wrapping.
struct Inner<'s> {
    sink: &'s mut dyn Sink,
    at: Option<i64>,
    session: Option<u64>,
}

impl Sink for Inner<'_> {
    fn event(&mut self, event: &Event<'_>) {
        if self.at.is_none() && self.session.is_none() {
            return self.sink.event(event);
        }
        self.sink.event(&Event { at: event.at.or(self.at), session: event.session.or(self.session), ..*event });
    }

    fn lines(&mut self, _count: u64) {}

    fn missed(&mut self, line: &[u8]) {
        self.sink.missed(line);
    }

    fn foreign(&mut self, _count: u64) {}
}

/// Finds out what the events inside lack.
#[derive(Default)]
struct Probe {
    events: usize,
    without_time: usize,
    without_session: usize,
}

impl Sink for Probe {
    fn event(&mut self, event: &Event<'_>) {
        if !matches!(event.what, What::Nothing) {
            self.events += 1;
            self.without_time += usize::from(event.at.is_none());
            self.without_session += usize::from(event.session.is_none());
        }
    }

    fn lines(&mut self, _count: u64) {}

    fn missed(&mut self, _line: &[u8]) {}
}

/// What one entry of the wrapping, or several, hold together.
#[derive(Debug, Default)]
struct Record {
    /// Where it starts in the unwrapped text.
    start: usize,
    /// Where its first line starts in the wrapping.
    first: usize,
    /// Where its last line starts there.
    last: usize,
    /// Bytes of its last piece, with the line's end.
    piece: usize,
    at: Option<i64>,
    session: Option<u64>,
    /// A cut before it divides no record.
    clean: bool,
    /// It goes on with a record that is not here.
    orphan: bool,
}

/// A log without its wrapping.
#[derive(Default)]
struct Unwrapped {
    text: Vec<u8>,
    records: Vec<Record>,
    /// Lines that are not foreign.
    lines: u64,
    foreign: u64,
    /// The last line goes on behind.
    open: bool,
}

/// How to unwrap.
struct Unwrapping<'u> {
    unwrap: &'u dyn Unwrap,
    programs: &'u [Vec<u8>],
    /// Where times and processes are asked for.
    year: Option<Year>,
}

impl Unwrapping<'_> {
    fn all(&self, outer: &[u8], missed: &mut dyn FnMut(&[u8])) -> Unwrapped {
        let mut found = Unwrapped { text: Vec::with_capacity(outer.len()), ..Unwrapped::default() };
        let mixes = self.unwrap.mixes();
        // The last record of each process, and what was added to one after another one had begun.
        let mut last_of: HashMap<u64, usize, Spread> = HashMap::default();
        let mut late: Vec<(usize, bool, Vec<u8>)> = Vec::new();
        let mut last_is_ours = true;
        let mut last_time: (&[u8], Option<i64>) = (b"", None);
        for (line, start) in (Lines { text: outer, at: 0 }) {
            let mut ours = None;
            // An entry that holds several lines counts as so many.
            let mut lines = 0;
            let taken = self.unwrap.take(line, self.year.is_some(), &mut |piece| {
                let named = self.programs.is_empty() || self.programs.iter().any(|program| program == piece.program);
                let is_ours = if piece.joins == Joins::LastLine { last_is_ours } else { named };
                ours = Some(ours.unwrap_or(false) || is_ours);
                last_is_ours = is_ours;
                if !is_ours {
                    return;
                }
                let process = if mixes || self.year.is_some() { process(piece.process) } else { 0 };
                let last = found.records.len().checked_sub(1);
                let record = match piece.joins {
                    Joins::None if found.open => last,
                    Joins::None => None,
                    Joins::LastLine => last,
                    Joins::NextLine | Joins::Piece if mixes => last_of.get(&process).copied(),
                    Joins::NextLine | Joins::Piece => last,
                };
                let Some(record) = record else {
                    let orphan = piece.joins != Joins::None;
                    let begins = found.text.len();
                    let mut record = Record { start: begins, first: start, last: start, orphan, ..Record::default() };
                    if let Some(year) = self.year {
                        if last_time.0 != piece.at {
                            last_time = (piece.at, time::parse(piece.at, year));
                        }
                        record.at = last_time.1;
                        record.session = (!piece.process.is_empty()).then_some(process);
                    }
                    if mixes {
                        last_of.insert(process, found.records.len());
                    }
                    found.records.push(record);
                    lines += put(piece, &mut found.text);
                    found.open = piece.goes_on;
                    if let Some(record) = found.records.last_mut() {
                        record.piece = found.text.len() - begins;
                    }
                    return;
                };
                let Some(of) = found.records.get_mut(record) else { return };
                of.last = of.last.max(start);
                let cut = piece.joins == Joins::Piece && (of.piece > PIECE || piece.text.starts_with(b" "));
                let same = found.open || cut;
                let mut text = Vec::new();
                let to = if Some(record) == last { &mut found.text } else { &mut text };
                if Some(record) == last && same && !found.open {
                    to.pop();
                }
                let begins = to.len();
                lines += put(piece, to);
                of.piece = to.len() - begins;
                match Some(record) == last {
                    true => found.open = piece.goes_on,
                    false => late.push((record, same, text)),
                }
            });
            match (taken, ours) {
                (Taken::Foreign, _) | (Taken::Pieces, Some(false)) => found.foreign += 1,
                _ => found.lines += lines.max(1),
            }
            if taken == Taken::Not {
                missed(line);
            }
        }
        if found.open {
            found.text.push(b'\n');
        }
        if !late.is_empty() {
            insert(&mut found, late);
        }
        found
    }
}

/// Appends the text of a piece, with its line end. Tells how many lines these are, at least.
fn put(piece: Piece<'_>, to: &mut Vec<u8>) -> u64 {
    let start = to.len();
    if piece.joins == Joins::LastLine && !piece.text.starts_with(b"\t") {
        to.push(b'\t');
    }
    piece.escapes.undo(piece.text, to);
    if !piece.goes_on {
        to.push(b'\n');
    }
    match piece.escapes {
        Escapes::Json => memchr_iter(b'\n', &to[start..]).count() as u64,
        _ => 1,
    }
}

/// Puts what was added late where it belongs.
fn insert(found: &mut Unwrapped, mut late: Vec<(usize, bool, Vec<u8>)>) {
    late.sort_by_key(|(record, ..)| *record);
    let mut late = late.into_iter().peekable();
    let text = std::mem::take(&mut found.text);
    let ends: Vec<usize> = found.records.iter().skip(1).map(|record| record.start).chain([text.len()]).collect();
    found.text.reserve(text.len());
    for (number, (record, end)) in found.records.iter_mut().zip(ends).enumerate() {
        let start = std::mem::replace(&mut record.start, found.text.len());
        found.text.extend_from_slice(&text[start..end]);
        while let Some((_, same, piece)) = late.next_if(|(record, ..)| *record == number) {
            if same && found.text.ends_with(b"\n") {
                found.text.pop();
            }
            found.text.extend_from_slice(&piece);
        }
    }
}

/// Spreads numbers of processes over a table; nobody chooses them to collide.
#[derive(Clone, Copy, Default)]
struct Spread;

impl BuildHasher for Spread {
    type Hasher = Spreading;

    fn build_hasher(&self) -> Spreading {
        Spreading(0)
    }
}

struct Spreading(u64);

impl Hasher for Spreading {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}

/// A number for a process: its own, or a hash of its name.
fn process(text: &[u8]) -> u64 {
    let number =
        |sum: u64, byte: &u8| byte.is_ascii_digit().then(|| sum.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')));
    text.iter().try_fold(0, number).unwrap_or_else(|| {
        text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
    })
}

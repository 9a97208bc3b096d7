//! Reading an input with all cores: one thread cuts it into chunks of whole records, others read them, and what they
//! made of them is put together in the order of the input. The result does not depend on the number of threads.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use dbwright_model::log::{Context, Event, Reader, Sink};

/// Bytes of a chunk; it is the same for any number of threads, because results are put together chunk by chunk.
const CHUNK: usize = 1 << 20;
/// A record longer than this is read in pieces.
const LONGEST_RECORD: usize = 64 << 20;
/// Lines kept of those not understood.
const SHOWN: usize = 5;

/// Makes something of events: in parallel chunk by chunk, then in order.
pub trait Listener: Sync {
    /// What is made of a chunk.
    type Part: Send;
    /// Nothing yet.
    fn part(&self) -> Self::Part;
    /// Hears an event of a chunk.
    fn hear(&self, part: &mut Self::Part, event: &Event<'_>);
}

/// How much of an input was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// All that are not blank.
    pub total: u64,
    /// Those not understood.
    pub missed: u64,
    /// Those of other programs, which are not in the total.
    pub foreign: u64,
    /// The first of those, cut to a screen's width. They may hold literals: for the terminal of who has the file.
    pub first: Vec<String>,
}

impl Lines {
    /// Adds those of what follows.
    pub fn add(&mut self, other: Lines) {
        self.total += other.total;
        self.missed += other.missed;
        self.foreign += other.foreign;
        self.first.extend(other.first);
        self.first.truncate(SHOWN);
    }

    /// Part of the lines that were understood, 0 to 1; all of none.
    pub fn understood(&self) -> f64 {
        if self.total == 0 { 1.0 } else { 1.0 - self.missed as f64 / self.total as f64 }
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Streamed {
    /// Bytes, unpacked.
    pub bytes: u64,
    /// Lines.
    pub lines: Lines,
    /// Why the input ended before its end. All that came before was read and counts.
    pub broken: Option<io::Error>,
}

/// What is told while an input is followed.
#[derive(Debug)]
pub enum Told<P> {
    /// What was made of the next chunk.
    Part(P),
    /// There is nothing more for now; all before was told.
    Pause,
}

/// Reads the input to its end. `merge` hears the parts in the order of the input; `head` is what was already taken from
/// the input to recognise it. Stops early, without error, when `merge` returns `false`.
pub fn stream<L: Listener>(
    head: Vec<u8>,
    input: &mut (dyn Read + Send),
    reader: &dyn Reader,
    threads: usize,
    listener: &L,
    mut merge: impl FnMut(L::Part) -> bool,
) -> io::Result<Streamed> {
    follow(head, input, reader, threads, listener, |told| match told {
        Told::Part(part) => merge(part),
        Told::Pause => true,
    })
}

/// Like [`stream`], of an input that may have nothing for now: it answers [`io::ErrorKind::WouldBlock`], after waiting a
/// little. Whole records are told at once then; the last one as soon as nothing was added to it between two pauses.
pub fn follow<L: Listener>(
    head: Vec<u8>,
    input: &mut (dyn Read + Send),
    reader: &dyn Reader,
    threads: usize,
    listener: &L,
    mut tell: impl FnMut(Told<L::Part>) -> bool,
) -> io::Result<Streamed> {
    let threads = threads.max(1);
    // Memory: so many chunks, each until it is told in its turn.
    let buffers = 2 * threads + 2;
    let (give, take) = sync_channel::<Chunk>(buffers);
    let (report, reported) = sync_channel::<(u64, Option<Done<L::Part>>)>(buffers);
    let (give_back, spare) = sync_channel::<Buffer>(buffers);
    for _ in 1..buffers {
        let _ = give_back.try_send(Buffer::default());
    }
    let take = Arc::new(Mutex::new(take));
    thread::scope(|scope| {
        let cutting = scope.spawn(move || cut(Buffer::from(head), input, reader, &give, &spare));
        for _ in 0..threads {
            let (take, report) = (Arc::clone(&take), report.clone());
            scope.spawn(move || work(&take, &report, reader, listener));
        }
        drop((report, take));
        let mut streamed = Streamed::default();
        let mut early: BTreeMap<u64, Done<L::Part>> = BTreeMap::new();
        let mut next = 0;
        let mut failed = false;
        'all: for (number, done) in &reported {
            let Some(done) = done else {
                failed = true;
                break;
            };
            early.insert(number, done);
            while let Some(done) = early.remove(&next) {
                next += 1;
                streamed.bytes += done.buffer.filled as u64;
                streamed.lines.add(done.lines);
                let told = if done.buffer.filled == 0 { Told::Pause } else { Told::Part(done.part) };
                let _ = give_back.try_send(done.buffer.emptied());
                if !tell(told) {
                    break 'all;
                }
            }
        }
        drop((reported, give_back));
        match cutting.join() {
            Ok(broken) if !failed => Ok(Streamed { broken, ..streamed }),
            _ => Err(io::Error::other("the reader of this log failed; this is a defect of dbwright")),
        }
    })
}

/// Bytes that are used again and again, so that they are made zero only once.
#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// So many of them mean something.
    filled: usize,
}

/// Why filling a buffer stopped.
enum Filled {
    Full,
    Pause,
    End(Option<io::Error>),
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Buffer { filled: bytes.len(), bytes }
    }
}

impl Buffer {
    fn text(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// For use again; what a giant record needed is given back.
    fn emptied(mut self) -> Buffer {
        self.filled = 0;
        if self.bytes.len() > 2 * CHUNK { Buffer::default() } else { self }
    }

    /// Reads until there are so many bytes.
    fn fill(&mut self, length: usize, input: &mut (dyn Read + Send)) -> Filled {
        if self.bytes.len() < length {
            self.bytes.resize(length, 0);
        }
        while self.filled < length {
            match input.read(&mut self.bytes[self.filled..length]) {
                Ok(0) => return Filled::End(None),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Filled::Pause,
                Err(error) => return Filled::End(Some(error)),
            }
        }
        Filled::Full
    }

    /// Moves what stands behind `whole` to another buffer.
    fn split(&mut self, whole: usize, rest: &mut Buffer) {
        let text = &self.bytes[whole..self.filled];
        if rest.bytes.len() < text.len() {
            rest.bytes.resize(text.len().max(CHUNK), 0);
        }
        rest.bytes[..text.len()].copy_from_slice(text);
        rest.filled = text.len();
        self.filled = whole;
    }
}

/// A chunk of whole records; an empty one is a pause.
struct Chunk {
    number: u64,
    buffer: Buffer,
    before: Context,
}

/// What was made of one.
struct Done<P> {
    part: P,
    lines: Lines,
    buffer: Buffer,
}

/// Cuts the input into chunks until it ends or nobody takes them any more. Tells why it ended too early.
fn cut(
    mut pending: Buffer,
    input: &mut (dyn Read + Send),
    reader: &dyn Reader,
    give: &SyncSender<Chunk>,
    spare: &Receiver<Buffer>,
) -> Option<io::Error> {
    let mut before = Context::default();
    let mut number = 0;
    let mut wanted = CHUNK;
    // Bytes that were there at the last pause.
    let mut idle = None;
    loop {
        let filled = pending.fill(wanted, input);
        // At most what is wanted is looked at, so that cuts do not depend on how much the input gave at once.
        let seen = pending.filled.min(wanted);
        let whole = match filled {
            Filled::End(_) => pending.filled,
            Filled::Pause if idle == Some(pending.filled) && pending.text().ends_with(b"\n") => pending.filled,
            Filled::Full | Filled::Pause => reader.whole(&pending.text()[..seen]).min(seen),
        };
        let whole = match filled {
            Filled::Full if whole == 0 && wanted < LONGEST_RECORD => {
                wanted *= 2;
                continue;
            }
            Filled::Full if whole == 0 => pending.filled,
            _ => whole,
        };
        if whole > 0 {
            // Waits until a chunk was told when all buffers are on their way.
            let Ok(mut rest) = spare.recv() else { return None };
            pending.split(whole, &mut rest);
            let after = reader.after(pending.text(), &before);
            let buffer = std::mem::replace(&mut pending, rest);
            if give.send(Chunk { number, buffer, before }).is_err() {
                return None;
            }
            before = after;
            number += 1;
            wanted = CHUNK;
        }
        match filled {
            Filled::End(broken) => return broken,
            Filled::Pause => {
                idle = Some(pending.filled);
                if give.send(Chunk { number, buffer: Buffer::default(), before: before.clone() }).is_err() {
                    return None;
                }
                number += 1;
            }
            Filled::Full => idle = None,
        }
    }
}

/// Reads chunks as long as there are some.
fn work<L: Listener>(
    take: &Mutex<Receiver<Chunk>>,
    report: &SyncSender<(u64, Option<Done<L::Part>>)>,
    reader: &dyn Reader,
    listener: &L,
) {
    loop {
        let Ok(Ok(Chunk { number, buffer, before })) = take.lock().map(|take| take.recv()) else { return };
        // Who waits for this chunk must hear that it never comes.
        let done = panic::catch_unwind(AssertUnwindSafe(|| {
            let mut hearing = Hearing { listener, part: listener.part(), lines: Lines::default() };
            if buffer.filled > 0 {
                reader.read(buffer.text(), &before, &mut hearing);
            }
            Done { part: hearing.part, lines: hearing.lines, buffer }
        }));
        let failed = done.is_err();
        if report.send((number, done.ok())).is_err() || failed {
            return;
        }
    }
}

/// Passes events on and counts lines.
struct Hearing<'l, L: Listener> {
    listener: &'l L,
    part: L::Part,
    lines: Lines,
}

impl<L: Listener> Sink for Hearing<'_, L> {
    fn event(&mut self, event: &Event<'_>) {
        self.listener.hear(&mut self.part, event);
    }

    fn lines(&mut self, count: u64) {
        self.lines.total += count;
    }

    fn missed(&mut self, line: &[u8]) {
        self.lines.missed += 1;
        if self.lines.first.len() < SHOWN {
            let cut = &line[..line.len().min(160)];
            self.lines.first.push(String::from_utf8_lossy(cut).trim_end().to_owned());
        }
    }

    fn foreign(&mut self, count: u64) {
        self.lines.foreign += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dbwright_model::log::{Said, Statement, What};

    /// One statement a line; lines with `!` are not understood.
    struct ByLine;

    impl Reader for ByLine {
        fn whole(&self, bytes: &[u8]) -> usize {
            memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
        }

        fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
            for line in chunk.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                sink.lines(1);
                if line.contains(&b'!') {
                    sink.missed(line);
                    continue;
                }
                let statement = Statement { said: Said::Sql(line), ..Statement::default() };
                sink.event(&Event { what: What::Statement(statement), ..Event::default() });
            }
        }
    }

    struct Texts;

    impl Listener for Texts {
        type Part = Vec<Vec<u8>>;

        fn part(&self) -> Self::Part {
            Vec::new()
        }

        fn hear(&self, part: &mut Self::Part, event: &Event<'_>) {
            if let What::Statement(Statement { said: Said::Sql(text), .. }) = event.what {
                part.push(text.to_vec());
            }
        }
    }

    fn text(lines: usize) -> Vec<u8> {
        (0..lines).flat_map(|line| format!("select {line} from t where a = {}\n", line * 7).into_bytes()).collect()
    }

    fn read(text: &[u8], threads: usize) -> (Vec<Vec<u8>>, Streamed) {
        let mut all = Vec::new();
        let merge = |part: Vec<Vec<u8>>| {
            all.extend(part);
            true
        };
        let streamed = stream(Vec::new(), &mut &text[..], &ByLine, threads, &Texts, merge).unwrap();
        (all, streamed)
    }

    #[test]
    fn every_record_in_order_for_any_number_of_threads() {
        let text = text(200_000);
        let expected: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        for threads in [1, 2, 7] {
            let (all, streamed) = read(&text, threads);
            assert_eq!(all, expected);
            assert_eq!(streamed.bytes, text.len() as u64);
            assert_eq!(streamed.lines, Lines { total: 200_000, ..Lines::default() });
        }
    }

    #[test]
    fn a_record_longer_than_a_chunk_and_a_last_line_without_end() {
        let long = "x".repeat(3 * CHUNK);
        let (all, _) = read(format!("a\n{long}\nlast").as_bytes(), 2);
        assert_eq!(all.iter().map(Vec::len).collect::<Vec<usize>>(), [1, 3 * CHUNK, 4]);
    }

    #[test]
    fn what_is_not_understood_is_counted_and_shown() {
        let (_, streamed) = read(b"a\n!b\nc\n!d", 1);
        assert_eq!(streamed.lines, Lines { total: 4, missed: 2, foreign: 0, first: vec!["!b".into(), "!d".into()] });
        assert_eq!(streamed.lines.understood(), 0.5);
    }

    #[test]
    fn who_has_heard_enough_stops_the_reading() {
        let text = text(500_000);
        let mut parts = 0;
        let merge = |_| {
            parts += 1;
            false
        };
        stream(Vec::new(), &mut &text[..], &ByLine, 2, &Texts, merge).unwrap();
        assert_eq!(parts, 1);
    }

    /// Fails after some bytes.
    struct Breaks(usize);

    impl Read for Breaks {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("broke"));
            }
            let count = buffer.len().min(self.0);
            buffer[..count].fill(b'\n');
            buffer[0] = b'a';
            self.0 -= count;
            Ok(count)
        }
    }

    #[test]
    fn what_was_read_before_an_input_broke_counts() {
        let mut input = Breaks(100);
        let mut heard = 0;
        let merge = |part: Vec<Vec<u8>>| {
            heard += part.len();
            true
        };
        let streamed = stream(Vec::new(), &mut input, &ByLine, 2, &Texts, merge).unwrap();
        assert_eq!((heard, streamed.bytes, streamed.lines.total), (1, 100, 1));
        assert_eq!(streamed.broken.unwrap().to_string(), "broke");
    }

    /// Gives these pieces, with a pause where one is empty.
    struct Pieces(Vec<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            if piece.is_empty() {
                return Err(io::Error::from(io::ErrorKind::WouldBlock));
            }
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn an_input_that_pauses_is_told_up_to_there() {
        let mut input = Pieces(vec![b"a\nb", b"", b"c\nd\n", b"", b"", b"e"]);
        let mut heard: Vec<String> = Vec::new();
        let tell = |told: Told<Vec<Vec<u8>>>| {
            match told {
                Told::Part(part) => heard.extend(part.iter().map(|text| String::from_utf8_lossy(text).into_owned())),
                Told::Pause => heard.push("-".to_owned()),
            }
            true
        };
        follow(Vec::new(), &mut input, &ByLine, 3, &Texts, tell).unwrap();
        assert_eq!(heard, ["a", "-", "bc", "d", "-", "-", "e"]);
    }

    struct Fails;

    impl Reader for Fails {
        fn whole(&self, bytes: &[u8]) -> usize {
            bytes.len()
        }

        fn read(&self, _chunk: &[u8], _before: &Context, _sink: &mut dyn Sink) {
            panic!("a defect");
        }
    }

    #[test]
    fn a_reader_that_fails_is_an_error_and_no_standstill() {
        let text = text(2_000_000);
        let result = stream(Vec::new(), &mut &text[..], &Fails, 2, &Texts, |_| true);
        assert!(result.unwrap_err().to_string().contains("defect"));
    }
}

//! Reading an input with all cores: one thread cuts it into chunks of whole records, others read them, and what they
//! made of them is put together in the order of the input. The result does not depend on the number of threads.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use dbwright_model::log::{Context, Event, Reader, Sink};

/// Bytes of a chunk; it is the same for any number of threads, because results are put together chunk by chunk.
const CHUNK: usize = 2 << 20;
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
    /// The first of those, cut to a screen's width. They may hold literals: for the terminal of who has the file.
    pub first: Vec<String>,
}

impl Lines {
    /// Adds those of what follows.
    pub fn add(&mut self, other: Lines) {
        self.total += other.total;
        self.missed += other.missed;
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
    /// What ended the reading before the end of the input; everything before it was read.
    pub broken: Option<io::Error>,
}

/// A chunk of whole records.
struct Chunk {
    number: u64,
    bytes: Vec<u8>,
    before: Context,
}

/// What was made of one.
struct Done<P> {
    part: P,
    lines: Lines,
    bytes: Vec<u8>,
}

/// Reads the input to its end. `merge` hears the parts in the order of the input; `head` is what was already taken from
/// the input to recognise it. Stops early when `merge` returns `false`.
pub fn stream<L: Listener>(
    head: Vec<u8>,
    input: &mut (dyn Read + Send),
    reader: &dyn Reader,
    threads: usize,
    listener: &L,
    mut merge: impl FnMut(L::Part) -> bool,
) -> Streamed {
    let threads = threads.max(1);
    let in_flight = threads + 2;
    let (give, take) = sync_channel::<Chunk>(in_flight);
    let (report, reported) = sync_channel::<(u64, Done<L::Part>)>(in_flight);
    let (give_back, spare) = sync_channel::<Vec<u8>>(in_flight * 2);
    let take = Arc::new(Mutex::new(take));
    thread::scope(|scope| {
        let cutting = scope.spawn(move || cut(head, input, reader, &give, &spare));
        for _ in 0..threads {
            let (take, report) = (Arc::clone(&take), report.clone());
            scope.spawn(move || work(&take, &report, reader, listener));
        }
        drop((report, take));
        let mut streamed = Streamed::default();
        let mut early: BTreeMap<u64, Done<L::Part>> = BTreeMap::new();
        let mut next = 0;
        'all: for (number, done) in &reported {
            early.insert(number, done);
            while let Some(done) = early.remove(&next) {
                next += 1;
                streamed.bytes += done.bytes.len() as u64;
                streamed.lines.add(done.lines);
                let go_on = merge(done.part);
                let _ = give_back.try_send(done.bytes);
                if !go_on {
                    break 'all;
                }
            }
        }
        drop(reported);
        streamed.broken = match cutting.join() {
            Ok(result) => result.err(),
            Err(_) => Some(io::Error::other("the thread that reads the input ended unexpectedly")),
        };
        streamed
    })
}

/// Cuts the input into chunks until it ends or nobody takes them any more.
fn cut(
    head: Vec<u8>,
    input: &mut (dyn Read + Send),
    reader: &dyn Reader,
    give: &SyncSender<Chunk>,
    spare: &Receiver<Vec<u8>>,
) -> io::Result<()> {
    let mut before = Context::default();
    let mut number = 0;
    let mut pending = head;
    let mut wanted = CHUNK;
    loop {
        // What was read before an input broke is still read.
        let (ended, broken) = match fill(&mut pending, wanted, input) {
            Ok(ended) => (ended, None),
            Err(error) => (true, Some(error)),
        };
        let whole = match ended {
            true => pending.len(),
            // At most a chunk is looked at, so that cuts do not depend on how much the input gave at once.
            false => reader.whole(&pending[..wanted]).min(wanted),
        };
        if whole == 0 && !ended && wanted < LONGEST_RECORD {
            wanted *= 2;
            continue;
        }
        let whole = if whole == 0 { pending.len() } else { whole };
        if whole > 0 {
            let mut rest = spare.try_recv().unwrap_or_default();
            rest.clear();
            rest.extend_from_slice(&pending[whole..]);
            pending.truncate(whole);
            let after = reader.after(&pending, &before);
            let chunk = Chunk { number, bytes: std::mem::replace(&mut pending, rest), before };
            before = after;
            number += 1;
            if give.send(chunk).is_err() {
                return Ok(());
            }
        }
        wanted = CHUNK;
        if ended {
            return broken.map_or(Ok(()), Err);
        }
    }
}

/// Fills the buffer up to that length; `true` when the input has ended.
fn fill(buffer: &mut Vec<u8>, length: usize, input: &mut (dyn Read + Send)) -> io::Result<bool> {
    if buffer.len() >= length {
        return Ok(false);
    }
    let missing = length - buffer.len();
    buffer.reserve(missing);
    let read = input.take(missing as u64).read_to_end(buffer)?;
    Ok(read < missing)
}

/// Reads chunks as long as there are some.
fn work<L: Listener>(
    take: &Mutex<Receiver<Chunk>>,
    report: &SyncSender<(u64, Done<L::Part>)>,
    reader: &dyn Reader,
    listener: &L,
) {
    loop {
        let Ok(Ok(chunk)) = take.lock().map(|take| take.recv()) else { return };
        let mut hearing = Hearing { listener, part: listener.part(), lines: Lines::default() };
        reader.read(&chunk.bytes, &chunk.before, &mut hearing);
        let done = Done { part: hearing.part, lines: hearing.lines, bytes: chunk.bytes };
        if report.send((chunk.number, done)).is_err() {
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
        let streamed = stream(Vec::new(), &mut &text[..], &ByLine, threads, &Texts, merge);
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
            assert_eq!(streamed.lines, Lines { total: 200_000, missed: 0, first: Vec::new() });
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
        assert_eq!(streamed.lines, Lines { total: 4, missed: 2, first: vec!["!b".into(), "!d".into()] });
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
        stream(Vec::new(), &mut &text[..], &ByLine, 2, &Texts, merge);
        assert_eq!(parts, 1);
    }
}

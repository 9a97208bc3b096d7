//! How fast logs are read, beside counting their lines, and whether all of a log was read.
//!
//! ```text
//! cargo bench -p dbwright-mysql --bench log_readers               the recorded logs, repeated
//! cargo bench -p dbwright-mysql --bench log_readers -- FILE...    these
//! ```
//! Both are timed chunk by chunk on the same bytes in memory, the best of five rounds, by one thread. Of a slow log, records
//! and their time are counted by a search for their lines too: the difference must be 0. `load_slow_log` of the demo makes
//! a large one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench stops where something is not as it must be")]

use std::fs::File;
use std::hint::black_box;
use std::io::{Cursor, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use dbwright_model::log::{Context, Event, LogFormat, Reader, Sink, What};
use dbwright_model::room::Room;
use dbwright_mysql::MySql;

const CHUNK: usize = 2 << 20;
const ROUNDS: usize = 5;
/// Bytes of a recorded log, repeated.
const REPEATED: usize = 64 << 20;

/// Counts and touches what it is told, as any listener would.
#[derive(Default)]
struct Counts {
    statements: u64,
    nanoseconds: u64,
    others: u64,
    lines: u64,
    missed: u64,
}

impl Sink for Counts {
    fn event(&mut self, event: &Event<'_>) {
        match &event.what {
            What::Statement(statement) => {
                self.statements += 1;
                self.nanoseconds += statement.duration.unwrap_or(0);
            }
            _ => self.others += 1,
        }
        black_box(event);
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    println!(
        "{:34} {:>8} {:>10} {:>10} {:>7}  {:>9} records, lines missed",
        "log", "MB", "lines MB/s", "read MB/s", "ratio", ""
    );
    if files.is_empty() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
        let mut recorded: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        recorded.sort();
        for path in recorded.iter().filter(|path| !path.to_str().unwrap().contains("written")) {
            let once = std::fs::read(path).unwrap();
            let all = once.repeat(REPEATED / once.len());
            measure(&path.file_name().unwrap().to_string_lossy(), &mut Cursor::new(&all));
        }
    }
    for file in files {
        measure(&file, &mut File::open(&file).unwrap());
    }
}

fn measure(name: &str, input: &mut dyn Read) {
    let mut bytes = Vec::new();
    fill(&mut bytes, input);
    let (format, reader) = recognise(&bytes);
    let (mut counting, mut reading, mut size) = (Duration::ZERO, Duration::ZERO, 0);
    let mut all = Counts::default();
    let mut by_search = (0, 0);
    let mut before = Context::default();
    while !bytes.is_empty() {
        let ended = bytes.len() < CHUNK;
        let whole = if ended { bytes.len() } else { reader.whole(&bytes) };
        assert!(whole > 0, "a record longer than a chunk");
        let chunk = &bytes[..whole];
        let mut after = Context::default();
        counting += best(|| {
            black_box(memchr::memchr_iter(b'\n', black_box(chunk)).count());
        });
        let mut counts = Counts::default();
        reading += best(|| {
            counts = Counts::default();
            black_box(reader.whole(chunk));
            after = reader.after(chunk, &before);
            reader.read(chunk, &before, &mut counts);
        });
        all.statements += counts.statements;
        all.nanoseconds += counts.nanoseconds;
        all.others += counts.others;
        all.lines += counts.lines;
        all.missed += counts.missed;
        if format.id == "mysql-slow" {
            let (records, time) = search(chunk);
            by_search = (by_search.0 + records, by_search.1 + time);
        }
        before = after;
        size += whole;
        bytes.drain(..whole);
        fill(&mut bytes, input);
    }
    let rate = |time: Duration| size as f64 / 1e6 / time.as_secs_f64();
    let records = all.statements + all.others;
    println!(
        "{name:34} {:8.0} {:10.0} {:10.0} {:7.1}  {records:>9} of {} lines, {} missed",
        size as f64 / 1e6,
        rate(counting),
        rate(reading),
        reading.as_secs_f64() / counting.as_secs_f64(),
        all.lines,
        all.missed,
    );
    if format.id == "mysql-slow" {
        println!(
            "    {} statements, {} ns; by search {}, {} ns",
            all.statements, all.nanoseconds, by_search.0, by_search.1
        );
        assert_eq!((all.statements, all.nanoseconds), by_search, "not all was read");
    }
}

fn fill(bytes: &mut Vec<u8>, input: &mut dyn Read) {
    let missing = CHUNK.saturating_sub(bytes.len());
    input.take(missing as u64).read_to_end(bytes).unwrap();
}

fn recognise(sample: &[u8]) -> (&'static LogFormat, Box<dyn Reader>) {
    let mut found = MySql.log_formats().iter().filter_map(|format| Some((*format, (format.detect)(sample)?.reader)));
    found.next().unwrap_or_else(|| panic!("no log of MySQL or MariaDB"))
}

fn best(mut run: impl FnMut()) -> Duration {
    let round = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..ROUNDS).map(round).min().unwrap()
}

/// Counts records of a slow log and their nanoseconds by the line that each has.
fn search(chunk: &[u8]) -> (u64, u64) {
    let mut counted = (0, 0);
    for line in chunk.split(|byte| *byte == b'\n') {
        let Some(rest) = line.strip_prefix(b"# Query_time: ") else { continue };
        let figure = str::from_utf8(rest.split(|byte| *byte == b' ').next().unwrap()).unwrap();
        let (seconds, micros) = figure.split_once('.').unwrap();
        counted.0 += 1;
        counted.1 += seconds.parse::<u64>().unwrap() * 1_000_000_000 + micros.parse::<u64>().unwrap() * 1000;
    }
    counted
}

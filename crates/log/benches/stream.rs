//! What the streaming costs by itself: a file read by one and by two threads, beside a plain read that counts lines.
//!
//!     cargo bench -p dbwright-log --bench stream [FILE]

#![allow(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use dbwright_log::{Listener, Progress, Source, stream};
use dbwright_model::log::{Context, Event, Reader, Sink};

/// Bytes of the file when none is named.
const SIZE: usize = 512 << 20;
/// Each measure is the best of so many.
const RUNS: usize = 5;

/// Counts lines, as cheaply as lines can be found.
struct Lines;

impl Reader for Lines {
    fn whole(&self, bytes: &[u8]) -> usize {
        memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        sink.lines(memchr::memchr_iter(b'\n', chunk).count() as u64);
    }
}

struct Nobody;

impl Listener for Nobody {
    type Part = ();
    fn part(&self) {}
    fn hear(&self, _part: &mut (), _event: &Event<'_>) {}
}

fn plain(path: &Path) -> u64 {
    let mut file = File::open(path).unwrap();
    let mut buffer = vec![0; 256 << 10];
    let mut lines = 0;
    loop {
        match file.read(&mut buffer).unwrap() {
            0 => return lines,
            read => lines += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64,
        }
    }
}

fn streamed(path: &Path, threads: usize) -> u64 {
    let mut source = Source::open(path, &Progress::default()).unwrap();
    stream(Vec::new(), &mut source.input, &Lines, threads, &Nobody, |()| true).unwrap().lines.total
}

/// Best rate in MB/s, and what was counted.
fn rate(bytes: u64, mut run: impl FnMut() -> u64) -> (f64, u64) {
    let mut best = 0.0_f64;
    let mut counted = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        counted = run();
        best = best.max(bytes as f64 / 1e6 / start.elapsed().as_secs_f64());
    }
    (best, counted)
}

fn main() {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let folder = tempfile::tempdir().unwrap();
    let path = named.unwrap_or_else(|| {
        let path = folder.path().join("log");
        let line = b"2026-11-24 12:00:00.123 UTC [4711] app@shop LOG:  duration: 0.123 ms  statement: SELECT * FROM orders WHERE id = 42\n";
        let block = line.repeat((1 << 20) / line.len());
        let mut file = File::create(&path).unwrap();
        for _ in 0..SIZE / block.len() {
            file.write_all(&block).unwrap();
        }
        path
    });
    let bytes = path.metadata().unwrap().len();
    let (base, lines) = rate(bytes, || plain(&path));
    println!("plain read, lines counted   {base:7.0} MB/s");
    for threads in [1, 2] {
        let (rate, counted) = rate(bytes, || streamed(&path, threads));
        assert_eq!(counted, lines);
        println!("streamed, {threads} thread(s)       {rate:7.0} MB/s   {:.2} of the plain read", rate / base);
    }
}

//! What taking a wrapping off costs: the same lines as they are and in wrappings, read by a reader that only counts them.
//!
//!     cargo bench -p dbwright-log --bench wrapping

#![allow(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::time::Instant;

use dbwright_log::{Listener, detect, stream};
use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, LogFormat, Reader, Said, Sink, Statement, What};

/// Bytes of each log.
const SIZE: usize = 128 << 20;
/// Each measure is the best of so many.
const RUNS: usize = 3;

/// Lines with a duration in them, of a session with a time.
struct Lines;

static LINES: LogFormat = LogFormat { engine: Engine::Postgres, id: "lines", reads: "lines", detect: lines };

fn lines(sample: &[u8]) -> Option<Detected> {
    let good = sample.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"2026-11-24 ")).count();
    let understood = good as f64 / memchr::memchr_iter(b'\n', sample).count().max(1) as f64;
    (good > 0).then(|| Detected { reader: Box::new(Lines), understood, detail: String::new() })
}

impl Reader for Lines {
    fn whole(&self, bytes: &[u8]) -> usize {
        memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', chunk) {
            let what = What::Statement(Statement { said: Said::Sql(&chunk[from..end]), ..Statement::default() });
            sink.event(&Event { at: Some(1), session: Some(1), what, ..Event::default() });
            from = end + 1;
        }
        sink.lines(0);
    }
}

struct Count;

impl Listener for Count {
    type Part = u64;

    fn part(&self) -> u64 {
        0
    }

    fn hear(&self, part: &mut u64, _event: &Event<'_>) {
        *part += 1;
    }
}

fn main() {
    let line = r#"2026-11-24 12:00:00.123 UTC [4711] app@shop LOG:  duration: 0.123 ms  statement: SELECT "a" FROM orders WHERE id = 42"#;
    let json = line.replace('"', "\\\"");
    let logs = [
        ("as it is", format!("{line}\n")),
        (
            "docker (JSON)",
            format!("{{\"log\":\"{json}\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-24T12:00:00.123Z\"}}\n"),
        ),
        ("Kubernetes (CRI)", format!("2026-11-24T12:00:00.123456789Z stderr F {line}\n")),
        ("syslog", format!("Nov 24 12:00:00 host postgres[4711]: [5-1] {line}\n")),
        (
            "Google Cloud",
            format!("{{\"insertId\":\"0\",\"textPayload\":\"{json}\",\"timestamp\":\"2026-11-24T12:00:00Z\"}}\n"),
        ),
        ("timestamps", format!("2026-11-24T12:00:00.123456789Z {line}\n")),
    ];
    let mut base = None;
    for (title, line) in logs {
        let log = line.repeat(SIZE / line.len());
        let (_, detected) = detect(&log.as_bytes()[..256 << 10], &[&LINES]).unwrap();
        let mut rates = [0.0_f64; 2];
        for (threads, best) in [1, 2].into_iter().zip(&mut rates) {
            for _ in 0..RUNS {
                let (start, mut events) = (Instant::now(), 0);
                let merge = |part| {
                    events += part;
                    true
                };
                stream(Vec::new(), &mut log.as_bytes(), detected.reader.as_ref(), threads, &Count, merge).unwrap();
                assert_eq!(events as usize, SIZE / line.len());
                *best = best.max(log.len() as f64 / 1e6 / start.elapsed().as_secs_f64());
            }
        }
        let base = *base.get_or_insert(rates[0]);
        println!("{title:20} {:6.0} MB/s, two threads {:6.0} MB/s   {:.2}", rates[0], rates[1], rates[0] / base);
    }
}

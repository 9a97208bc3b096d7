//! How fast logs are read, without anybody listening, beside counting their lines.
//!
//!     scripts/pg-log-load.sh 256 /tmp/logs
//!     LOGS=/tmp/logs cargo bench -p dbwright-postgres --bench log_readers

use std::hint::black_box;
use std::time::Instant;

use dbwright_model::log::{Context, Event, Reader, Sink, What};
use dbwright_model::room::Room;
use dbwright_postgres::Postgres;

/// As `dbwright_log` cuts an input.
const CHUNK: usize = 2 << 20;
const ROUNDS: usize = 7;

#[derive(Default)]
struct Counts {
    events: u64,
    statements: u64,
    plans: u64,
    happenings: u64,
    nanoseconds: u64,
    lines: u64,
    missed: u64,
}

impl Sink for Counts {
    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        match &event.what {
            What::Statement(statement) => {
                self.statements += 1;
                self.nanoseconds += statement.duration.unwrap_or(0);
                black_box(&statement.said);
            }
            What::Plan { .. } => self.plans += 1,
            What::Happening(_) => self.happenings += 1,
            _ => {}
        }
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}

fn read(reader: &dyn Reader, text: &[u8]) -> Counts {
    let mut counts = Counts::default();
    let mut from = 0;
    while from < text.len() {
        let rest = &text[from..];
        let whole = match rest.len() <= CHUNK {
            true => rest.len(),
            false => reader.whole(&rest[..CHUNK]),
        };
        let whole = if whole == 0 { rest.len() } else { whole };
        reader.read(&rest[..whole], &Context::default(), &mut counts);
        from += whole;
    }
    counts
}

/// Seconds this thread ran, where the system tells: on a busy machine the clock tells more than reading took.
fn ran() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(told.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// Megabytes a second in the fastest round of some that take long enough to be measured.
fn fastest(bytes: usize, mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (start, before) = (Instant::now(), ran());
        let mut runs = 0.0;
        while runs == 0.0 || start.elapsed().as_secs_f64() < 0.2 {
            run();
            runs += 1.0;
        }
        let seconds = before.zip(ran()).map_or(start.elapsed().as_secs_f64(), |(before, after)| after - before);
        if seconds > 0.0 {
            best = best.min(seconds / runs);
        }
    }
    bytes as f64 / 1e6 / best
}

fn main() {
    let Some(folder) = std::env::var_os("LOGS") else {
        println!("LOGS names no folder with postgres.log, .csv and .json: scripts/pg-log-load.sh makes one");
        return;
    };
    for name in ["postgres.log", "postgres.csv", "postgres.json"] {
        let path = std::path::Path::new(&folder).join(name);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) => {
                println!("{}: {error}", path.display());
                continue;
            }
        };
        let sample = &text[..text.len().min(256 << 10)];
        let started = Instant::now();
        let detected = Postgres
            .log_formats()
            .iter()
            .filter_map(|format| (format.detect)(sample))
            .max_by(|one, other| one.understood.total_cmp(&other.understood));
        let Some(detected) = detected else {
            println!("{name}: not recognised");
            continue;
        };
        println!("{name}: {} ({:.1} ms to find out)", detected.detail, started.elapsed().as_secs_f64() * 1e3);
        let counts = read(detected.reader.as_ref(), &text);
        println!(
            "  {} MB, {} lines ({} missed), {} events: {} statements of {:.3} s, {} plans, {} other",
            text.len() / 1_000_000,
            counts.lines,
            counts.missed,
            counts.events,
            counts.statements,
            counts.nanoseconds as f64 / 1e9,
            counts.plans,
            counts.happenings
        );
        let lines = fastest(text.len(), || {
            black_box(memchr::memchr_iter(b'\n', &text).count());
        });
        let reading = fastest(text.len(), || {
            black_box(read(detected.reader.as_ref(), &text));
        });
        println!("  counting lines {lines:.0} MB/s, reading {reading:.0} MB/s: {:.2} of it", reading / lines);
    }
}

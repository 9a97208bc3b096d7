//! `read` of one megabyte of plans, from process start to exit: the best time by the clock, and processor time.
//! `cargo bench -p dbwright --bench read`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::fmt::Write;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PLAN: &str = include_str!("../tests/plans/subplans.txt");
const RUNS: u32 = 20;

/// Processor seconds of all children so far: ticks of 1/100 s, so that only sums over many runs mean something.
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn measure(what: &str, text: &str, more: &[&str]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let run = |path: &Path| {
        let started = Instant::now();
        let shown = File::create("/dev/null").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dbwright"));
        let status = command.arg("read").arg(path).args(more).stdout(shown).stderr(Stdio::null()).status().unwrap();
        (started.elapsed(), status.code())
    };
    let (mut best, mut code) = (Duration::MAX, None);
    let before = children();
    for _ in 0..RUNS {
        let (took, status) = run(file.path());
        best = best.min(took);
        code = status;
    }
    println!(
        "{what}: {:.2} MB, best {:.0} ms, {:.0} ms of processor time, exit {}",
        text.len() as f64 / 1e6,
        best.as_secs_f64() * 1e3,
        (children() - before) * 1e3 / f64::from(RUNS),
        code.map_or("?".to_owned(), |code| code.to_string()),
    );
}

fn main() {
    measure("a line that is no plan", "no plan\n", &[]);
    measure("one small plan", PLAN, &[]);
    let many = PLAN.repeat(1_000_000 / PLAN.len());
    measure("plans as text", &many, &[]);
    measure("plans as text, told as JSON", &many, &["--format", "json"]);
    let mut one = "Append  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..900.020 rows=3 loops=1)\n".to_owned();
    for part in 0.. {
        if one.len() > 1_000_000 {
            break;
        }
        write!(
            one,
            "  ->  Seq Scan on part_{part}  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..0.020 rows=3 loops=1)\n        Filter: (id < 5)\n        Rows Removed by Filter: 7\n"
        )
        .unwrap();
    }
    measure("one plan of thousands of operators", &one, &[]);
    let prose = "It is said -> that the plan (cost unknown) was not one: look elsewhere, \"please\".\n";
    measure("text without a plan", &prose.repeat(1_000_000 / prose.len()), &[]);
}

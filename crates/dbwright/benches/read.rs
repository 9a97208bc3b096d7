//! `read` of one megabyte of plans, and of plans of 100,000 operators, from process start to exit: the best time by the
//! clock, processor time, how many times that of merely reading the file, and the most memory.
//! `cargo bench -p dbwright --bench read`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::fmt::Write;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PLAN: &str = include_str!("../tests/plans/subplans.txt");
const RUNS: u32 = 20;
/// Of what takes seconds.
const FEW: u32 = 3;

/// Processor seconds of all children so far: ticks of 1/100 s, so that only sums over many runs mean something.
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn measure(what: &str, text: &str, more: &[&str], runs: u32) {
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
    for _ in 0..runs {
        let (took, status) = run(file.path());
        best = best.min(took);
        code = status;
    }
    let processor = (children() - before) * 1e3 / f64::from(runs);
    let mut reading = Duration::MAX;
    for _ in 0..runs {
        let started = Instant::now();
        std::hint::black_box(std::fs::read(file.path()).unwrap());
        reading = reading.min(started.elapsed());
    }
    println!(
        "{what}: {:.2} MB, best {:.0} ms ({:.0} × reading the file), {processor:.0} ms of processor time, {}exit {}",
        text.len() as f64 / 1e6,
        best.as_secs_f64() * 1e3,
        best.as_secs_f64() / reading.as_secs_f64(),
        peak(file.path(), more),
        code.map_or("?".to_owned(), |code| code.to_string()),
    );
}

/// The most memory it has, where GNU time tells.
fn peak(path: &Path, more: &[&str]) -> String {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "peak %M", env!("CARGO_BIN_EXE_dbwright"), "read"]).arg(path).args(more).stdout(Stdio::null());
    let told = command.output().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    let kb = told.lines().find_map(|line| line.strip_prefix("peak ")?.parse::<u64>().ok());
    kb.map_or(String::new(), |kb| format!("peak {} MB, ", kb / 1024))
}

/// A plan of that many operators as text, with all that is printed of a scan.
fn text_of(operators: usize) -> String {
    let mut text = "Append  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..900.020 rows=3 loops=1)\n".to_owned();
    for part in 1..operators {
        write!(
            text,
            "  ->  Seq Scan on part_{part}  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..0.020 rows=3 loops=1)\n        Filter: (id < 5)\n        Rows Removed by Filter: 7\n        Buffers: shared hit=4\n"
        )
        .unwrap();
    }
    text
}

/// The same as JSON, as the server prints it, zeros and all.
fn json_of(operators: usize) -> String {
    let zeros = ["Shared Dirtied", "Shared Written", "Local Hit", "Local Read", "Local Dirtied", "Local Written"];
    let zeros: String = zeros.iter().map(|what| format!(",\n          \"{what} Blocks\": 0")).collect();
    let figures = "\"Startup Cost\": 0.00,\n          \"Total Cost\": 12.50,\n          \"Plan Rows\": 3,\n          \"Plan Width\": 8,\n          \"Actual Startup Time\": 0.010,\n          \"Actual Total Time\": 0.020,\n          \"Actual Rows\": 3,\n          \"Actual Loops\": 1";
    let scan = |part: usize| {
        format!(
            "        {{\n          \"Node Type\": \"Seq Scan\",\n          \"Parent Relationship\": \"Member\",\n          \"Parallel Aware\": false,\n          \"Relation Name\": \"part_{part}\",\n          \"Alias\": \"part_{part}\",\n          {figures},\n          \"Filter\": \"(id < 5)\",\n          \"Rows Removed by Filter\": 7,\n          \"Shared Hit Blocks\": 4{zeros}\n        }}"
        )
    };
    let scans = (1..operators).map(scan).collect::<Vec<_>>().join(",\n");
    format!(
        "[\n  {{\n    \"Plan\": {{\n      \"Node Type\": \"Append\",\n          {figures},\n      \"Plans\": [\n{scans}\n      ]\n    }},\n    \"Execution Time\": 9000.000\n  }}\n]\n"
    )
}

fn main() {
    measure("a line that is no plan", "no plan\n", &[], RUNS);
    measure("one small plan", PLAN, &[], RUNS);
    let many = PLAN.repeat(1_000_000 / PLAN.len());
    measure("plans as text", &many, &[], RUNS);
    measure("plans as text, told as JSON", &many, &["--format", "json"], RUNS);
    measure("one plan of 5,000 operators", &text_of(5_000), &[], RUNS);
    measure("the same as JSON", &json_of(5_000), &[], RUNS);
    let prose = "It is said -> that the plan (cost unknown) was not one: look elsewhere, \"please\".\n";
    measure("text without a plan", &prose.repeat(1_000_000 / prose.len()), &[], RUNS);
    measure("100,000 operators as text", &text_of(100_000), &[], FEW);
    let json = json_of(100_000);
    measure("100,000 operators as JSON", &json, &[], FEW);
    measure("the same, told as JSON", &json, &["--format", "json"], FEW);
}

//! `dbwright profile` beside the tools people use, as whole processes, in one run:
//!
//! ```text
//! scripts/pg-log-load.sh 1100 /tmp/logs
//! cargo run --release -p dbwright-demo --example load_slow_log -- 1100 /tmp/logs
//! PEER_MB=64 cargo bench -p dbwright --bench profile -- /tmp/logs
//! ```
//! pgBadger and pt-query-digest are measured when they are installed, on the first `PEER_MB` megabytes of each log (all of
//! it when not set: minutes), since their speed does not depend on the size. What is printed is megabytes for each second
//! of a processor, and how often that is pgBadger's or pt-query-digest's.

#![allow(clippy::expect_used, reason = "a benchmark may fail loudly")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Seconds of processors that ended children have used. Ticks of a hundredth, as the kernel counts.
fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let field = |at: usize| after.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (field(13) + field(14)) / 100.0
}

/// Processor seconds, wall seconds and peak memory (MB) of a command; `None` when it cannot run.
fn run(command: &mut Command) -> Option<(f64, f64, f64)> {
    let (before, start) = (children(), Instant::now());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    let mut peak = 0.0f64;
    while child.try_wait().ok()?.is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0.0) / 1e3);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Some((children() - before, start.elapsed().as_secs_f64(), peak))
}

/// The first megabytes of a file, up to a line's end, as a file.
fn part(of: &Path, megabytes: u64, into: &Path) -> PathBuf {
    let path = into.join(of.file_name().unwrap_or_default());
    let mut input = BufReader::new(File::open(of).expect("the log"));
    let mut out = File::create(&path).expect("a file in the temporary folder");
    std::io::copy(&mut input.by_ref().take(megabytes * 1_000_000), &mut out).expect("space");
    let mut rest = Vec::new();
    input.read_until(b'\n', &mut rest).expect("the log");
    out.write_all(&rest).expect("space");
    path
}

fn megabytes(path: &Path) -> f64 {
    fs::metadata(path).map_or(0.0, |about| about.len() as f64 / 1e6)
}

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let Some(folder) = folder else {
        println!("profile: give a folder with postgres.log, postgres.csv, postgres.json, slow.log (see the head of this file)");
        return;
    };
    let ours = env!("CARGO_BIN_EXE_dbwright");
    let peers = std::env::var("PEER_MB").ok().and_then(|text| text.parse::<u64>().ok());
    let temporary = tempfile::tempdir().expect("a temporary folder");
    println!("{:<14} {:<22} {:>8} {:>9} {:>9} {:>9} {:>8} {:>8}", "log", "tool", "MB", "CPU s", "MB/CPU s", "MB/s", "peak MB", "ratio");
    for (name, peer) in
        [("postgres.log", "stderr"), ("postgres.csv", "csv"), ("postgres.json", "jsonlog"), ("slow.log", "")]
    {
        let log = Path::new(&folder).join(name);
        if !log.is_file() {
            println!("{name:<14} skipped: {} is not there", log.display());
            continue;
        }
        let small = peers.map_or_else(|| log.clone(), |most| part(&log, most, temporary.path()));
        let mut theirs = match peer {
            "" => {
                let mut command = Command::new("pt-query-digest");
                command.arg(&small);
                command
            }
            form => {
                let mut command = Command::new("pgbadger");
                command.args(["-q", "-j", "1", "-x", "text", "-o", "-", "-f", form]).arg(&small);
                if form == "stderr" {
                    command.args(["-p", "%m [%p] %c %v %q%u@%d/%a %r "]);
                }
                command
            }
        };
        let tool = if peer.is_empty() { "pt-query-digest" } else { "pgbadger" };
        let speed = run(&mut theirs).map(|(cpu, wall, peak)| {
            let size = megabytes(&small);
            println!("{name:<14} {tool:<22} {size:>8.0} {cpu:>9.2} {:>9.2} {:>9.2} {peak:>8.0}", size / cpu, size / wall);
            size / cpu
        });
        if speed.is_none() {
            println!("{name:<14} {tool} skipped: it is not installed");
        }
        let size = megabytes(&log);
        for threads in ["1", "2"] {
            let mut command = Command::new(ours);
            command.args(["profile", "--fail-on", "never", "--threads", threads]).arg(&log);
            // The best of three: what else the machine does is not ours.
            let runs = (0..3).filter_map(|_| run(&mut command));
            let Some((cpu, wall, peak)) = runs.min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            let ratio = speed.map_or(String::new(), |speed| format!("{:.0} ×", size / cpu / speed));
            let label = format!("dbwright {threads} thread(s)");
            println!("{name:<14} {label:<22} {size:>8.0} {cpu:>9.2} {:>9.0} {:>9.0} {peak:>8.0} {ratio:>8}", size / cpu, size / wall);
        }
        let mut plain = Command::new("wc");
        plain.arg("-l").arg(&log);
        if let Some((cpu, _, _)) = run(&mut plain) {
            println!("{name:<14} {:<22} {size:>8.0} {cpu:>9.2} {:>9.0}", "wc -l", size / cpu.max(0.01));
        }
    }
}

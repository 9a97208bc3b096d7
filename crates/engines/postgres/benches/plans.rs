//! How fast plans are read, accounted for and redacted: `cargo bench -p dbwright-postgres --bench plans`.

use std::process::Command;
use std::time::{Duration, Instant};

use dbwright_model::Redaction;
use dbwright_model::artefact::{Artefact, Input, Piece, Recogniser};
use dbwright_model::plan::Plan;
use dbwright_model::room::Room;
use dbwright_postgres::{Postgres, plan};

const RECORDED: [&str; 3] = [
    include_str!("../tests/plans/12.txt"),
    include_str!("../tests/plans/15.txt"),
    include_str!("../tests/plans/18.txt"),
];

fn recogniser(id: &str) -> Option<&'static Recogniser> {
    Postgres.recognisers().iter().find(|recogniser| recogniser.id == id)
}

fn plans(found: Vec<Piece>) -> Vec<Plan> {
    let plan = |piece: Piece| match piece.artefact {
        Ok(Artefact::Plan(plan)) => Some(*plan),
        _ => None,
    };
    found.into_iter().filter_map(plan).collect()
}

/// Time this thread ran: on a busy machine the clock tells more than reading took.
struct Stopwatch(Option<u64>, Instant);

impl Stopwatch {
    fn start() -> Stopwatch {
        Stopwatch(Stopwatch::ran(), Instant::now())
    }
    /// Nanoseconds this thread was on a processor, where the system tells.
    fn ran() -> Option<u64> {
        std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
    }
    fn seconds(&self) -> f64 {
        match (self.0, Stopwatch::ran()) {
            (Some(start), Some(now)) if now > start => (now - start) as f64 / 1e9,
            _ => self.1.elapsed().as_secs_f64(),
        }
    }
}

/// What happens to a plan before rules look at it.
fn ready(plan: &mut Plan) {
    dbwright_plan::account(plan);
    dbwright_plan::redact(plan, dbwright_sql::Dialect::Postgres, Redaction::Literals);
}

/// Reads all texts again and again for two seconds, and makes them ready for the rules where `all` says so.
fn measure(what: &str, id: &str, texts: &[String], all: bool) {
    let Some(recogniser) = recogniser(id) else { return };

    let bytes: usize = texts.iter().map(String::len).sum();
    let (mut read, mut rounds, mut nodes) = (0, 0, 0);
    let (start, watch) = (Instant::now(), Stopwatch::start());
    while start.elapsed() < Duration::from_secs(2) {
        rounds += 1;
        for text in texts {
            let mut found = plans((recogniser.find)(&Input::new("-", text)));
            if all {
                found.iter_mut().for_each(ready);
            }
            read += found.len();
            nodes += found.iter().map(|plan| plan.nodes.len()).sum::<usize>();
        }
    }
    let seconds = watch.seconds();
    println!(
        "{what}: {:.0} plans/s, {:.0} nodes/s, {:.1} MB/s, {:.1} nodes and {:.0} bytes a plan",
        read as f64 / seconds,
        nodes as f64 / seconds,
        (bytes * rounds) as f64 / seconds / 1e6,
        nodes as f64 / read.max(1) as f64,
        bytes as f64 / texts.len() as f64,
    );
}

/// One text, read and made ready once.
fn once(what: &str, id: &str, text: &str) {
    let Some(recogniser) = recogniser(id) else { return };
    let (before, watch) = (peak(), Stopwatch::start());
    let mut found = plans((recogniser.find)(&Input::new("-", text)));
    found.iter_mut().for_each(ready);
    let nodes: usize = found.iter().map(|plan| plan.nodes.len()).sum();
    println!(
        "{what}: {nodes} nodes, {:.1} MB in {:.0} ms, peak of the process {before} → {} MB",
        text.len() as f64 / 1e6,
        watch.seconds() * 1e3,
        peak(),
    );
}

/// The most memory this process ever had, in MB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|kb| kb.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The operators of a recorded plan, without frame and summary.
fn body(shown: &str) -> Vec<&str> {
    let summary = ["Planning", "Execution", "JIT", "Trigger", "Settings", "("];
    let lines = shown.lines().skip(2).map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.take_while(|line| !summary.iter().any(|word| line.starts_with(word))).collect()
}

/// A plan of that many operators, made of recorded ones from the given one on.
fn composed(bodies: &[Vec<&str>], from: usize, nodes: usize) -> String {
    let mut text = "Append  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..9000.0 rows=3 loops=1)\n".to_owned();
    let mut made = 1;
    for body in bodies.iter().cycle().skip(from).take(nodes) {
        let more = 1 + body.iter().filter(|line| line.contains("->  ")).count();
        if made + more > nodes {
            continue;
        }
        made += more;
        for (at, line) in body.iter().enumerate() {
            text += if at == 0 { "  ->  " } else { "        " };
            text += line;
            text.push('\n');
        }
    }
    text + "Planning Time: 0.321 ms\nExecution Time: 9000.123 ms\n"
}

/// A plan as JSON, as `EXPLAIN (FORMAT JSON)` prints it.
fn as_json(plan: &Plan) -> Option<String> {
    serde_json::to_string_pretty(&[plan::describe(plan)]).ok()
}

/// An operator of a plan that hangs below the root.
fn operator(number: usize) -> String {
    [
        format!("  ->  Seq Scan on part_{number}  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..0.020 rows=3 loops=1)\n"),
        "        Filter: (id < 5)\n        Rows Removed by Filter: 7\n        Buffers: shared hit=4\n".to_owned(),
    ]
    .concat()
}

/// What a plan of very many operators takes: in processes of their own, so that each peak of memory is one plan's.
fn huge(what: &str) {
    let root = "Append  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..0.020 rows=3 loops=1)\n";
    let wide = || std::iter::once(root.to_owned()).chain((1..100_000).map(operator)).collect::<String>();
    match what {
        "wide text" => once(what, "postgres-plan-text", &wide()),
        "wide json" => {
            let Some(text) = recogniser("postgres-plan-text") else { return };
            let json = plans((text.find)(&Input::new("-", &wide()))).first().and_then(as_json);
            once(what, "postgres-plan-json", &json.unwrap_or_default());
        }
        "deep text" => {
            let line = |depth: usize| match depth {
                0 => "Limit  (cost=0.00..12.50 rows=3 width=8)\n".to_owned(),
                _ => format!("{}->  Limit  (cost=0.00..12.50 rows=3 width=8)\n", " ".repeat(6 * (depth - 1) + 2)),
            };
            once(what, "postgres-plan-text", &(0..10_000).map(line).collect::<String>());
        }
        _ => once(
            what,
            "postgres-plan-text",
            &"it -> is (cost= \"not | a plan, 'but: looks + like: one\n".repeat(200_000),
        ),
    }
}

fn main() {
    const HUGE: [&str; 4] = ["wide text", "wide json", "deep text", "noise"];
    if let Some(what) = std::env::args().find(|argument| HUGE.contains(&argument.as_str())) {
        return huge(&what);
    }
    let mut texts = Vec::new();
    for recorded in RECORDED {
        let lines: Vec<&str> = recorded.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.trim() == "QUERY PLAN" {
                let end = lines[at..].iter().position(|line| line.starts_with('(')).unwrap_or(1);
                texts.push(lines[at..=at + end].join("\n") + "\n");
            }
        }
    }
    let Some(text) = recogniser("postgres-plan-text") else { return };
    let bodies: Vec<Vec<&str>> = texts.iter().map(|shown| body(shown)).collect();
    let mut measured = vec![("as recorded".to_owned(), texts.clone())];
    for nodes in [5, 10, 30] {
        let texts = (0..bodies.len()).map(|from| composed(&bodies, from, nodes)).collect();
        measured.push((format!("of {nodes} operators"), texts));
    }
    for (what, texts) in measured {
        let read = texts.iter().flat_map(|shown| plans((text.find)(&Input::new("-", shown))));
        let jsons: Vec<String> = read.filter_map(|plan| as_json(&plan)).collect();
        measure(&format!("text {what}, read only"), "postgres-plan-text", &texts, false);
        measure(&format!("text {what}"), "postgres-plan-text", &texts, true);
        measure(&format!("json {what}, read only"), "postgres-plan-json", &jsons, false);
        measure(&format!("json {what}"), "postgres-plan-json", &jsons, true);
    }
    for what in HUGE {
        let again = std::env::current_exe().and_then(|bench| Command::new(bench).arg(what).status());
        if let Err(error) = again {
            println!("{what}: {error}");
        }
    }
}

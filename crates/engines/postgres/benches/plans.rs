//! How fast plans are read: `cargo bench -p dbwright-postgres --bench plans`.

use std::time::{Duration, Instant};

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

/// Reads all texts again and again for two seconds.
fn measure(what: &str, id: &str, texts: &[String]) {
    let Some(recogniser) = recogniser(id) else { return };
    let bytes: usize = texts.iter().map(String::len).sum();
    let (mut read, mut rounds, mut nodes) = (0, 0, 0);
    let (start, watch) = (Instant::now(), Stopwatch::start());
    while start.elapsed() < Duration::from_secs(2) {
        rounds += 1;
        for text in texts {
            let found = plans((recogniser.find)(&Input::new("-", text)));
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

/// One text, read once.
fn once(what: &str, id: &str, text: &str) {
    let Some(recogniser) = recogniser(id) else { return };
    let watch = Stopwatch::start();
    let found = plans((recogniser.find)(&Input::new("-", text)));
    let nodes: usize = found.iter().map(|plan| plan.nodes.len()).sum();
    println!("{what}: {nodes} nodes, {:.1} MB in {:.0} ms", text.len() as f64 / 1e6, watch.seconds() * 1e3);
}

fn main() {
    let mut texts = Vec::new();
    let mut jsons = Vec::new();
    for recorded in RECORDED {
        let lines: Vec<&str> = recorded.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.trim() == "QUERY PLAN" {
                let end = lines[at..].iter().position(|line| line.starts_with('(')).unwrap_or(1);
                texts.push(lines[at..=at + end].join("\n") + "\n");
            }
        }
    }
    if let Some(text) = recogniser("postgres-plan-text") {
        for shown in &texts {
            for plan in plans((text.find)(&Input::new("-", shown))) {
                jsons.extend(serde_json::to_string_pretty(&[plan::describe(&plan)]).ok());
            }
        }
    }
    measure("text", "postgres-plan-text", &texts);
    measure("json", "postgres-plan-json", &jsons);
    let node = |depth: usize| {
        format!(
            "{}->  Seq Scan on part_{depth}  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..0.020 rows=3 loops=1)\n\
             {}      Filter: (id < 5)\n{}      Rows Removed by Filter: 7\n{}      Buffers: shared hit=4\n",
            " ".repeat(2),
            " ".repeat(2),
            " ".repeat(2),
            " ".repeat(2)
        )
    };
    let root = "Append  (cost=0.00..12.50 rows=3 width=8) (actual time=0.010..0.020 rows=3 loops=1)\n";
    let wide: String = std::iter::once(root.to_owned()).chain((0..100_000).map(node)).collect();
    once("wide text", "postgres-plan-text", &wide);
    let deep: String = (0..10_000)
        .map(|depth| match depth {
            0 => "Limit  (cost=0.00..12.50 rows=3 width=8)\n".to_owned(),
            _ => format!("{}->  Limit  (cost=0.00..12.50 rows=3 width=8)\n", " ".repeat(6 * (depth - 1) + 2)),
        })
        .collect();
    once("deep text", "postgres-plan-text", &deep);
    let noise = "it -> is (cost= \"not | a plan, 'but: looks + like: one\n".repeat(200_000);
    once("noise", "postgres-plan-text", &noise);
}

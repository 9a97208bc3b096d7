//! What is prescribed for slow queries is done, exactly as printed, on real servers: the statement runs, the plan uses it,
//! the query is faster, and the way back works. The tables and queries are in `slow_queries/`.
//!
//! ```text
//! cargo test -p dbwright --test slow_queries -- --nocapture                            prints the tables
//! DBWRIGHT_SLOW_QUERIES="keyset page" cargo test -p dbwright --test slow_queries …     queries with that in their name
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use dbwright_demo::{Exercise, ExerciseError, Gym};
use dbwright_lab::Product;
use dbwright_model::Area;
use dbwright_model::lesson::{self, LabCase};
use serde_json::Value;

/// Below this the prescription was not worth it.
const FASTER: f64 = 5.0;
/// As many of the prescriptions are used and worth it.
const MOST: f64 = 0.8;

/// What became of a query.
#[derive(Default)]
struct Trial {
    query: String,
    rule: String,
    statement: String,
    before: Duration,
    after: Duration,
    used: bool,
    /// What went wrong with what was printed.
    errors: Vec<String>,
}

impl Trial {
    fn factor(&self) -> f64 {
        self.before.as_secs_f64() / self.after.as_secs_f64().max(1e-6)
    }

    /// Whether a statement was prescribed; a change of the query's text is none.
    fn counts(&self) -> bool {
        !self.statement.is_empty()
    }

    fn good(&self) -> bool {
        self.used && self.factor() >= FASTER && self.errors.is_empty()
    }
}

/// `read` through the binary; the report.
fn read(plan: &str, more: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbwright"));
    command.args(["read", "-", "--format", "json"]).args(more).env_remove("GITHUB_ACTIONS");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(plan.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let parsed = serde_json::from_slice(&output.stdout);
    parsed.unwrap_or_else(|error| panic!("{error}: {}\n{plan}", String::from_utf8_lossy(&output.stderr)))
}

/// Rule and first fix in SQL of the first warning.
fn prescription(report: &Value) -> Option<(String, Value)> {
    let causes = report["findings"].as_array()?.iter().filter(|finding| finding["because"].is_null());
    let warns = causes.filter(|finding| finding["severity"] == "warn");
    let first = warns.into_iter().next()?;
    let fix = first["fixes"].as_array()?.iter().find(|fix| fix["kind"] == "sql").cloned();
    Some((first["rule"].as_str()?.to_owned(), fix.unwrap_or(Value::Null)))
}

/// In whatever order.
fn lines(statements: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = statements.lines().collect();
    lines.sort_unstable();
    lines
}

/// The names of the indexes that statements make, unquoted.
fn indexes(statements: &str) -> Vec<String> {
    let mut names = Vec::new();
    for statement in statements.lines() {
        let makes = ["CREATE INDEX CONCURRENTLY ", "CREATE INDEX ", "ADD INDEX "];
        for mark in makes {
            let mut parts = statement.split(mark).skip(1).peekable();
            let found = parts.peek().is_some();
            names.extend(parts.map(name));
            if found {
                break;
            }
        }
    }
    names
}

/// The name a text begins with.
fn name(text: &str) -> String {
    match text.chars().next() {
        Some(quote @ ('"' | '`')) => text[1..].split(quote).next().unwrap_or_default().to_owned(),
        _ => text.split(' ').next().unwrap_or_default().to_owned(),
    }
}

/// Runs what was printed, as printed; a statement that prints the statement to run is followed.
/// Returns what was run in the end.
async fn follow(exercise: &mut Exercise, statements: &str) -> Result<String, ExerciseError> {
    let statements = match statements.starts_with("SELECT format(") {
        true => exercise.ask(statements).await?,
        false => statements.to_owned(),
    };
    exercise.run(&statements).await?;
    Ok(statements)
}

/// The plan as the product itself advises to ask for it.
fn full_explain(product: Product, query: &str) -> String {
    match product {
        Product::Postgres => format!("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON) {query}"),
        _ => format!("ANALYZE FORMAT=JSON {query}"),
    }
}

fn case(sql: &str) -> LabCase<'_> {
    LabCase { fires: true, product: None, since: None, title: "", sql }
}

async fn attempt(exercise: &mut Exercise, product: Product, name: &str, query: &str) -> Trial {
    let mut trial = Trial { query: name.to_owned(), ..Trial::default() };
    let explain = full_explain(product, query);
    let plan = exercise.plan(&case(&explain)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    let report = read(&plan, &["--redact", "off"]);
    let wanted = std::env::var("DBWRIGHT_SLOW_QUERIES").is_ok();
    if wanted {
        println!("{plan}\n{}", serde_json::to_string_pretty(&report["findings"]).unwrap());
    }
    let Some((rule, fix)) = prescription(&report) else { return trial };
    trial.rule = rule;
    let Some(statement) = fix["statement"].as_str() else { return trial };
    trial.statement = statement.to_owned();
    // without literals the prescription is the same one, or there is none; never one that cannot be run
    if let Some((_, fix)) = prescription(&read(&plan, &[]))
        && fix["statement"].as_str().is_some_and(|other| other != statement)
    {
        trial.errors.push(format!("with literals hidden: {}", fix["statement"]));
    }
    // nor does it depend on the form of the plan
    if product == Product::Postgres {
        let as_text = format!("EXPLAIN (ANALYZE, VERBOSE) {query}");
        let plan = exercise.plan(&case(&as_text)).await.unwrap();
        if let Some((rule, fix)) = prescription(&read(&plan, &["--redact", "off"]))
            && rule == trial.rule
            && fix["statement"].as_str().map(lines) != Some(lines(statement))
        {
            trial.errors.push(format!("from the text: {}", fix["statement"]));
        }
    }
    trial.before = exercise.time(&case(query)).await.unwrap();
    let done = match follow(exercise, statement).await {
        Ok(done) => done,
        Err(error) => {
            trial.errors.push(error.to_string());
            return trial;
        }
    };
    let after = exercise.plan(&case(&explain)).await.unwrap();
    let names = if done == statement { indexes(&done) } else { Vec::new() };
    trial.used = match names.is_empty() {
        false => names.iter().any(|name| after.contains(&format!("\"{name}\""))),
        // no plan names what else there is: it is used when the same rule has nothing to say any more
        true => prescription(&read(&after, &["--redact", "off"])).is_none_or(|(rule, _)| rule != trial.rule),
    };
    trial.after = exercise.time(&case(query)).await.unwrap();
    if let Some(undo) = fix["undo"]["statement"].as_str()
        && let Err(error) = follow(exercise, undo).await
    {
        trial.errors.push(error.to_string());
    }
    if wanted {
        println!("{after}");
    }
    trial
}

fn show(trials: &[Trial]) {
    println!("{:<32} {:<26} {:>9} {:>9} {:>8}  used  statement", "query", "rule", "before ms", "after ms", "factor");
    for trial in trials {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let statement: String = trial.statement.replace('\n', " ").chars().take(110).collect();
        let used = if trial.used { "yes" } else { "no" };
        println!(
            "{:<32} {:<26} {:>9.2} {:>9.2} {:>8.1}  {used:<4}  {statement}",
            trial.query,
            trial.rule,
            milliseconds(trial.before),
            milliseconds(trial.after),
            trial.factor(),
        );
        for error in &trial.errors {
            println!("    {error}");
        }
    }
}

/// Named queries: `-- NAME` above each, a blank line below.
fn queries(text: &str) -> Vec<(&str, String)> {
    let wanted = std::env::var("DBWRIGHT_SLOW_QUERIES").unwrap_or_default();
    let blocks = text.split("\n\n").filter_map(|block| block.trim().strip_prefix("-- ")?.split_once('\n'));
    blocks.filter(|(name, _)| name.contains(&wanted)).map(|(name, query)| (name, query.to_owned())).collect()
}

async fn on(product: Product, file: &str, at_least: usize) {
    let Some(binaries) = support::server(product) else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slow_queries");
    let gym = Gym::open(product, &binaries).unwrap();
    let mut exercise = gym.exercise("slow").await.unwrap();
    let start = std::time::Instant::now();
    exercise.run(&std::fs::read_to_string(folder.join(format!("{file}.sql"))).unwrap()).await.unwrap();
    println!("{}: tables made in {:.1} s", gym.server(), start.elapsed().as_secs_f64());

    let text = std::fs::read_to_string(folder.join(format!("{file}.queries.sql"))).unwrap();
    let mut trials = Vec::new();
    for (name, query) in queries(&text) {
        trials.push(attempt(&mut exercise, product, name, &query).await);
    }
    show(&trials);
    let counting: Vec<&Trial> = trials.iter().filter(|trial| trial.counts()).collect();
    let good = counting.iter().filter(|trial| trial.good()).count();
    println!(
        "{} queries, {} with a statement prescribed, {good} used and at least {FASTER} times faster; {:.1} s in all",
        trials.len(),
        counting.len(),
        start.elapsed().as_secs_f64()
    );
    let errors: Vec<String> =
        trials.iter().flat_map(|t| t.errors.iter().map(|e| format!("{}: {e}", t.query))).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    if std::env::var("DBWRIGHT_SLOW_QUERIES").is_err() {
        assert!(counting.len() >= at_least, "only {} prescriptions", counting.len());
    }
    assert!(good as f64 >= MOST * counting.len() as f64, "{good} of {} are good", counting.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn prescriptions_make_slow_queries_fast_on_postgres() {
    on(Product::Postgres, "postgres", 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prescriptions_make_slow_queries_fast_on_mariadb() {
    on(Product::MariaDb, "mariadb", 15).await;
}

/// Every statement that rules over plans print for their own labs, of whatever kind, runs as printed, and so does its undo.
async fn labs_on(major: u32) {
    let Some(binaries) = support::server_of(Product::Postgres, major) else { return };
    let gym = Gym::open(Product::Postgres, &binaries).unwrap();
    let version = binaries.version.to_string();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut errors = Vec::new();
    for rule in dbwright_postgres::rules::RULES.iter().filter(|rule| rule.area == Area::Plans) {
        let lab = lesson::lab(rule.lesson);
        let mut exercise = gym.exercise(&rule.id.replace('-', "_")).await.unwrap();
        exercise.prepare(&lab).await.unwrap_or_else(|error| panic!("{}: {error}", rule.id));
        for shown in lab.cases.iter().filter(|shown| shown.fires && gym.takes(shown)) {
            let plan = exercise.plan(shown).await.unwrap_or_else(|error| panic!("{}: {error}", rule.id));
            let report = read(&plan, &["--redact", "off", "--server-version", &version]);
            let fixes = report["findings"].as_array().unwrap().iter().flat_map(|f| f["fixes"].as_array().unwrap());
            for fix in fixes.filter(|fix| fix["kind"] == "sql") {
                let statement = fix["statement"].as_str().unwrap();
                let words: Vec<&str> = statement.split(['(', ' ']).take(2).collect();
                *kinds.entry(words.join(" ")).or_default() += 1;
                let undo = fix["undo"]["statement"].as_str().unwrap_or("SELECT 1;");
                for statement in [statement, undo] {
                    if let Err(error) = follow(&mut exercise, statement).await {
                        errors.push(format!("{}, {}: {error}", rule.id, shown.title));
                    }
                }
            }
        }
    }
    println!("{}: {kinds:?}", gym.server());
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    assert!(kinds.len() >= 5, "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_labs_are_prescribed_runs_on_the_oldest_postgres() {
    labs_on(12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_labs_are_prescribed_runs_on_the_newest_postgres() {
    labs_on(18).await;
}

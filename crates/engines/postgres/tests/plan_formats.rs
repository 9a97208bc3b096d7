//! The same plan in all formats of real servers: read the same, written back the same, nothing lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use std::collections::BTreeMap;

use connect_support::{lab, owner};
use dbwright_lab::Options;
use dbwright_model::artefact::{Artefact, Input, Recogniser};
use dbwright_model::plan::{Buffers, Fields, Plan, Value};
use dbwright_model::room::Room;
use dbwright_postgres::{Postgres, plan};
use tokio_postgres::{Client, SimpleQueryMessage};

const FORMATS: [&str; 4] = ["text", "json", "yaml", "xml"];

/// A statement with what has to be done before it.
struct Case {
    since: u32,
    parallel: bool,
    before: Vec<&'static str>,
    statement: &'static str,
}

fn cases() -> Vec<Case> {
    let text = include_str!("plan_formats/statements.sql");
    let case = |block: &'static str| {
        let mut case = Case { since: 0, parallel: false, before: Vec::new(), statement: "" };
        for line in block.lines() {
            match line.strip_prefix("-- ") {
                Some("parallel") => case.parallel = true,
                Some(since) => case.since = since.strip_prefix("since ").unwrap().parse().unwrap(),
                None => {
                    case.before.push(case.statement);
                    case.statement = line.trim_end_matches(';');
                }
            }
        }
        case.before.retain(|before| !before.is_empty());
        case
    };
    text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()).map(case).collect()
}

/// What `EXPLAIN` is asked for. The counters of two executions agree where nothing is timed and pages are not counted.
fn variants(major: u32) -> Vec<(String, bool)> {
    let quiet = "analyze, timing off, summary off, buffers off";
    let mut all = "analyze, verbose, buffers, settings".to_owned();
    for (since, option) in [(13, "wal"), (17, "serialize text"), (17, "memory")] {
        if major >= since {
            all = format!("{all}, {option}");
        }
    }
    let same = [
        "costs on",
        "costs off",
        "verbose, settings",
        quiet,
        "analyze, timing off, summary off, buffers off, costs off, verbose",
    ];
    same.map(|options| (options.to_owned(), true)).into_iter().chain([(all, false)]).collect()
}

async fn explain(client: &Client, case: &Case, options: &str, format: &str) -> Result<String, tokio_postgres::Error> {
    client.batch_execute("begin").await?;
    let run = async {
        for before in case.before.iter().filter(|before| !before.starts_with("set ")) {
            client.batch_execute(before).await?;
        }
        client.simple_query(&format!("explain ({options}, format {format}) {}", case.statement)).await
    };
    let result = run.await;
    client.batch_execute("rollback; deallocate all").await?;
    let row = |message: SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
        _ => None,
    };
    Ok(result?.into_iter().filter_map(row).collect::<Vec<_>>().join("\n"))
}

fn read(text: &str) -> Vec<Plan> {
    let recognisers: Vec<&'static Recogniser> = Postgres.recognisers().iter().collect();
    let reading = dbwright_reading::read(&[Input::new("-", text)], &recognisers);
    let plan = |artefact| match artefact {
        Artefact::Plan(plan) => Some(*plan),
        _ => None,
    };
    reading.found.into_iter().filter_map(|found| plan(found.artefact)).collect()
}

/// The plan without what the text format does not print.
fn common(mut plan: Plan) -> Plan {
    let verbose = plan.nodes.iter().any(|node| !node.output.is_empty());
    plan.format.clear();
    plan.since = None;
    plan.found_at = None;
    for node in &mut plan.nodes {
        if node.extra.bool("Inner Unique") == Some(false) || !verbose {
            node.extra.take("Inner Unique");
        }
        if node.extra.text("Scan Direction") == Some("NoMovement") {
            node.extra.take("Scan Direction");
        }
        node.buffers.take_if(|buffers| *buffers == Buffers::default());
        node.extra.0.retain(|(name, value)| !(name.starts_with("WAL ") && value.number() == Some(0.0)));
        node.extra.0.sort_by(|a, b| a.0.cmp(&b.0));
        node.conditions.sort_by_key(|condition| format!("{:?}", condition.kind));
    }
    for node in &mut plan.nodes {
        // `Function Scan on x`: a function, or the alias of several
        if &*node.name == "Function Scan" && node.relation.is_none() {
            node.relation = node.alias.clone().map(|alias| dbwright_model::catalog::ObjectName::new("", alias));
        }
    }
    for trigger in &mut plan.triggers {
        if trigger.constraint.is_some() && !verbose {
            trigger.name = Default::default();
        }
        trigger.relation = None;
    }
    let zero = |value: &Value| value.number() == Some(0.0);
    let counts = |name: &str| name.ends_with(" Blocks") || name.contains("I/O");
    for (name, value) in &mut plan.extra.0 {
        if let Value::Group(fields) = value {
            fields.0.retain(|(name, value)| !(counts(name) && zero(value)));
            if fields.is_empty() && **name == *"Planning" {
                *name = "".into();
            }
        }
    }
    plan.extra.0.retain(|(name, _)| !name.is_empty());
    plan.extra.0.sort_by(|a, b| a.0.cmp(&b.0));
    plan
}

/// The lines of a text without what JSON does not tell: that less than half a row a loop was removed, whether the table
/// of a trigger is printed.
fn shown(text: &str) -> Vec<String> {
    let told = |line: &&str| !(line.contains("Rows Removed by ") && line.ends_with(": 0"));
    let line = |line: &str| match line.split_once(':') {
        Some((trigger, figures)) if trigger.starts_with("Trigger ") => {
            format!("{}:{figures}", trigger.rsplit_once(" on ").map_or(trigger, |(trigger, _)| trigger))
        }
        _ => line.to_owned(),
    };
    text.lines().map(str::trim_end).filter(told).map(line).collect()
}

/// All fields by their names.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Group(fields) => {
            let mut fields = Fields(fields.0.iter().map(|(name, value)| (name.clone(), sorted(value))).collect());
            fields.0.sort_by(|a, b| a.0.cmp(&b.0));
            // empty groups and lists say nothing
            fields.0.retain(|(_, value)| !matches!(value, Value::List(items) if items.is_empty()));
            fields.0.retain(|(_, value)| !matches!(value, Value::Group(fields) if fields.is_empty()));
            Value::Group(fields)
        }
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The first difference of two values.
fn difference(a: &Value, b: &Value) -> String {
    match (a, b) {
        (Value::Group(a), Value::Group(b)) => {
            for (name, value) in a.iter() {
                match b.get(name) {
                    Some(other) if other == value => {}
                    Some(other) => return format!("{name}: {}", difference(value, other)),
                    None => return format!("- {name}: {}", serde_json::to_string(value).unwrap()),
                }
            }
            let more = b.iter().find(|(name, _)| a.get(name).is_none());
            more.map_or(String::new(), |(name, value)| format!("+ {name}: {}", serde_json::to_string(value).unwrap()))
        }
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            a.iter().zip(b).find(|(a, b)| a != b).map_or(String::new(), |(a, b)| format!("[] {}", difference(a, b)))
        }
        (a, b) => format!("{} != {}", serde_json::to_string(a).unwrap(), serde_json::to_string(b).unwrap()),
    }
}

fn as_value(plan: &Plan) -> Value {
    let text = serde_json::to_string(plan).unwrap();
    dbwright_reading::json::read(&text).unwrap().value
}

/// Every text cut at every tenth, and with bytes that are not its own: nothing panics, and a cut plan says so.
fn damage(tally: &mut Tally, place: &str, format: &str, text: &str) {
    let mut seed = 0x9e37_79b9_u32;
    for tenth in 1..10 {
        let mut cut = text.len() * tenth / 10;
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        let found = read(&text[..cut]);
        let silent = found.iter().any(|plan| plan.missing.is_empty()) && format != "text" && format != "yaml";
        tally.count(&format!("{format} is cut"), silent.then(|| format!("{place}: not said:\n{}", &text[..cut])));
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..3 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % bytes.len();
            bytes[at] = b"\"{}[]:,-> \n+(.0x\\"[(seed >> 20) as usize % 17];
        }
        for plan in read(&String::from_utf8_lossy(&bytes)) {
            plan::as_text(&plan, 18);
            plan::describe(&plan);
        }
    }
}

/// What was counted, and what was not as it must be.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<String, (usize, usize)>,
    wrong: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn count(&mut self, what: &str, wrong: Option<String>) {
        let counts = self.counts.entry(what.to_owned()).or_default();
        counts.0 += 1;
        if let Some(wrong) = wrong {
            counts.1 += 1;
            self.wrong.entry(what.to_owned()).or_default().push(wrong);
        }
    }
}

fn check(tally: &mut Tally, major: u32, place: &str, texts: &BTreeMap<&str, String>, same_execution: bool) {
    let mut plans: BTreeMap<&str, Plan> = BTreeMap::new();
    for (format, text) in texts {
        let mut found = read(text);
        // a single word is no plan to anybody
        let wrong =
            (found.len() != 1 && text != "Result").then(|| format!("{place}: {} plans in\n{text}", found.len()));
        tally.count(&format!("{format} is read"), wrong);
        plans.extend(found.pop().map(|plan| (*format, plan)));
        // reading what is broken takes long: a part of the statements will do
        if !same_execution && place.len().is_multiple_of(4) {
            damage(tally, place, format, text);
        }
    }
    if let (Some(plan), Some(text)) = (plans.get("json"), texts.get("json")) {
        let raw = dbwright_reading::json::read(text).unwrap().value;
        let raw = sorted(&raw.items()[0]);
        let again = sorted(&Value::Group(plan::describe(plan)));
        tally.count("json is written back", (raw != again).then(|| format!("{place}: {}", difference(&raw, &again))));
    }
    if let (Some(plan), Some(text)) = (plans.get("text"), texts.get("text")) {
        let again = plan::as_text(plan, major);
        let differs = text.lines().map(str::trim_end).zip(again.lines().map(str::trim_end)).find(|(a, b)| a != b);
        let wrong = differs.map(|(a, b)| format!("{place}:\n  {a}\n  {b}"));
        let wrong =
            wrong
                .or((text.lines().count() != again.lines().count())
                    .then(|| format!("{place}: lines\n{text}\n--\n{again}")));
        tally.count("text is written back", wrong);
    }
    if let (true, Some(json)) = (same_execution, plans.get("json")) {
        let json = common(json.clone());
        for (format, plan) in plans.iter().filter(|(format, _)| **format != "json") {
            let plan = common(plan.clone());
            let wrong = (plan != json).then(|| format!("{place}: {}", difference(&as_value(&json), &as_value(&plan))));
            tally.count(&format!("json = {format}"), wrong);
        }
        if let Some(text) = texts.get("text") {
            let written = plan::as_text(plans.get("json").unwrap(), major);
            let (text, written) = (shown(text), shown(&written));
            let differs = text.iter().zip(&written).find(|(a, b)| a != b);
            tally.count("json is written as text", differs.map(|(a, b)| format!("{place}:\n  {a}\n  {b}")));
        }
    }
}

async fn run(major: u32) {
    let options = Options::new().setting("autovacuum", "off").setting("max_prepared_transactions", "0");
    let Some(lab) = lab(major, options) else { return };
    let client = owner(&lab).await;
    client.batch_execute(include_str!("plan_formats/setup.sql")).await.unwrap();
    client.batch_execute("vacuum analyze").await.unwrap();
    // the foreign server asks for the password the lab was given
    let (_, rest) = lab.url().split_once("://").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let password = rest.split_once('@').and_then(|(user, _)| user.split_once(':').map(|(_, word)| word.to_owned()));
    let mapping = password.map_or("user 'postgres'".to_owned(), |word| format!("user 'postgres', password '{word}'"));
    client.batch_execute(&format!("create user mapping for postgres server loop options ({mapping})")).await.unwrap();
    let mut tally = Tally::default();
    let mut refused = Vec::new();
    for case in cases().iter().filter(|case| case.since <= major) {
        client
            .batch_execute(
                "reset all; set max_parallel_workers_per_gather = 0; set jit = off; set client_min_messages = error",
            )
            .await
            .unwrap();
        if case.parallel {
            let settings = "set max_parallel_workers_per_gather = 1; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
                set min_parallel_table_scan_size = 0; set min_parallel_index_scan_size = 0; set parallel_leader_participation = off";
            client.batch_execute(settings).await.unwrap();
        }
        for set in case.before.iter().filter(|before| before.starts_with("set ")) {
            // settings of newer versions are not missed
            let _ = client.batch_execute(set).await;
        }
        let writes = ["insert", "update", "delete", "merge"].iter().any(|word| case.statement.contains(word));
        for (options, same) in variants(major) {
            // what an execution leaves behind makes the next one cost more
            if writes && options.contains("analyze") && same && !options.contains("costs off") {
                continue;
            }
            let mut texts = BTreeMap::new();
            for format in FORMATS {
                match explain(&client, case, &options, format).await {
                    Ok(text) => {
                        texts.insert(format, text);
                        if writes && options.contains("analyze") {
                            client.batch_execute("vacuum").await.unwrap();
                        }
                    }
                    Err(error) => refused.push(format!(
                        "{}: {}",
                        case.statement,
                        error.as_db_error().map_or("?", |error| error.message())
                    )),
                }
            }
            check(&mut tally, major, &format!("{} ({options})", case.statement), &texts, same);
        }
    }
    refused.dedup();
    println!(
        "PostgreSQL {major}: {} statements refused {:?}",
        refused.len(),
        refused.iter().take(5).collect::<Vec<_>>()
    );
    for (what, (all, wrong)) in &tally.counts {
        println!("  {what}: {} of {all}", all - wrong);
    }
    let show: usize = std::env::var("SHOW").ok().and_then(|show| show.parse().ok()).unwrap_or(5);
    for (what, wrong) in &tally.wrong {
        println!("== {what}");
        wrong.iter().take(show).for_each(|wrong| println!("{wrong}"));
    }
    assert!(tally.wrong.is_empty());
}

#[tokio::test]
async fn formats_of_12_agree() {
    run(12).await;
}

#[tokio::test]
async fn formats_of_15_agree() {
    run(15).await;
}

#[tokio::test]
async fn formats_of_18_agree() {
    run(18).await;
}

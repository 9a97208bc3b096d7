//! The account of real plans closes: own times add up to the root, pages too, and nothing has to be bent.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use connect_support::{lab, owner};
use dbwright_lab::Options;
use dbwright_model::artefact::{Artefact, Input, Recogniser};
use dbwright_model::plan::Plan;
use dbwright_model::room::Room;
use dbwright_postgres::Postgres;
use tokio_postgres::{Client, SimpleQueryMessage};

async fn explain(client: &Client, statement: &str, options: &str) -> String {
    client.batch_execute("begin").await.unwrap();
    let rows = client.simple_query(&format!("explain ({options}) {statement}")).await;
    client.batch_execute("rollback").await.unwrap();
    let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    let row = |message: SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
        _ => None,
    };
    rows.into_iter().filter_map(row).collect::<Vec<_>>().join("\n")
}

fn accounted(text: &str) -> Plan {
    let recognisers: Vec<&'static Recogniser> = Postgres.recognisers().iter().collect();
    let reading = dbwright_reading::read(&[Input::new("-", text)], &recognisers);
    let plan = reading.found.into_iter().find_map(|found| match found.artefact {
        Artefact::Plan(plan) => Some(*plan),
        _ => None,
    });
    let mut plan = plan.unwrap();
    dbwright_plan::account(&mut plan);
    plan
}

/// What is wrong with the account of a plan.
fn wrong(plan: &Plan) -> Vec<String> {
    let account = plan.account.as_ref().unwrap();
    // a sub-plan that only the output refers to is looked for
    let mut wrong: Vec<String> = account.notes.iter().filter(|note| !note.contains("nowhere")).cloned().collect();
    let sum: f64 = account.entries.iter().map(|entry| entry.time.value).sum();
    if (sum - plan.execution.unwrap().0).abs() > 1e-9 {
        wrong.push(format!("entries add up to {sum}"));
    }
    let entry = |what: &str| account.entries.iter().find(|entry| entry.what == what).map_or(0.0, |e| e.time.value);
    let own: f64 = plan.nodes.iter().map(|node| node.own.as_ref().unwrap().time.unwrap().value).sum();
    if (own - entry("operators") - entry("after the root")).abs() > 1e-9 {
        wrong.push(format!("nodes add up to {own}"));
    }
    for (id, node) in plan.walk() {
        let own = node.own.as_ref().unwrap();
        let (time, total) = (own.time.unwrap(), own.total.unwrap());
        if time.low < 0.0 || time.value > total.value + 1e-9 {
            wrong.push(format!("{id} {time:?} of {total:?}"));
        }
    }
    let pages: u64 = plan.nodes.iter().map(|node| node.own.as_ref().unwrap().buffers.unwrap_or_default().pages()).sum();
    let root = plan.root().buffers.unwrap_or_default().pages();
    if pages != root && entry("after the root") == 0.0 {
        wrong.push(format!("{pages} pages by themselves, {root} at the root"));
    }
    wrong
}

async fn run(major: u32) {
    let options = Options::new().setting("autovacuum", "off").setting("max_worker_processes", "8");
    let Some(lab) = lab(major, options) else { return };
    let client = owner(&lab).await;
    client.batch_execute(include_str!("plan_account/setup.sql")).await.unwrap();
    client.batch_execute("vacuum analyze").await.unwrap();
    let parallel = "set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
        set min_parallel_table_scan_size = 0; set min_parallel_index_scan_size = 0";
    let (mut all, mut bent) = (0, Vec::new());
    for settings in [
        "set max_parallel_workers_per_gather = 0; set jit = off",
        "set max_parallel_workers_per_gather = 0; set jit = on; set jit_above_cost = 0; set jit_inline_above_cost = 0; set jit_optimize_above_cost = 0",
        &format!("{parallel}; set jit = off"),
        &format!("{parallel}; set jit = on; set jit_above_cost = 0"),
    ] {
        for statement in include_str!("plan_account/statements.sql").lines() {
            client.batch_execute(&format!("reset all; set statement_timeout = '60s'; {settings}")).await.unwrap();
            let both = ["analyze, buffers", "analyze, buffers, verbose, format json"];
            // compiling everything takes its time
            let few = if settings.contains("jit = on") { &both[1..] } else { &both[..] };
            for options in few {
                let text = explain(&client, statement, options).await;
                let plan = accounted(&text);
                all += 1;
                let wrong = wrong(&plan);
                if !wrong.is_empty() {
                    bent.push(format!(
                        "{statement} ({options}; {settings})\n{}\n{:?}\n{text}",
                        wrong.join("\n"),
                        plan.account
                    ));
                }
            }
        }
    }
    println!("PostgreSQL {major}: {} of {all} plans close without bending", all - bent.len());
    let show: usize = std::env::var("SHOW").ok().and_then(|show| show.parse().ok()).unwrap_or(3);
    bent.iter().take(show).for_each(|bent| println!("{bent}\n"));
    assert!(bent.len() * 33 <= all, "{} of {all}", bent.len());
}

#[tokio::test]
async fn accounts_of_12_close() {
    run(12).await;
}

#[tokio::test]
async fn accounts_of_15_close() {
    run(15).await;
}

#[tokio::test]
async fn accounts_of_18_close() {
    run(18).await;
}

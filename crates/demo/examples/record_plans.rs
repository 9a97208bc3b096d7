//! Records the plans of every rule's lab from real servers into `NAME.plans` beside the rule.
//!
//! ```text
//! cargo run -p dbwright-demo --example record_plans                 all rules whose lesson has a lab
//! cargo run -p dbwright-demo --example record_plans -- RULE...      only these
//! ```
//! PostgreSQL is recorded from the newest version found and from the oldest; MariaDB and MySQL from the newest. What needs
//! LLVM is recorded from Debian's PostgreSQL by hiding the others: `DBWRIGHT_SERVERS=none`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool for the workbench may fail loudly")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use dbwright_demo::Gym;
use dbwright_lab::{Binaries, Product};
use dbwright_model::Rule;
use dbwright_model::lesson;

#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let engines = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines");
    let books: [(&str, &[Rule], &[Product]); 2] = [
        ("postgres", dbwright_postgres::rules::RULES, &[Product::Postgres]),
        ("mysql", dbwright_mysql::rules::RULES, &[Product::MariaDb, Product::MySql]),
    ];
    let mut failed = false;
    for (engine, rules, products) in books {
        let with_lab = |rule: &&Rule| !lesson::lab(rule.lesson).cases.is_empty();
        let chosen = |rule: &&Rule| wanted.is_empty() || wanted.iter().any(|id| id == rule.id);
        let rules: Vec<&Rule> = rules.iter().filter(with_lab).filter(chosen).collect();
        if rules.is_empty() {
            continue;
        }
        let mut files: BTreeMap<&str, String> = BTreeMap::new();
        for (product, binaries) in products.iter().flat_map(|product| servers(*product)) {
            let gym = Gym::open(product, &binaries).unwrap_or_else(|error| panic!("{product:?}: {error}"));
            for rule in &rules {
                match record(&gym, rule).await {
                    Ok(text) => files.entry(rule.id).or_default().push_str(&text),
                    Err(error) => {
                        failed = true;
                        eprintln!("{} on {}: {error}", rule.id, gym.server());
                    }
                }
            }
        }
        for (id, text) in files {
            let path = engines.join(engine).join("src/rules").join(format!("{}.plans", id.replace('-', "_")));
            std::fs::write(&path, text).unwrap();
            println!("{id}");
        }
    }
    std::process::exit(i32::from(failed));
}

/// The servers to record from.
fn servers(product: Product) -> Vec<(Product, Binaries)> {
    let mut found = dbwright_lab::find(product);
    found.sort_by(|a, b| a.version.cmp(&b.version));
    let newest = found.pop();
    let oldest = (product == Product::Postgres && !found.is_empty()).then(|| found.swap_remove(0));
    newest.into_iter().chain(oldest).map(|binaries| (product, binaries)).collect()
}

async fn record(gym: &Gym, rule: &Rule) -> Result<String, Box<dyn std::error::Error>> {
    let lab = lesson::lab(rule.lesson);
    let mut exercise = gym.exercise(&rule.id.replace('-', "_")).await?;
    exercise.prepare(&lab).await?;
    let mut text = String::new();
    for case in lab.cases.iter().filter(|case| gym.takes(case)) {
        let plan = exercise.plan(case).await?;
        let kind = if case.fires { "fires" } else { "silent" };
        writeln!(text, "==== {kind} | {} | {}\n{}", gym.server(), case.title, plan.trim_end())?;
    }
    Ok(text)
}

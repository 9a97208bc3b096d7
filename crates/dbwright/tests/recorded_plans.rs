//! Every plan rule against the plans its own lab gave on real servers: it sees the problem where the lesson says so, and
//! is silent about the near misses. `cargo run -p dbwright-demo --example record_plans` records them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};

use dbwright_model::artefact::{Artefact, Input, Recogniser};
use dbwright_model::room::Room;
use dbwright_model::{Area, Case, Engine, Finding, Plans, Redaction, Rule, Server, Version, lesson};

static ROOMS: &[(&str, &dyn Room)] = &[("postgres", &dbwright_postgres::Postgres), ("mysql", &dbwright_mysql::MySql)];

fn file(engine: &str, rule: &Rule) -> PathBuf {
    let stem = rule.id.replace('-', "_");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../engines/{engine}/src/rules/{stem}.plans"))
}

/// Whether the rule is tested beside its text instead: it compares a plan with a catalog, which no recorded plan carries.
fn tested_in_place(engine: &str, rule: &Rule) -> bool {
    let recorded = file(engine, rule);
    let text = std::fs::read_to_string(recorded.with_extension("rs")).unwrap_or_default();
    !recorded.exists()
        && text.contains("Catalog")
        && ["fn fires_", "fn silent_"].iter().all(|name| text.matches(name).count() >= 2)
}

/// The rules of plans that have recorded plans.
fn recorded_rules(engine: &str, room: &dyn Room) -> Vec<&'static Rule> {
    room.rules().iter().filter(|rule| rule.area == Area::Plans && !tested_in_place(engine, rule)).collect()
}

/// What the rule finds in a plan as a person pasted it.
fn findings(room: &dyn Room, rule: &Rule, text: &str, redaction: Redaction) -> Vec<Finding> {
    let recognisers: Vec<&'static Recogniser> = room.recognisers().iter().collect();
    let reading = dbwright_reading::read(&[Input::new("-", text)], &recognisers);
    assert!(reading.unreadable.is_empty(), "{:?}\n{text}", reading.unreadable);
    let mut plans = Plans::default();
    for found in reading.found {
        if let Artefact::Plan(mut plan) = found.artefact {
            dbwright_plan::account(&mut plan);
            let dialect = match room.engine() {
                Engine::Postgres => dbwright_sql::Dialect::Postgres,
                _ => dbwright_sql::Dialect::MySql,
            };
            dbwright_plan::redact(&mut plan, dialect, redaction);
            plans.plans.push(*plan);
        }
    }
    let first = plans.plans.first().unwrap_or_else(|| panic!("no plan was recognised in\n{text}"));
    let server = Server::new(first.product, first.since.unwrap_or(Version::new(0, 0, 0)));
    let case = Case::new(server, redaction).with(&plans);
    (rule.check)(&case).unwrap_or_default()
}

#[test]
fn rules_see_what_their_labs_show_and_nothing_else() {
    let mut wrong = Vec::new();
    for &(engine, room) in ROOMS {
        for rule in recorded_rules(engine, room) {
            let Ok(text) = std::fs::read_to_string(file(engine, rule)) else {
                wrong.push(format!("{}: no plans are recorded", rule.id));
                continue;
            };
            for case in lesson::recorded(&text) {
                let found = findings(room, rule, case.plan, Redaction::Literals);
                if found.is_empty() == case.fires {
                    let what = if case.fires { "is silent about" } else { "fires at" };
                    wrong.push(format!("{} {what} `{}` ({})", rule.id, case.title, case.server));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_plan_rule_has_positive_and_near_miss_cases_from_real_servers() {
    for &(engine, room) in ROOMS {
        for rule in recorded_rules(engine, room) {
            let text = std::fs::read_to_string(file(engine, rule)).unwrap_or_default();
            let recorded = lesson::recorded(&text);
            for fires in [true, false] {
                let mut titles: Vec<&str> =
                    recorded.iter().filter(|case| case.fires == fires).map(|case| case.title).collect();
                titles.sort_unstable();
                titles.dedup();
                assert!(
                    titles.len() >= 2,
                    "{}: only {titles:?} {}",
                    rule.id,
                    if fires { "fire" } else { "are silent" }
                );
            }
        }
    }
}

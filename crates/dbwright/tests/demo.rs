//! The demo of each engine finds what was planted in its shop, live where a server is found, and in its recording.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use dbwright_demo::ShopKind;
use dbwright_lab::Product;
use support::{Report, dbwright, server};

fn found(engine: ShopKind, more: &[&str]) {
    let mut args = vec!["demo", "--engine", engine.engine().id(), "--format", "json"];
    args.extend(more);
    let output = dbwright(&args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = Report(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}")));
    assert!(!said.contains("recorded"), "{said}");
    let seen = |rule: &str, object: &str| match object {
        "" => report.findings().iter().any(|(found, ..)| found == rule),
        _ => report.has(rule, object),
    };
    let planted = dbwright_demo::planted(engine);
    let missed: Vec<_> = planted.iter().filter(|(rule, object)| !seen(rule, object)).collect();
    println!("{engine:?} {more:?}: {} of {} planted faults found", planted.len() - missed.len(), planted.len());
    assert!(missed.is_empty(), "missed {missed:?}\nfound {:#?}", report.findings());
}

fn live(engine: ShopKind, products: [Product; 2]) {
    if products.into_iter().any(|product| server(product).is_some()) {
        found(engine, &[]);
    }
}

#[test]
fn the_recorded_shops_show_what_was_planted() {
    for engine in [ShopKind::Postgres, ShopKind::MySql, ShopKind::Redis] {
        found(engine, &["--recorded"]);
    }
}

#[test]
fn the_shop_on_postgresql_shows_what_was_planted() {
    live(ShopKind::Postgres, [Product::Postgres; 2]);
}

#[test]
fn the_shop_on_mysql_shows_what_was_planted() {
    live(ShopKind::MySql, [Product::MariaDb, Product::MySql]);
}

#[test]
fn the_shop_on_redis_shows_what_was_planted() {
    live(ShopKind::Redis, [Product::Redis, Product::Valkey]);
}

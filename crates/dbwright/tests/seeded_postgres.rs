//! Planted faults on real PostgreSQL servers are found, each with the right object.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::time::Duration;

use dbwright_lab::Product;
use support::{Report, judge, seeds, server_of, start};
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn recall(major: u32) {
    let Some(binaries) = server_of(Product::Postgres, major) else { return };
    let lab = start(
        &binaries,
        &[
            ("wal_level", "logical"),
            ("archive_mode", "on"),
            ("max_prepared_transactions", "10"),
            ("archive_command", "true"),
        ],
    );
    let client = connect(&lab.url()).await;
    let mut faults = Vec::new();
    for seed in seeds("postgres.sql") {
        if seed.since <= major {
            client.batch_execute(&seed.statement).await.unwrap_or_else(|error| panic!("{error}: {}", seed.statement));
            faults.extend(seed.faults);
        }
    }
    // An index whose concurrent build failed on a duplicate.
    client.batch_execute("INSERT INTO seed.readings SELECT now(), 1, 1 FROM generate_series(1, 2)").await.unwrap();
    let failed =
        client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY readings_once ON seed.readings (sensor, value)").await;
    assert!(failed.is_err());
    faults.push(("invalid-index".into(), "seed.readings_once".into()));
    // One session holds a row and does nothing, another waits for it.
    let holder = connect(&lab.url()).await;
    holder.batch_execute("BEGIN; UPDATE seed.orders SET state = 'held' WHERE id = 1").await.unwrap();
    let holder_pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let waiter = connect(&lab.url()).await;
    let waiting =
        tokio::spawn(async move { waiter.batch_execute("UPDATE seed.orders SET state = 'mine' WHERE id = 1").await });
    faults.push(("blocked-session".into(), holder_pid.to_string()));
    faults.push(("idle-in-transaction".into(), holder_pid.to_string()));
    tokio::time::sleep(Duration::from_secs(62)).await;

    let url = lab.url();
    let report = tokio::task::spawn_blocking(move || Report::of(&url, &[])).await.unwrap();
    judge(&report, &faults, 25);
    waiting.abort();
    drop(holder);
    way_back(&report, &client).await;
}

/// The report has no literals, so what it says of dropping a partial index must save the definition itself.
async fn way_back(report: &Report, client: &Client) {
    let findings = report.0["findings"].as_array().unwrap();
    let partial = findings.iter().find(|finding| finding["subject"]["name"] == "seed.orders_open_again").unwrap();
    let statement = partial["fixes"][0]["statement"].as_str().unwrap();
    let (save, drop) = statement.split_once("; ").unwrap();
    let saved: String = client.query_one(save, &[]).await.unwrap().get(0);
    assert!(saved.ends_with("WHERE (state = 'open'::text)"), "{saved}");
    let is_there = "SELECT to_regclass('seed.orders_open_again') IS NOT NULL";
    client.batch_execute(drop).await.unwrap();
    assert!(!client.query_one(is_there, &[]).await.unwrap().get::<_, bool>(0));
    client.batch_execute(&saved).await.unwrap();
    assert!(client.query_one(is_there, &[]).await.unwrap().get::<_, bool>(0));
}

dbwright_lab::each_postgres! {
    planted_faults_are_found: recall;
}

//! Planted faults on real MariaDB and MySQL servers are found, each with the right object.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::time::Duration;

use dbwright_lab::{Binaries, Product};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use support::{Report, judge, seeds, server, start};

async fn connect(url: &str) -> Conn {
    Conn::new(Opts::from_url(url).unwrap()).await.unwrap()
}

async fn recall(binaries: &Binaries) {
    let lab = start(
        binaries,
        &[("log_bin", "seed"), ("server_id", "7"), ("performance_schema", "ON"), ("innodb_doublewrite", "OFF")],
    );
    let mut client = connect(&lab.url()).await;
    let mut faults = vec![("doublewrite-off".to_owned(), "innodb_doublewrite".to_owned())];
    for seed in seeds("mysql.sql") {
        client.query_drop(&seed.statement).await.unwrap_or_else(|error| panic!("{error}: {}", seed.statement));
        faults.extend(seed.faults);
    }
    // One session holds a row and does nothing, another waits for it.
    let mut holder = connect(&lab.url()).await;
    for statement in ["START TRANSACTION", "UPDATE seed.orders SET state = 'held' WHERE id = 1"] {
        holder.query_drop(statement).await.unwrap();
    }
    let mut waiter = connect(&lab.url()).await;
    let waiting =
        tokio::spawn(async move { waiter.query_drop("UPDATE seed.orders SET state = 'mine' WHERE id = 1").await });
    faults.push(("blocked-session".into(), holder.id().to_string()));
    faults.push(("idle-in-transaction".into(), holder.id().to_string()));
    tokio::time::sleep(Duration::from_secs(62)).await;

    let url = lab.url();
    let report = tokio::task::spawn_blocking(move || Report::of(&url, &[])).await.unwrap();
    judge(&report, &faults, 22);
    waiting.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_faults_are_found_on_mariadb() {
    if let Some(binaries) = server(Product::MariaDb) {
        recall(&binaries).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_faults_are_found_on_mysql() {
    if let Some(binaries) = server(Product::MySql) {
        recall(&binaries).await;
    }
}

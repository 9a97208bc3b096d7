//! What we take for one query is what `performance_schema` takes for one: statements of every kind run with different
//! literals, and the groups by fingerprint are compared with the groups by `DIGEST`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

#[path = "../../../sql/tests/fingerprint_groups/mod.rs"]
mod fingerprint_groups;

use dbwright_lab::{Lab, Options, Product};
use dbwright_sql::Dialect;
use fingerprint_groups::{Dice, Ran, VARIANTS, compare};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

const SCHEMA: &str = include_str!("fingerprint_groups/schema.sql");
const STATEMENTS: &str = include_str!("fingerprint_groups/statements.sql");

/// A line of the statements: whether we mean to differ there, and the query.
fn entry(line: &str) -> Option<(bool, &str)> {
    match line.split_once(' ') {
        Some(("--", _)) => None,
        Some(("~", query)) => Some((true, query)),
        _ => Some((false, line)),
    }
}

async fn groups(product: Product) {
    let Some(binaries) = dbwright_lab::for_test(product, None).unwrap() else { return };
    let options =
        Options::new().setting("performance_schema", "ON").setting("innodb_buffer_pool_size", "32M").volatile();
    let lab = Lab::start(&binaries, &options).unwrap();
    // One connection: a statement is counted only after its answer is sent, but before the next one begins.
    let mut conn = Conn::from_url(lab.url()).await.unwrap();
    conn.query_drop("CREATE DATABASE shop").await.unwrap();
    conn.query_drop("USE shop").await.unwrap();
    for statement in SCHEMA.split(";\n") {
        conn.query_drop(statement).await.unwrap();
    }
    let queries: Vec<(bool, &str)> = STATEMENTS.lines().filter_map(entry).collect();
    let seen = "SELECT digest, digest_text FROM performance_schema.events_statements_summary_by_digest WHERE schema_name = 'shop' AND digest_text NOT LIKE '%performance_schema%'";
    let mut dice = Dice(4, Dialect::MySql);
    let (mut ran, mut failed) = (Vec::new(), Vec::new());
    for (query, &(_, line)) in queries.iter().enumerate() {
        for _ in 0..VARIANTS {
            let text = dice.fill(line);
            conn.query_drop("TRUNCATE performance_schema.events_statements_summary_by_digest").await.unwrap();
            if let Err(error) = conn.query_drop(&text).await {
                failed.push(format!("{text}: {error:?}"));
                continue;
            }
            let rows: Vec<(String, String)> = conn.query(seen).await.unwrap();
            let [(id, normalized)] = rows.as_slice() else { panic!("{text}: {rows:?}") };
            ran.push(Ran { query, text, normalized: normalized.clone(), id: id.clone() });
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    // Rows with more than literals are counted by the server, and MariaDB leaves the sign of a number behind a comparison.
    let signs = |query: &str| product == Product::MariaDb && (query.contains("%z") || query.contains("%n"));
    compare(&product.to_string(), Dialect::MySql, &queries, &ran, |query| query.contains("%w") || signs(query));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_query_is_what_mysql_takes_for_one() {
    groups(Product::MySql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_query_is_what_mariadb_takes_for_one() {
    groups(Product::MariaDb).await;
}

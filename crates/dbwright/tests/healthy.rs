//! Well-made schemas under load on fresh servers: no error, no false warning, no advice from young counters.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::time::{Duration, Instant};

use dbwright_lab::Product;
use mysql_async::prelude::Queryable;
use support::{Report, server, server_of, start};

const SCHEMAS: &str = include_str!("healthy/schemas.sql");

/// The schemas in one engine's words.
fn statements(key: &str, time: &str, integer_division: &str) -> Vec<String> {
    SCHEMAS
        .split("\n\n")
        .filter(|block| !block.starts_with("--"))
        .map(|block| {
            let mut sql = block.replace("{key}", key).replace("{time}", time).replace("n / 4", integer_division);
            if let Some(at) = sql.find("{n ") {
                let end = at + sql[at..].find('}').unwrap();
                let numbers = format!(
                    "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {})",
                    &sql[at + 3..end]
                );
                sql.replace_range(at..=end, &numbers);
            }
            sql
        })
        .collect()
}

fn demand_silence(report: &Report) {
    let findings = report.findings();
    let tables = SCHEMAS.matches("CREATE TABLE").count();
    let errors = report.of_severity("error");
    // What a lab runs may be past its end: that is true, and not what is tested here.
    let mut warnings = report.of_severity("warn");
    warnings.retain(|warning| warning != "version-end-of-life server");
    println!("{tables} tables: {} findings, {} warnings, {} errors", findings.len(), warnings.len(), errors.len());
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(warnings.len() * 100 <= tables, "{warnings:#?}");
    for (rule, object, _) in &findings {
        let from_counters =
            ["unused-index", "full-scan-heavy-table", "checkpoints-forced", "connection-churn", "cache-hit-low"];
        assert!(!from_counters.contains(&rule.as_str()), "{rule} on {object}: the counters are seconds old");
    }
}

async fn postgres(major: u32) {
    let Some(binaries) = server_of(Product::Postgres, major) else { return };
    let lab = start(&binaries, &[("shared_preload_libraries", "pg_stat_statements")]);
    let connect = async || {
        let (client, connection) = tokio_postgres::connect(&lab.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    };
    let client = connect().await;
    client.batch_execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
    for sql in statements("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "TIMESTAMPTZ", "n / 4") {
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
    client.batch_execute("VACUUM (ANALYZE)").await.unwrap();
    let until = Instant::now() + Duration::from_secs(6);
    let mut sessions = Vec::new();
    for session in 0..4u64 {
        let client = connect().await;
        sessions.push(tokio::spawn(async move {
            let mut n = session;
            while Instant::now() < until {
                n = (n * 48_271 + 11) % 40_000;
                let sql = format!(
                    "BEGIN; UPDATE bank_accounts SET abalance = abalance + 1 WHERE aid = {0}; SELECT abalance FROM bank_accounts WHERE aid = {0}; \
                     UPDATE bank_tellers SET tbalance = tbalance + 1 WHERE tid = {1}; UPDATE bank_branches SET bbalance = bbalance + 1 WHERE bid = {2}; \
                     INSERT INTO bank_history (tid, bid, aid, delta, mtime) VALUES ({1}, {2}, {0}, 1, CURRENT_TIMESTAMP); COMMIT",
                    n + 1,
                    n % 50 + 1,
                    n % 5 + 1
                );
                client.batch_execute(&sql).await.unwrap();
            }
        }));
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    let url = lab.url();
    let report = tokio::task::spawn_blocking(move || Report::of(&url, &[])).await.unwrap();
    for session in sessions {
        session.await.unwrap();
    }
    demand_silence(&report);
}

dbwright_lab::each_postgres! {
    postgresql_well_set_up_is_met_with_silence: postgres;
}

async fn mysql(product: Product) {
    let Some(binaries) = server(product) else { return };
    let lab = start(
        &binaries,
        &[("performance_schema", "ON"), ("log_bin", "healthy"), ("server_id", "3"), ("sync_binlog", "1")],
    );
    let connect = async || mysql_async::Conn::new(mysql_async::Opts::from_url(&lab.url()).unwrap()).await.unwrap();
    let mut client = connect().await;
    client.query_drop("CREATE DATABASE shop CHARACTER SET utf8mb4").await.unwrap();
    client.query_drop("USE shop").await.unwrap();
    let depth = match product {
        Product::MariaDb => "SET SESSION max_recursive_iterations = 1000000",
        _ => "SET SESSION cte_max_recursion_depth = 1000000",
    };
    client.query_drop(depth).await.unwrap();
    for sql in statements("BIGINT AUTO_INCREMENT PRIMARY KEY", "DATETIME", "n DIV 4") {
        client.query_drop(&sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
    let until = Instant::now() + Duration::from_secs(6);
    let mut sessions = Vec::new();
    for session in 0..4u64 {
        let mut client = connect().await;
        sessions.push(tokio::spawn(async move {
            client.query_drop("USE shop").await.unwrap();
            let mut n = session;
            while Instant::now() < until {
                n = (n * 48_271 + 11) % 40_000;
                for sql in [
                    format!("UPDATE bank_accounts SET abalance = abalance + 1 WHERE aid = {}", n + 1),
                    format!("SELECT abalance FROM bank_accounts WHERE aid = {}", n + 1),
                    format!(
                        "INSERT INTO bank_history (tid, bid, aid, delta, mtime) VALUES (1, 1, {}, 1, NOW())",
                        n + 1
                    ),
                ] {
                    client.query_drop(sql).await.unwrap();
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    let url = lab.url();
    let report = tokio::task::spawn_blocking(move || Report::of(&url, &[])).await.unwrap();
    for session in sessions {
        session.await.unwrap();
    }
    demand_silence(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_well_set_up_is_met_with_silence() {
    mysql(Product::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_well_set_up_is_met_with_silence() {
    mysql(Product::MySql).await;
}

fn redis(product: Product) {
    let Some(binaries) = server(product) else { return };
    let lab = start(&binaries, &[("maxmemory", "200mb"), ("maxmemory-policy", "allkeys-lru")]);
    let mut connection = redis::Client::open(lab.url()).unwrap().get_connection().unwrap();
    let mut pipe = redis::pipe();
    for i in 0..20_000 {
        let lifetime = 600 + i * 13 % 50_000;
        pipe.cmd("SET").arg(format!("session:{i}")).arg("data").arg("EX").arg(lifetime).ignore();
        pipe.cmd("HSET").arg(format!("user:{i}")).arg("name").arg("x").arg("seen").arg(i).ignore();
    }
    pipe.exec(&mut connection).unwrap();
    demand_silence(&Report::of(&lab.url(), &[]));
}

#[test]
fn redis_well_set_up_is_met_with_silence() {
    redis(Product::Redis);
}

#[test]
fn valkey_well_set_up_is_met_with_silence() {
    redis(Product::Valkey);
}

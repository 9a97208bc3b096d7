//! Replication between two real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::case::Role;
use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Case, Catalog, Target, Undo};
use dbwright_mysql::MySql;
use dbwright_mysql::sections::replication::Replication;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

async fn gather(lab: &Lab) -> Case {
    let Target::Server(target) = Target::parse(&lab.url()).unwrap() else { panic!("no server") };
    MySql.gather(&target, &GatherOptions::default(), &()).await.unwrap()
}

fn lab(product: Product, id: &str) -> Option<Lab> {
    let binaries = dbwright_lab::for_test(product, None).unwrap()?;
    // One session applies, as MariaDB and old versions of MySQL ship it.
    let workers = if product == Product::MariaDb { "slave_parallel_threads" } else { "replica_parallel_workers" };
    let options = Options::new().setting("innodb_buffer_pool_size", "32M").setting("server_id", id);
    let options = options.setting(workers, "1");
    Some(Lab::start(&binaries, &options.setting("log_bin", "binlog")).unwrap())
}

async fn run(lab: &Lab, statements: &[String]) {
    let mut root = Conn::from_url(lab.url()).await.unwrap();
    for statement in statements {
        root.query_drop(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// The replica's applier waits for a row until the lag is noticed; what is then prescribed runs, and goes back.
async fn follows_rules(source: &Lab, replica: &Lab) {
    let words = |statements: &[&str]| statements.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    run(
        source,
        &words(&["CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, n INT)", "INSERT INTO d.t VALUES (1, 1)"]),
    )
    .await;
    let mut holder = Conn::from_url(replica.url()).await.unwrap();
    holder.query_drop("BEGIN").await.unwrap();
    for _ in 0..50 {
        // The table may not have arrived yet.
        let held: Option<i32> =
            holder.query_first("SELECT n FROM d.t WHERE id = 1 FOR UPDATE").await.unwrap_or_default();
        if held.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    run(source, &words(&["UPDATE d.t SET n = 2"])).await;
    tokio::time::sleep(Duration::from_secs(33)).await;
    let case = gather(replica).await;
    let lag = case.get::<Replication>().unwrap().channels[0].lag();
    assert!(lag.is_some_and(|lag| lag.0 >= 30.0), "{lag:?}");
    holder.query_drop("ROLLBACK").await.unwrap();
    let mut seen = Vec::new();
    for rule in MySql.rules() {
        if !["replica-single-threaded", "replica-lagging-behind", "gtid-off", "replica-not-read-only"]
            .contains(&rule.id)
        {
            continue;
        }
        for finding in (rule.check)(&case).unwrap() {
            seen.push(rule.id);
            for fix in &finding.fixes {
                let Undo::Statement(back) = &fix.undo else { panic!("{fix:#?}") };
                for script in [&fix.statement, back] {
                    let script: Vec<String> = script.split_inclusive(';').map(|one| one.trim().to_owned()).collect();
                    run(replica, &script).await;
                }
            }
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, ["gtid-off", "replica-lagging-behind", "replica-not-read-only", "replica-single-threaded"]);
    let after: Option<(u8, u8)> = holder.query_first("SELECT @@GLOBAL.read_only, @@SESSION.autocommit").await.unwrap();
    assert_eq!(after, Some((0, 1)), "the way back from super_read_only leaves no read_only behind");
    for _ in 0..100 {
        if holder.query_first::<i32, _>("SELECT n FROM d.t").await.unwrap() == Some(2) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("replication does not go on: {}", replica.log());
}

async fn both_ends_are_seen(product: Product) {
    let (Some(source), Some(replica)) = (lab(product, "1"), lab(product, "2")) else { return };
    if product == Product::MySql {
        // The log begins with root's password, which the replica would take over.
        run(&source, &["RESET BINARY LOGS AND GTIDS".into()]).await;
    }
    run(
        &source,
        &[
            "CREATE USER copy@localhost IDENTIFIED BY 'lock-and-key'".into(),
            "GRANT REPLICATION SLAVE ON *.* TO copy@localhost".into(),
        ],
    )
    .await;
    let (port, login) = (source.port(), "_HOST = '127.0.0.1'");
    run(&replica, &match product {
        Product::MariaDb => [
            format!("CHANGE MASTER TO MASTER{login}, MASTER_PORT = {port}, MASTER_USER = 'copy', MASTER_PASSWORD = 'lock-and-key', MASTER_USE_GTID = no"),
            "START SLAVE".into(),
        ],
        _ => [
            format!("CHANGE REPLICATION SOURCE TO SOURCE{login}, SOURCE_PORT = {port}, SOURCE_USER = 'copy', SOURCE_PASSWORD = 'lock-and-key', GET_SOURCE_PUBLIC_KEY = 1"),
            "START REPLICA".into(),
        ],
    })
    .await;
    let mut connected = gather(&source).await;
    for _ in 0..50 {
        if !connected.get::<Replication>().unwrap().replicas.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        connected = gather(&source).await;
    }
    let seen = connected.get::<Replication>().unwrap();
    assert_eq!(seen.replicas.len(), 1, "{seen:#?}\n{}", replica.log());
    assert_eq!(seen.replicas[0].user, "copy");
    assert!(seen.channels.is_empty() && seen.galera.is_none());
    assert!(connected.get::<Catalog>().unwrap().has_replicas);
    follows_rules(&source, &replica).await;
    let case = gather(&replica).await;
    let seen = case.get::<Replication>().unwrap();
    assert_eq!(case.server.role, Role::Replica);
    assert_eq!((seen.channels.len(), seen.channels[0].io_running.as_str()), (1, "Yes"), "{seen:#?}");
    assert!(case.get::<Catalog>().unwrap().has_replicas);
}

#[tokio::test]
async fn mariadb_sees_both_ends() {
    both_ends_are_seen(Product::MariaDb).await;
}

#[tokio::test]
async fn mysql_sees_both_ends() {
    both_ends_are_seen(Product::MySql).await;
}

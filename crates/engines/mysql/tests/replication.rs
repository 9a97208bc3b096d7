//! Replication between two real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::case::Role;
use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Case, Catalog, Target};
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
    let options = Options::new().setting("innodb_buffer_pool_size", "32M").setting("server_id", id);
    Some(Lab::start(&binaries, &options.setting("log_bin", "binlog")).unwrap())
}

async fn run(lab: &Lab, statements: &[String]) {
    let mut root = Conn::from_url(lab.url()).await.unwrap();
    for statement in statements {
        root.query_drop(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
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
            format!("CHANGE MASTER TO MASTER{login}, MASTER_PORT = {port}, MASTER_USER = 'copy', MASTER_PASSWORD = 'lock-and-key'"),
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

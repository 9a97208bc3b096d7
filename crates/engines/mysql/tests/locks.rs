//! Who waits for whom, against real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::activity::{Session, State};
use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Activity, Case, Section, Target, Why};
use dbwright_mysql::MySql;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

async fn gather(lab: &Lab) -> Case {
    let Target::Server(target) = Target::parse(&lab.url()).unwrap() else { panic!("no server") };
    MySql.gather(&target, &GatherOptions::default(), &()).await.unwrap()
}

fn lab(product: Product, settings: &[(&str, &str)]) -> Option<Lab> {
    let binaries = dbwright_lab::for_test(product, None).unwrap()?;
    let options = Options::new().setting("innodb_buffer_pool_size", "32M");
    let options = settings.iter().fold(options, |options, (name, value)| options.setting(*name, *value));
    Some(Lab::start(&binaries, &options).unwrap())
}

/// An open transaction that has read the table, an ALTER behind it, a SELECT behind that.
struct Queue {
    /// Id of the open transaction.
    root: String,
    _open: Conn,
}

async fn queue(lab: &Lab, prepare: &[&str]) -> Queue {
    let mut open = Conn::from_url(lab.url()).await.unwrap();
    for statement in prepare {
        open.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    for statement in [
        "CREATE DATABASE shop",
        "CREATE TABLE shop.carts (id INT PRIMARY KEY)",
        "START TRANSACTION",
        "SELECT * FROM shop.carts",
    ] {
        open.query_drop(statement).await.unwrap();
    }
    let mut watch = Conn::from_url(lab.url()).await.unwrap();
    for (n, statement) in
        ["ALTER TABLE shop.carts ADD COLUMN b INT", "SELECT * FROM shop.carts"].into_iter().enumerate()
    {
        let mut conn = Conn::from_url(lab.url()).await.unwrap();
        tokio::spawn(async move { conn.query_drop(statement).await });
        let waiting =
            "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'Waiting for table metadata lock'";
        while watch.query_first::<usize, _>(waiting).await.unwrap() != Some(n + 1) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Queue { root: open.id().to_string(), _open: open }
}

fn sessions(case: &Case) -> (&Session, &Session) {
    let activity = case.get::<Activity>().unwrap();
    let with = |word: &str| {
        let mut found = activity.sessions.iter().filter(|session| {
            session.state == State::Active
                && session.statement.as_ref().is_some_and(|text| text.as_str().to_uppercase().starts_with(word))
        });
        found.next().unwrap_or_else(|| panic!("no {word} in {activity:#?}"))
    };
    (with("ALTER"), with("SELECT"))
}

async fn finds_the_root(lab: &Lab, prepare: &[&str]) {
    let queue = queue(lab, prepare).await;
    let case = gather(lab).await;
    let (alter, select) = sessions(&case);
    assert_eq!(alter.blocked_by, [queue.root.clone()]);
    assert_eq!(select.blocked_by, [alter.id.clone()]);
    assert!(alter.blocked_for.is_some() && select.blocked_for.is_some());
    let gap = case.gaps.iter().find(|gap| gap.part.as_deref() == Some("waits for table locks"));
    assert_eq!(gap, None);
}

#[tokio::test]
async fn mysql_finds_the_transaction_at_the_head_of_the_queue() {
    let Some(lab) = lab(Product::MySql, &[]) else { return };
    finds_the_root(&lab, &[]).await;
}

#[tokio::test]
async fn mariadb_finds_it_with_performance_schema() {
    let settings = [("performance_schema", "ON"), ("performance_schema_instrument", "wait/lock/metadata/sql/mdl=ON")];
    let Some(lab) = lab(Product::MariaDb, &settings) else { return };
    finds_the_root(&lab, &[]).await;
}

#[tokio::test]
async fn mariadb_finds_it_with_the_plugin() {
    let Some(lab) = lab(Product::MariaDb, &[]) else { return };
    finds_the_root(&lab, &["INSTALL SONAME 'metadata_lock_info'"]).await;
}

#[tokio::test]
async fn mariadb_says_what_is_missing_to_find_it() {
    let Some(lab) = lab(Product::MariaDb, &[]) else { return };
    let _queue = queue(&lab, &[]).await;
    let case = gather(&lab).await;
    let (alter, select) = sessions(&case);
    assert!(alter.blocked_by.is_empty() && select.blocked_by.is_empty());
    assert!(alter.blocked_for.is_some() && select.blocked_for.is_some());
    let gap = case.gaps.iter().find(|gap| gap.part.as_deref() == Some("waits for table locks")).unwrap();
    assert_eq!((gap.section.as_str(), gap.why), (Activity::ID, Why::Setting));
    assert_eq!(gap.allow.as_deref(), Some("INSTALL SONAME 'metadata_lock_info';"));
}

#[tokio::test]
async fn nobody_waiting_leaves_no_gap() {
    let Some(lab) = lab(Product::MariaDb, &[]) else { return };
    let case = gather(&lab).await;
    assert!(case.gaps.iter().all(|gap| gap.section != Activity::ID), "{:#?}", case.gaps);
}

//! The sections as real servers fill them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Case, Catalog, Target};
use dbwright_mysql::MySql;
use dbwright_mysql::sections::innodb::InnoDb;
use dbwright_mysql::sections::status::Status;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

async fn gather(lab: &Lab) -> Case {
    let Target::Server(target) = Target::parse(&lab.url()).unwrap() else { panic!("no server") };
    MySql.gather(&target, &GatherOptions::default(), &()).await.unwrap()
}

/// A server of each product that is found.
fn labs(options: &Options) -> Vec<(Product, Lab)> {
    let options = options.clone().setting("innodb_buffer_pool_size", "32M");
    let found = [Product::MariaDb, Product::MySql].into_iter().filter_map(|product| {
        let binaries = dbwright_lab::for_test(product, None).unwrap()?;
        Some((product, Lab::start(&binaries, &options).unwrap()))
    });
    found.collect()
}

async fn run(lab: &Lab, statements: &[&str]) {
    let mut root = Conn::from_url(lab.url()).await.unwrap();
    for statement in statements {
        root.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

#[tokio::test]
async fn times_do_not_depend_on_the_time_zone() {
    for (product, lab) in labs(&Options::new().setting("default_time_zone", "'+05:00'")) {
        run(&lab, &["CREATE DATABASE shop", "CREATE TABLE shop.t (id INT PRIMARY KEY)", "ANALYZE TABLE shop.t"]).await;
        let case = gather(&lab).await;
        let innodb = case.get::<InnoDb>().unwrap();
        let index = innodb.indexes.iter().find(|index| index.table.name == "t").unwrap();
        let age = case.server.now.duration_since(index.updated.unwrap());
        assert!((-5..300).contains(&age.as_secs()), "{product:?}: {age:?}");
        assert!(innodb.tables.iter().any(|table| table.table.name == "t"));
    }
}

#[tokio::test]
async fn both_tell_the_history_list_length() {
    for (product, lab) in labs(&Options::new()) {
        let case = gather(&lab).await;
        let length = case.get::<Status>().unwrap().get("innodb_history_list_length");
        assert!(length.is_some(), "{product:?}");
    }
}

#[tokio::test]
async fn hidden_indexes_are_marked_and_their_definitions_run() {
    for (product, lab) in labs(&Options::new()) {
        let word = if product == Product::MariaDb { "IGNORED" } else { "INVISIBLE" };
        let mut statements = vec![
            "CREATE DATABASE shop".to_owned(),
            format!("CREATE TABLE shop.t (a INT, b TEXT, KEY k (a) {word}, KEY seen (a, b(9)))"),
        ];
        if product == Product::MySql {
            statements.push("CREATE INDEX f ON shop.t ((LOWER(b(9))))".replace("b(9)", "LEFT(b, 9)"));
            statements.push("CREATE INDEX s ON shop.t ((CONCAT(LEFT(b, 9), 'hush-hush')))".to_owned());
        }
        run(&lab, &statements.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let case = gather(&lab).await;
        let catalog = case.get::<Catalog>().unwrap();
        let indexes = &catalog.tables.iter().find(|table| table.name.name == "t").unwrap().indexes;
        let index = |name: &str| indexes.iter().find(|index| index.name == name).unwrap();
        assert!(index("k").invalid && !index("seen").invalid, "{product:?}: {indexes:#?}");
        for made in indexes.iter().filter(|index| index.definition.is_some()) {
            let drop = format!("ALTER TABLE shop.t DROP INDEX {}", made.name);
            run(&lab, &[&drop, made.definition.as_ref().unwrap().as_str()]).await;
        }
        assert!(!format!("{catalog:?}").contains("hush-hush"));
        let again = gather(&lab).await;
        let again = again.get::<Catalog>().unwrap();
        let again = &again.tables.iter().find(|table| table.name.name == "t").unwrap().indexes;
        assert!(again.iter().find(|index| index.name == "k").unwrap().invalid);
    }
}

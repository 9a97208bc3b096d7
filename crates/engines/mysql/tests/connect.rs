//! Connecting to real servers: how accounts prove who they are, and what TLS must achieve.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::room::{GatherError, GatherErrorKind, GatherOptions, Room};
use dbwright_model::{Case, Target};
use dbwright_mysql::MySql;
use dbwright_mysql::sections::accounts::Accounts;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

async fn gather(url: &str) -> Result<Case, GatherError> {
    let Target::Server(target) = Target::parse(url).unwrap() else { panic!("{url} is no server") };
    let options = GatherOptions { connect_timeout: Duration::from_secs(5), ..GatherOptions::default() };
    MySql.gather(&target, &options, &()).await
}

fn lab(product: Product, options: &Options) -> Option<Lab> {
    let binaries = dbwright_lab::for_test(product, None).unwrap()?;
    Some(Lab::start(&binaries, &options.clone().setting("innodb_buffer_pool_size", "32M")).unwrap())
}

async fn run(lab: &Lab, statements: &[&str]) {
    let mut root = Conn::from_url(lab.url()).await.unwrap();
    for statement in statements {
        root.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

fn url(lab: &Lab, login: &str, rest: &str) -> String {
    format!("mysql://{login}@127.0.0.1:{}/{rest}", lab.port())
}

#[tokio::test]
async fn ed25519_accounts_come_in() {
    let Some(lab) = lab(Product::MariaDb, &Options::new()) else { return };
    run(
        &lab,
        &[
            "INSTALL SONAME 'auth_ed25519'",
            "CREATE USER ed@localhost IDENTIFIED VIA ed25519 USING PASSWORD('lock-and-key')",
        ],
    )
    .await;
    let case = gather(&url(&lab, "ed:lock-and-key", "")).await.unwrap();
    assert!(case.server.uptime.is_some());
    run(&lab, &["CREATE USER bare@localhost IDENTIFIED VIA ed25519 USING ''"]).await;
    let login = format!("root:{}", lab.password().unwrap());
    let case = gather(&url(&lab, &login, "")).await.unwrap();
    let accounts = case.get::<Accounts>().unwrap();
    let bare = |user: &str| accounts.accounts.iter().find(|account| account.user == user).unwrap().no_password;
    assert!(bare("bare") && !bare("ed"), "{accounts:#?}");
    let error = gather(&url(&lab, "ed:wrong", "")).await.unwrap_err();
    assert_eq!(error.kind, GatherErrorKind::Refused, "{error}");
}

#[tokio::test]
async fn tls_is_verified_as_far_as_asked() {
    for product in [Product::MariaDb, Product::MySql] {
        let Some(lab) = lab(product, &Options::new().tls()) else { continue };
        let login = format!("root:{}", lab.password().unwrap());
        let ca = lab.ca().unwrap().display().to_string();
        gather(&url(&lab, &login, "?ssl-mode=REQUIRED")).await.unwrap();
        gather(&url(&lab, &login, &format!("?ssl-mode=VERIFY_IDENTITY&ssl-ca={ca}"))).await.unwrap();
        gather(&url(&lab, &login, &format!("?ssl-mode=VERIFY_CA&ssl-ca={ca}"))).await.unwrap();
        for mode in ["VERIFY_CA", "VERIFY_IDENTITY"] {
            let error = gather(&url(&lab, &login, &format!("?ssl-mode={mode}"))).await.unwrap_err();
            assert_eq!(error.kind, GatherErrorKind::Tls, "{product:?} {mode}: {error}");
            assert!(error.hint.contains("ssl-ca"), "{}", error.hint);
        }
        let error = gather(&url(&lab, &login, "?ssl-mode=REQUIRED&ssl-ca=/nowhere/ca.pem")).await.unwrap_err();
        assert_eq!(error.kind, GatherErrorKind::Usage, "{error}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_used_only_when_that_is_allowed() {
    let Some(lab) = lab(Product::MariaDb, &Options::new()) else { return };
    let login = format!("root:{}", lab.password().unwrap());
    gather(&url(&lab, &login, "")).await.unwrap();
    for mode in ["REQUIRED", "VERIFY_CA"] {
        let error = gather(&url(&lab, &login, &format!("?ssl-mode={mode}"))).await.unwrap_err();
        assert_eq!(error.kind, GatherErrorKind::Tls, "{error}");
    }
}

#[tokio::test]
async fn a_frozen_server_is_a_timeout() {
    let Some(lab) = lab(Product::MariaDb, &Options::new()) else { return };
    lab.pause().unwrap();
    let error = gather(&lab.url()).await.unwrap_err();
    lab.resume().unwrap();
    assert_eq!(error.kind, GatherErrorKind::Timeout, "{error}");
}

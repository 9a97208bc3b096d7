//! The shop on MariaDB or MySQL.

use std::time::{Duration, Instant};

use dbwright_lab::{Lab, Options, Product};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Opts};

use crate::{DemoError, Shop, first};

const SHOP: &str = include_str!("mysql.sql");

pub(crate) const RECORDED: &str = include_str!("../recorded/mysql.dbw");

pub(crate) const PLANTED: &[(&str, &str)] = &[
    ("doublewrite-off", "innodb_doublewrite"),
    ("flush-log-at-commit-relaxed", "innodb_flush_log_at_trx_commit"),
    ("sql-mode-not-strict", "sql_mode"),
    ("per-session-buffers-large", "sort_buffer_size"),
    ("key-exhaustion", "shop.events.id"),
    ("missing-primary-key", "shop.audit_log"),
    ("non-innodb-table", "shop.page_views"),
    ("uuid-as-char-key", "shop.coupons"),
    ("wide-primary-key", "shop.translations"),
    ("legacy-charset", "shop.newsletter"),
    ("duplicate-index", "shop.orders_placed_again"),
    ("redundant-index", "shop.orders_status"),
    ("password-equals-user", "shop_app@%"),
    ("empty-password", "report@localhost"),
    ("test-database", "test"),
    ("blocked-session", ""),
];

impl From<Error> for DemoError {
    fn from(error: Error) -> DemoError {
        DemoError::Setup(error.into())
    }
}

pub(crate) async fn open() -> Result<Shop, DemoError> {
    let binaries = first([Product::MariaDb, Product::MySql])?;
    let options = Options::new()
        .setting("performance_schema", "ON")
        .setting("innodb_buffer_pool_size", "128M")
        .setting("log_bin", "binlog")
        .setting("server_id", "1")
        // planted: three "speed tips", and a mode that changes data in silence
        .setting("innodb_doublewrite", "OFF")
        .setting("innodb_flush_log_at_trx_commit", "2")
        .setting("sort_buffer_size", "64M")
        .setting("sql_mode", "");
    let lab = Lab::start(&binaries, &options)?;
    let url = lab.url();
    let mut owner = connect(&url).await?;
    for statement in SHOP.split("\n\n") {
        owner.query_drop(statement).await?;
    }
    let queue = stock_taking(&url).await?;
    customers(&url, 4, Duration::from_secs(4)).await?;
    Ok(Shop { lab, _open: Box::new(queue) })
}

async fn connect(url: &str) -> Result<Conn, DemoError> {
    Ok(Conn::new(Opts::from_url(url).map_err(|error| DemoError::Setup(error.into()))?).await?)
}

/// Planted: a session that changed a row, then went to lunch with its transaction open, and one that waits for the row.
async fn stock_taking(url: &str) -> Result<impl Send + 'static, DemoError> {
    let mut holder = connect(url).await?;
    holder.query_drop("BEGIN").await?;
    holder.query_drop("UPDATE shop.products SET stock = 0 WHERE id = 2000").await?;
    let mut waiter = connect(url).await?;
    let waiting =
        tokio::spawn(
            async move { waiter.query_drop("UPDATE shop.products SET stock = stock + 10 WHERE id = 2000").await },
        );
    Ok((holder, waiting))
}

/// `sessions` customers look around and order for `time`.
async fn customers(url: &str, sessions: u64, time: Duration) -> Result<(), DemoError> {
    let until = Instant::now() + time;
    let mut visits = Vec::new();
    for session in 0..sessions {
        visits.push(tokio::spawn(visit(connect(url).await?, session, until)));
    }
    for visit in visits {
        if let Ok(outcome) = visit.await {
            outcome?;
        }
    }
    Ok(())
}

async fn visit(mut client: Conn, session: u64, until: Instant) -> Result<(), Error> {
    let mut n = session;
    while Instant::now() < until {
        n = (n * 48_271 + 11) % 10_000;
        let customer = n + 1;
        // The slow one: no index finds a voucher.
        client.exec_drop("SELECT id, status FROM shop.orders WHERE voucher = ?", (format!("V{customer}"),)).await?;
        client
            .exec_drop(
                "SELECT id, status FROM shop.orders WHERE customer_id = ? ORDER BY placed_at DESC LIMIT 10",
                (customer,),
            )
            .await?;
        let product = customer % 1999 + 1;
        client.exec_drop("SELECT title, price FROM shop.products WHERE id = ?", (product,)).await?;
        client.exec_drop("UPDATE shop.products SET stock = stock - 1 WHERE id = ?", (product,)).await?;
        client
            .exec_drop(
                "INSERT INTO shop.orders (customer_id, status, placed_at) VALUES (?, 'open', NOW())",
                (customer,),
            )
            .await?;
    }
    Ok(())
}

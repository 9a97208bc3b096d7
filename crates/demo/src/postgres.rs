//! The shop on PostgreSQL.

use std::time::{Duration, Instant};

use dbwright_lab::{Lab, Options, Product};
use tokio_postgres::{Client, Error, NoTls};

use crate::{DemoError, Shop};

const SHOP: &str = include_str!("postgres.sql");

pub(crate) const RECORDED: &str = include_str!("../recorded/postgres.dbw");

pub(crate) const PLANTED: &[(&str, &str)] = &[
    ("full-page-writes-off", "full_page_writes"),
    ("key-exhaustion", "shop.events.id"),
    ("password-equals-role", "shop_app"),
    ("autovacuum-disabled-on-table", "shop.carts"),
    ("security-definer-search-path", "shop.cancel_order"),
    ("foreign-key-without-index", "shop.orders.orders_customer_id_fkey"),
    ("invalid-index", "shop.customers_email_key"),
    ("unlogged-table", "shop.payments"),
    ("inactive-replication-slot", "warehouse_sync"),
    ("missing-primary-key", "shop.audit_log"),
    ("duplicate-index", "shop.products_sku_idx"),
    ("redundant-index", "shop.orders_status_idx"),
];

impl From<Error> for DemoError {
    fn from(error: Error) -> DemoError {
        DemoError::Setup(error.into())
    }
}

pub(crate) async fn open() -> Result<Shop, DemoError> {
    let binaries = dbwright_lab::newest(Product::Postgres)?;
    let options = Options::new()
        .setting("shared_preload_libraries", "pg_stat_statements")
        .setting("wal_level", "logical")
        // planted: a "speed tip" that risks torn pages
        .setting("full_page_writes", "off");
    let lab = Lab::start(&binaries, &options)?;
    fill(&lab.url()).await?;
    customers(&lab.url(), 4, Duration::from_secs(4)).await?;
    Ok(Shop { lab, _open: Box::new(()) })
}

async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Creates the schema with its data and its faults.
async fn fill(url: &str) -> Result<(), Error> {
    let client = connect(url).await?;
    // Not every build brings it; the shop works without.
    let _ = client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await;
    for statement in SHOP.split("\n\n") {
        client.batch_execute(statement).await?;
    }
    // planted: a unique index whose concurrent build met a duplicate and stayed behind, invalid
    client.batch_execute("UPDATE shop.customers SET email = 'customer1@example.com' WHERE id = 2").await?;
    let _ =
        client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON shop.customers (email)").await;
    Ok(())
}

/// `sessions` customers look around and order for `time`. The same number of steps in the same order each time a
/// session runs; how many fit is up to the machine.
async fn customers(url: &str, sessions: u64, time: Duration) -> Result<(), Error> {
    let until = Instant::now() + time;
    let mut visits = Vec::new();
    for session in 0..sessions {
        let client = connect(url).await?;
        visits.push(tokio::spawn(visit(client, session, until)));
    }
    for visit in visits {
        if let Ok(outcome) = visit.await {
            outcome?;
        }
    }
    Ok(())
}

async fn visit(client: Client, session: u64, until: Instant) -> Result<(), Error> {
    let mut n = session;
    while Instant::now() < until {
        n = (n * 48_271 + 11) % 20_000;
        let customer = i64::try_from(n).unwrap_or(0) + 1;
        // The slow one: no index can serve lower(email).
        client
            .query(
                "SELECT id, name FROM shop.customers WHERE lower(email) = lower($1)",
                &[&format!("customer{customer}@example.com")],
            )
            .await?;
        client
            .query(
                "SELECT id, status FROM shop.orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT 10",
                &[&customer],
            )
            .await?;
        client.query("SELECT title, price FROM shop.products WHERE id = $1", &[&(customer % 2000 + 1)]).await?;
        client.execute("UPDATE shop.products SET stock = stock - 1 WHERE id = $1", &[&(customer % 2000 + 1)]).await?;
        client.execute("INSERT INTO shop.orders (customer_id, status) VALUES ($1, 'open')", &[&customer]).await?;
    }
    Ok(())
}

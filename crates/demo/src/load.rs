//! Filling the shop, and its customers.

use std::time::{Duration, Instant};

use tokio_postgres::{Client, Error, NoTls};

const SHOP: &str = include_str!("shop.sql");

async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Creates the schema with its data and its faults.
pub(crate) async fn fill(url: &str) -> Result<(), Error> {
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
pub(crate) async fn customers(url: &str, sessions: u64, time: Duration) -> Result<(), Error> {
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

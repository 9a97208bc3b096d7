//! Counters read twice stand in for those of a day: what happens while we look is found, and nothing where nothing does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use connect_support::{gather, lab, options};
use dbwright_lab::Options;
use dbwright_model::Case;
use dbwright_model::room::{GatherOptions, Room};
use dbwright_postgres::Postgres;
use tokio_postgres::{Client, NoTls};

/// Rule, object, first version that counts it.
const SEEN: &[(&str, &str, u32)] = &[
    ("temp-files-heavy", "server", 12),
    ("rollbacks-frequent", "server", 12),
    ("deadlocks-frequent", "server", 12),
    ("checkpoints-forced", "max_wal_size", 12),
    ("connection-churn", "server", 14),
    ("wal-buffers-full", "wal_buffers", 14),
];

fn objects(case: &Case, rule: &str) -> Vec<String> {
    let rule = Postgres.rules().iter().find(|known| known.id == rule).unwrap();
    let found = (rule.check)(case).unwrap_or_else(|reason| panic!("{}: {reason:?}", rule.id));
    found.into_iter().map(|finding| finding.subject.name).collect()
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn sampled(major: u32) {
    let settings = [
        ("work_mem", "64kB"),
        ("max_wal_size", "32MB"),
        ("min_wal_size", "32MB"),
        ("wal_buffers", "64kB"),
        ("deadlock_timeout", "10ms"),
        ("autovacuum", "off"),
    ];
    let with = settings.iter().fold(Options::new(), |options, (name, value)| options.setting(*name, *value));
    let Some(lab) = lab(major, with) else { return };
    let url = lab.url();
    let look = GatherOptions { sample: Some(Duration::from_millis(10_500)), ..options() };
    let idle = gather(&url, &look, &()).await.unwrap();
    for (rule, _, since) in SEEN {
        if major >= *since {
            assert_eq!(objects(&idle, rule), <Vec<String>>::new(), "{major}: {rule} on an idle server");
        }
    }

    let setup = "CREATE TABLE bulk (t text); CREATE TABLE rows (id int PRIMARY KEY, n int); INSERT INTO rows VALUES (1, 0), (2, 0)";
    client(&url).await.batch_execute(setup).await.unwrap();
    let rollbacks = "BEGIN; SELECT FROM rows; ROLLBACK; ".repeat(8);
    let on = Arc::new(AtomicBool::new(true));
    let mut load = Vec::new();
    for (statements, pause) in [
        ("SELECT count(*) FROM (SELECT n FROM generate_series(1, 30000) n ORDER BY n % 77, n DESC OFFSET 1) s", 50),
        (rollbacks.as_str(), 1),
        ("INSERT INTO bulk SELECT repeat('x', 1000) FROM generate_series(1, 25000)", 150),
        (
            "BEGIN; UPDATE rows SET n = n + 1 WHERE id = 1; SELECT pg_sleep(0.02); UPDATE rows SET n = n + 1 WHERE id = 2; COMMIT",
            1,
        ),
        (
            "BEGIN; UPDATE rows SET n = n + 1 WHERE id = 2; SELECT pg_sleep(0.02); UPDATE rows SET n = n + 1 WHERE id = 1; COMMIT",
            1,
        ),
    ] {
        let (on, client, statements) = (Arc::clone(&on), client(&url).await, statements.to_owned());
        load.push(tokio::spawn(async move {
            while on.load(Ordering::Relaxed) {
                // The loser of a deadlock fails, and begins again.
                if client.batch_execute(&statements).await.is_err() {
                    client.batch_execute("ROLLBACK").await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        }));
    }
    let (more, at) = (Arc::clone(&on), url.clone());
    load.push(tokio::spawn(async move {
        while more.load(Ordering::Relaxed) {
            client(&at).await.batch_execute("SELECT 1").await.unwrap();
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let busy = gather(&url, &look, &()).await.unwrap();
    on.store(false, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }
    for (rule, object, since) in SEEN {
        if major >= *since {
            assert_eq!(objects(&busy, rule), [*object], "{major}: {rule}");
        }
    }
}

dbwright_lab::each_postgres! {
    what_happens_while_we_look_is_found: sampled;
}

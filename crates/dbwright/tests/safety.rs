//! The collector only reads: every verb is run against servers that log all statements, and against servers that
//! refuse, hang, lie and die.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dbwright_lab::{Lab, Options, Product};
use support::{dbwright, server, server_of, with_settings};

/// Runs every verb that asks a server.
fn every_verb(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("a.dbw");
    let bundle = bundle.to_str().unwrap();
    let explains = !url.starts_with("redis") && !url.starts_with("valkey");
    for args in [
        vec!["look", url, "--sample", "500ms"],
        vec!["collect", url, "-o", bundle],
        vec!["doctor", url],
        vec!["diff", url, bundle],
        vec!["report", url, "--format", "html"],
        vec!["why", "SELECT 1 + 1", url],
        vec!["why", "SELECT table_name FROM information_schema.tables", url, "--no-analyze"],
    ] {
        if args[0] == "why" && !explains {
            continue;
        }
        let output = dbwright(&args);
        let code = output.status.code().unwrap();
        assert!(code == 0 || code == 1, "{args:?} ended with {code}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Words that begin a statement which writes, defines or locks.
const WRITES: &[&str] = &[
    "insert",
    "update",
    "delete",
    "merge",
    "truncate",
    "create",
    "alter",
    "drop",
    "grant",
    "revoke",
    "vacuum",
    "analyze",
    "reindex",
    "cluster",
    "lock",
    "copy",
    "refresh",
    "comment",
    "set global",
    "set persist",
    "flush",
    "optimize",
    "repair",
    "kill",
    "call",
    "do",
    "reset",
    "replace",
    "load",
    "rename",
];

fn writes(statement: &str) -> bool {
    let statement = statement.trim_start().to_ascii_lowercase();
    WRITES.iter().any(|word| {
        statement.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_only_read_with_timeouts_and_the_weakest_locks() {
    let Some(binaries) = server_of(Product::Postgres, 15) else { return };
    let options = Options::new().log_all().setting("log_line_prefix", "%m [%p] app=%a ");
    let lab = Lab::start(&binaries, &options).unwrap();
    let (client, connection) = tokio_postgres::connect(&lab.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g FROM generate_series(1, 1000) g; ANALYZE t").await.unwrap();
    // Watches the locks of our sessions while they work. The server itself locks the row of the
    // database in pg_database while any session starts: that one is not of our making.
    let strong = Arc::new(Mutex::new(Vec::<String>::new()));
    let done = Arc::new(AtomicBool::new(false));
    let watcher = tokio::spawn({
        let (strong, done) = (strong.clone(), done.clone());
        async move {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                let rows = client
                    .query(
                        "SELECT l.locktype || ' ' || l.mode || ' ' || coalesce(l.relation::regclass::text, '') FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
                         WHERE a.application_name = 'dbwright' AND l.mode <> 'AccessShareLock' AND l.locktype <> 'virtualxid' \
                         AND NOT (l.locktype = 'object' AND l.classid = 'pg_database'::regclass)",
                        &[],
                    )
                    .await
                    .unwrap();
                strong.lock().unwrap().extend(rows.iter().map(|row| row.get::<_, String>(0)));
                looks += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            looks
        }
    });
    let url = lab.url();
    tokio::task::spawn_blocking(move || every_verb(&url)).await.unwrap();
    done.store(true, Ordering::Relaxed);
    assert!(watcher.await.unwrap() > 100);
    assert_eq!(*strong.lock().unwrap(), Vec::<String>::new(), "locks above ACCESS SHARE");

    let log = lab.statement_log();
    let (mut statements, mut explanations, mut open) = (0, 0, false);
    for line in log.lines().filter(|line| line.contains("app=dbwright")) {
        if let Some((_, explained)) = line.split_once("execute <unnamed>: ") {
            assert!(open && explained.starts_with("EXPLAIN"), "not in a read-only transaction: {explained}");
            assert!(!explained.contains("ANALYZE") || explained.ends_with("SELECT 1 + 1"), "{explained}");
            explanations += 1;
        }
        let Some((_, statement)) = line.split_once("LOG:  statement: ") else { continue };
        statements += 1;
        open = statement.starts_with("BEGIN READ ONLY") && !statement.ends_with("COMMIT");
        let first = statement.trim_start();
        assert!(
            first.starts_with("BEGIN READ ONLY") || first.starts_with("ROLLBACK") || first.starts_with("SHOW"),
            "not in a read-only transaction: {statement}"
        );
        if first.starts_with("BEGIN") {
            assert!(
                statement.contains("statement_timeout") && statement.contains("lock_timeout"),
                "no timeouts: {statement}"
            );
        }
        for part in statement.split(';') {
            assert!(!writes(part), "{part}");
        }
    }
    assert!(statements > 50, "only {statements} statements of ours are in the log");
    assert_eq!(explanations, 3, "queries explained");
}

fn mysql_is_only_read(product: Product) {
    let Some(binaries) = server(product) else { return };
    let lab = Lab::start(&binaries, &with_settings(Options::new().log_all(), &[("performance_schema", "ON")])).unwrap();
    let before = lab.statement_log().len();
    every_verb(&lab.url());
    let log = lab.statement_log();
    let mut statements = 0;
    for line in log[before..].lines() {
        let Some((_, statement)) = line.split_once("Query\t") else { continue };
        statements += 1;
        assert!(!writes(statement), "{statement}");
    }
    assert!(statements > 30, "only {statements} statements are in the log");
    let lower = log[before..].to_ascii_lowercase();
    assert!(lower.contains("read only") && lower.contains("lock_wait_timeout"));
    assert!(lower.contains("max_execution_time") || lower.contains("max_statement_time"));
}

#[test]
fn mariadb_is_only_read() {
    mysql_is_only_read(Product::MariaDb);
}

#[test]
fn mysql_itself_is_only_read() {
    mysql_is_only_read(Product::MySql);
}

fn redis_is_only_read(product: Product) {
    let Some(binaries) = server(product) else { return };
    let lab = Lab::start(&binaries, &Options::new()).unwrap();
    let mut connection = redis::Client::open(lab.url()).unwrap().get_connection().unwrap();
    for i in 0..2000 {
        redis::cmd("SET").arg(format!("k:{i}")).arg("v").exec(&mut connection).unwrap();
    }
    redis::cmd("CONFIG").arg("RESETSTAT").exec(&mut connection).unwrap();
    every_verb(&lab.url());
    let info: String = redis::cmd("INFO").arg("commandstats").query(&mut connection).unwrap();
    let called: Vec<&str> = info.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next()).collect();
    const READS: &[&str] = &[
        "auth",
        "hello",
        "client",
        "info",
        "config",
        "memory",
        "slowlog",
        "latency",
        "acl",
        "cluster",
        "commandlog",
        "scan",
        "type",
        "pttl",
        "object",
        "strlen",
        "hlen",
        "llen",
        "scard",
        "zcard",
        "xlen",
        "dbsize",
        "select",
        "ping",
        "role",
        "module",
        "command",
        "xinfo",
    ];
    assert!(called.contains(&"scan"), "{called:?}");
    for name in called {
        let command = name.split('|').next().unwrap();
        assert!(READS.contains(&command), "{name} was called");
        assert!(
            !["config|set", "config|rewrite", "client|kill", "client|pause", "acl|setuser", "slowlog|reset"]
                .contains(&name),
            "{name}"
        );
    }
}

#[test]
fn redis_itself_is_only_read() {
    redis_is_only_read(Product::Redis);
}

#[test]
fn valkey_is_only_read() {
    redis_is_only_read(Product::Valkey);
}

/// A server that accepts and then does what `talk` says.
fn double(talk: impl Fn(std::net::TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = Arc::new(talk);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    port
}

/// Ends with exit 3 and a message with the address, a reason and a hint; quickly, and without a panic.
fn fails_clearly(url: &str, secret: &str) {
    let started = Instant::now();
    let output = dbwright(&["look", url, "--connect-timeout", "2s", "--deadline", "8s"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{url}: {error}");
    assert!(output.stdout.is_empty(), "{url}: a report in spite of it");
    assert!(error.contains("error") && error.contains("hint") && error.contains("127.0.0.1"), "{url}: {error}");
    assert!(!error.contains(secret) && !error.contains("panicked"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(20), "{url} took {:?}", started.elapsed());
}

#[test]
fn servers_that_are_not_there_hang_or_speak_another_language() {
    let silent =
        double(|mut stream| drop(stream.read(&mut [0; 4096]).map(|_| std::thread::sleep(Duration::from_secs(30)))));
    let closing = double(drop);
    let http = double(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for port in [silent, closing, http, free] {
        for url in [
            "postgres://u:hunter2@127.0.0.1:{}/d",
            "mysql://u:hunter2@127.0.0.1:{}/d",
            "redis://u:hunter2@127.0.0.1:{}/0",
            "rediss://u:hunter2@127.0.0.1:{}/0",
        ] {
            fails_clearly(&url.replace("{}", &port.to_string()), "hunter2");
        }
    }
}

#[test]
fn wrong_passwords_and_databases_are_named() {
    for product in [Product::Postgres, Product::MariaDb, Product::Redis] {
        let Some(binaries) = server(product) else { continue };
        let lab = Lab::start(&binaries, &Options::new()).unwrap();
        let wrong = lab.url().replace(lab.password().unwrap(), "hunter2");
        fails_clearly(&wrong, "hunter2");
        if product != Product::Redis {
            let mut unknown = lab.url();
            unknown.truncate(unknown.rfind('/').unwrap());
            fails_clearly(&format!("{unknown}/no_such_database"), lab.password().unwrap());
        }
    }
}

#[test]
fn a_frozen_server_does_not_freeze_us() {
    for product in [Product::Postgres, Product::MariaDb, Product::Redis] {
        let Some(binaries) = server(product) else { continue };
        let lab = Lab::start(&binaries, &Options::new()).unwrap();
        lab.pause().unwrap();
        fails_clearly(&lab.url(), lab.password().unwrap());
        lab.resume().unwrap();
    }
}

#[test]
fn a_server_killed_half_way_gives_a_partial_report_or_a_clear_error() {
    for product in [Product::Postgres, Product::MariaDb, Product::Redis] {
        let Some(binaries) = server(product) else { continue };
        let mut lab = Lab::start(&binaries, &Options::new()).unwrap();
        let url = lab.url();
        let looking = std::thread::spawn(move || dbwright(&["look", &url, "--sample", "3s", "--format", "json"]));
        std::thread::sleep(Duration::from_millis(1500));
        lab.kill().unwrap();
        let output = looking.join().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!error.contains("panicked"), "{error}");
        match output.status.code() {
            Some(3) => assert!(error.contains("error"), "{error}"),
            _ => {
                let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                let gaps = report["gaps"].as_array().unwrap();
                assert!(gaps.iter().any(|gap| gap["why"] == "connection"), "{product:?}: {gaps:#?}");
            }
        }
    }
}

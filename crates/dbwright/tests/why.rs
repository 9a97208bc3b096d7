//! `why` against real servers: what it shows, what it executes and what it does not, and how it fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::process::Output;
use std::time::{Duration, Instant};

use dbwright_lab::{Lab, Options, Product};

use mysql_async::prelude::Queryable;
use serde_json::Value;
use support::{dbwright, server, server_of, with_settings};

/// What `why` says about a query.
struct Answer {
    code: i32,
    report: Value,
    error: String,
}

impl Answer {
    fn of(url: &str, query: &str, more: &[&str]) -> Answer {
        let mut args = vec!["why", query, url, "--format", "json"];
        args.extend(more);
        Answer::from(dbwright(&args))
    }

    fn plan(&self) -> &Value {
        let plan = &self.report["plans"][0];
        assert!(plan.is_object(), "{}\n{:#}", self.error, self.report);
        plan
    }

    fn executed(&self) -> bool {
        self.plan()["nodes"][0]["actual"].is_object()
    }

    /// Why it was not executed.
    fn missing(&self) -> String {
        assert!(!self.executed(), "it was executed: {} {}", self.plan()["query"], self.error);
        self.plan()["missing"][0].as_str().unwrap_or_default().to_owned()
    }

    fn rules(&self) -> Vec<&str> {
        self.report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
    }

    /// It ended with that code, and the message says all of this.
    fn fails(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, code, "{}", self.error);
        assert!(self.report.is_null(), "a report in spite of it");
        for word in says {
            assert!(self.error.contains(word), "`{word}` is not in: {}", self.error);
        }
        assert!(self.error.contains("hint"), "{}", self.error);
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Answer {
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!error.contains("panicked"), "{error}");
        Answer {
            code: output.status.code().unwrap(),
            report: serde_json::from_slice(&output.stdout).unwrap_or_default(),
            error,
        }
    }
}

const POSTGRES: &str = "
    CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, status text NOT NULL, note text, ref text COLLATE \"en-x-icu\");
    INSERT INTO orders SELECT g, g % 50000, 'open', repeat('x', 60), 'r' || g FROM generate_series(1, 200000) g;
    CREATE INDEX orders_late_idx ON orders (note) WHERE ref IS NULL;
    CREATE INDEX orders_ref_idx ON orders (ref);
    CREATE TABLE secrets (id int);
    CREATE FUNCTION grow() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT count(*)::int FROM orders $$;
    CREATE VIEW sleepy AS SELECT id, pg_sleep(0)::text AS slept FROM orders;
    CREATE ROLE clerk LOGIN PASSWORD 'clerk';
    GRANT SELECT ON orders TO clerk;
    ANALYZE;";

async fn postgres(major: u32) {
    let Some(binaries) = server_of(Product::Postgres, major) else { return };
    let options = Options::new().log_all().setting("log_line_prefix", "%m [%p] app=%a ");
    let lab = Lab::start(&binaries, &options).unwrap();
    let (client, connection) = tokio_postgres::connect(&lab.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(POSTGRES).await.unwrap();
    let count = "SELECT (SELECT count(*) FROM orders) || ' ' || (SELECT count(*) FROM pg_class)";
    let before: String = client.query_one(count, &[]).await.unwrap().get(0);
    let url = lab.url();
    tokio::task::spawn_blocking(move || postgres_queries(&url, major)).await.unwrap();
    let after: String = client.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(before, after);

    // Whoever holds the table is not waited for.
    client.batch_execute("BEGIN; LOCK TABLE orders").await.unwrap();
    let url = lab.url();
    tokio::task::spawn_blocking(move || {
        let started = Instant::now();
        Answer::of(&url, "SELECT * FROM orders", &[]).fails(3, &["lock"]);
        assert!(started.elapsed() < Duration::from_secs(10));
    })
    .await
    .unwrap();
    client.batch_execute("ROLLBACK").await.unwrap();

    // Nothing of ours but reading; what is the user's stands in a read-only transaction that is rolled back.
    let log = lab.statement_log();
    let (mut open, mut asked) = (false, 0);
    for line in log.lines().filter(|line| line.contains("app=dbwright")) {
        let Some((_, statement)) = line.split_once("LOG:  ") else { continue };
        if let Some(statement) = statement.strip_prefix("statement: ") {
            let begins = statement.starts_with("BEGIN READ ONLY; SET LOCAL statement_timeout");
            let ends = statement.starts_with("ROLLBACK");
            let unbound = open && statement.starts_with("EXPLAIN") && statement.contains("GENERIC_PLAN");
            assert!(begins || ends || unbound || statement.starts_with("SHOW"), "{statement}");
            open = unbound || begins && !statement.ends_with("COMMIT");
        } else if let Some((_, statement)) = statement.split_once("execute <unnamed>: ") {
            assert!(open, "outside of the transaction: {statement}");
            assert!(statement.starts_with("EXPLAIN") || statement.starts_with("PREPARE"), "{statement}");
            asked += 1;
        }
    }
    assert!(asked >= 10, "only {asked} plans were asked for");
    for line in log.lines().filter(|line| line.contains("app=dbwright") && line.contains("ANALYZE")) {
        for word in ["UPDATE", "DELETE", "INSERT", "INTO", "nextval", "sleepy", "pg_advisory"] {
            assert!(!line.contains(word), "executed: {line}");
        }
    }
}

fn postgres_queries(url: &str, major: u32) {
    let slow = Answer::of(url, "SELECT note FROM orders WHERE customer = 4242;", &[]);
    assert!(slow.executed(), "{}", slow.missing());
    assert_eq!(slow.code, 1, "{}", slow.error);
    assert!(slow.rules().contains(&"selective-seq-scan"), "{:?}", slow.rules());
    let fix = slow.report["findings"][0]["fixes"][0]["statement"].as_str().unwrap();
    assert!(fix.contains("CREATE INDEX") && fix.contains("public.orders") && fix.contains("customer"), "{fix}");
    assert!(!slow.plan()["query"].as_str().unwrap().contains("4242"), "{}", slow.plan()["query"]);

    // The indexes that are there are known, and why they do not serve.
    for (query, because) in [
        ("SELECT * FROM orders WHERE id = 42.0", "converted to numeric"),
        ("SELECT * FROM orders WHERE note = 'y'", "covers only rows with"),
        ("SELECT * FROM orders WHERE upper(ref) = 'R77'", "upper()"),
        ("SELECT * FROM orders WHERE ref LIKE 'r77%'", "LIKE"),
    ] {
        let answer = Answer::of(url, query, &[]);
        let first = &answer.report["findings"][0];
        assert_eq!(first["rule"], "existing-index-unused", "{query}: {:?}", answer.rules());
        assert!(first["cause"].as_str().unwrap().contains(because), "{first:#}");
    }
    let tables: Vec<&str> =
        slow.report["findings"].as_array().unwrap().iter().filter_map(|f| f["subject"]["table"].as_str()).collect();
    assert!(tables.iter().all(|table| *table == "public.orders"), "{tables:?}");

    let parameters = "SELECT note FROM orders WHERE customer = $1 AND status = $2";
    let answer = Answer::of(url, parameters, &[]);
    assert!(answer.missing().contains("parameters"), "{}", answer.missing());
    let condition = answer.plan()["nodes"].to_string();
    assert!(condition.contains("$1") && condition.contains("$2"), "{condition}");

    let missing = |query: &str, more: &[&str], says: &str| {
        let why = Answer::of(url, query, more).missing();
        assert!(why.contains(says), "{query}: `{says}` is not in: {why}");
    };
    missing("UPDATE orders SET status = 'x' WHERE id = 1", &[], "UPDATE writes");
    missing("WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone", &["--analyze"], "DELETE");
    missing("SELECT * FROM orders FOR UPDATE", &[], "locks rows");
    missing("SELECT * INTO copied FROM orders", &["--analyze"], "makes a table");
    missing("SELECT grow()", &[], "--analyze");
    missing("SELECT * FROM sleepy WHERE id = 1", &["--analyze"], "pg_sleep");
    missing("SELECT pg_advisory_lock(1)", &[], "pg_advisory_lock");
    missing("SELECT * FROM orders", &["--no-analyze"], "--no-analyze");
    missing("SELECT 1 / (id - 1) FROM orders", &[], "division by zero");
    assert!(Answer::of(url, "SELECT grow()", &["--analyze"]).executed());
    let unnamed = Answer::of(url, "SELECT grow() FROM orders", &["--redact", "names"]);
    assert!(unnamed.missing().contains("a function in it"), "{}", unnamed.missing());
    let shown = unnamed.report.to_string();
    assert!(!shown.contains("grow") && !shown.contains("orders"), "{shown}");
    for reads in [
        "SELECT random(), now(), upper(status) FROM orders WHERE id < 3",
        "SELECT count(*) FROM orders TABLESAMPLE system (1)",
        "SELECT * FROM pg_stat_activity",
        "TABLE orders LIMIT 1",
    ] {
        let answer = Answer::of(url, reads, &[]);
        assert!(answer.executed(), "{reads}: {}", answer.missing());
        assert_eq!(answer.rules(), [""; 0], "{reads}");
    }

    let started = Instant::now();
    missing(
        "SELECT count(*) FROM orders a, orders b WHERE a.id + b.id = -1",
        &["--statement-timeout", "700ms"],
        "--statement-timeout",
    );
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());

    let fails = |query: &str, code: i32, says: &[&str]| Answer::of(url, query, &[]).fails(code, says);
    fails("SELECT now() - $1 > $2 AND $1 + $2 > 3", 2, &["operator", "$2::interval"]);
    fails("SELECT note\n  FORM orders WHERE", 2, &["syntax error", "line 2, column 8"]);
    fails("SELECT * FROM no_such_table", 2, &["no_such_table", "does not exist", "line 1, column 15"]);
    fails("SELECT 1; DROP TABLE orders", 2, &["several statements"]);
    fails("EXPLAIN SELECT 1", 2, &["EXPLAIN already"]);
    fails("DROP TABLE orders", 2, &["DROP has no plan"]);
    fails("nonsense", 2, &["neither a query nor a file"]);
    // What we take for one statement and the server for two is refused there.
    fails("SELECT E'\\'' || $a$ ; $a$ ; DELETE FROM orders", 2, &["several statements"]);
    let clerk = url.replace(&url[url.find("//").unwrap()..url.find('@').unwrap()], "//clerk:clerk");
    Answer::of(&clerk, "SELECT * FROM secrets", &[]).fails(3, &["permission denied", "secrets"]);
    assert!(Answer::of(&clerk, "SELECT * FROM orders WHERE id = 1", &[]).executed());
    if major < 16 {
        return;
    }
    // A file, and the page as people see it.
    let file = tempfile::Builder::new().suffix(".sql").tempfile().unwrap();
    std::fs::write(file.path(), "-- mine\nSELECT id FROM orders WHERE note = 'secret-77';").unwrap();
    let output = dbwright(&["why", file.path().to_str().unwrap(), url, "--no-analyze"]);
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("Seq Scan") && page.contains("orders") && !page.contains("secret-77"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_postgresql_explains() {
    postgres(12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_postgresql_explains() {
    postgres(18).await;
}

#[test]
fn nobody_answers_or_nobody_explains() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["postgres", "mysql"] {
        let url = format!("{scheme}://u:hunter2@127.0.0.1:{free}/d");
        let answer = Answer::of(&url, "SELECT 1", &["--connect-timeout", "2s"]);
        answer.fails(3, &["127.0.0.1"]);
        assert!(!answer.error.contains("hunter2"));
    }
    Answer::of("redis://127.0.0.1:1/0", "SELECT 1", &[]).fails(3, &["not explained"]);
    Answer::of("case.dbw", "SELECT 1", &[]).fails(2, &["asks a server"]);
    let output = dbwright(&["why", "--show-statements", "postgres://h/d"]);
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(listed.contains("GENERIC_PLAN") && listed.contains("EXECUTE dbwright_why") && listed.contains("pg_proc"));
}

const MYSQL: &[&str] = &[
    "CREATE DATABASE shop",
    "USE shop",
    "CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, status varchar(10) NOT NULL, note varchar(80))",
    "SET SESSION cte_max_recursion_depth = 1000000",
    "INSERT INTO orders WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) \
     SELECT i, i % 20000, 'open', REPEAT('x', 60) FROM n",
    "CREATE FUNCTION grow() RETURNS int READS SQL DATA RETURN (SELECT COUNT(*) FROM shop.orders)",
    "CREATE VIEW sleepy AS SELECT id, SLEEP(0) AS slept FROM orders",
    "CREATE ALGORITHM=TEMPTABLE VIEW sleepier AS SELECT id, COUNT(*) AS n, MAX(slept) AS slept FROM sleepy GROUP BY id",
    "CREATE TABLE secrets (id int)",
    "CREATE USER clerk@'%' IDENTIFIED BY 'clerk'",
    "GRANT SELECT ON shop.orders TO clerk@'%'",
    "ANALYZE TABLE orders",
];

async fn mysql(product: Product) {
    let Some(binaries) = server(product) else { return };
    let lab =
        Lab::start(&binaries, &with_settings(Options::new().log_all(), &[("log_bin_trust_function_creators", "1")]))
            .unwrap();
    let mut conn = mysql_async::Conn::from_url(lab.url()).await.unwrap();
    for statement in MYSQL {
        let statement = match product {
            Product::MariaDb => statement.replace("cte_max_recursion_depth", "max_recursive_iterations"),
            _ => (*statement).to_owned(),
        };
        conn.query_drop(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let count = "SELECT CONCAT(COUNT(*), ' ', SUM(status = 'open')) FROM orders";
    let before: Option<String> = conn.query_first(count).await.unwrap();
    let from = lab.statement_log().len();
    let mut url = lab.url();
    url.truncate(url.rfind('/').unwrap());
    url.push_str("/shop");
    tokio::task::spawn_blocking(move || mysql_queries(&url)).await.unwrap();
    let after: Option<String> = conn.query_first(count).await.unwrap();
    assert_eq!(before, after);

    let log = lab.statement_log();
    let mut executed = 0;
    for line in log[from..].lines() {
        let Some((_, statement)) = line.split_once("Execute\t") else { continue };
        executed += usize::from(statement.contains("ANALYZE"));
        let lower = statement.to_lowercase();
        if statement.contains("ANALYZE") {
            for word in ["update", "delete", "insert", "sleep", "get_lock", "for share", "lock in share"] {
                assert!(!lower.contains(word), "executed: {statement}");
            }
        }
    }
    assert!(executed >= 3, "only {executed} queries were executed");
}

fn mysql_queries(url: &str) {
    let slow = Answer::of(url, "SELECT note FROM orders WHERE customer = 4242;", &[]);
    assert!(slow.executed(), "{}", slow.missing());
    assert!(slow.rules().contains(&"full-scan-selective-filter"), "{:?}", slow.rules());
    let fix = slow.report["findings"][0]["fixes"][0]["statement"].as_str().unwrap();
    assert!(fix.contains("INDEX") && fix.contains("orders") && fix.contains("customer"), "{fix}");
    assert!(!slow.plan()["query"].as_str().unwrap().contains("4242"), "{}", slow.plan()["query"]);

    let missing = |query: &str, more: &[&str], says: &str| {
        let why = Answer::of(url, query, more).missing();
        assert!(why.contains(says), "{query}: `{says}` is not in: {why}");
    };
    missing("UPDATE orders SET status = 'x' WHERE id = 1", &[], "UPDATE writes");
    missing("DELETE FROM orders WHERE customer = 3", &["--analyze"], "DELETE writes");
    missing("SELECT * FROM orders LOCK IN SHARE MODE", &[], "locks rows");
    missing("SELECT grow() FROM orders", &[], "--analyze");
    missing("SELECT * FROM sleepy WHERE id = 1", &["--analyze"], "sleep()");
    missing("SELECT n FROM sleepier WHERE id = 1", &["--analyze"], "sleep()");
    missing("SELECT GET_LOCK('a', 1)", &[], "get_lock");
    missing("SELECT * FROM orders", &["--no-analyze"], "--no-analyze");
    assert!(Answer::of(url, "SELECT grow() FROM orders WHERE id < 3", &["--analyze"]).executed());

    let with = |query: &str, assumed: &str, node: &str| {
        let answer = Answer::of(url, query, &[]);
        assert!(answer.missing().contains("parameters"), "{}", answer.missing());
        let told = answer.plan()["missing"][1].as_str().unwrap();
        assert!(told.contains(assumed), "{query}: {told}");
        let plan = answer.plan().to_string();
        assert!(plan.contains(node), "{query}: {plan}");
        let redacted = plan.replace(&answer.plan()["query"].to_string(), "");
        assert!(!redacted.contains("60000") && !redacted.contains("open"), "a value is shown: {plan}");
    };
    with("SELECT note FROM orders WHERE customer = ?", "orders.customer of the last row", "Table scan");
    with(
        "SELECT note FROM orders o WHERE o.id > ? AND status IN (?, ?) LIMIT ?",
        "orders.id of the last row, ",
        "range",
    );
    with(
        "SELECT o.note FROM shop.orders o WHERE o.id < ? OR ? = 7 LIMIT ? OFFSET ?",
        "10 (LIMIT), 0 (OFFSET)",
        "orders",
    );
    with("UPDATE orders SET status = ? WHERE id = ?", "orders.id of the last row", "orders");

    let started = Instant::now();
    missing(
        "SELECT COUNT(*) FROM orders a JOIN orders b WHERE a.id + b.id = -1",
        &["--statement-timeout", "700ms"],
        "--statement-timeout",
    );
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());

    let fails = |query: &str, code: i32, says: &[&str]| Answer::of(url, query, &[]).fails(code, says);
    fails("SELECT note\n FORM orders WHERE", 2, &["syntax", "line 2"]);
    fails("SELECT * FROM no_such_table", 2, &["no_such_table", "doesn't exist"]);
    fails("SELECT 1; DROP TABLE orders", 2, &["several statements"]);
    fails("SELECT note FROM orders INTO OUTFILE '/tmp/x'", 2, &["INTO"]);
    fails("SELECT 1 /*! INTO OUTFILE '/tmp/x' */", 2, &["comment"]);
    let clerk = url.replace(&url[url.find("//").unwrap()..url.find('@').unwrap()], "//clerk:clerk");
    Answer::of(&clerk, "SELECT * FROM secrets", &[]).fails(3, &["denied", "secrets"]);
    assert!(Answer::of(&clerk, "SELECT * FROM orders WHERE id = 1", &[]).executed());
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_explains() {
    mysql(Product::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_itself_explains() {
    mysql(Product::MySql).await;
}

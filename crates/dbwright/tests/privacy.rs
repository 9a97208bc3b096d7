//! Secrets planted wherever people leave them do not come out, in any format or bundle.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::cell::Cell;

use dbwright_lab::Product;
use mysql_async::prelude::Queryable;
use support::{dbwright, server, start};

/// Hands out secrets and remembers how many.
struct Secrets(Cell<usize>);

impl Secrets {
    const MARK: &'static str = "zqSecretzq";

    fn next(&self) -> String {
        self.0.set(self.0.get() + 1);
        format!("{}{}", Secrets::MARK, self.0.get())
    }
}

/// Looks in every way there is, and demands that no planted secret shows.
fn demand_privacy(url: &str, more: &[&str], marks: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("a.dbw");
    let bundle = bundle.to_str().unwrap();
    let mut collect = vec!["collect", url, "-o", bundle];
    collect.extend(more);
    let collected = dbwright(&collect);
    assert_eq!(collected.status.code(), Some(0), "{}", String::from_utf8_lossy(&collected.stderr));
    let mut shown = vec![("bundle".to_owned(), std::fs::read_to_string(bundle).unwrap())];
    for format in ["text", "json", "jsonl", "markdown", "html", "sarif", "github"] {
        let mut args = vec!["look", url, "--all", "--format", format];
        args.extend(more);
        let output = dbwright(&args);
        shown.push((
            format.to_owned(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr),
        ));
    }
    let mut doctor = vec!["doctor", url];
    doctor.extend(more);
    shown.push(("doctor".to_owned(), String::from_utf8(dbwright(&doctor).stdout).unwrap()));
    for (what, text) in shown {
        assert!(text.len() > 20, "{what} is nearly empty");
        for mark in marks {
            if let Some(at) = text.to_lowercase().find(&mark.to_lowercase()) {
                let mut from = at.saturating_sub(150);
                while !text.is_char_boundary(from) {
                    from -= 1;
                }
                let shown: String = text[from..].chars().take(400).collect();
                panic!("{mark} in {what}: …{shown}…");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_its_secrets() {
    let Some(binaries) = server(Product::Postgres) else { return };
    let secrets = Secrets(Cell::new(0));
    let conninfo = format!("host=elsewhere user=repl password={}", secrets.next());
    let custom = secrets.next();
    let restore = format!("aws --key {} s3 cp", secrets.next());
    let lab = start(
        &binaries,
        &[
            ("shared_preload_libraries", "pg_stat_statements"),
            ("primary_conninfo", &conninfo),
            ("app.token", &custom),
            ("restore_command", &restore),
            ("cluster_name", &secrets.next()),
            ("wal_level", "logical"),
        ],
    );
    let url = lab.url();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let run = async |sql: String| client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    run("CREATE EXTENSION pg_stat_statements; CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, '')".into()).await;
    for n in 0..30 {
        run(format!("SELECT count(*) FROM t WHERE v = '{}' /* {} */", secrets.next(), secrets.next())).await;
        run(format!("SELECT $x${}$x$, E'\\'{}', {n} -- {}", secrets.next(), secrets.next(), secrets.next())).await;
        run(format!("CREATE ROLE r{n} LOGIN PASSWORD '{}'", secrets.next())).await;
    }
    run(format!("COMMENT ON TABLE t IS '{}'", secrets.next())).await;
    run(format!("COMMENT ON COLUMN t.v IS '{}'", secrets.next())).await;
    run(format!("ALTER TABLE t ADD CHECK (v <> '{}') NOT VALID", secrets.next())).await;
    run(format!("CREATE FUNCTION f() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT '{}' $$", secrets.next()))
        .await;
    run(format!(
        "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1 password={}' PUBLICATION p WITH (connect = false)",
        secrets.next()
    ))
    .await;
    run(format!("ALTER ROLE r1 SET app.key = '{}'", secrets.next())).await;
    run(format!("ALTER ROLE r2 SET application_name = '{}'", secrets.next())).await;
    run(format!("ALTER DATABASE postgres SET backtrace_functions = '{}'", secrets.next())).await;
    for line in ["wrok_mem = '{}'", "include '{}.conf'", "this is {}"] {
        let file = client.query_one("SHOW config_file", &[]).await.unwrap().get::<_, String>(0);
        let text = std::fs::read_to_string(&file).unwrap() + "\n" + &line.replace("{}", &secrets.next()) + "\n";
        std::fs::write(file, text).unwrap();
    }
    // Sessions with telling names, open transactions and running statements.
    let mut open = Vec::new();
    for _ in 0..8 {
        let name = secrets.next();
        let mut config: tokio_postgres::Config = url.parse().unwrap();
        config.application_name(&name);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("BEGIN; UPDATE t SET v = '{}' WHERE id = -1", secrets.next())).await.unwrap();
        let sleeping = format!("SELECT pg_sleep(60), '{}' AS x /* {} */", secrets.next(), secrets.next());
        open.push(tokio::spawn(async move { client.batch_execute(&sleeping).await }));
    }
    assert!(secrets.0.get() >= 190, "only {} secrets are planted", secrets.0.get());
    let password = lab.password().unwrap().to_owned();
    tokio::task::spawn_blocking(move || demand_privacy(&url, &[], &[Secrets::MARK, &password])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_names_are_hashed_when_asked() {
    let Some(binaries) = server(Product::Postgres) else { return };
    let lab = start(
        &binaries,
        &[
            ("shared_preload_libraries", "pg_stat_statements"),
            ("search_path", "\"$user\", zqname_schema, public"),
            ("synchronous_standby_names", "ANY 1 (zqname_west, \"zqname east\")"),
            ("synchronous_commit", "local"),
        ],
    );
    let (client, connection) = tokio_postgres::connect(&lab.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(
            "CREATE EXTENSION pg_stat_statements; CREATE DATABASE zqname_db; CREATE ROLE zqname_role LOGIN SUPERUSER PASSWORD 'zqname_role'; \
             CREATE SCHEMA zqname_schema",
        )
        .await
        .unwrap_or_default();
    for sql in [
        "CREATE EXTENSION IF NOT EXISTS pg_stat_statements",
        "CREATE SCHEMA IF NOT EXISTS zqname_schema",
        "CREATE ROLE zqname_owner LOGIN SUPERUSER PASSWORD 'zqname_owner'",
        "CREATE TABLE zqname_schema.zqname_table (zqname_id serial PRIMARY KEY, zqname_col text, zqname_ref int)",
        "SELECT setval('zqname_schema.zqname_table_zqname_id_seq', 2100000000)",
        "CREATE INDEX zqname_one ON zqname_schema.zqname_table (lower(zqname_col)) WHERE zqname_col IS NOT NULL",
        "CREATE INDEX zqname_two ON zqname_schema.zqname_table (lower(zqname_col)) WHERE zqname_col IS NOT NULL",
        "ALTER TABLE zqname_schema.zqname_table ADD CONSTRAINT zqname_fk FOREIGN KEY (zqname_ref) REFERENCES zqname_schema.zqname_table NOT VALID",
        "ALTER ROLE zqname_owner SET search_path = zqname_schema, \"$user\"",
        "ALTER DATABASE postgres SET default_text_search_config = 'simple'",
        "ALTER ROLE zqname_owner SET work_mem = '2GB'",
        "CREATE FUNCTION zqname_schema.zqname_f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "SELECT pg_create_physical_replication_slot('zqname_slot', true)",
        "SELECT zqname_col FROM zqname_schema.zqname_table AS zqname_alias WHERE zqname_ref = 3",
    ] {
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
    let url = lab.url();
    tokio::task::spawn_blocking(move || demand_privacy(&url, &["--redact", "names"], &["zqname"])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_keeps_its_secrets() {
    let Some(binaries) = server(Product::MariaDb) else { return };
    let secrets = Secrets(Cell::new(0));
    let lab = start(
        &binaries,
        &[
            ("performance_schema", "ON"),
            ("report_password", &secrets.next()),
            ("init_connect", &format!("SET @a = '{}'", secrets.next())),
        ],
    );
    let connect = async || mysql_async::Conn::new(mysql_async::Opts::from_url(&lab.url()).unwrap()).await.unwrap();
    let mut client = connect().await;
    client.query_drop("CREATE DATABASE d").await.unwrap();
    client
        .query_drop(format!(
            "CREATE TABLE d.t (id INT PRIMARY KEY COMMENT '{}', v TEXT) COMMENT '{}'",
            secrets.next(),
            secrets.next()
        ))
        .await
        .unwrap();
    for n in 0..60 {
        client
            .query_drop(format!(
                "SELECT \"{}\", v FROM d.t WHERE v = '{}' /* {} */ LIMIT {}",
                secrets.next(),
                secrets.next(),
                secrets.next(),
                n + 1
            ))
            .await
            .unwrap();
    }
    for n in 0..10 {
        client.query_drop(format!("CREATE USER 'u{n}'@'%' IDENTIFIED BY '{}'", secrets.next())).await.unwrap();
    }
    let mut sleeper = connect().await;
    let sleeping = format!("SELECT SLEEP(60), '{}' /* {} */", secrets.next(), secrets.next());
    let asleep = tokio::spawn(async move { sleeper.query_drop(sleeping).await });
    let (url, password) = (lab.url(), lab.password().unwrap().to_owned());
    tokio::task::spawn_blocking(move || demand_privacy(&url, &[], &[Secrets::MARK, &password])).await.unwrap();
    asleep.abort();
}

/// Names planted wherever MySQL takes one, each in an object that some rule or section looks at.
const MYSQL_NAMES: &[&str] = &[
    "CREATE DATABASE zqname_db CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    "CREATE DATABASE test_zqname",
    "CREATE TABLE zqname_db.zqname_digits (zqname_n INT PRIMARY KEY)",
    "INSERT INTO zqname_db.zqname_digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
    "CREATE TABLE zqname_db.zqname_parent (zqname_id TINYINT AUTO_INCREMENT PRIMARY KEY, zqname_a INT, zqname_b VARCHAR(40), \
     KEY zqname_one (zqname_a), KEY zqname_two (zqname_a), KEY zqname_three (zqname_a, zqname_b)) ENGINE = InnoDB",
    "INSERT INTO zqname_db.zqname_parent (zqname_id, zqname_a) VALUES (125, 1)",
    "CREATE TABLE zqname_db.zqname_child (zqname_ref TINYINT, zqname_text VARCHAR(20), \
     CONSTRAINT zqname_fk FOREIGN KEY zqname_fkey (zqname_ref) REFERENCES zqname_db.zqname_parent (zqname_id)) ENGINE = InnoDB",
    "CREATE TABLE zqname_db.zqname_visits (zqname_id INT, zqname_text VARCHAR(20)) ENGINE = MyISAM CHARACTER SET latin1",
    "CREATE TABLE zqname_db.zqname_files (zqname_uuid CHAR(36) PRIMARY KEY, zqname_size INT, KEY zqname_sizes (zqname_size)) ROW_FORMAT = COMPACT",
    "INSERT INTO zqname_db.zqname_files SELECT UUID(), a.zqname_n FROM zqname_db.zqname_digits a, zqname_db.zqname_digits b, \
     zqname_db.zqname_digits c, zqname_db.zqname_digits d",
    "CREATE VIEW zqname_db.zqname_view AS SELECT zqname_a AS zqname_alias FROM zqname_db.zqname_parent",
    "CREATE PROCEDURE zqname_db.zqname_proc() SELECT 1",
    "CREATE USER 'zqname_user'@'%' IDENTIFIED BY 'zqname_user'",
    "CREATE USER 'zqname_loader'@'zqname_host.example' IDENTIFIED BY 'q0w9e8r7t6y5'",
    "GRANT ALL PRIVILEGES ON *.* TO 'zqname_loader'@'zqname_host.example' WITH GRANT OPTION",
    "CREATE USER 'zqname_local'@'localhost' IDENTIFIED BY ''",
    "SELECT p.zqname_a AS zqname_alias FROM zqname_db.zqname_parent AS p JOIN zqname_db.zqname_child AS zqname_c ON zqname_c.zqname_ref = p.zqname_id WHERE p.zqname_b = 'x'",
    "SELECT COUNT(*) FROM `zqname_db`.`zqname_files` `zqname_f` WHERE `zqname_size` + 0 = 3",
];

async fn mysql_names(product: Product) {
    let Some(binaries) = server(product) else { return };
    let lab = start(&binaries, &[("performance_schema", "ON"), ("log_bin", "zqname_log"), ("server_id", "3")]);
    let connect = async || mysql_async::Conn::new(mysql_async::Opts::from_url(&lab.url()).unwrap()).await.unwrap();
    let mut client = connect().await;
    for sql in MYSQL_NAMES {
        client.query_drop(*sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
    // A query is only shown when it takes a while.
    for _ in 0..40 {
        client
            .query_drop("SELECT zqname_size, SLEEP(0.01) FROM zqname_db.zqname_files WHERE zqname_size > 3 LIMIT 3")
            .await
            .unwrap();
    }
    // A session idles in a transaction, another waits for its row; an account that may do hardly anything looks too.
    client.query_drop("USE zqname_db").await.unwrap();
    client.query_drop("BEGIN").await.unwrap();
    client.query_drop("UPDATE zqname_parent SET zqname_a = 2").await.unwrap();
    let mut waiter = connect().await;
    let waiting =
        tokio::spawn(async move { waiter.query_drop("UPDATE zqname_db.zqname_parent SET zqname_b = 'y'").await });
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    let urls =
        [lab.url().replace("/?", "/zqname_db?"), format!("mysql://zqname_user:zqname_user@127.0.0.1:{}/", lab.port())];
    for url in urls {
        let looked = url.clone();
        let report = tokio::task::spawn_blocking(move || support::Report::of(&looked, &[])).await.unwrap();
        println!("{product}: {} findings", report.findings().len());
        assert!(
            url.contains("zqname_user")
                || report.findings().iter().filter(|(_, o, _)| o.contains("zqname")).count() >= 8
        );
        tokio::task::spawn_blocking(move || demand_privacy(&url, &["--redact", "names"], &["zqname"])).await.unwrap();
    }
    waiting.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_names_are_hashed_when_asked() {
    mysql_names(Product::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_names_are_hashed_when_asked() {
    mysql_names(Product::MySql).await;
}

#[test]
fn redis_keeps_its_secrets() {
    let Some(binaries) = server(Product::Redis) else { return };
    let secrets = Secrets(Cell::new(0));
    let lab = start(&binaries, &[("slowlog-log-slower-than", "0"), ("masterauth", &secrets.next())]);
    let mut connection = redis::Client::open(lab.url()).unwrap().get_connection().unwrap();
    let mut run = |words: &[&str]| {
        let mut cmd = redis::cmd(words[0]);
        cmd.arg(&words[1..]);
        cmd.exec(&mut connection).unwrap_or_else(|error| panic!("{error}: {words:?}"));
    };
    for n in 0..60 {
        run(&["SET", &format!("user:{n}"), &secrets.next()]);
        run(&["HSET", &format!("profile:{n}"), &secrets.next(), &secrets.next()]);
        run(&["EVAL", &format!("return '{}'", secrets.next()), "0", &secrets.next()]);
    }
    run(&["ACL", "SETUSER", "app", "on", &format!(">{}", secrets.next()), "~*", "+@all"]);
    run(&["CLIENT", "SETNAME", &secrets.next()]);
    demand_privacy(&lab.url(), &[], &[Secrets::MARK, lab.password().unwrap_or("zqnone")]);
    for n in 0..300 {
        run(&["ZADD", "zqkey:big", &n.to_string(), &"m".repeat(60_000)]);
        run(&["SET", &format!("zqkey{n}:session"), "v"]);
    }
    demand_privacy(&lab.url(), &["--redact", "names"], &["zqkey"]);
    // One that may do little is told what it lacks, in hashed names too.
    run(&["ACL", "SETUSER", "zqkeyuser", "on", ">pw", "~zqkey:*", "+info"]);
    let confined = format!("redis://zqkeyuser:pw@127.0.0.1:{}", lab.port());
    demand_privacy(&confined, &["--redact", "names"], &["zqkey"]);
}

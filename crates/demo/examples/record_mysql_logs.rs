//! Records the logs that the tests of the MySQL room read, from every MariaDB and MySQL on this machine, newest of each:
//!
//! ```text
//! cargo run -p dbwright-demo --example record_mysql_logs
//! ```
//! writes `slow-SERVER.log`, `general-SERVER.log`, `error-SERVER.log` and, of MySQL, `error-SERVER.json` below
//! `crates/engines/mysql/tests/logs/`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool for the workbench may fail loudly")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use dbwright_lab::{Lab, Options, Product};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use tokio::time::sleep;

/// What the slow log's forms differ by.
const MARIADB: &[&str] = &[
    "set global log_slow_verbosity=''",
    "set global log_slow_verbosity='query_plan'",
    "set global log_slow_verbosity='full'",
];
const MYSQL: &[&str] = &["set global log_slow_extra=0", "set global log_slow_extra=1"];

/// A session that most servers see: several databases, plans of each kind, errors, several lines, procedures.
const SESSION: &[&str] = &[
    "create table if not exists t (id int primary key auto_increment, a int, b varchar(100), key (a))",
    "insert into t (a, b) select 1 + rand() * 100, repeat('x', 50) from (select 1 union select 2 union select 3) x, \
     (select 1 union select 2 union select 3) y",
    "select *\n  from t\n\n where a > 3 -- those; all\n  order by b limit 3",
    "select '# Time: 2026-01-01T00:00:00.000000Z\n# User@Host: nobody[nobody] @ nowhere []  Id: 1\n' as forged",
    "select '\r\n; \u{e4}\u{2028}\t\\' ;\n' as odd, \"it's\"",
    "select count(*) from t x join t y on x.b = y.b",
    "select b, count(*) from t group by b order by 2 desc",
    "select * from t where a = 5",
    "select * from t where id in (1, 2, 3, 4, 5, 6)",
    "select sleep(0.02)",
    "update t set a = a + 1 where id < 4",
    "delete from t where id = 9",
    "select nosuch from t",
    "selec 1",
    "insert into t (id, a) values (1, 1)",
    "prepare s from 'select * from t where a = ?'",
    "set @a = 5",
    "execute s using @a",
    "deallocate prepare s",
    "drop procedure if exists p",
    "create procedure p() begin select count(*) from t; update t set a = 2 where id = 2; end",
    "call p()",
    "create database if not exists `other db`",
    "use `other db`",
    "select count(*) from shop.t",
    "",
    "use shop",
    "select 1; select 2;\nselect 3",
    "begin",
    "select * from t where id = 3 for update",
    "commit",
];

#[tokio::main]
async fn main() {
    for product in [Product::MariaDb, Product::MySql] {
        match dbwright_lab::newest(product) {
            Ok(binaries) => {
                let major = binaries.version.to_string();
                let name = match product {
                    Product::MariaDb => format!("mariadb-{}", major.split('.').take(2).collect::<Vec<_>>().join(".")),
                    _ => format!("mysql-{}", major.split('.').next().unwrap()),
                };
                record(&binaries, &name).await;
            }
            Err(error) => eprintln!("{product}: {error}"),
        }
    }
}

async fn record(binaries: &dbwright_lab::Binaries, name: &str) {
    let mariadb = binaries.product == Product::MariaDb;
    let mut options = Options::new().log_all();
    for (name, value) in [
        ("slow_query_log", "ON"),
        ("slow_query_log_file", "slow.log"),
        ("long_query_time", "0"),
        ("innodb_buffer_pool_size", "32M"),
        ("innodb_print_all_deadlocks", "ON"),
        ("innodb_lock_wait_timeout", "1"),
        ("max_connections", "10"),
        ("max_heap_table_size", "16384"),
        ("server_id", "7"),
    ] {
        options = options.setting(name, value);
    }
    let own = match mariadb {
        true => [("log_warnings", "9"), ("log_slow_disabled_statements", ""), ("log_bin", "binlog")],
        false => {
            [("log_error_verbosity", "3"), ("log_slow_replica_statements", "ON"), ("log_slow_admin_statements", "ON")]
        }
    };
    for (name, value) in own {
        options = options.setting(name, value);
    }
    let mut lab = Lab::start(binaries, &options).unwrap();
    let root = connect(&lab).await;
    setup(root).await;
    for setting in if mariadb { MARIADB } else { MYSQL } {
        let mut root = connect(&lab).await;
        root.query_drop(*setting).await.unwrap();
        drop(root);
        session(&lab, SESSION).await;
    }
    let mut root = connect(&lab).await;
    root.query_drop("flush slow logs").await.unwrap();
    root.disconnect().await.unwrap();
    session(&lab, &SESSION[..4]).await;
    troubles(&lab, mariadb).await;
    lab.restart().unwrap();
    session(&lab, &SESSION[..4]).await;
    lab.kill().unwrap();
    lab.restart().unwrap();
    let mut root = connect(&lab).await;
    if !mariadb {
        root.query_drop("set global slow_query_log = off, global general_log = off").await.unwrap();
        root.query_drop("install component 'file://component_log_sink_json'").await.unwrap();
        root.query_drop("set global log_error_services = 'log_sink_json'").await.unwrap();
        drop(root);
        troubles(&lab, mariadb).await;
    }
    let log = lab.log();
    let data = lab.dir().join("data");
    let slow = fs::read(data.join("slow.log")).unwrap();
    let general = fs::read(lab.dir().join("statements.log")).unwrap();
    keep(&lab, &format!("slow-{name}.log"), &slow);
    keep(&lab, &format!("general-{name}.log"), &general);
    // Both of MySQL's forms go where the lab reads; a record of one is a line with braces.
    let (json, text): (Vec<&str>, Vec<&str>) = log.split_inclusive('\n').partition(|line| line.starts_with('{'));
    keep(&lab, &format!("error-{name}.log"), text.concat().as_bytes());
    if !json.is_empty() {
        keep(&lab, &format!("error-{name}.json"), json.concat().as_bytes());
    }
}

async fn setup(mut root: Conn) {
    for statement in [
        "create database shop",
        "create user app@'%' identified by 'secret-of-app'",
        "grant all on *.* to app@'%'",
        "create user nobody@'%' identified by 'secret-of-nobody'",
    ] {
        root.query_drop(statement).await.unwrap();
    }
    root.disconnect().await.unwrap();
}

async fn connect(lab: &Lab) -> Conn {
    Conn::from_url(lab.url()).await.unwrap()
}

fn app(lab: &Lab) -> OptsBuilder {
    OptsBuilder::from_opts(Opts::from_url(&lab.url()).unwrap())
        .user(Some("app"))
        .pass(Some("secret-of-app"))
        .db_name(Some("shop"))
        .prefer_socket(false)
}

async fn session(lab: &Lab, statements: &[&str]) {
    let mut conn = Conn::new(app(lab)).await.unwrap();
    for statement in statements {
        // Some are meant to fail.
        let _ = conn.query_drop(*statement).await;
    }
    for id in [1, 2, 3] {
        conn.exec_drop("select * from t where id = ? or b = ?", (id, "it's")).await.unwrap();
    }
    conn.ping().await.unwrap();
    conn.reset().await.unwrap();
    conn.disconnect().await.unwrap();
}

/// What ends in errors, and in the error log.
async fn troubles(lab: &Lab, mariadb: bool) {
    deadlock(lab).await;
    let mut one = Conn::new(app(lab)).await.unwrap();
    let mut two = Conn::new(app(lab)).await.unwrap();
    // Waiting too long for a lock.
    one.query_drop("begin").await.unwrap();
    one.query_drop("update t set a = 7 where id = 1").await.unwrap();
    let _ = two.query_drop("update t set a = 8 where id = 1").await;
    one.query_drop("rollback").await.unwrap();
    // Running too long.
    let slow = match mariadb {
        true => {
            "set statement max_statement_time = 0.05 for select count(*) from t a, t b, t c, t d, t e, t f, t g where a.a + b.a + c.a + d.a + e.a + f.a + g.a < 0"
        }
        false => {
            "select /*+ max_execution_time(50) */ count(*) from t a, t b, t c, t d, t e, t f, t g, t h where a.a + b.a + c.a + d.a + e.a + f.a + g.a + h.a < 0"
        }
    };
    let _ = two.query_drop(slow).await;
    // Stopped by somebody.
    let victim = two.id();
    let running = tokio::spawn(async move {
        let _ = two.query_drop("select sleep(5) from t").await;
        let _ = two.query_drop("select 'the last'").await;
        two
    });
    sleep(Duration::from_millis(300)).await;
    one.query_drop(format!("kill query {victim}")).await.unwrap();
    let two = running.await.unwrap();
    one.query_drop(format!("kill {victim}")).await.unwrap();
    drop(two);
    // A table in memory that is full.
    one.query_drop("create table if not exists m (a char(200)) engine = memory").await.unwrap();
    for _ in 0..12 {
        let _ = one.query_drop("insert into m select b from t, (select 1 union select 2) x limit 10").await;
    }
    one.query_drop("drop table m").await.unwrap();
    // Logins that fail.
    let _ = Conn::new(app(lab).pass(Some("wrong"))).await.map(drop);
    let _ = Conn::new(app(lab).user(Some("nobody")).pass(Some("secret-of-nobody"))).await.map(drop);
    let _ = Conn::new(app(lab).db_name(Some("nosuch"))).await.map(drop);
    // More than there may be.
    let mut many = Vec::new();
    for _ in 0..14 {
        many.extend(Conn::new(app(lab)).await.ok());
    }
    for conn in many {
        conn.disconnect().await.unwrap();
    }
    sleep(Duration::from_millis(500)).await;
    // A client that goes away in the middle, and one that never says who it is.
    let address = ("127.0.0.1", lab.port());
    drop(tokio::net::TcpStream::connect(address).await.unwrap());
    let mut lost = Conn::new(app(lab)).await.unwrap();
    lost.query_drop("set session wait_timeout = 1").await.unwrap();
    sleep(Duration::from_millis(2500)).await;
    drop(lost);
    // A replica that does not reach its source.
    let replicate = match mariadb {
        true => [
            "change master to master_host='127.0.0.1', master_port=1, master_user='copy', master_password='x', master_connect_retry=1",
            "start slave",
            "stop slave",
            "reset slave all",
        ],
        false => [
            "change replication source to source_host='127.0.0.1', source_port=1, source_user='copy', source_password='x', source_connect_retry=1",
            "start replica",
            "stop replica",
            "reset replica all",
        ],
    };
    for statement in replicate {
        one.query_drop(statement).await.unwrap();
        sleep(Duration::from_millis(1200)).await;
    }
    one.disconnect().await.unwrap();
}

async fn deadlock(lab: &Lab) {
    let mut one = Conn::new(app(lab)).await.unwrap();
    let mut two = Conn::new(app(lab)).await.unwrap();
    for (conn, id) in [(&mut one, 1), (&mut two, 2)] {
        conn.query_drop("begin").await.unwrap();
        conn.query_drop(format!("update t set a = a + 1 where id = {id}")).await.unwrap();
    }
    let waits = tokio::spawn(async move {
        let _ = one.query_drop("update t set b = 'secret-in-deadlock' where id = 2").await;
        one
    });
    sleep(Duration::from_millis(200)).await;
    let _ = two.query_drop("update t set b = 'secret-in-deadlock' where id = 1").await;
    let mut one = waits.await.unwrap();
    for conn in [&mut one, &mut two] {
        conn.query_drop("rollback").await.unwrap();
    }
    for conn in [one, two] {
        conn.disconnect().await.unwrap();
    }
}

/// Writes it without the places of this machine.
fn keep(lab: &Lab, name: &str, bytes: &[u8]) {
    let mut text = bytes.to_vec();
    let server = fs::canonicalize(&lab.binaries().server).unwrap();
    let unpacked = server.ancestors().nth(2).unwrap();
    let base = lab.binaries().dir().parent().unwrap();
    for (from, to) in [
        (lab.dir().display().to_string(), "/var/lib/mysql"),
        (unpacked.join("root/usr").display().to_string(), "/usr"),
        (unpacked.display().to_string(), "/usr"),
        (base.join("root/usr").display().to_string(), "/usr"),
        (base.display().to_string(), "/usr"),
    ] {
        text = replaced(&text, from.as_bytes(), to.as_bytes());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines/mysql/tests/logs");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), &text).unwrap();
    println!("{name}: {} bytes", text.len());
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|part| part == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

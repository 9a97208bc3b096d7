//! Makes a large slow log on a throw-away MariaDB that logs every statement:
//!
//! ```text
//! cargo run --release -p dbwright-demo --example load_slow_log -- SIZE_MB FOLDER [LOG_SLOW_VERBOSITY]
//! ```
//! writes `FOLDER/slow.log`. Eight clients do what sysbench's OLTP does, over several tables, and what programs do besides:
//! joins, lists of every length, rows fetched one by one after their parent, statements on several lines, with comments,
//! prepared ones, escapes, errors, two databases. The counts of the records and of their time, found by a search for
//! `# Query_time: ` at the start of lines, are printed at the end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool for the workbench may fail loudly")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dbwright_lab::{Lab, Options, Product};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

const TABLES: u64 = 10;
const ROWS: u64 = 2000;
const CLIENTS: u64 = 8;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (size, folder, verbosity) = match arguments.as_slice() {
        [size, folder] => (size, folder, ""),
        [size, folder, verbosity] => (size, folder, verbosity.as_str()),
        _ => panic!("usage: load_slow_log SIZE_MB FOLDER [LOG_SLOW_VERBOSITY]"),
    };
    let size = size.parse::<u64>().unwrap() * 1_000_000;
    let binaries = dbwright_lab::newest(Product::MariaDb).unwrap();
    let options = Options::new()
        .volatile()
        .setting("innodb_buffer_pool_size", "64M")
        .setting("slow_query_log", "ON")
        .setting("slow_query_log_file", "slow.log")
        .setting("log_slow_verbosity", verbosity)
        .setting("long_query_time", "0");
    let lab = Lab::start(&binaries, &options).unwrap();
    let log = lab.dir().join("data/slow.log");
    fill(Conn::from_url(lab.url()).await.unwrap()).await;

    let enough = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (url, enough) = (lab.url(), Arc::clone(&enough));
            tokio::spawn(async move {
                let mut client = Client { conn: Conn::from_url(&url).await.unwrap(), random: number + 1 };
                while !enough.load(Ordering::Relaxed) {
                    client.work(&url).await;
                }
                client.conn.disconnect().await.unwrap();
            })
        })
        .collect();
    while fs::metadata(&log).unwrap().len() < size {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    enough.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    fs::create_dir_all(folder).unwrap();
    let kept = Path::new(folder).join("slow.log");
    if fs::rename(&log, &kept).is_err() {
        fs::copy(&log, &kept).unwrap();
    }
    count(&kept);
}

async fn fill(mut conn: Conn) {
    for database in ["shop", "stock"] {
        conn.query_drop(format!("create database {database}")).await.unwrap();
        conn.query_drop(format!("use {database}")).await.unwrap();
        for table in 1..=TABLES {
            let columns = "id int not null auto_increment primary key, k int not null default 0, \
                           c char(120) not null default '', pad char(60) not null default '', key k_1 (k)";
            conn.query_drop(format!("create table sbtest{table} ({columns})")).await.unwrap();
            let rows: Vec<String> =
                (0..ROWS).map(|row| format!("({}, '{}', '{:060}')", row * 7919 % ROWS, text(row), row)).collect();
            conn.query_drop(format!("insert into sbtest{table} (k, c, pad) values {}", rows.join(", "))).await.unwrap();
        }
    }
    conn.disconnect().await.unwrap();
}

/// A text as sysbench fills its columns with: groups of digits.
fn text(seed: u64) -> String {
    let mut random = seed + 1;
    let groups: Vec<String> = (0..10).map(|_| format!("{:011}", next(&mut random) % 100_000_000_000)).collect();
    groups.join("-")
}

fn next(random: &mut u64) -> u64 {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *random >> 20
}

struct Client {
    conn: Conn,
    random: u64,
}

impl Client {
    fn below(&mut self, limit: u64) -> u64 {
        next(&mut self.random) % limit
    }

    fn table(&mut self) -> u64 {
        1 + self.below(TABLES)
    }

    fn id(&mut self) -> u64 {
        1 + self.below(ROWS)
    }

    /// Some of what is asked fails.
    async fn run(&mut self, statement: impl AsRef<str>) {
        let _ = self.conn.query_drop(statement.as_ref()).await;
    }

    async fn work(&mut self, url: &str) {
        match self.below(100) {
            0..40 => self.transaction().await,
            40..60 => self.reports().await,
            60..75 => self.one_by_one().await,
            75..90 => self.prepared().await,
            90..96 => self.oddities().await,
            96..99 => {
                let database = if self.below(4) == 0 { "stock" } else { "shop" };
                self.run(format!("use {database}")).await;
            }
            _ => {
                let fresh = Conn::from_url(url).await.unwrap();
                std::mem::replace(&mut self.conn, fresh).disconnect().await.unwrap();
                self.run("use shop").await;
            }
        }
    }

    /// The transaction of sysbench's `oltp_read_write`.
    async fn transaction(&mut self) {
        let table = self.table();
        self.run("BEGIN").await;
        for _ in 0..10 {
            let id = self.id();
            self.run(format!("SELECT c FROM sbtest{table} WHERE id={id}")).await;
        }
        let (from, to) = (self.id(), 99);
        let range = format!("FROM sbtest{table} WHERE id BETWEEN {from} AND {}", from + to);
        self.run(format!("SELECT c {range}")).await;
        self.run(format!("SELECT SUM(k) {range}")).await;
        self.run(format!("SELECT c {range} ORDER BY c")).await;
        self.run(format!("SELECT DISTINCT c {range} ORDER BY c")).await;
        let (id, row) = (self.id(), self.id());
        self.run(format!("UPDATE sbtest{table} SET k=k+1 WHERE id={id}")).await;
        self.run(format!("UPDATE sbtest{table} SET c='{}' WHERE id={id}", text(row))).await;
        self.run(format!("DELETE FROM sbtest{table} WHERE id={row}")).await;
        self.run(format!(
            "INSERT INTO sbtest{table} (id, k, c, pad) VALUES ({row}, {id}, '{}', 'it''s \\' ;\\n')",
            text(id)
        ))
        .await;
        self.run("COMMIT").await;
    }

    async fn reports(&mut self) {
        let (one, two, id) = (self.table(), self.table(), self.id());
        match self.below(4) {
            0 => {
                self.run(format!(
                    "SELECT a.id, b.c\n  FROM sbtest{one} a\n  JOIN sbtest{two} b ON b.id = a.k -- by key; not by name\n WHERE a.id < {}\n\n ORDER BY b.c\n LIMIT 10",
                    id % 50
                ))
                .await;
            }
            1 => {
                let count = 1 + self.below(60);
                let list: Vec<String> = (0..count).map(|_| self.id().to_string()).collect();
                self.run(format!("SELECT id, k FROM sbtest{one} WHERE id IN ({})", list.join(","))).await;
            }
            2 => {
                let count = 1 + self.below(20);
                let rows: Vec<String> = (0..count).map(|row| format!("({}, 'n{row}')", id + row)).collect();
                self.run(format!("INSERT INTO sbtest{one} (k, pad) VALUES {}", rows.join(", "))).await;
                self.run(format!("DELETE FROM sbtest{one} WHERE id > {ROWS}")).await;
            }
            _ => {
                let after = id % 40 * 25;
                self.run(format!("SELECT * FROM `sbtest{one}` ORDER BY `id` LIMIT 25 OFFSET {after} /*controller='lists',action='page'*/")).await;
                self.run(format!("SELECT COUNT(*) FROM `sbtest{one}` WHERE `k` = {id}")).await;
            }
        }
    }

    /// A parent's children, each by itself.
    async fn one_by_one(&mut self) {
        let (table, from, count) = (self.table(), self.id(), 3 + self.below(20));
        self.run(format!("SELECT `lists`.`id` FROM `sbtest{table}` `lists` WHERE `lists`.`k` = {from} LIMIT {count}"))
            .await;
        for id in from..from + count {
            self.run(format!("SELECT `items`.* FROM `sbtest{table}` `items` WHERE `items`.`id` = {id} LIMIT 1")).await;
        }
    }

    async fn prepared(&mut self) {
        let table = self.table();
        let ids = [self.id(), self.id(), self.id()];
        for id in ids {
            let statement = format!("SELECT pad FROM sbtest{table} WHERE id = ? AND c <> ?");
            let _ = self.conn.exec_drop(statement, (id, "it's; \"quoted\"\n")).await;
        }
    }

    async fn oddities(&mut self) {
        let (table, id) = (self.table(), self.id());
        match self.below(8) {
            0 => self.run(format!("INSERT INTO sbtest{table} (id) VALUES ({id})")).await,
            1 => self.run(format!("SELECT nosuch FROM sbtest{table} WHERE id = {id}")).await,
            2 => self.run(format!("SELEC {id}")).await,
            3 => self.run(format!("SELECT '# User@Host: x[x] @ y []\n# Time: {id}\n' AS looks_like_a_head")).await,
            4 => {
                self.run(format!(
                    "SELECT 0x{id:08X}, -1.5e3, N'n', b'101', _utf8mb4'ä', TIMESTAMP '2026-01-01 00:00:00', {id}"
                ))
                .await
            }
            5 => {
                let _ = self.conn.ping().await;
            }
            6 => self.run(format!("SHOW TABLES LIKE 'sbtest{table}'")).await,
            _ => self.run(format!("SET @id := {id}; SELECT c FROM sbtest{table} WHERE id = @id")).await,
        }
    }
}

/// Counts records and their time as `grep` would.
fn count(path: &Path) {
    let mut lines = BufReader::with_capacity(1 << 20, File::open(path).unwrap());
    let (mut records, mut nanoseconds, mut line) = (0u64, 0u64, Vec::new());
    while lines.read_until(b'\n', &mut line).unwrap() > 0 {
        if let Some(rest) = line.strip_prefix(b"# Query_time: ") {
            let figure = std::str::from_utf8(rest.split(|byte| *byte == b' ').next().unwrap()).unwrap();
            let (seconds, micros) = figure.split_once('.').unwrap();
            nanoseconds += seconds.parse::<u64>().unwrap() * 1_000_000_000 + micros.parse::<u64>().unwrap() * 1000;
            records += 1;
        }
        line.clear();
    }
    let bytes = fs::metadata(path).unwrap().len();
    println!("{}: {bytes} bytes, {records} statements, {nanoseconds} ns", path.display());
}

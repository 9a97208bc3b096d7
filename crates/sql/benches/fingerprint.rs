//! How fast statements are fingerprinted, beside counting the lines of the same bytes:
//! `cargo bench -p dbwright-sql --bench fingerprint`.

use std::hint::black_box;

use dbwright_sql::{Dialect, fingerprint};
use rustix::time::{ClockId, clock_gettime};

/// Statements with `%` for a number and `@` for a word: what pgbench, sysbench and an application send.
const LOADS: [(&str, Dialect, &[&str]); 4] = [
    (
        "pgbench",
        Dialect::Postgres,
        &[
            "BEGIN;",
            "UPDATE pgbench_accounts SET abalance = abalance + -% WHERE aid = %;",
            "SELECT abalance FROM pgbench_accounts WHERE aid = %;",
            "UPDATE pgbench_tellers SET tbalance = tbalance + % WHERE tid = %;",
            "UPDATE pgbench_branches SET bbalance = bbalance + % WHERE bid = %;",
            "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (%, %, %, -%, CURRENT_TIMESTAMP);",
            "END;",
        ],
    ),
    (
        "sysbench",
        Dialect::MySql,
        &[
            "SELECT c FROM sbtest1 WHERE id=%",
            "SELECT c FROM sbtest2 WHERE id=%",
            "SELECT c FROM sbtest3 WHERE id=%",
            "SELECT c FROM sbtest4 WHERE id BETWEEN % AND %",
            "SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN % AND %",
            "SELECT c FROM sbtest2 WHERE id BETWEEN % AND % ORDER BY c",
            "SELECT DISTINCT c FROM sbtest3 WHERE id BETWEEN % AND % ORDER BY c",
            "UPDATE sbtest1 SET k=k+1 WHERE id=%",
            "UPDATE sbtest2 SET c='@-@-@-@-@-@-@-@' WHERE id=%",
            "DELETE FROM sbtest1 WHERE id=%",
            "INSERT INTO sbtest1 (id, k, c, pad) VALUES (%, %, '@-@-@-@-@-@-@-@', '@-@-@-@')",
        ],
    ),
    ("application, PostgreSQL", Dialect::Postgres, &APPLICATION),
    ("application, MySQL", Dialect::MySql, &APPLICATION),
];

const APPLICATION: [&str; 14] = [
    "SELECT users.* FROM users WHERE users.id = % LIMIT 1",
    "SELECT id, name, email, created_at, updated_at FROM customers WHERE email = '@@example.com' AND deleted_at IS NULL",
    "SELECT orders.id, orders.customer_id, orders.status, orders.total FROM orders WHERE orders.customer_id IN (%, %, %, %, %, %)",
    "SELECT count(*) FROM events WHERE kind = '@' AND created_at > '2024-05-% 10:00:00'",
    "INSERT INTO events (customer_id, kind, payload, created_at) VALUES (%, '@', '{\"path\": \"/orders/%\", \"agent\": \"@ @ @\"}', now())",
    "UPDATE orders SET status = '@', updated_at = '2024-05-% 10:00:00.%' WHERE orders.id = %",
    "SELECT p.id, p.title, p.price, c.name AS category FROM products p JOIN categories c ON c.id = p.category_id WHERE p.active = true AND c.slug = '@' ORDER BY p.created_at DESC LIMIT 20 OFFSET %",
    "DELETE FROM sessions WHERE expires_at < '2024-05-% 10:00:00'",
    "select u1_0.id,u1_0.email,u1_0.first_name,u1_0.last_name from users u1_0 where u1_0.id=%",
    "SELECT 1 AS one FROM users WHERE users.email = '@@example.com' AND users.id != % LIMIT 1",
    "SELECT customer_id, sum(total) AS revenue FROM orders WHERE created_at BETWEEN '2024-01-%' AND '2024-02-%' GROUP BY customer_id HAVING sum(total) > % ORDER BY revenue DESC LIMIT 10",
    "INSERT INTO line_items (order_id, sku, quantity, price) VALUES (%, '@', %, 19.%), (%, '@', %, 5.%), (%, '@', %, 7.%)",
    "SELECT posts.id, posts.body FROM posts WHERE posts.author_id = % AND posts.published = true ORDER BY posts.id DESC LIMIT 25 /*controller='posts',action='index',traceparent='00-@@-@-01'*/",
    "UPDATE accounts SET balance = balance - %, version = version + 1 WHERE id = % AND version = %",
];

const SIZE: usize = 16 << 20;

fn text(templates: &[&str]) -> Vec<u8> {
    let mut seed = 4u64;
    let mut roll = |sides: u64| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) % sides
    };
    let words = ["alpha", "bo", "charlie", "68487932199", "d3lta", "echo-foxtrot", "golf"];
    let mut out = Vec::with_capacity(SIZE + 1000);
    while out.len() < SIZE {
        for byte in templates[roll(templates.len() as u64) as usize].bytes() {
            match byte {
                b'%' => {
                    let sides = 10u64.pow(1 + roll(6) as u32);
                    out.extend_from_slice(roll(sides).to_string().as_bytes());
                }
                b'@' => out.extend_from_slice(words[roll(7) as usize].as_bytes()),
                byte => out.push(byte),
            }
        }
        out.push(b'\n');
    }
    out
}

/// Seconds this thread was on a processor: on a busy machine the clock tells more.
fn ran() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Megabytes a second, the best of some rounds: the others were disturbed.
fn best(bytes: usize, mut work: impl FnMut()) -> f64 {
    let round = |_| {
        let start = ran();
        work();
        bytes as f64 / 1e6 / (ran() - start)
    };
    (0..15).map(round).fold(0.0, f64::max)
}

fn main() {
    for (name, dialect, templates) in LOADS {
        let text = text(templates);
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let count = best(text.len(), || {
            black_box(memchr::memchr_iter(b'\n', &text).count());
        });
        let fingerprints = best(text.len(), || {
            let mut all = 0;
            for line in &lines {
                let scan = fingerprint(line, dialect);
                all ^= scan.fingerprint.0 ^ scan.literals;
            }
            black_box(all);
        });
        let each = 1e3 * text.len() as f64 / lines.len() as f64 / fingerprints;
        println!(
            "{name}: {fingerprints:.0} MB/s a core, {each:.0} ns a statement of {} bytes; counting lines {count:.0} MB/s, {:.1} times as fast",
            text.len() / lines.len(),
            count / fingerprints,
        );
    }
}

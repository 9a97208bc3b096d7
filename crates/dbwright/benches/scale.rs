//! `look` on a catalog of 10,000 tables and 30,000 indexes: server time, wall time, peak memory of the binary.
//! `cargo bench -p dbwright --bench scale`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::process::Command;
use std::time::Instant;

use dbwright_lab::{Lab, Options, Product};

fn main() {
    let Some(binaries) = dbwright_lab::find(Product::Postgres).into_iter().next() else {
        println!("skipped: PostgreSQL is not installed; run scripts/servers.sh");
        return;
    };
    let options = Options::new().volatile().setting("max_locks_per_transaction", "4096");
    let lab = match Lab::start(&binaries, &options) {
        Ok(lab) => lab,
        Err(error) => return println!("{error}"),
    };
    println!("filling PostgreSQL {} with 10,000 tables", binaries.version);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&lab.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        for batch in 0..20 {
            let sql = format!(
                "DO $$ BEGIN FOR n IN {}..{} LOOP
                     EXECUTE format('CREATE TABLE t%s (id %s PRIMARY KEY, parent bigint %s, name text, price numeric, at timestamptz, note text)',
                         n, CASE WHEN n % 2 = 0 THEN 'bigserial' ELSE 'bigint' END,
                         CASE WHEN n % 5 = 4 THEN format('REFERENCES t%s', n - 1) END);
                     EXECUTE format('CREATE INDEX ON t%s (parent)', n);
                     EXECUTE format('CREATE INDEX ON t%s (name, at) %s', n,
                         CASE WHEN n % 4 = 0 THEN 'WHERE price > 0 AND note IS NOT NULL' END);
                     EXECUTE format('INSERT INTO t%s SELECT g, g, g::text, g, now() FROM generate_series(1, 20) g', n);
                 END LOOP; END $$",
                batch * 500,
                batch * 500 + 499
            );
            client.batch_execute(&sql).await.unwrap();
        }
        client.batch_execute("ANALYZE").await.unwrap();
    });
    println!("{:>10} {:>12} {:>12} {:>10} {:>10}", "run", "wall", "server time", "peak RSS", "findings");
    for run in 1..=3 {
        let started = Instant::now();
        // GNU time's %M is the peak resident set in kB; without it the column stays empty.
        let (binary, url) = (env!("CARGO_BIN_EXE_dbwright"), lab.url());
        let timed =
            Command::new("/usr/bin/time").args(["-f", "peak %M", binary, "look", &url, "--format", "json"]).output();
        let output =
            timed.unwrap_or_else(|_| Command::new(binary).args(["look", &url, "--format", "json"]).output().unwrap());
        let wall = started.elapsed();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        let peak = error.lines().find_map(|line| line.strip_prefix("peak ")?.parse::<u64>().ok());
        println!(
            "{run:>10} {:>10.2} s {:>10.2} s {:>7} MB {:>10}",
            wall.as_secs_f64(),
            report["server"]["server_time"].as_f64().unwrap(),
            peak.map_or("?".into(), |kb| (kb / 1024).to_string()),
            report["findings"].as_array().unwrap().len()
        );
    }
}

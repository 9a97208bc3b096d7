//! How many statements of a corpus are understood.
//!
//! `STATEMENTS=pg:FILE,my:FILE cargo test -p dbwright-sql --test statements -- --ignored --nocapture`; statements in a file are
//! apart by NUL. `SHOW=1` prints those that are not understood.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use dbwright_sql::Dialect;

#[test]
#[ignore = "measures a corpus named by STATEMENTS"]
fn corpus() {
    for named in std::env::var("STATEMENTS").unwrap_or_default().split(',').filter(|named| !named.is_empty()) {
        let (dialect, path) = named.split_once(':').expect("pg:FILE or my:FILE");
        let dialect = if dialect == "pg" { Dialect::Postgres } else { Dialect::MySql };
        let text = std::fs::read_to_string(path).unwrap();
        let statements: Vec<&str> = text.split('\0').collect();
        let mut understood = 0;
        for statement in &statements {
            match dbwright_sql::statement::parses(statement, dialect) {
                Ok(_) => understood += 1,
                Err(error) if std::env::var_os("SHOW").is_some() => println!("--- {error}\n{statement}"),
                Err(_) => {}
            }
        }
        let share = understood as f64 * 100.0 / statements.len() as f64;
        eprintln!("{path}: {understood} of {} understood, {share:.2} %", statements.len());
    }
}

//! What we take for one query is what `pg_stat_statements` takes for one: statements of every kind run with different
//! literals, and the groups by fingerprint are compared with the groups by `queryid`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;
#[path = "../../../sql/tests/fingerprint_groups/mod.rs"]
mod fingerprint_groups;

use connect_support::{lab, owner};
use dbwright_lab::Options;
use dbwright_sql::Dialect;
use fingerprint_groups::{Dice, Ran, VARIANTS, compare};

const SCHEMA: &str = include_str!("fingerprint_groups/schema.sql");
const STATEMENTS: &str = include_str!("fingerprint_groups/statements.sql");

/// A line of the statements: whether we mean to differ there, and the query, if that server is to be asked.
fn entry(line: &str, major: u32) -> Option<(bool, &str)> {
    let (mark, query) = line.split_once(' ').unwrap_or(("", line));
    let meant = mark.starts_with('~');
    match (mark.trim_start_matches('~'), meant) {
        ("--", _) => None,
        ("", true) => Some((true, query)),
        (since, _) => match since.parse::<u32>() {
            Ok(since) => (since <= major).then_some((meant, query)),
            Err(_) => Some((false, line)),
        },
    }
}

fn starts(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

/// What commands may refer to.
const BEFORE: &str = "BEGIN; SAVEPOINT s1; SAVEPOINT s2; SAVEPOINT s3; DECLARE c1 CURSOR FOR SELECT 1;
    PREPARE p1 AS SELECT 1; PREPARE p2 AS SELECT 2; PREPARE p3 AS SELECT 3";

/// Marks of lists and rows: servers before 18 take every length for another query, and rows all do; we never.
fn squashed(query: &str, major: u32) -> bool {
    query.contains("%v") || query.contains("%w") || (major < 18 && (query.contains("%l") || query.contains("%L")))
}

async fn groups(major: u32) {
    let settings = [("shared_preload_libraries", "pg_stat_statements"), ("pg_stat_statements.max", "10000")];
    let with = settings.iter().fold(Options::new(), |options, (name, value)| options.setting(*name, *value));
    let Some(lab) = lab(major, with) else { return };
    let (runs, looks) = (owner(&lab).await, owner(&lab).await);
    looks.batch_execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
    runs.batch_execute(SCHEMA).await.unwrap();
    let queries: Vec<(bool, &str)> = STATEMENTS.lines().filter_map(|line| entry(line, major)).collect();
    let seen = "SELECT queryid, query FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'";
    let mut dice = Dice(4, Dialect::Postgres);
    let (mut ran, mut failed) = (Vec::new(), Vec::new());
    for (query, &(_, line)) in queries.iter().enumerate() {
        for _ in 0..VARIANTS {
            let text = dice.fill(line);
            let command = !starts(line, &["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES"]);
            if command && !starts(line, &["BEGIN", "START"]) {
                runs.batch_execute(BEFORE).await.unwrap();
            }
            looks.batch_execute("SELECT pg_stat_statements_reset()").await.unwrap();
            if let Err(error) = runs.batch_execute(&text).await {
                failed.push(format!("{text}: {error:?}"));
                runs.batch_execute("ROLLBACK; DEALLOCATE ALL").await.unwrap();
                continue;
            }
            let rows = looks.query(seen, &[]).await.unwrap();
            if command {
                runs.batch_execute("ROLLBACK; DEALLOCATE ALL").await.unwrap();
            }
            let [row] = rows.as_slice() else { panic!("{text}: {} entries", rows.len()) };
            ran.push(Ran { query, text, normalized: row.get(1), id: row.get::<_, i64>(0).to_string() });
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    compare(&format!("PostgreSQL {major}"), Dialect::Postgres, &queries, &ran, |query| squashed(query, major));
}

dbwright_lab::each_postgres! {
    one_query_is_what_the_server_takes_for_one: groups;
}

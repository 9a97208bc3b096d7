//! What dumps and scripts hold beside definitions of tables and indexes.

use dbwright_model::artefact::Input;

/// How a part that tells nothing is passed over.
pub(super) enum Passed {
    /// Up to this line.
    Lines(usize),
    /// To the end of the statement.
    Statement,
}

/// Whether a comment says that this is a dump.
pub(super) fn is_head(comment: &str) -> bool {
    ["PostgreSQL database dump", "MySQL dump", "MariaDB dump", "phpMyAdmin SQL Dump"]
        .iter()
        .any(|head| comment.contains(head))
}

/// Whether a comment says that the dump ends here.
pub(super) fn is_end(comment: &str) -> bool {
    comment.contains("dump complete") || comment.starts_with("-- Dump completed") || comment.starts_with("\\unrestrict")
}

/// How statements begin that stand in scripts and define neither table nor index.
const BEGINS: &[&str] = &[
    "/*",
    "SET ",
    "SELECT PG_CATALOG.",
    "ALTER DEFAULT ",
    "ALTER DATABASE ",
    "ALTER FUNCTION ",
    "ALTER INDEX ",
    "ALTER MATERIALIZED ",
    "ALTER SCHEMA ",
    "ALTER SEQUENCE ",
    "ALTER TYPE ",
    "ALTER VIEW ",
    "BEGIN;",
    "COMMENT ON ",
    "COMMIT;",
    "CREATE AGGREGATE ",
    "CREATE DATABASE ",
    "CREATE DOMAIN ",
    "CREATE EXTENSION ",
    "CREATE FUNCTION ",
    "CREATE MATERIALIZED ",
    "CREATE OR REPLACE ",
    "CREATE POLICY ",
    "CREATE PUBLICATION ",
    "CREATE SCHEMA ",
    "CREATE SEQUENCE ",
    "CREATE STATISTICS ",
    "CREATE TRIGGER ",
    "CREATE TYPE ",
    "CREATE VIEW ",
    "DROP ",
    "GRANT ",
    "INSERT INTO ",
    "LOCK TABLES ",
    "REVOKE ",
    "START TRANSACTION",
    "UNLOCK TABLES",
    "USE ",
];

/// Whether the statement in line `at` is one to pass over, and how.
pub(super) fn passed(input: &Input<'_>, at: usize) -> Option<Passed> {
    let line = input.lines.get(at)?.trim_start();
    let starts = |begin: &str| line.get(..begin.len()).is_some_and(|first| first.eq_ignore_ascii_case(begin));
    let below = |is_last: &dyn Fn(&str) -> bool| {
        let rest = input.lines.get(at + 1..).unwrap_or_default();
        Passed::Lines(rest.iter().position(|line| is_last(line)).map_or(input.lines.len(), |found| at + 1 + found + 1))
    };
    if starts("COPY ") && line.trim_end().to_ascii_lowercase().ends_with("from stdin;") {
        return Some(below(&|line| line == "\\."));
    }
    if starts("DELIMITER ") {
        let own = line.trim_end().ends_with(" ;");
        return Some(if own { Passed::Lines(at + 1) } else { below(&|line| line.trim_end() == "DELIMITER ;") });
    }
    BEGINS.iter().any(|begin| starts(begin)).then_some(Passed::Statement)
}

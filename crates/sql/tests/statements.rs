//! How many statements of a corpus are understood.
//!
//! `STATEMENTS=pg:FILE,my:FILE cargo test -p dbwright-sql --test statements -- --ignored --nocapture`; statements in a file are
//! apart by NUL. `SHOW=failed` prints those that are not understood, `SHOW=relations` and `SHOW=columns` what the others
//! use; `SCHEMA=FILE` is the DDL that tells whose a column is.
//! `AS=shape`, `AS=redacted` reads their texts as fingerprints and bundles have them, without literals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeSet;

use dbwright_model::{Catalog, Redaction};
use dbwright_sql::ddl::definition;

use dbwright_sql::predicate::Demand;
use dbwright_sql::statement::{CatalogNames, Fact, Names, NoNames, Statement, understand};
use dbwright_sql::{Dialect, redact, shape};

#[test]
#[ignore = "measures a corpus named by STATEMENTS"]
fn corpus() {
    for named in std::env::var("STATEMENTS").unwrap_or_default().split(',').filter(|named| !named.is_empty()) {
        let (dialect, path) = named.split_once(':').expect("pg:FILE or my:FILE");
        let dialect = if dialect == "pg" { Dialect::Postgres } else { Dialect::MySql };
        let text = std::fs::read_to_string(path).unwrap();
        let statements: Vec<&str> = text.split('\0').collect();
        let mut understood = 0;
        let show = std::env::var("SHOW").ok();
        let schema = std::env::var("SCHEMA").map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
        let catalog = Catalog::joined(schema.split(';').filter_map(|text| definition(text, dialect)));
        let names = CatalogNames::new(&catalog, dialect, None);
        let names: &dyn Names = if catalog.tables.is_empty() { &NoNames } else { &names };
        for (at, statement) in statements.iter().enumerate() {
            let text = match std::env::var("AS").as_deref() {
                Ok("shape") => shape(statement, dialect).to_string(),
                Ok("redacted") => redact(statement, dialect, Redaction::Literals).to_string(),
                _ => (*statement).to_owned(),
            };
            match understand(&text, dialect, names) {
                Ok(found) => {
                    understood += 1;
                    if show.as_deref() == Some("relations") {
                        let mut names: Vec<&str> =
                            found.relations.iter().map(|relation| relation.name.name.as_str()).collect();
                        names.sort_unstable();
                        names.dedup();
                        println!("{at}\t{}", names.join(","));
                    }
                    if show.as_deref() == Some("columns") {
                        println!("{at}\t{}", read(&found, names).join(","));
                    }
                }
                Err(error) if show.as_deref() == Some("failed") => println!("--- {error}\n{text}"),
                Err(_) => {}
            }
        }
        let share = understood as f64 * 100.0 / statements.len() as f64;
        eprintln!("{path}: {understood} of {} understood, {share:.2} %", statements.len());
    }
}

/// The columns that are read, as `relation.column`.
fn read(found: &Statement, names: &dyn Names) -> Vec<String> {
    let mut read = BTreeSet::new();
    for relation in &found.relations {
        let all = names.columns(&relation.name).filter(|_| relation.read_all).unwrap_or_default();
        read.extend(relation.read.iter().chain(&all).map(|column| format!("{}.{column}", relation.name.name)));
    }
    read.extend(found.unresolved.iter().map(|column| format!("?.{column}")));
    read.into_iter().collect()
}

/// What TPC-H demands of each relation, query by query; a change shows as a difference.
#[test]
fn all_of_tpch_is_understood() {
    let mut seen = 0;
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        let schema = include_str!("tpch/schema.sql").split(';').filter_map(|text| definition(text, dialect));
        let catalog = Catalog::joined(schema);
        assert_eq!(catalog.tables.len(), 8);
        let names = CatalogNames::new(&catalog, dialect, None);
        for query in include_str!("tpch/queries.sql").split(';').map(str::trim).filter(|text| !text.is_empty()) {
            let found = understand(query, dialect, &names).unwrap_or_else(|error| panic!("{error}\n{query}"));
            assert_eq!(found.unresolved, Vec::<String>::new(), "{query}");
            let untied: usize = found.blocks.iter().map(|block| block.untied).sum();
            assert_eq!(untied, 0, "{query}");
            for fact in found.facts() {
                let expected = matches!(fact, Fact::LeadingWildcard { .. } | Fact::NotInQuery { .. } | Fact::Unbounded);
                assert!(expected, "{fact:?} in {query}");
            }
            for relation in &found.relations {
                assert!(relation.read_all || !relation.read.is_empty(), "{} in {query}", relation.name);
                for predicate in &relation.predicates {
                    assert_ne!(predicate.demand, Demand::UnknownPattern, "{query}");
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 44);
}

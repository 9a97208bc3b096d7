use dbwright_model::Bytes;
use dbwright_model::candidate::Candidate;
use dbwright_model::catalog::{Index, Table};
use dbwright_model::finding::Fix;
use dbwright_model::indexing::Upkeep;
use dbwright_sql::ddl::definition;

use super::*;
use crate::load::Told;

/// An engine that can have any index.
struct Any;

impl Indexing for Any {
    fn create(&self, _: &Candidate, _: &str, _: &Table, _: Option<Bytes>, _: Version) -> Vec<Fix> {
        vec![]
    }
    fn remove(&self, _: &Index, _: &Table, _: Version) -> Option<Fix> {
        None
    }
    fn size(&self, _: &Candidate, _: &Table, _: Version) -> Option<Bytes> {
        None
    }
    fn can(&self, _: &Candidate, _: &Table, _: Version) -> bool {
        true
    }
    fn upkeep(&self, _: &Candidate, _: &Table, _: Version) -> Upkeep {
        Upkeep::default()
    }
}

fn made(schema: &str, queries: &[(String, String)]) -> (Load, Candidates) {
    let dialect = Dialect::Postgres;
    let catalog = Catalog::joined(schema.split(';').filter_map(|text| definition(text, dialect)));
    let told = queries.iter().map(|(name, text)| Told {
        name: name.clone(),
        texts: vec![text.clone()],
        calls: 1.0,
        time: None,
    });
    let load = Load::of(told, &catalog, dialect, None);
    let values = Values::default();
    let around = Surroundings {
        catalog: &catalog,
        values: &values,
        dialect,
        version: Version::new(15, 0, 0),
        indexing: &Any,
        extensions: &[],
    };
    let made = candidates(&load, around);
    (load, made)
}

fn tpch() -> Vec<(String, String)> {
    (1..=22)
        .map(|n| {
            let path = format!("{}/tests/tpch/q{n:02}.sql", env!("CARGO_MANIFEST_DIR"));
            (format!("Q{n}"), std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn tpch_candidates() {
    let schema = include_str!("../../tests/tpch/schema.sql");
    let (load, made) = made(schema, &tpch());
    assert_eq!(load.left_out, vec![]);
    for (query, of) in load.queries.iter().zip(&made.of_query) {
        assert!(!of.is_empty(), "{}", query.name);
        let named: Vec<String> = of.iter().map(|at| made.all[*at].to_string()).collect();
        println!("{}: {}", query.name, named.join("; "));
    }
}

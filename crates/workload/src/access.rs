//! How tables are used: the access patterns behind the queries of a workload, and the file that people may edit.

mod columns;
mod file;
mod pattern;
mod table;

use std::collections::BTreeMap;

use dbwright_model::access::{AccessPatterns, Isolation, Load, Unclear, UnclearQuery};
use dbwright_model::catalog::ObjectName;
use dbwright_model::workload::Query;
use dbwright_model::{Catalog, Count, Name, Workload};
use dbwright_sql::Dialect;
use dbwright_sql::statement::{CatalogNames, Kind, Names, NoNames, Relation, Statement, understand};

pub use file::{BadFile, from_toml, to_toml};
use table::Tables;

/// Queries that are named where something is not known.
const NAMED: usize = 10;

/// What the queries of a workload do to each table. Columns that stand alone are attributed by the catalog.
pub fn patterns(workload: &Workload, catalog: Option<&Catalog>, dialect: Dialect) -> AccessPatterns {
    let mut found = AccessPatterns {
        source: workload.source.clone(),
        since: workload.since,
        total: Load { calls: workload.total_calls, time: workload.total_time, rows: None },
        ..AccessPatterns::default()
    };
    let mut tables = Tables::new(dialect);
    let mut levels: BTreeMap<&'static str, Count> = BTreeMap::new();
    let mut names = Lookup { catalog, dialect, known: BTreeMap::new() };
    for query in &workload.queries {
        let load = Load { calls: query.calls, time: query.total_time, rows: query.rows };
        match understand(query.text.as_str(), dialect, names.of(query)) {
            Err(error) => {
                // what was found there may be a name
                let why = error.to_string();
                let why = why.split(", found ").next().unwrap_or_default();
                note(&mut found.not_understood, query, load, why, &[]);
            }
            Ok(Statement { kind: Kind::Other(_), .. }) => {
                found.other += load;
                if let Some(level) = isolation(query.text.as_str()) {
                    let calls = levels.entry(level).or_default();
                    *calls = *calls + query.calls;
                }
            }
            Ok(mut statement) => {
                let of_server = |relation: &Relation| is_of_server(&relation.name, dialect);
                if !statement.relations.is_empty() && statement.relations.iter().all(of_server) {
                    found.other += load;
                    continue;
                }
                if statement.relations.iter().any(of_server) {
                    // whose columns those are is told by no catalog of ours
                    statement.unresolved.clear();
                }
                if !statement.unresolved.is_empty() {
                    let why = "columns that could be of several tables, or of none";
                    note(&mut found.unattributed, query, load, why, &statement.unresolved);
                }
                tables.add(&statement, query, load);
            }
        }
    }
    found.isolation = levels.into_iter().map(|(level, calls)| Isolation { level: level.to_owned(), calls }).collect();
    found.tables = tables.finish(catalog);
    found
}

fn note(unclear: &mut Unclear, query: &Query, load: Load, why: &str, columns: &[String]) {
    unclear.queries = unclear.queries + Count(1);
    unclear.load += load;
    // queries come with the most expensive first
    if unclear.first.len() < NAMED {
        let (fingerprint, text) = (query.fingerprint.clone(), query.text.clone());
        let columns = columns.iter().map(|column| Name::from(column.as_str())).collect();
        unclear.first.push(UnclearQuery { fingerprint, why: why.to_owned(), columns, text, load });
    }
}

/// The isolation that a statement asks for, when it is above the usual.
fn isolation(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    if !words.contains(&"isolation") {
        return None;
    }
    ["serializable", "repeatable read"].into_iter().find(|level| words.join(" ").contains(level))
}

/// Whether a relation is the server's own: what tools and drivers ask.
fn is_of_server(name: &ObjectName, dialect: Dialect) -> bool {
    const SCHEMAS: &[&str] = &["information_schema", "mysql", "performance_schema", "pg_catalog", "pg_toast", "sys"];
    let schema = name.schema.as_str().to_ascii_lowercase();
    SCHEMAS.contains(&schema.as_str())
        || dialect == Dialect::Postgres && schema.is_empty() && name.name.as_str().starts_with("pg_")
}

/// Names as each database sees them.
struct Lookup<'c> {
    catalog: Option<&'c Catalog>,
    dialect: Dialect,
    known: BTreeMap<Option<String>, CatalogNames<'c>>,
}

impl<'c> Lookup<'c> {
    fn of(&mut self, query: &Query) -> &dyn Names {
        let Some(catalog) = self.catalog else { return &NoNames };
        // in PostgreSQL a database holds schemas, and the catalog is of one
        let schema = match self.dialect {
            Dialect::MySql => query.database.as_ref().map(|database| database.as_str().to_owned()),
            Dialect::Postgres => None,
        };
        let dialect = self.dialect;
        let names = || CatalogNames::new(catalog, dialect, schema.as_deref());
        self.known.entry(schema.clone()).or_insert_with(names)
    }
}

/// The relation's full name; a database in place of a schema that is not written.
fn name_of(relation: &Relation, query: &Query, dialect: Dialect) -> ObjectName {
    let mut name = relation.name.clone();
    if let (true, Dialect::MySql, Some(database)) = (name.schema.is_empty(), dialect, &query.database) {
        name.schema = database.clone();
    }
    name
}

#[cfg(test)]
mod tests;

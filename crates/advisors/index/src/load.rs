//! The load that indexes are chosen for: statements with what they cost, understood.

use dbwright_model::catalog::Catalog;
use dbwright_model::{Redaction, Seconds, SqlText};
use dbwright_sql::Dialect;
use dbwright_sql::statement::{CatalogNames, Statement, understand};

/// A statement of the load.
#[derive(Debug, Clone)]
pub struct Query {
    /// What it is called: its fingerprint, `queries.sql:12`, `Q3`.
    pub name: String,
    /// Its text as it may be shown.
    pub shown: SqlText,
    /// Texts that the planner takes: with literals, or one with parameters. Several when it is planned for several values;
    /// each counts for an equal part.
    pub texts: Vec<String>,
    /// How often it runs in the time that the load covers; 1 when only its text is known.
    pub calls: f64,
    /// The time all of them took together, where it was measured.
    pub time: Option<Seconds>,
    /// What it says.
    pub statement: Statement,
}

/// A load: what runs, and what could not be made use of.
#[derive(Debug, Clone, Default)]
pub struct Load {
    /// Statements that are understood, in the order given.
    pub queries: Vec<Query>,
    /// Those that are not: what each is called, and why.
    pub left_out: Vec<(String, String)>,
    /// The time that it covers, where it was measured over time.
    pub covers: Option<Seconds>,
}

/// A statement before it is understood.
#[derive(Debug, Clone)]
pub struct Told {
    /// What it is called.
    pub name: String,
    /// Texts that the planner takes; the first is the one that is understood.
    pub texts: Vec<String>,
    /// How often it ran.
    pub calls: f64,
    /// How long that took together.
    pub time: Option<Seconds>,
}

impl Load {
    /// Understands statements; those that are not understood, or do not concern tables, are named in
    /// [`Load::left_out`].
    pub fn of(told: impl IntoIterator<Item = Told>, catalog: &Catalog, dialect: Dialect, schema: Option<&str>) -> Load {
        let names = CatalogNames::new(catalog, dialect, schema);
        let mut load = Load::default();
        for Told { name, texts, calls, time } in told {
            let Some(text) = texts.first() else { continue };
            match understand(text, dialect, &names) {
                Err(why) => load.left_out.push((name, why.to_string())),
                Ok(statement) if statement.relations.is_empty() => {
                    load.left_out.push((name, "it reads no table".into()));
                }
                Ok(statement) => {
                    let shown = dbwright_sql::redact(text, dialect, Redaction::Literals);
                    load.queries.push(Query { name, shown, texts, calls, time, statement });
                }
            }
        }
        load
    }
}

//! What is known of relations beyond the statement.

use std::collections::BTreeMap;

use dbwright_model::Catalog;
use dbwright_model::catalog::{ObjectName, Table};

use crate::Dialect;

/// What a statement's names stand for.
pub trait Names {
    /// The full name of a relation that the statement calls so.
    fn relation(&self, name: &ObjectName) -> Option<ObjectName>;
    /// Its columns in order, when they are known.
    fn columns(&self, relation: &ObjectName) -> Option<Vec<String>>;
    /// The query behind it, when it is a view whose query is known.
    fn view(&self, relation: &ObjectName) -> Option<String> {
        let _ = relation;
        None
    }
}

/// Nothing is known: columns are attributed by qualifier, and by being the only relation in scope.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNames;

impl Names for NoNames {
    fn relation(&self, _: &ObjectName) -> Option<ObjectName> {
        None
    }
    fn columns(&self, _: &ObjectName) -> Option<Vec<String>> {
        None
    }
}

/// The tables of a catalog, by their names.
#[derive(Debug, Clone)]
pub struct CatalogNames<'c> {
    tables: BTreeMap<String, Vec<&'c Table>>,
    dialect: Dialect,
    schema: Option<String>,
}

impl<'c> CatalogNames<'c> {
    /// Looks names up in that catalog; those without a schema first in `schema` (MySQL: the database of the session), then in
    /// `public`, then wherever there is only one of that name.
    pub fn new(catalog: &'c Catalog, dialect: Dialect, schema: Option<&str>) -> CatalogNames<'c> {
        let mut tables: BTreeMap<String, Vec<&Table>> = BTreeMap::new();
        for table in &catalog.tables {
            tables.entry(table.name.name.as_str().to_lowercase()).or_default().push(table);
        }
        CatalogNames { tables, dialect, schema: schema.map(str::to_owned) }
    }

    fn table(&self, name: &ObjectName) -> Option<&'c Table> {
        let same = |stored: &str, written: &str| match self.dialect {
            Dialect::Postgres => stored == written,
            Dialect::MySql => stored.eq_ignore_ascii_case(written),
        };
        let all = self.tables.get(&name.name.as_str().to_lowercase())?;
        let mut found = all.iter().filter(|table| same(table.name.name.as_str(), name.name.as_str()));
        let within = |schema: &str| found.clone().find(|table| same(table.name.schema.as_str(), schema)).copied();
        if !name.schema.is_empty() {
            return within(name.schema.as_str()).or_else(|| within(""));
        }
        if let Some(table) = self.schema.as_deref().and_then(within).or_else(|| within("public")).or_else(|| within(""))
        {
            return Some(table);
        }
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

impl Names for CatalogNames<'_> {
    fn relation(&self, name: &ObjectName) -> Option<ObjectName> {
        self.table(name).map(|table| table.name.clone())
    }
    fn columns(&self, relation: &ObjectName) -> Option<Vec<String>> {
        let table = self.table(relation)?;
        (!table.columns.is_empty()).then(|| table.columns.iter().map(|column| column.name.to_string()).collect())
    }
}

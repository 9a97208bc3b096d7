//! Values for the parameters of a query: the server plans only with values, and takes them from the tables themselves.
//! They never leave it.

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Name, Redaction};
use dbwright_sql::Dialect;
use dbwright_sql::parameters::{Bound, Stands, parameters};
use serde::Deserialize;

use crate::plan;
use crate::session::{Bindings, Session};
use crate::statement::Statement;

/// In which of the query's tables columns of these names are, and the primary keys of those tables.
pub(super) const COLUMNS: Statement = Statement::new(
    "plans",
    "SELECT c.table_schema AS table_schema, c.table_name AS table_name, c.column_name AS column_name,
       (SELECT GROUP_CONCAT(k.column_name ORDER BY k.seq_in_index SEPARATOR ',') FROM information_schema.statistics k
        WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.index_name = 'PRIMARY') AS keys_of
     FROM information_schema.columns c
     WHERE LOWER(c.table_name) IN ({tables}) AND LOWER(c.column_name) IN ({columns})
       AND (c.table_schema = DATABASE() OR c.table_schema IN ({schemas}))",
);

/// As it is listed; `…` for names.
pub(super) const TAKEN: &str = "SELECT … INTO @dbwright_1 FROM … WHERE … IS NOT NULL ORDER BY … DESC LIMIT 1";

#[derive(Debug, Deserialize)]
struct Column {
    table_schema: String,
    table_name: String,
    column_name: String,
    keys_of: Option<String>,
}

/// The query with values for its parameters.
pub(super) struct Valued {
    /// With `?` for each.
    pub(super) text: String,
    /// What gives them their values.
    pub(super) bindings: Bindings,
    /// What was assumed, for a person.
    pub(super) assumed: String,
}

/// Finds values for the parameters of a query.
pub(super) async fn values(session: &mut Session, query: &str) -> Valued {
    let (text, stands) = parameters(query, Dialect::MySql);
    let tables = plan::query::tables(query);
    let known = columns(session, &stands, tables.values().flatten()).await;
    let mut assigned = Vec::new();
    let mut assumed = Vec::new();
    for (at, stands) in stands.iter().enumerate() {
        let variable = format!("@dbwright_{}", at + 1);
        let (assignment, told) = match stands {
            Stands::Limit => (format!("SET {variable} = 10"), "10 (LIMIT)".to_owned()),
            Stands::Offset => (format!("SET {variable} = 0"), "0 (OFFSET)".to_owned()),
            Stands::Column { table, column, bound } => {
                let of = table.as_ref().and_then(|table| tables.get(table)).and_then(Option::as_ref);
                let mut candidates = known.iter().filter(|known| known.is(column, of));
                match (candidates.next(), candidates.next()) {
                    (Some(found), None) => (found.taken(&variable, *bound), found.told(*bound, session.redaction)),
                    _ => (format!("SET {variable} = 1"), "1".to_owned()),
                }
            }
            Stands::Unknown => (format!("SET {variable} = 1"), "1".to_owned()),
        };
        assigned.push(assignment);
        assumed.push(told);
    }
    let variables = (1..=stands.len()).map(|at| format!("@dbwright_{at}")).collect::<Vec<_>>().join(", ");
    let assumed = assumed.join(", ");
    Valued { text, bindings: Bindings { assigned, variables }, assumed }
}

/// What the catalog says of the columns that parameters are compared with.
async fn columns(
    session: &mut Session,
    stands: &[Stands],
    tables: impl Iterator<Item = &ObjectName> + Clone,
) -> Vec<Column> {
    let list = |names: Vec<String>| {
        let names: Vec<String> = names.iter().map(|name| Dialect::MySql.literal(name)).collect();
        if names.is_empty() { "''".to_owned() } else { names.join(", ") }
    };
    let columns = stands.iter().filter_map(|stands| match stands {
        Stands::Column { column, .. } => Some(column.to_lowercase()),
        _ => None,
    });
    let sql = COLUMNS
        .sql
        .replace("{columns}", &list(columns.collect()))
        .replace("{schemas}", &list(tables.clone().map(|table| table.schema.to_string()).collect()))
        .replace("{tables}", &list(tables.map(|table| table.name.as_str().to_lowercase()).collect()));
    session.rows_as(&COLUMNS, &sql).await.unwrap_or_default()
}

impl Column {
    fn is(&self, column: &str, table: Option<&ObjectName>) -> bool {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        same(&self.column_name, column)
            && table.is_none_or(|table| {
                same(&self.table_name, table.name.as_str())
                    && (table.schema.is_empty() || same(&self.table_schema, table.schema.as_str()))
            })
    }

    /// The value of the newest row by its primary key, so that ranges are narrow; for an upper bound alone of the oldest.
    fn taken(&self, variable: &str, bound: Bound) -> String {
        let column = Dialect::MySql.quote(&self.column_name);
        let table = ObjectName::new(self.table_schema.as_str(), self.table_name.as_str());
        let way = if bound == Bound::Below { "" } else { " DESC" };
        let keys = self.keys_of.iter().flat_map(|keys| keys.split(','));
        let order: Vec<String> = keys.map(|key| format!("{}{way}", Dialect::MySql.quote(key))).collect();
        let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
        let table = Dialect::MySql.qualified(&table);
        format!("SELECT {column} INTO {variable} FROM {table} WHERE {column} IS NOT NULL{order} LIMIT 1")
    }

    fn told(&self, bound: Bound, redaction: Redaction) -> String {
        let shown = |name: &str| Name::from(name).shown(redaction);
        let row = match (&self.keys_of, bound) {
            (None, _) => "any",
            (_, Bound::Below) => "the first",
            _ => "the last",
        };
        format!("{}.{} of {row} row", shown(&self.table_name), shown(&self.column_name))
    }
}

//! Making an index again that was dropped.

use dbwright_model::Undo;
use dbwright_model::catalog::{Index, ObjectName, Table, TableKind};

use crate::{Dialect, TokenKind, Tokens};

/// What makes a dropped index again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remake {
    /// Prints the definition ahead of the drop: the one we know lacks its literals and would not run.
    pub first: Option<String>,
    /// The way back.
    pub undo: Undo,
}

impl Remake {
    /// The way back from dropping `index` of `table`; `None` when its definition is not known.
    pub fn of(dialect: Dialect, table: &Table, index: &Index) -> Option<Remake> {
        let definition = index.definition.as_ref()?.as_str().trim_end_matches(';');
        let lacks_literals = Tokens::new(definition, dialect).any(|token| token.kind == TokenKind::Parameter);
        let partitioned = table.kind == TableKind::Partitioned;
        let (first, undo) = match (lacks_literals, dialect) {
            (true, Dialect::MySql) => (
                Some(format!("SHOW CREATE TABLE {};", dialect.qualified(&table.name))),
                format!(
                    "-- add the key that SHOW CREATE TABLE printed before: ALTER TABLE {} ADD …",
                    dialect.qualified(&table.name)
                ),
            ),
            (true, _) => {
                let name = ObjectName { schema: table.name.schema.clone(), name: index.name.clone() };
                let literal = dialect.literal(dialect.qualified(&name));
                let only = if partitioned { " (without the word ONLY)" } else { "" };
                (
                    Some(format!("SELECT pg_get_indexdef({literal}::regclass);")),
                    format!("-- what pg_get_indexdef printed before the drop is the undo: run it{only}"),
                )
            }
            // ONLY would make it again on the parent and on no partition.
            (false, Dialect::Postgres) if partitioned => {
                (None, format!("{};", definition.replacen(" ON ONLY ", " ON ", 1)))
            }
            (false, Dialect::Postgres) => {
                (None, format!("{};", definition.replacen("INDEX ", "INDEX CONCURRENTLY ", 1)))
            }
            (false, _) => (None, format!("{definition};")),
        };
        Some(Remake { first, undo: Undo::Statement(undo) })
    }

    /// The statement that drops it, with what must be saved before.
    pub fn before(&self, drop: String) -> String {
        match &self.first {
            Some(first) => format!("{first} {drop}"),
            None => drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dialect: Dialect, kind: TableKind, definition: &str) -> Remake {
        let table = Table { name: ObjectName::new("shop", "Orders"), kind, ..Table::default() };
        let index = Index { name: "open".into(), definition: Some(definition.into()), ..Index::default() };
        Remake::of(dialect, &table, &index).unwrap()
    }

    #[test]
    fn a_whole_definition_is_the_way_back() {
        let whole =
            of(Dialect::Postgres, TableKind::Table, "CREATE INDEX open ON shop.\"Orders\" USING btree (\"a?\")");
        assert_eq!(whole.first, None);
        assert_eq!(whole.before("DROP".into()), "DROP");
        let again = "CREATE INDEX CONCURRENTLY open ON shop.\"Orders\" USING btree (\"a?\");";
        assert_eq!(whole.undo, Undo::Statement(again.into()));
    }

    #[test]
    fn one_without_its_literals_is_printed_first() {
        let definition = "CREATE INDEX open ON shop.\"Orders\" USING btree (id) WHERE (state = ?::text)";
        let without = of(Dialect::Postgres, TableKind::Table, definition);
        assert_eq!(
            without.before("DROP INDEX CONCURRENTLY shop.open;".into()),
            "SELECT pg_get_indexdef('shop.open'::regclass); DROP INDEX CONCURRENTLY shop.open;"
        );
        assert!(
            matches!(&without.undo, Undo::Statement(undo) if undo.contains("pg_get_indexdef") && !undo.contains('?'))
        );
        let parent = of(Dialect::Postgres, TableKind::Partitioned, definition);
        assert!(matches!(&parent.undo, Undo::Statement(undo) if undo.contains("ONLY")));
        let mysql = of(Dialect::MySql, TableKind::Table, "ALTER TABLE shop.Orders ADD INDEX open ((doc->>?))");
        assert_eq!(mysql.first.as_deref(), Some("SHOW CREATE TABLE shop.Orders;"));
    }
}

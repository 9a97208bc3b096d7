//! The statement that makes an index, with its price.

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Fix, Undo};
use dbwright_sql::Dialect;

use super::{Index, Method};

/// Longest name of an object: PostgreSQL counts bytes, MySQL characters.
const NAME: usize = 63;
/// With more partitions than this the statements for each are not printed.
const PARTITIONS: usize = 24;

impl Index {
    /// What the index is called: `orders_customer_id_idx`, at most 63 bytes, and not what something there is called.
    pub fn name(&self) -> String {
        let columns: Vec<&str> = self.keys.iter().map(|key| key.column.as_str()).collect();
        self.free_name(&format!("{}_{}", self.table.name, columns.join("_")))
    }

    fn free_name(&self, stem: &str) -> String {
        let named = |ending: &str| {
            let mut end = stem.len().min(NAME - ending.len());
            while !stem.is_char_boundary(end) {
                end -= 1;
            }
            format!("{}{ending}", &stem[..end])
        };
        let free = |name: &String| self.taken.iter().all(|taken| *taken != name.as_str());
        let numbered = (1..1000).map(|number| named(&format!("_idx{number}")));
        std::iter::once(named("_idx")).chain(numbered).find(free).unwrap_or_else(|| named("_idx_new"))
    }

    /// The keys as they stand in the statement.
    pub fn columns(&self) -> String {
        self.keys.iter().map(|key| key.text.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The statement that makes it while the application goes on.
    pub fn fix(&self, dialect: Dialect) -> Fix {
        let fix = match dialect {
            Dialect::Postgres => self.in_postgres(),
            Dialect::MySql => self.in_mysql(),
        };
        let fix = fix.verify(
            "EXPLAIN the query again: the plan names the new index, and the rows it used to throw away are gone",
        );
        match &self.replaces {
            Some(old) => {
                let drop = match dialect {
                    Dialect::Postgres => {
                        let old = ObjectName { schema: self.table.schema.clone(), name: old.as_str().into() };
                        format!("DROP INDEX CONCURRENTLY {};", dialect.qualified(&old))
                    }
                    Dialect::MySql => {
                        format!("ALTER TABLE {} DROP INDEX {};", dialect.qualified(&self.table), dialect.quote(old))
                    }
                };
                fix.cost(format!("{old} holds the leading keys of this one and can go once this one is built: {drop}"))
            }
            None => fix.cost("every insert, and every update of these columns, keeps one more index up to date"),
        }
    }

    /// Several indexes that are needed together, as one fix; those that exist already are left out. `None` when all do.
    pub fn fix_all(indexes: &[Index], dialect: Dialect) -> Option<Fix> {
        let missing = indexes.iter().filter(|index| index.exists.is_none());
        missing.map(|index| index.fix(dialect)).reduce(|all, next| {
            let undo = match (all.undo, next.undo) {
                (Undo::Statement(first), Undo::Statement(then)) => Undo::Statement(format!("{first}\n{then}")),
                (first, _) => first,
            };
            Fix { statement: format!("{}\n{}", all.statement, next.statement), undo, ..all }
        })
    }

    /// The tables beside its own that it is made on as well.
    pub fn alike(&self) -> &[ObjectName] {
        &self.alike
    }

    /// Method, keys, and what comes behind them, as PostgreSQL writes it.
    pub(super) fn definition(&self) -> String {
        let method = match self.method {
            Method::BTree => "",
            Method::Gin => " USING gin",
            Method::Gist => " USING gist",
        };
        let include: Vec<String> = self.include.iter().map(|column| Dialect::Postgres.quote(column)).collect();
        let include = if include.is_empty() { String::new() } else { format!(" INCLUDE ({})", include.join(", ")) };
        let only = self.only.as_ref().map_or(String::new(), |only| format!(" WHERE {only}"));
        format!("{method} ({}){include}{only}", self.columns())
    }

    fn in_postgres(&self) -> Fix {
        let dialect = Dialect::Postgres;
        let name = self.name();
        let here = |name: &str, table: &ObjectName| {
            dialect.qualified(&ObjectName { schema: table.schema.clone(), name: name.into() })
        };
        let (quoted, table, definition) = (dialect.quote(&name), dialect.qualified(&self.table), self.definition());
        let qualified = here(&name, &self.table);
        let extension =
            self.extension.map_or(String::new(), |name| format!("CREATE EXTENSION IF NOT EXISTS {name};\n"));
        let gentle = "SHARE UPDATE EXCLUSIVE (reads and writes go on)";
        if !self.partitioned {
            let mut create = format!("{extension}CREATE INDEX CONCURRENTLY {quoted} ON {table}{definition};");
            let mut undo = format!("DROP INDEX CONCURRENTLY {qualified};");
            for table in &self.alike {
                let name = Index { table: table.clone(), ..self.clone() }.name();
                let (quoted, on) = (dialect.quote(&name), dialect.qualified(table));
                create.push_str(&format!("\nCREATE INDEX CONCURRENTLY {quoted} ON {on}{definition};"));
                undo.push_str(&format!("\nDROP INDEX CONCURRENTLY {};", here(&name, table)));
            }
            return Fix::sql(create, Undo::Statement(undo)).lock(gentle);
        }
        // CONCURRENTLY does not take a partitioned table: its partitions are built one by one and attached
        let undo = Undo::Statement(format!("DROP INDEX {qualified};"));
        if self.partitions.is_empty() || self.partitions.len() > PARTITIONS {
            let create = format!("{extension}CREATE INDEX {quoted} ON {table}{definition};");
            return Fix::sql(create, undo)
                .lock("SHARE on every partition (reads go on, writes wait until it is built)");
        }
        let mut lines = format!("{extension}CREATE INDEX {quoted} ON ONLY {table}{definition};");
        for part in &self.partitions {
            let columns: Vec<&str> = self.keys.iter().map(|key| key.column.as_str()).collect();
            let own = self.free_name(&format!("{}_{}", part.name, columns.join("_")));
            lines.push_str(&format!(
                "\nCREATE INDEX CONCURRENTLY {} ON {}{definition};\nALTER INDEX {qualified} ATTACH PARTITION {};",
                dialect.quote(&own),
                dialect.qualified(part),
                here(&own, part)
            ));
        }
        Fix::sql(lines, undo).lock(gentle)
    }

    fn in_mysql(&self) -> Fix {
        let dialect = Dialect::MySql;
        let (table, name) = (dialect.qualified(&self.table), dialect.quote(self.name()));
        Fix::sql(
            format!("ALTER TABLE {table} ADD INDEX {name} ({}), ALGORITHM=INPLACE, LOCK=NONE;", self.columns()),
            Undo::Statement(format!("ALTER TABLE {table} DROP INDEX {name};")),
        )
        .lock("metadata lock for a moment at start and end (reads and writes go on between)")
    }
}

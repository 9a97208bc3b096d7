//! What differs between the SQLs.

use dbwright_model::Engine;
use dbwright_model::catalog::ObjectName;

/// Whose SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
}

impl Dialect {
    /// The SQL of an engine. Engines without SQL of their own that log something like it (CQL) are read as PostgreSQL.
    pub fn of(engine: Engine) -> Dialect {
        match engine {
            Engine::MySql => Dialect::MySql,
            _ => Dialect::Postgres,
        }
    }

    /// The name as an identifier, quoted only when it must be.
    pub fn quote(self, name: impl AsRef<str>) -> String {
        let name = name.as_ref();
        let plain = match self {
            // PostgreSQL folds unquoted names to lower case.
            Dialect::Postgres => |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
            Dialect::MySql => |c: char| c.is_ascii_alphanumeric() || c == '_',
        };
        let simple = !name.is_empty()
            && name.chars().all(plain)
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && RESERVED.binary_search(&name.to_ascii_lowercase().as_str()).is_err();
        match (simple, self) {
            (true, _) => name.to_owned(),
            (false, Dialect::Postgres) => format!("\"{}\"", name.replace('"', "\"\"")),
            (false, Dialect::MySql) => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// `schema.name`, each part quoted when it must be.
    pub fn qualified(self, name: &ObjectName) -> String {
        match name.schema.is_empty() {
            true => self.quote(&name.name),
            false => format!("{}.{}", self.quote(&name.schema), self.quote(&name.name)),
        }
    }

    /// The text as a string literal.
    pub fn literal(self, text: impl AsRef<str>) -> String {
        let doubled = text.as_ref().replace('\'', "''");
        match self {
            Dialect::Postgres if doubled.contains('\\') => format!("E'{}'", doubled.replace('\\', "\\\\")),
            Dialect::Postgres => format!("'{doubled}'"),
            Dialect::MySql => format!("'{}'", doubled.replace('\\', "\\\\")),
        }
    }
}

/// Words reserved in either dialect that people nevertheless use as names, sorted. Quoting one too many does no harm.
pub(crate) const RESERVED: &[&str] = &[
    "accessible",
    "add",
    "all",
    "alter",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "before",
    "between",
    "bigint",
    "binary",
    "blob",
    "both",
    "by",
    "call",
    "cascade",
    "case",
    "cast",
    "change",
    "char",
    "character",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "condition",
    "constraint",
    "continue",
    "convert",
    "create",
    "cross",
    "cube",
    "cume_dist",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "cursor",
    "database",
    "databases",
    "dec",
    "decimal",
    "declare",
    "default",
    "deferrable",
    "delayed",
    "delete",
    "dense_rank",
    "desc",
    "describe",
    "deterministic",
    "distinct",
    "div",
    "do",
    "double",
    "drop",
    "dual",
    "each",
    "else",
    "elseif",
    "empty",
    "enclosed",
    "end",
    "escaped",
    "except",
    "exists",
    "exit",
    "explain",
    "false",
    "fetch",
    "first_value",
    "float",
    "for",
    "force",
    "foreign",
    "freeze",
    "from",
    "full",
    "fulltext",
    "function",
    "generated",
    "get",
    "grant",
    "group",
    "grouping",
    "groups",
    "having",
    "high_priority",
    "if",
    "ignore",
    "ilike",
    "in",
    "index",
    "infile",
    "initially",
    "inner",
    "inout",
    "insensitive",
    "insert",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "iterate",
    "join",
    "json_table",
    "key",
    "keys",
    "kill",
    "lag",
    "last_value",
    "lateral",
    "lead",
    "leading",
    "leave",
    "left",
    "like",
    "limit",
    "linear",
    "lines",
    "load",
    "localtime",
    "localtimestamp",
    "lock",
    "long",
    "loop",
    "match",
    "mediumint",
    "mod",
    "modifies",
    "natural",
    "not",
    "notnull",
    "null",
    "numeric",
    "of",
    "offset",
    "on",
    "only",
    "optimize",
    "option",
    "optionally",
    "or",
    "order",
    "out",
    "outer",
    "outfile",
    "over",
    "overlaps",
    "partition",
    "percent_rank",
    "placing",
    "precision",
    "primary",
    "procedure",
    "purge",
    "range",
    "rank",
    "read",
    "reads",
    "real",
    "recursive",
    "references",
    "regexp",
    "release",
    "rename",
    "repeat",
    "replace",
    "require",
    "resignal",
    "restrict",
    "return",
    "returning",
    "revoke",
    "right",
    "rlike",
    "row",
    "row_number",
    "rows",
    "schema",
    "schemas",
    "select",
    "sensitive",
    "separator",
    "session_user",
    "set",
    "show",
    "signal",
    "similar",
    "smallint",
    "some",
    "spatial",
    "specific",
    "sql",
    "ssl",
    "starting",
    "stored",
    "straight_join",
    "symmetric",
    "system",
    "table",
    "tablesample",
    "terminated",
    "then",
    "tinyint",
    "to",
    "trailing",
    "trigger",
    "true",
    "undo",
    "union",
    "unique",
    "unlock",
    "unsigned",
    "update",
    "usage",
    "use",
    "user",
    "using",
    "utc_date",
    "values",
    "varbinary",
    "varchar",
    "variadic",
    "varying",
    "verbose",
    "virtual",
    "when",
    "where",
    "while",
    "window",
    "with",
    "write",
    "xor",
    "zerofill",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_when_they_must_be() {
        assert!(RESERVED.is_sorted());
        assert_eq!(Dialect::Postgres.quote("orders"), "orders");
        assert_eq!(Dialect::Postgres.quote("Orders"), "\"Orders\"");
        assert_eq!(Dialect::Postgres.quote("a\"b"), "\"a\"\"b\"");
        assert_eq!(Dialect::Postgres.quote("order"), "\"order\"");
        assert_eq!(Dialect::MySql.quote("Orders"), "Orders");
        assert_eq!(Dialect::MySql.quote("key"), "`key`");
        assert_eq!(Dialect::MySql.quote("1st"), "`1st`");
        assert_eq!(Dialect::Postgres.qualified(&ObjectName::new("my app", "t")), "\"my app\".t");
        assert_eq!(Dialect::MySql.literal("it's \\"), "'it''s \\\\'");
    }
}

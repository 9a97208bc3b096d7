//! Tables, columns, indexes and keys as the neutral [`Catalog`].

use std::collections::BTreeMap;

use dbwright_model::catalog::{
    Column, CommentIgnore, ForeignKey, Index, IndexPart, KeyCounter, ObjectName, Table, TableKind,
};
use dbwright_model::{Bytes, Case, Catalog, Count, Name, Product, Redaction, Rows, Section, SqlText, Why};
use dbwright_sql::{Dialect, redact};
use serde::Deserialize;

use super::replication::Replication;
use super::status::Status;
use crate::session::{Session, Trouble};
use crate::statement::Statement;

const TABLES: Statement = Statement::new(
    Catalog::ID,
    "SELECT table_schema AS s, table_name AS t, engine, table_rows AS n, data_length AS data, index_length AS idx,
            auto_increment AS next, create_options AS options, CASE WHEN table_comment LIKE '%dbwright:%' THEN table_comment END AS comment
     FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')",
);

const COLUMNS: Statement = Statement::new(
    Catalog::ID,
    "SELECT table_schema AS s, table_name AS t, column_name AS c, column_type AS type, is_nullable = 'YES' AS nullable,
            character_set_name AS charset, collation_name AS coll, extra LIKE '%auto_increment%' AS auto
     FROM information_schema.columns
     WHERE table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
     ORDER BY table_schema, table_name, ordinal_position",
);

const INDEXES_MYSQL: Statement = Statement::new(
    Catalog::ID,
    "SELECT table_schema AS s, table_name AS t, index_name AS i, non_unique AS plain, column_name AS c, expression AS e,
            collation AS dir, sub_part AS prefix, index_type AS type, is_visible = 'NO' AS hidden
     FROM information_schema.statistics
     WHERE table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
     ORDER BY table_schema, table_name, index_name, seq_in_index",
)
.mysql();

const INDEXES_MARIADB: Statement = Statement::new(
    Catalog::ID,
    "SELECT table_schema AS s, table_name AS t, index_name AS i, non_unique AS plain, column_name AS c, NULL AS e,
            collation AS dir, sub_part AS prefix, index_type AS type, ignored = 'YES' AS hidden
     FROM information_schema.statistics
     WHERE table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
     ORDER BY table_schema, table_name, index_name, seq_in_index",
)
.mariadb();

/// Before `IGNORED` came with 10.6.
const INDEXES_MARIADB_10_5: Statement = Statement::new(
    Catalog::ID,
    "SELECT table_schema AS s, table_name AS t, index_name AS i, non_unique AS plain, column_name AS c, NULL AS e,
            collation AS dir, sub_part AS prefix, index_type AS type, 0 AS hidden
     FROM information_schema.statistics
     WHERE table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
     ORDER BY table_schema, table_name, index_name, seq_in_index",
)
.mariadb();

const KEYS: Statement = Statement::new(
    Catalog::ID,
    "SELECT k.table_schema AS s, k.table_name AS t, k.constraint_name AS k, k.column_name AS c, k.referenced_table_schema AS rs,
            k.referenced_table_name AS rt, k.referenced_column_name AS rc, r.delete_rule AS rule
     FROM information_schema.key_column_usage k
     JOIN information_schema.referential_constraints r
       ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
     WHERE k.referenced_table_name IS NOT NULL
       AND k.table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
     ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position",
);

const USAGE: Statement = Statement::new(
    Catalog::ID,
    "SELECT object_schema AS s, object_name AS t, index_name AS i, count_star AS n, count_insert AS ins, count_update AS upd,
            count_delete AS del, count_fetch AS fetched
     FROM performance_schema.table_io_waits_summary_by_index_usage
     WHERE object_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')",
);

/// InnoDB's own list names tables also where the account has no privilege on them; it takes PROCESS.
const ALL_MYSQL: Statement = Statement::new(
    Catalog::ID,
    "SELECT COUNT(DISTINCT SUBSTRING_INDEX(LOWER(name), '#p#', 1)) AS n FROM information_schema.innodb_tables
     WHERE name LIKE '%/%' AND name NOT LIKE 'mysql/%' AND name NOT LIKE 'sys/%' AND name NOT LIKE '%/#%' AND name NOT LIKE '%/fts\\_%'",
)
.mysql();

const ALL_MARIADB: Statement = Statement::new(
    Catalog::ID,
    "SELECT COUNT(DISTINCT SUBSTRING_INDEX(LOWER(name), '#p#', 1)) AS n FROM information_schema.innodb_sys_tables
     WHERE name LIKE '%/%' AND name NOT LIKE 'mysql/%' AND name NOT LIKE 'sys/%' AND name NOT LIKE '%/#%' AND name NOT LIKE '%/fts\\_%'",
)
.mariadb();

pub(crate) const STATEMENTS: &[Statement] =
    &[TABLES, COLUMNS, INDEXES_MYSQL, INDEXES_MARIADB, INDEXES_MARIADB_10_5, KEYS, USAGE, ALL_MYSQL, ALL_MARIADB];

#[derive(Deserialize)]
struct TableRow {
    s: Name,
    t: Name,
    engine: Option<String>,
    n: Option<u64>,
    data: Option<u64>,
    idx: Option<u64>,
    next: Option<u64>,
    options: Option<String>,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct ColumnRow {
    s: Name,
    t: Name,
    c: Name,
    #[serde(rename = "type")]
    type_name: String,
    nullable: Option<u8>,
    charset: Option<String>,
    coll: Option<String>,
    auto: Option<u8>,
}

#[derive(Deserialize)]
struct IndexRow {
    s: Name,
    t: Name,
    i: Name,
    plain: u8,
    c: Option<Name>,
    e: Option<String>,
    dir: Option<String>,
    prefix: Option<u32>,
    #[serde(rename = "type")]
    method: String,
    hidden: Option<u8>,
}

#[derive(Deserialize)]
struct KeyRow {
    s: Name,
    t: Name,
    k: Name,
    c: Name,
    rs: Name,
    rt: Name,
    rc: Name,
    rule: Option<String>,
}

#[derive(Deserialize)]
struct All {
    n: u64,
}

#[derive(Deserialize)]
struct UsageRow {
    s: Name,
    t: Name,
    i: Option<Name>,
    n: u64,
    ins: u64,
    upd: u64,
    del: u64,
    fetched: u64,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    match catalog(session, case).await {
        Ok(catalog) => {
            let trouble = hidden(session, &catalog).await.map(|hidden| {
                Trouble::new(
                    Why::Privilege,
                    format!("{hidden} tables are not listed: the account has no privilege on them"),
                )
            });
            if let Some(trouble) = trouble {
                // An empty list that is not the truth must not pass for a clean bill of health.
                let part = (!catalog.tables.is_empty()).then_some("tables without privilege");
                case.miss(trouble.gap(Catalog::ID, part, Some(session.grant("SELECT ON *.*"))));
                if part.is_none() {
                    return;
                }
            }
            case.store(&catalog);
        }
        Err(trouble) => case.miss(trouble.gap(Catalog::ID, None, Some(session.grant("SELECT ON *.*")))),
    }
}

/// Only what concerns tables that `wanted` says.
pub(crate) async fn collect_of(session: &mut Session, case: &mut Case, wanted: impl Fn(&ObjectName) -> bool) {
    match catalog(session, case).await {
        Ok(mut catalog) => {
            catalog.tables.retain(|table| wanted(&table.name));
            case.store(&catalog);
        }
        Err(trouble) => case.miss(trouble.gap(Catalog::ID, None, Some(session.grant("SELECT ON *.*")))),
    }
}

/// How many of InnoDB's tables the catalog does not show, where that can be told.
async fn hidden(session: &mut Session, catalog: &Catalog) -> Option<u64> {
    let maria = session.product == dbwright_model::Product::MariaDB;
    let rows: Vec<All> = session.rows(if maria { &ALL_MARIADB } else { &ALL_MYSQL }).await.ok()?;
    let shown = catalog.tables.iter().filter(|table| table.engine.eq_ignore_ascii_case("innodb")).count() as u64;
    rows.first()?.n.checked_sub(shown).filter(|hidden| *hidden > 0)
}

async fn catalog(session: &mut Session, case: &mut Case) -> Result<Catalog, Trouble> {
    let mut tables: BTreeMap<ObjectName, Table> = BTreeMap::new();
    let mut next: BTreeMap<ObjectName, u64> = BTreeMap::new();
    let mut ignores = Vec::new();
    for row in session.rows::<TableRow>(&TABLES).await? {
        let name = ObjectName { schema: row.s, name: row.t };
        if let Some(comment) = &row.comment {
            ignores.extend(CommentIgnore::read(&name.to_string(), comment));
        }
        next.extend(row.next.map(|next| (name.clone(), next)));
        let partitioned = row.options.as_deref().is_some_and(|options| options.contains("partitioned"));
        let table = Table {
            name: name.clone(),
            kind: if partitioned { TableKind::Partitioned } else { TableKind::Table },
            engine: row.engine.unwrap_or_default(),
            rows: row.n.map(Rows),
            data_size: row.data.map(Bytes),
            index_size: row.idx.map(Bytes),
            ..Table::default()
        };
        tables.insert(name, table);
    }
    for row in session.rows::<ColumnRow>(&COLUMNS).await? {
        let name = ObjectName { schema: row.s, name: row.t };
        let Some(table) = tables.get_mut(&name) else { continue };
        let auto = row.auto.unwrap_or(0) == 1;
        // AUTO_INCREMENT in the catalog is the next value, which is none above the last one when the table is full.
        let counter = next.get(&name).filter(|_| auto).and_then(|next| {
            Some(KeyCounter { last: next.saturating_sub(1), limit: largest(&row.type_name)?, sequence: None })
        });
        table.columns.push(Column {
            name: row.c,
            type_name: row.type_name,
            nullable: row.nullable.unwrap_or(0) == 1,
            generated_key: auto,
            counter,
            collation: row.coll,
            charset: row.charset,
            statistics: None,
        });
    }
    let statement = match session.product {
        Product::MariaDB if session.version.at_least(10, 6) => &INDEXES_MARIADB,
        Product::MariaDB => &INDEXES_MARIADB_10_5,
        _ => &INDEXES_MYSQL,
    };
    let rows: Vec<IndexRow> = session.rows(statement).await?;
    for row in rows {
        let Some(table) = tables.get_mut(&ObjectName { schema: row.s, name: row.t }) else { continue };
        if table.indexes.last().is_none_or(|index| index.name != row.i) {
            let primary = row.i == "PRIMARY";
            table.indexes.push(Index {
                name: row.i.clone(),
                unique: row.plain == 0,
                primary,
                constraint: primary.then(|| row.i.clone()),
                invalid: row.hidden.unwrap_or(0) == 1,
                method: row.method.to_ascii_lowercase(),
                ..Index::default()
            });
        }
        if let Some(index) = table.indexes.last_mut() {
            index.parts.push(IndexPart {
                column: row.c,
                expression: row.e.map(|text| expression(&text, session.redaction)),
                descending: row.dir.as_deref() == Some("D"),
                prefix: row.prefix,
                options: String::new(),
            });
        }
    }
    for row in session.rows::<KeyRow>(&KEYS).await? {
        let Some(table) = tables.get_mut(&ObjectName { schema: row.s, name: row.t }) else { continue };
        if table.foreign_keys.last().is_none_or(|key| key.name != row.k) {
            table.foreign_keys.push(ForeignKey {
                name: row.k,
                references: ObjectName { schema: row.rs, name: row.rt },
                on_delete: row.rule.unwrap_or_default(),
                ..ForeignKey::default()
            });
        }
        if let Some(key) = table.foreign_keys.last_mut() {
            key.columns.push(row.c);
            key.referenced_columns.push(row.rc);
        }
    }
    let used = usage(session, case, &mut tables).await;
    let since = case
        .get::<Status>()
        .ok()
        .and_then(|status| status.get("uptime"))
        .filter(|_| used)
        .and_then(|uptime| case.server.now.checked_sub(jiff::SignedDuration::from_secs(uptime as i64)).ok());
    for table in tables.values_mut() {
        define(table, session.product);
    }
    let has_replicas = case.get::<Replication>().is_ok_and(Replication::copies);
    Ok(Catalog { tables: tables.into_values().collect(), usage_since: since, has_replicas, ignores })
}

/// Adds how tables and indexes are used, where performance_schema counts it; whether it does.
async fn usage(session: &mut Session, case: &mut Case, tables: &mut BTreeMap<ObjectName, Table>) -> bool {
    let off = case
        .get::<dbwright_model::Settings>()
        .is_ok_and(|settings| settings.is_on("performance_schema") == Some(false));
    let part = Some("usage of tables and indexes");
    if off {
        let trouble = Trouble::new(Why::Setting, "performance_schema is off");
        case.miss(trouble.gap(
            Catalog::ID,
            part,
            Some("performance_schema = ON   # in the configuration file; takes a restart".into()),
        ));
        return false;
    }
    let rows: Vec<UsageRow> = match session.rows(&USAGE).await {
        Ok(rows) => rows,
        Err(trouble) => {
            case.miss(trouble.gap(Catalog::ID, part, Some(session.grant("SELECT ON performance_schema.*"))));
            return false;
        }
    };
    for row in rows {
        let Some(table) = tables.get_mut(&ObjectName { schema: row.s, name: row.t }) else { continue };
        let usage = table.usage.get_or_insert_default();
        let add = |total: &mut Option<Rows>, n: u64| *total = Some(Rows(total.unwrap_or_default().0 + n));
        add(&mut usage.inserted, row.ins);
        add(&mut usage.updated, row.upd);
        add(&mut usage.deleted, row.del);
        match row.i {
            Some(name) => {
                if let Some(index) = table.indexes.iter_mut().find(|index| index.name == name) {
                    index.scans = Some(Count(row.n));
                }
                usage.index_scans = Some(Count(usage.index_scans.unwrap_or_default().0 + row.fetched));
            }
            // Rows read without an index; the number of scans is not counted.
            None => add(&mut usage.full_scan_rows, row.fetched),
        }
    }
    true
}

/// The expression of a functional key part; the catalog shows its quotes escaped.
fn expression(text: &str, redaction: Redaction) -> SqlText {
    redact(&text.replace("\\'", "'"), Dialect::MySql, redaction)
}

/// Writes down the statement that makes each index again, and a size where one can be told.
fn define(table: &mut Table, product: Product) {
    let dialect = Dialect::MySql;
    let qualified = dialect.qualified(&table.name);
    let secondary = table.indexes.iter().filter(|index| !index.primary).count() as u64;
    for index in &mut table.indexes {
        let parts: Vec<String> = index
            .parts
            .iter()
            .map(|part| {
                let column = part.column.as_ref().map(|column| dialect.quote(column));
                let mut text =
                    column.unwrap_or_else(|| format!("({})", part.expression.as_ref().map_or("", SqlText::as_str)));
                if let Some(prefix) = part.prefix {
                    text += &format!("({prefix})");
                }
                text + if part.descending { " DESC" } else { "" }
            })
            .collect();
        let kind = match (index.unique, index.method.as_str()) {
            (true, _) => "UNIQUE INDEX",
            (_, "fulltext") => "FULLTEXT INDEX",
            (_, "spatial") => "SPATIAL INDEX",
            _ => "INDEX",
        };
        let name = dialect.quote(&index.name);
        let hidden = match (index.invalid, product) {
            (false, _) => "",
            (true, Product::MariaDB) => " IGNORED",
            (true, _) => " INVISIBLE",
        };
        // A literal that was taken out cannot be put back: such an index has no statement that makes it again.
        let whole = index.parts.iter().all(|part| !part.expression.as_ref().is_some_and(|e| e.as_str().contains('?')));
        index.definition = whole.then(|| match index.primary {
            true => format!("ALTER TABLE {qualified} ADD PRIMARY KEY ({})", parts.join(", ")).into(),
            false => format!("ALTER TABLE {qualified} ADD {kind} {name} ({}){hidden}", parts.join(", ")).into(),
        });
        // InnoDB tells the size of all secondary indexes together: an even share of it.
        if !index.primary && index.size.is_none() && secondary > 0 {
            index.size = table.index_size.map(|size| Bytes(size.0 / secondary));
        }
    }
}

/// The largest value of an integer type, as `COLUMN_TYPE` names it.
fn largest(type_name: &str) -> Option<u64> {
    let name = type_name.to_ascii_lowercase();
    let signed = match name.split(['(', ' ']).next().unwrap_or_default() {
        "tinyint" => i8::MAX as u64,
        "smallint" => i16::MAX as u64,
        "mediumint" => 8_388_607,
        "int" | "integer" => i32::MAX as u64,
        "bigint" => i64::MAX as u64,
        _ => return None,
    };
    Some(if name.contains("unsigned") { signed * 2 + 1 } else { signed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_types_end_where_the_manual_says() {
        assert_eq!(largest("tinyint(3) unsigned"), Some(255));
        assert_eq!(largest("int(11)"), Some(2_147_483_647));
        assert_eq!(largest("mediumint unsigned"), Some(16_777_215));
        assert_eq!(largest("bigint(20) unsigned"), Some(u64::MAX));
        assert_eq!(largest("varchar(20)"), None);
    }

    #[test]
    fn hidden_indexes_are_made_hidden_again_and_lost_literals_are_not_made_up() {
        let defined = |part: IndexPart, product: Product| {
            let mut table = Table { name: ObjectName::new("shop", "t"), ..Table::default() };
            let method = "btree".into();
            table.indexes =
                vec![Index { name: "k".into(), parts: vec![part], invalid: true, method, ..Index::default() }];
            define(&mut table, product);
            table.indexes[0].definition.clone().map(|text| text.as_str().to_owned())
        };
        let shown = |product| defined(IndexPart::column("a"), product);
        assert_eq!(shown(Product::MySQL).as_deref(), Some("ALTER TABLE shop.t ADD INDEX k (a) INVISIBLE"));
        assert_eq!(shown(Product::MariaDB).as_deref(), Some("ALTER TABLE shop.t ADD INDEX k (a) IGNORED"));
        let part =
            |text: &str| IndexPart { expression: Some(expression(text, Redaction::default())), ..IndexPart::default() };
        let secret = part("json_value(`doc`, _utf8mb4\\'$.secret\\' returning char(64))");
        assert!(!secret.expression.as_ref().unwrap().as_str().contains("secret"));
        assert!(secret.expression.as_ref().unwrap().as_str().contains("returning"));
        assert_eq!(defined(secret, Product::MySQL), None);
        assert_eq!(
            defined(part("lower(`a`)"), Product::MySQL).as_deref(),
            Some("ALTER TABLE shop.t ADD INDEX k ((lower(`a`))) INVISIBLE")
        );
    }

    #[test]
    fn definitions_make_the_index_again() {
        let mut table = Table { name: ObjectName::new("shop", "t"), index_size: Some(Bytes(100)), ..Table::default() };
        table.indexes = vec![Index {
            name: "k".into(),
            parts: vec![IndexPart { prefix: Some(20), descending: true, ..IndexPart::column("key") }],
            method: "btree".into(),
            ..Index::default()
        }];
        define(&mut table, Product::MySQL);
        assert_eq!(
            table.indexes[0].definition.as_ref().unwrap().as_str(),
            "ALTER TABLE shop.t ADD INDEX k (`key`(20) DESC)"
        );
        assert_eq!(table.indexes[0].size, Some(Bytes(100)));
    }
}

//! What the tests of rules share: a healthy server's settings, and tables.

use dbwright_model::catalog::{Index, IndexPart, ObjectName, Table};
use dbwright_model::{Bytes, Case, Catalog, Count, Product, Redaction, Rows, Seconds, Server, Settings, Version};
use jiff::Timestamp;

use crate::sections::tables::{TableFacts, Tables};

/// The server's clock in tests.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// That many hours before [`now`].
pub(crate) fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 - hours * 3600).unwrap()
}

/// The defaults of a fresh server.
pub(crate) fn settings() -> Settings {
    [
        ("autovacuum", "on"),
        ("track_counts", "on"),
        ("autovacuum_max_workers", "3"),
        ("autovacuum_vacuum_threshold", "50"),
        ("autovacuum_vacuum_scale_factor", "0.2"),
        ("autovacuum_vacuum_insert_threshold", "1000"),
        ("autovacuum_vacuum_insert_scale_factor", "0.2"),
        ("autovacuum_analyze_threshold", "50"),
        ("autovacuum_analyze_scale_factor", "0.1"),
        ("autovacuum_freeze_max_age", "200000000"),
        ("autovacuum_multixact_freeze_max_age", "400000000"),
        ("vacuum_cost_limit", "200"),
        ("autovacuum_vacuum_cost_limit", "-1"),
        ("vacuum_cost_page_dirty", "20"),
        ("vacuum_cost_page_miss", "2"),
    ]
    .into_iter()
    .fold(Settings::default(), |settings, (name, value)| settings.with(name, value))
    .with_unit("autovacuum_vacuum_cost_delay", "2", "ms")
    .with_unit("maintenance_work_mem", "65536", "kB")
    .with_unit("autovacuum_work_mem", "-1", "kB")
}

/// An empty case about a server of that major version, up for a month.
pub(crate) fn case_of(major: u32) -> Case {
    let mut server = Server::new(Product::PostgreSQL, Version::new(major, 4, 0));
    server.now = now();
    server.uptime = Some(Seconds::days(30.0));
    Case::new(server, Redaction::Literals).with(&settings())
}

/// A table of that many rows, vacuumed and analyzed an hour ago.
pub(crate) fn table(name: &str, rows: u64) -> TableFacts {
    TableFacts {
        name: ObjectName::new("public", name),
        rows: Some(Rows(rows)),
        live: Rows(rows),
        size: Some(Bytes(rows * 100)),
        inserted: Rows(rows),
        last_autovacuum: Some(hours_ago(1)),
        last_autoanalyze: Some(hours_ago(1)),
        xid_age: Some(Count(1000)),
        mxid_age: Some(Count(1)),
        ..TableFacts::default()
    }
}

/// A case with such tables.
pub(crate) fn case(mut tables: Vec<TableFacts>) -> Case {
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    case_of(15).with(&Tables { tables })
}

/// A neutral table with B-tree indexes on those columns.
pub(crate) fn indexed(name: &str, columns: &[&str]) -> Table {
    let index = |column: &&str| Index {
        name: format!("{name}_{column}_idx").into(),
        parts: vec![IndexPart::column(*column)],
        method: "btree".into(),
        definition: Some(format!("CREATE INDEX {name}_{column}_idx ON public.{name} USING btree ({column})").into()),
        ..Index::default()
    };
    Table { name: ObjectName::new("public", name), indexes: columns.iter().map(index).collect(), ..Table::default() }
}

/// A catalog whose counters are a week old.
pub(crate) fn catalog(mut tables: Vec<Table>) -> Catalog {
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Catalog { tables, usage_since: Some(hours_ago(24 * 7)), ..Catalog::default() }
}

//! Small cases for the tests of neutral rules.

use dbwright_model::catalog::{Column, ForeignKey, Index, IndexPart, ObjectName, Table};
use dbwright_model::workload::Query;
use dbwright_model::{
    Activity, Bytes, Case, Catalog, Count, Gap, Name, Product, Redaction, Rows, Seconds, Section, Server, Version, Why,
    Workload,
};

/// A case about PostgreSQL 15.
pub(crate) fn postgres(section: &impl Section) -> Case {
    case(Product::PostgreSQL, Version::new(15, 18, 0), section)
}

/// A case about MySQL 8.4.
pub(crate) fn mysql(section: &impl Section) -> Case {
    case(Product::MySQL, Version::new(8, 4, 3), section)
}

/// A case about any server, in November 2026.
pub(crate) fn case(product: Product, version: Version, section: &impl Section) -> Case {
    let mut server = Server::new(product, version);
    server.now = "2026-11-24T12:00:00Z".parse().unwrap();
    Case::new(server, Redaction::Literals).with(section)
}

/// The case as an account sees it that is shown its own sessions only.
pub(crate) fn own_sessions_only(mut case: Case) -> Case {
    case.miss(Gap {
        section: Activity::ID.into(),
        part: Some(Activity::OTHERS.into()),
        why: Why::Privilege,
        detail: "hidden".into(),
        allow: Some("GRANT PROCESS ON *.* TO 'eye'@'localhost';".into()),
    });
    case
}

/// A catalog of those tables.
pub(crate) fn catalog(tables: Vec<Table>) -> Catalog {
    Catalog { tables, ..Catalog::default() }
}

/// `public.NAME` with a million rows, 100 MB, and those columns of type bigint.
pub(crate) fn table(name: &str, columns: &[&str]) -> Table {
    Table {
        name: ObjectName::new("public", name),
        rows: Some(Rows(1_000_000)),
        data_size: Some(Bytes::mib(100)),
        columns: columns
            .iter()
            .map(|name| Column { name: Name::from(*name), type_name: "bigint".into(), ..Column::default() })
            .collect(),
        ..Table::default()
    }
}

/// A plain B-tree on those columns, 20 MB.
pub(crate) fn index(name: &str, columns: &[&str]) -> Index {
    Index {
        name: name.into(),
        parts: columns.iter().map(|column| IndexPart::column(*column)).collect(),
        method: "btree".into(),
        size: Some(Bytes::mib(20)),
        definition: Some(format!("CREATE INDEX {name} ON public.t USING btree ({})", columns.join(", ")).into()),
        ..Index::default()
    }
}

/// The primary key's index.
pub(crate) fn primary(name: &str, columns: &[&str]) -> Index {
    Index { unique: true, primary: true, constraint: Some(name.into()), ..index(name, columns) }
}

/// A foreign key to `public.PARENT (id)`.
pub(crate) fn foreign_key(name: &str, columns: &[&str], parent: &str) -> ForeignKey {
    ForeignKey {
        name: name.into(),
        columns: columns.iter().map(|column| Name::from(*column)).collect(),
        references: ObjectName::new("public", parent),
        referenced_columns: vec!["id".into()],
        ..ForeignKey::default()
    }
}

/// A day of queries that took `all` seconds, and one of them, `42`, that took `time` in calls of `mean` seconds.
pub(crate) fn workload(all: f64, text: &str, time: f64, mean: f64) -> Workload {
    let query = Query {
        fingerprint: "42".into(),
        text: text.into(),
        calls: Count((time / mean) as u64),
        total_time: Seconds(time),
        mean_time: Seconds(mean),
        ..Query::default()
    };
    Workload {
        source: "test".into(),
        since: Some("2026-11-23T12:00:00Z".parse().unwrap()),
        total_time: Seconds(all),
        total_calls: Count(1_000_000),
        queries: vec![query],
        ..Workload::default()
    }
}

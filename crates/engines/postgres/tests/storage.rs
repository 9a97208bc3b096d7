//! The catalog and its rules on real servers of every version.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod storage_support;

use std::time::{Duration, Instant};

use dbwright_model::catalog::{ObjectName, TableKind};
use dbwright_model::{Catalog, Rows, Severity, Why};
use dbwright_postgres::sections::tables::Tables;
use dbwright_postgres::sections::vacuum::Vacuum;
use storage_support::{Server, found};

const SHOP: &str = "
CREATE SCHEMA shop;
CREATE TABLE shop.customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text COLLATE \"C\" NOT NULL UNIQUE, \"Odd Name\" int);
CREATE TABLE shop.orders (id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES shop.customers ON DELETE CASCADE,
    state varchar(20) NOT NULL, total numeric(12,2), placed timestamptz DEFAULT now(), doc jsonb, code char(4), gone int);
ALTER TABLE shop.orders DROP COLUMN gone;
CREATE INDEX orders_state ON shop.orders (state, placed DESC NULLS LAST) WITH (fillfactor = 80);
CREATE INDEX orders_open ON shop.orders (placed) INCLUDE (total) WHERE state = 'secret';
CREATE INDEX orders_lower ON shop.orders (lower(state), (total * 2));
CREATE INDEX orders_pattern ON shop.orders (state varchar_pattern_ops, code COLLATE \"C\" DESC);
CREATE INDEX orders_doc ON shop.orders USING gin (doc jsonb_path_ops);
CREATE INDEX orders_brin ON shop.orders USING brin (placed) WITH (pages_per_range = 64);
CREATE INDEX odd ON shop.customers (\"Odd Name\" NULLS FIRST);
CREATE TABLE shop.log (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE shop.log_2025 PARTITION OF shop.log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE shop.log_rest PARTITION OF shop.log DEFAULT;
CREATE INDEX log_at ON shop.log (at);
CREATE MATERIALIZED VIEW shop.sums AS SELECT state, count(*) FROM shop.orders GROUP BY 1;
CREATE TABLE shop.fresh (id int);
INSERT INTO shop.customers (mail) SELECT n || '@example.com' FROM generate_series(1, 2000) n;
INSERT INTO shop.orders (customer_id, state) SELECT 1 + n % 2000, 'open' FROM generate_series(1, 5000) n;
INSERT INTO shop.log SELECT '2027-01-01', 'late' FROM generate_series(1, 10);
COMMENT ON TABLE shop.orders IS 'Orders. dbwright: ignore unused-index quarterly reports';
COMMENT ON COLUMN shop.orders.doc IS 'dbwright: ignore column-type-smell kept';
COMMENT ON INDEX shop.orders_state IS 'dbwright: ignore index-bloat grows again';
ANALYZE shop.orders, shop.customers, shop.log_rest;
";

async fn catalog(major: u32) {
    let Some(server) = Server::start(major, &[("autovacuum", "off")]) else { return };
    let client = server.connect().await;
    client.batch_execute(SHOP).await.unwrap();
    let case = server.gather().await;
    let catalog = case.get::<Catalog>().unwrap();
    assert!(catalog.tables.is_sorted_by(|a, b| a.name <= b.name));
    let table = |name: &str| catalog.table(&ObjectName::new("shop", name)).unwrap_or_else(|| panic!("no {name}"));

    let orders = table("orders");
    assert_eq!(orders.rows, Some(Rows(5000)));
    assert!(orders.columns.iter().all(|column| column.name != *"gone") && orders.columns.len() == 7);
    assert_eq!(orders.column("state").unwrap().type_name, "character varying(20)");
    let counter = orders.column("id").unwrap().counter.clone().unwrap();
    assert_eq!((counter.last, counter.limit), (5000, i32::MAX as u64));
    assert_eq!(table("customers").column("id").unwrap().counter.as_ref().unwrap().limit, i64::MAX as u64);
    assert_eq!(table("customers").column("mail").unwrap().collation.as_deref(), Some("C"));
    assert_eq!(orders.column("state").unwrap().collation, None);
    assert_eq!(orders.foreign_keys[0].references, ObjectName::new("shop", "customers"));
    assert_eq!(orders.foreign_keys[0].on_delete, "CASCADE");
    let index = |name: &str| orders.indexes.iter().find(|index| index.name == *name).unwrap();
    assert_eq!(index("orders_state").parts[1].options, "NULLS LAST");
    assert_eq!(index("orders_pattern").parts[0].options, "varchar_pattern_ops");
    assert_eq!(
        index("orders_open").predicate.as_ref().unwrap().as_str().matches("secret").count(),
        0,
        "literals stay out"
    );
    assert_eq!(index("orders_lower").parts.len(), 2);
    assert!(index("orders_lower").parts.iter().all(|part| part.expression.is_some()));
    assert_eq!(orders.primary_key().unwrap().constraint.as_ref().unwrap().as_str(), "orders_pkey");

    assert_eq!(table("log").kind, TableKind::Partitioned);
    assert_eq!(table("log_2025").parent, Some(ObjectName::new("shop", "log")));
    assert_eq!(table("sums").kind, TableKind::MaterializedView);
    assert_eq!(table("fresh").rows, None, "never counted is not empty");
    let ignores: Vec<&str> = catalog.ignores.iter().map(|ignore| ignore.subject.as_str()).collect();
    assert_eq!(ignores, ["shop.orders", "shop.orders.doc", "shop.orders_state"]);
    assert!(!catalog.has_replicas && catalog.usage_since.is_some());

    // Definitions are written by us; they must be what the server would write.
    for row in client
        .query("SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_class c WHERE relkind IN ('i', 'I') AND relnamespace = 'shop'::regnamespace", &[])
        .await
        .unwrap()
    {
        let (name, theirs): (String, String) = (row.get(0), row.get(1));
        let ours = catalog.tables.iter().flat_map(|table| &table.indexes).find(|index| index.name == *name.as_str()).unwrap();
        let theirs = dbwright_sql::redact(&theirs, dbwright_sql::Dialect::Postgres, case.redaction);
        let ours = ours.definition.as_ref().unwrap().as_str().replace("fillfactor='80'", "fillfactor=?");
        assert_eq!(ours, theirs.as_str(), "{name}");
    }

    let facts = case.get::<Tables>().unwrap();
    let rest = facts.get(&ObjectName::new("shop", "log_rest")).unwrap();
    assert!(rest.default_partition && rest.rows == Some(Rows(10)));
    let vacuum = case.get::<Vacuum>().unwrap();
    assert!(vacuum.workers.is_some() && vacuum.databases.iter().filter(|database| database.current).count() == 1);
    assert_eq!(found(&case, "default-partition-used"), [(Severity::Info, "shop.log_rest".to_owned())]);
    for gap in &case.gaps {
        assert!(
            !["catalog", "postgres.tables", "postgres.bloat", "postgres.schema", "postgres.vacuum"]
                .contains(&gap.section.as_str()),
            "{gap:?}"
        );
    }
}

/// An exclusively locked table neither stalls nor empties the sections.
async fn locked(major: u32) {
    let Some(server) = Server::start(major, &[("autovacuum", "off")]) else { return };
    let client = server.connect().await;
    client.batch_execute(SHOP).await.unwrap();
    client
        .batch_execute("BEGIN; LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE; LOCK TABLE shop.fresh")
        .await
        .unwrap();
    let started = Instant::now();
    let case = server.gather().await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    let catalog = case.get::<Catalog>().unwrap();
    let orders = catalog.table(&ObjectName::new("shop", "orders")).unwrap();
    assert_eq!(orders.indexes.len(), 7);
    let open = orders.indexes.iter().find(|index| index.name == *"orders_open").unwrap();
    assert!(open.predicate.is_some() && open.definition.is_none(), "partial stays partial, unread");
    assert!(case.gaps.iter().all(|gap| gap.section != "catalog"), "{:?}", case.gaps);
}

/// A role without rights sees the catalog, and is told what would show it the rest.
async fn unprivileged(major: u32) {
    let Some(server) = Server::start(major, &[("autovacuum", "off")]) else { return };
    let client = server.connect().await;
    client.batch_execute(SHOP).await.unwrap();
    client.batch_execute("CREATE ROLE guest LOGIN PASSWORD 'guest'; ANALYZE").await.unwrap();
    let case = server.gather_as("guest", "guest").await;
    assert!(case.get::<Catalog>().unwrap().table(&ObjectName::new("shop", "orders")).is_some());
    let gap = case.gaps.iter().find(|gap| gap.part.as_deref() == Some("column statistics")).unwrap();
    assert_eq!(gap.why, Why::Privilege);
    assert!(gap.allow.as_ref().unwrap().starts_with("GRANT "));
    assert!(case.get::<Vacuum>().unwrap().workers.is_none(), "not seen is not none");
}

/// A failed concurrent build is invalid; one that is still going on is not.
async fn invalid(major: u32) {
    let Some(server) = Server::start(major, &[("autovacuum", "off")]) else { return };
    let client = server.connect().await;
    client.batch_execute(SHOP).await.unwrap();
    assert!(client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY twice ON shop.orders (state)").await.is_err());
    let case = server.gather().await;
    assert_eq!(found(&case, "invalid-index"), [(Severity::Warn, "shop.twice".to_owned())]);
    client.batch_execute("DROP INDEX shop.twice").await.unwrap();
    // A transaction that wrote the table keeps the build waiting.
    client.batch_execute("BEGIN; UPDATE shop.orders SET code = 'x' WHERE id = 1").await.unwrap();
    let builder = server.connect().await;
    let building =
        tokio::spawn(
            async move { builder.batch_execute("CREATE INDEX CONCURRENTLY slow ON shop.orders (state)").await },
        );
    tokio::time::sleep(Duration::from_millis(500)).await;
    let case = server.gather().await;
    assert!(found(&case, "invalid-index").is_empty());
    client.batch_execute("COMMIT").await.unwrap();
    building.await.unwrap().unwrap();
}

dbwright_lab::each_postgres! {
    the_catalog_is_exact: catalog;
    a_locked_table_does_not_stall: locked;
    a_guest_sees_the_catalog: unprivileged;
    an_index_in_construction_is_not_invalid: invalid;
}

//! What the catalog costs on a server with 10,000 tables and 30,000 indexes. Run by hand: it takes half a minute.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod storage_support;

use dbwright_lab::POSTGRES_MAJORS;
use dbwright_model::Catalog;
use storage_support::Server;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds ten thousand tables"]
async fn ten_thousand_tables() {
    for major in POSTGRES_MAJORS {
        let Some(server) = Server::start(major, &[("autovacuum", "off"), ("max_locks_per_transaction", "512")]) else {
            continue;
        };
        let client = server.connect().await;
        let build = "DO $$ BEGIN FOR i IN 1..100 LOOP
            EXECUTE format('CREATE TABLE app.t%s (id bigserial PRIMARY KEY, customer_id bigint NOT NULL, name varchar(80), email text, \
            status int, amount numeric(12,2), created timestamptz DEFAULT now(), updated timestamp, flag boolean, doc jsonb)', i + $from);
            EXECUTE format('CREATE INDEX ON app.t%s (customer_id)', i + $from);
            EXECUTE format('CREATE INDEX ON app.t%s (created) WHERE status = 1', i + $from);
            EXECUTE format('INSERT INTO app.t%s (customer_id) SELECT generate_series(1, 20)', i + $from);
            END LOOP; END $$";
        client.batch_execute("CREATE SCHEMA app").await.unwrap();
        for from in (0..10_000).step_by(100) {
            client.batch_execute(&build.replace("$from", &from.to_string())).await.unwrap();
        }
        client.batch_execute("VACUUM").await.unwrap();
        client.batch_execute("ANALYZE").await.unwrap();
        server.gather().await;
        let case = server.gather().await;
        let catalog = case.get::<Catalog>().unwrap();
        println!(
            "PostgreSQL {major}: {} tables, {} indexes, all sections {} in {} statements; gaps {:?}",
            catalog.tables.len(),
            catalog.tables.iter().map(|table| table.indexes.len()).sum::<usize>(),
            case.server.server_time,
            case.server.statements,
            case.gaps.iter().map(|gap| (&gap.section, &gap.part, &gap.detail)).collect::<Vec<_>>()
        );
        assert_eq!(catalog.tables.len(), 10_000);
        // With slack for a crowded machine; on two idle cores it is about a second for all sections together.
        assert!(case.server.server_time.0 < 5.0, "{}", case.server.server_time);
    }
}

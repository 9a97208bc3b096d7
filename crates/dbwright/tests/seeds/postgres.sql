-- Faults planted on a fresh PostgreSQL. Blank lines separate statements. `-- fault: RULE OBJECT` says what must be
-- found; several may stand above one statement. `-- since: N` limits a statement to major versions from N on.

CREATE SCHEMA seed

-- well made, must stay silent
CREATE TABLE seed.customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text NOT NULL UNIQUE, born date)

INSERT INTO seed.customers (mail) SELECT n || '@example.com' FROM generate_series(1, 20000) n

-- fault: foreign-key-without-index seed.orders.orders_customer_id_fkey
CREATE TABLE seed.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES seed.customers ON DELETE CASCADE,
    state text NOT NULL,
    placed timestamptz NOT NULL DEFAULT now()
)

INSERT INTO seed.orders (customer_id, state) SELECT 1 + n % 20000, 'open' FROM generate_series(1, 60000) n

DELETE FROM seed.customers WHERE id IN (7, 8)

-- fault: duplicate-index seed.orders_placed_again
CREATE INDEX orders_placed ON seed.orders (placed)

CREATE INDEX orders_placed_again ON seed.orders (placed)

CREATE INDEX orders_open ON seed.orders (placed DESC) WHERE state = 'open'

-- fault: duplicate-index seed.orders_open_again
CREATE INDEX orders_open_again ON seed.orders (placed DESC) WHERE state = 'open'

-- fault: redundant-index seed.orders_state
CREATE INDEX orders_state ON seed.orders (state)

CREATE INDEX orders_state_placed ON seed.orders (state, placed)

-- fault: foreign-key-type-mismatch seed.parcels.parcels_order_id_fkey
CREATE TABLE seed.parcels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id integer NOT NULL REFERENCES seed.orders
)

CREATE INDEX parcels_order_id ON seed.parcels (order_id)

-- fault: missing-primary-key seed.readings
CREATE TABLE seed.readings (at timestamptz NOT NULL, sensor integer NOT NULL, value float8)

INSERT INTO seed.readings SELECT now(), n % 50, n FROM generate_series(1, 120000) n

-- fault: key-exhaustion seed.clicks.id
CREATE TABLE seed.clicks (id serial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())

SELECT setval('seed.clicks_id_seq', 1900000000)

-- fault: sequence-near-end seed.invoice_number
CREATE SEQUENCE seed.invoice_number MAXVALUE 100000

SELECT setval('seed.invoice_number', 97000)

-- fault: constraint-not-validated seed.orders.orders_state_check
ALTER TABLE seed.orders ADD CONSTRAINT orders_state_check CHECK (state <> '') NOT VALID

-- fault: disabled-trigger seed.readings
CREATE FUNCTION seed.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$

CREATE TRIGGER readings_stamp BEFORE INSERT ON seed.readings FOR EACH ROW EXECUTE FUNCTION seed.stamp()

ALTER TABLE seed.readings DISABLE TRIGGER readings_stamp

-- fault: unlogged-table seed.carts
CREATE UNLOGGED TABLE seed.carts (id bigint PRIMARY KEY, content text)

INSERT INTO seed.carts SELECT n, 'x' FROM generate_series(1, 5000) n

-- fault: autovacuum-disabled-on-table seed.sessions
-- fault: dead-rows-not-vacuumed seed.sessions
CREATE TABLE seed.sessions (id bigint PRIMARY KEY, data text NOT NULL) WITH (autovacuum_enabled = off)

INSERT INTO seed.sessions SELECT n, repeat('s', 60) FROM generate_series(1, 120000) n

ANALYZE seed.sessions

UPDATE seed.sessions SET data = repeat('t', 60)

-- fault: table-bloat seed.tickets
CREATE TABLE seed.tickets (id bigint PRIMARY KEY, body text NOT NULL) WITH (autovacuum_enabled = off)

INSERT INTO seed.tickets SELECT n, repeat('b', 200) FROM generate_series(1, 100000) n

DELETE FROM seed.tickets WHERE id % 5 <> 0

VACUUM (ANALYZE) seed.tickets

ALTER TABLE seed.tickets RESET (autovacuum_enabled)

-- fault: index-bloat seed.counters_pkey
CREATE TABLE seed.counters (id bigint PRIMARY KEY, n bigint)

INSERT INTO seed.counters SELECT n, 0 FROM generate_series(1, 300000) n

DELETE FROM seed.counters WHERE id % 10 <> 0

VACUUM (FULL OFF, ANALYZE) seed.counters

-- fault: never-analyzed seed.imported
CREATE TABLE seed.imported (id bigint PRIMARY KEY, price numeric) WITH (autovacuum_enabled = off)

INSERT INTO seed.imported SELECT n, n FROM generate_series(1, 50000) n

-- fault: stale-statistics seed.prices
CREATE TABLE seed.prices (id bigint PRIMARY KEY, price numeric) WITH (autovacuum_enabled = off)

INSERT INTO seed.prices SELECT n, n FROM generate_series(1, 10000) n

ANALYZE seed.prices

INSERT INTO seed.prices SELECT n, n FROM generate_series(10001, 60000) n

-- fault: default-partition-used seed.log_default
CREATE TABLE seed.log (at date NOT NULL, what text) PARTITION BY RANGE (at)

CREATE TABLE seed.log_2025 PARTITION OF seed.log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')

CREATE TABLE seed.log_default PARTITION OF seed.log DEFAULT

INSERT INTO seed.log SELECT '2026-03-01', 'late' FROM generate_series(1, 1000)

-- fault: security-definer-search-path seed.become_admin
CREATE FUNCTION seed.become_admin() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$

-- fault: write-granted-to-public seed.orders
GRANT INSERT, UPDATE, DELETE ON seed.orders TO PUBLIC

-- fault: public-can-create public
GRANT CREATE ON SCHEMA public TO PUBLIC

-- fault: password-equals-role seed_app
-- fault: superuser-login-roles seed_app
CREATE ROLE seed_app LOGIN SUPERUSER PASSWORD 'seed_app'

-- fault: password-expiring seed_report
CREATE ROLE seed_report LOGIN PASSWORD 'kj3h4kj5h34kj5h' VALID UNTIL 'tomorrow'

SET password_encryption = md5

-- fault: password-md5 seed_old
CREATE ROLE seed_old LOGIN PASSWORD 'w9e8rw9e8rw9'

-- fault: inactive-replication-slot seed_warehouse
SELECT pg_create_logical_replication_slot('seed_warehouse', 'test_decoding')

-- fault: published-table-without-identity seed.readings
CREATE PUBLICATION seed_all FOR TABLE seed.readings

-- fault: prepared-transaction-forgotten seed_2pc
BEGIN; INSERT INTO seed.customers (mail) VALUES ('2pc@example.com'); PREPARE TRANSACTION 'seed_2pc'

-- fault: full-page-writes-off full_page_writes
ALTER SYSTEM SET full_page_writes = off

-- fault: planner-method-disabled enable_hashjoin
ALTER SYSTEM SET enable_hashjoin = off

-- fault: developer-setting-on ignore_checksum_failure
ALTER SYSTEM SET ignore_checksum_failure = on

-- fault: autovacuum-off autovacuum
ALTER SYSTEM SET autovacuum = off

-- fault: restart-pending max_connections
ALTER SYSTEM SET max_connections = 120

-- fault: archiving-failing server
ALTER SYSTEM SET archive_command = 'false'

SELECT pg_reload_conf()

SELECT pg_switch_wal()

SELECT pg_sleep(3)

CREATE ROLE seed_batch

-- fault: setting-overridden seed_batch
ALTER ROLE seed_batch SET synchronous_commit = off

-- A small shop as teams really build them: it works, and a dozen things in it will hurt later.
-- Executed statement by statement on a throw-away server; blank lines separate statements.

CREATE SCHEMA shop

CREATE TABLE shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    country char(2) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)

CREATE TABLE shop.products (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    title text NOT NULL,
    price numeric(10, 2) NOT NULL,
    stock integer NOT NULL DEFAULT 0
)

-- planted: customer_id has no index, so every DELETE on customers scans all orders
CREATE TABLE shop.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers (id) ON DELETE CASCADE,
    status text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    note text
)

CREATE TABLE shop.order_items (
    order_id bigint NOT NULL REFERENCES shop.orders (id) ON DELETE CASCADE,
    line integer NOT NULL,
    product_id bigint NOT NULL REFERENCES shop.products (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, line)
)

CREATE INDEX order_items_product_idx ON shop.order_items (product_id)

-- planted: an int4 key that is nearly used up
CREATE TABLE shop.events (id serial PRIMARY KEY, kind text NOT NULL, at timestamptz NOT NULL DEFAULT now())

-- planted: no primary key
CREATE TABLE shop.audit_log (at timestamptz NOT NULL DEFAULT now(), actor text, what text)

-- planted: autovacuum switched off "because it was in the way"
CREATE TABLE shop.carts (id bigint PRIMARY KEY, customer_id bigint NOT NULL, content text NOT NULL)
    WITH (autovacuum_enabled = off)

-- planted: unlogged, so a crash empties it
CREATE UNLOGGED TABLE shop.payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    amount numeric(10, 2) NOT NULL
)

INSERT INTO shop.customers (email, name, country)
SELECT 'customer' || n || '@example.com', 'Customer ' || n, (ARRAY['DE', 'FR', 'US', 'IN', 'BR'])[1 + n % 5]
FROM generate_series(1, 20000) n

INSERT INTO shop.products (sku, title, price, stock)
SELECT 'SKU-' || n, 'Product ' || n, round((5 + n % 400)::numeric, 2), n % 100 FROM generate_series(1, 2000) n

INSERT INTO shop.orders (customer_id, status, placed_at, note)
SELECT 1 + (n * 7919) % 20000, (ARRAY['paid', 'paid', 'paid', 'sent', 'open'])[1 + n % 5], now() - n * interval '3 min',
       CASE WHEN n % 10 = 0 THEN repeat('gift ', 8) END
FROM generate_series(1, 120000) n

INSERT INTO shop.order_items (order_id, line, product_id, quantity)
SELECT 1 + n / 2, 1 + n % 2, 1 + (n * 31) % 2000, 1 + n % 3 FROM generate_series(0, 239999) n

INSERT INTO shop.events (kind) SELECT 'view' FROM generate_series(1, 20000)

SELECT setval('shop.events_id_seq', 1932735282)

INSERT INTO shop.audit_log (actor, what) SELECT 'app', 'login ' || n FROM generate_series(1, 20000) n

INSERT INTO shop.carts SELECT n, n, repeat('item ', 30) FROM generate_series(1, 40000) n

INSERT INTO shop.payments (order_id, amount) SELECT n, 10 FROM generate_series(1, 20000) n

-- planted: the same index twice
CREATE INDEX products_sku_idx ON shop.products (sku)

-- planted: an index that another one contains
CREATE INDEX orders_status_idx ON shop.orders (status)

CREATE INDEX orders_status_placed_idx ON shop.orders (status, placed_at)

-- planted: a constraint that was never checked for the rows before it
ALTER TABLE shop.orders ADD CONSTRAINT orders_status_check CHECK (status IN ('open', 'paid', 'sent', 'returned')) NOT VALID

-- planted: a function that runs as its owner and trusts the caller's search_path
CREATE FUNCTION shop.cancel_order(which bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
    AS $$ UPDATE shop.orders SET status = 'returned' WHERE id = which $$

-- planted: the application logs in as superuser, with its own name as password
CREATE ROLE shop_app LOGIN SUPERUSER PASSWORD 'shop_app'

VACUUM (ANALYZE) shop.customers, shop.products, shop.orders, shop.order_items, shop.events, shop.audit_log, shop.payments

ANALYZE shop.carts

-- planted: four of five rows are dead and nobody cleans up
UPDATE shop.carts SET content = content || '.' WHERE id % 5 <> 0

UPDATE shop.carts SET content = content || '!' WHERE id % 5 <> 0

-- planted: loaded in bulk, never analyzed
CREATE TABLE shop.imported_prices AS SELECT n AS product, n * 1.1 AS price FROM generate_series(1, 50000) n

ALTER TABLE shop.imported_prices ADD PRIMARY KEY (product), SET (autovacuum_enabled = off)

-- planted: a consumer that went away and left its slot behind
SELECT pg_create_logical_replication_slot('warehouse_sync', 'test_decoding')

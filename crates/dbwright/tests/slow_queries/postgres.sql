-- A shop, a ticket desk, telemetry and a social site, with the primary keys that come by themselves and little more.
SET synchronous_commit = off;
-- as on a machine whose other processors are busy: how long a scan takes does not depend on how many there are
SET max_parallel_workers_per_gather = 0;
CREATE EXTENSION pg_trgm;
CREATE SCHEMA shop;
CREATE SCHEMA desk;
CREATE SCHEMA telemetry;
CREATE SCHEMA social;

CREATE TABLE shop.customers (
  id int PRIMARY KEY, email text NOT NULL, phone text, name text NOT NULL, country char(2) NOT NULL, born date,
  vip boolean NOT NULL, token uuid NOT NULL);
INSERT INTO shop.customers
  SELECT n, 'Customer' || n || '@example.org', '+49' || (n * 7919 % 1000003), 'Name ' || md5(n::text),
         (ARRAY['de', 'fr', 'nl', 'pl', 'it'])[n % 5 + 1], date '1950-01-01' + n % 20000, n % 4000 = 0, md5(n::text)::uuid
  FROM generate_series(1, 200000) n;

CREATE TABLE shop.products (
  id int PRIMARY KEY, sku text NOT NULL, title text NOT NULL, tags text[] NOT NULL, attributes jsonb NOT NULL);
INSERT INTO shop.products
  SELECT n, chr(65 + n % 26) || chr(65 + n / 26 % 26) || '-' || n, md5(n::text) || ' lamp ' || md5((n * 3)::text),
         ARRAY['tag' || n % 997, 'tag' || n % 1009],
         jsonb_build_object('colour', 'c' || n % 211, 'size', n % 50, 'maker', jsonb_build_object('name', 'm' || n % 499))
  FROM generate_series(1, 150000) n;

CREATE TABLE shop.orders (
  id int PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, total numeric(10, 2) NOT NULL,
  placed_at timestamptz NOT NULL, shipped_at timestamptz, "order" text NOT NULL, "user" int NOT NULL);
INSERT INTO shop.orders
  SELECT n, n * 7919::bigint % 20011, CASE WHEN n % 1500 = 0 THEN 'refunded' WHEN n % 3 = 0 THEN 'open' ELSE 'done' END,
         (n * 31::bigint % 1000000) / 100.0, timestamptz '2025-01-01 00:00+00' + n * interval '1 minute',
         CASE WHEN n % 2000 <> 0 THEN timestamptz '2025-01-02 00:00+00' + n * interval '1 minute' END, 'R-' || n, n % 3001
  FROM generate_series(1, 400000) n;

CREATE TABLE shop.order_items (
  id int PRIMARY KEY, order_id int NOT NULL REFERENCES shop.orders ON DELETE CASCADE, product_id int NOT NULL, quantity int NOT NULL,
  price numeric(10, 2) NOT NULL);
ALTER TABLE shop.order_items DISABLE TRIGGER ALL;
INSERT INTO shop.order_items SELECT n, n % 300000 + 1, n * 101::bigint % 150000 + 1, n % 5 + 1, n % 97 FROM generate_series(1, 400000) n;
ALTER TABLE shop.order_items ENABLE TRIGGER ALL;

CREATE TABLE desk."Ticket" (
  "ticketId" int PRIMARY KEY, "assigneeId" int NOT NULL, "createdAt" timestamp NOT NULL, state text NOT NULL,
  priority smallint NOT NULL, "group" text NOT NULL, subject text NOT NULL, archived boolean NOT NULL);
INSERT INTO desk."Ticket"
  SELECT n, n * 7919::bigint % 2003, timestamp '2025-01-01' + n * interval '2 minutes', (ARRAY['open', 'waiting', 'closed'])[n % 3 + 1],
         n % 7, 'group ' || n % 601, 'Ticket about ' || md5(n::text), n % 3000 <> 0
  FROM generate_series(1, 400000) n;

CREATE TABLE desk.comments (
  id int PRIMARY KEY, ticket int NOT NULL, author int NOT NULL, body text NOT NULL, written_on date NOT NULL);
INSERT INTO desk.comments
  SELECT n, n * 7919::bigint % 200000 + 1, n % 5003, 'We ' || md5(n::text) || ' shall ' || md5((n * 7)::text), date '2024-01-01' + n % 700
  FROM generate_series(1, 250000) n;

CREATE TYPE telemetry.kind AS ENUM ('heartbeat', 'reading', 'warning', 'alarm');
CREATE TABLE telemetry.devices (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO telemetry.devices SELECT n, 'device ' || n FROM generate_series(1, 10) n;
CREATE TABLE telemetry.events (
  id bigint PRIMARY KEY, device_id int NOT NULL, kind telemetry.kind NOT NULL, at timestamptz NOT NULL, payload jsonb NOT NULL,
  handled_at timestamptz);
INSERT INTO telemetry.events
  SELECT n, n * 7919::bigint % 4001, (CASE WHEN n % 1000 = 0 THEN 'alarm' WHEN n % 2 = 0 THEN 'reading' ELSE 'heartbeat' END)::telemetry.kind,
         timestamptz '2025-06-01 00:00+00' + n * interval '20 seconds', jsonb_build_object('serial', 'S' || n % 50021, 'value', n % 100),
         CASE WHEN n % 3000 <> 0 THEN timestamptz '2025-07-01 00:00+00' END
  FROM generate_series(1, 500000) n;

CREATE TABLE telemetry.readings (device int NOT NULL, at timestamptz NOT NULL, metric text NOT NULL, value float8 NOT NULL)
  PARTITION BY RANGE (at);
CREATE TABLE telemetry.readings_q1 PARTITION OF telemetry.readings FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-04-01 00:00+00');
CREATE TABLE telemetry.readings_q2 PARTITION OF telemetry.readings FOR VALUES FROM ('2025-04-01 00:00+00') TO ('2025-07-01 00:00+00');
CREATE TABLE telemetry.readings_q3 PARTITION OF telemetry.readings FOR VALUES FROM ('2025-07-01 00:00+00') TO ('2025-10-01 00:00+00');
INSERT INTO telemetry.readings
  SELECT n * 7919::bigint % 1009, timestamptz '2025-01-01 00:00+00' + n * interval '50 seconds', 'metric ' || n % 20, n % 1000
  FROM generate_series(1, 460000) n;

CREATE TABLE telemetry.outages (id int PRIMARY KEY, device_id int NOT NULL, during tstzrange NOT NULL, address inet NOT NULL);
INSERT INTO telemetry.outages
  SELECT n, n % 1000, tstzrange(timestamptz '2025-01-01 00:00+00' + n * interval '1 minute', timestamptz '2025-01-01 00:20+00' + n * interval '1 minute'),
         inet '10.0.0.0' + n
  FROM generate_series(1, 400000) n;

CREATE TABLE social.posts (
  id int PRIMARY KEY, author_id int NOT NULL, published_at timestamptz NOT NULL, body text NOT NULL, tags text[] NOT NULL,
  hidden boolean NOT NULL, likes int NOT NULL);
INSERT INTO social.posts
  SELECT n, n * 7919::bigint % 5003, timestamptz '2025-01-01 00:00+00' + (n * 7919::bigint % 250007) * interval '1 minute',
         'word' || n % 1009 || ' and word' || n % 2003 || ' make a post ' || n, ARRAY['t' || n % 499, 't' || n % 787], n % 2500 = 0, n % 1000
  FROM generate_series(1, 250000) n;
CREATE TABLE social.follows (follower int NOT NULL, followee int NOT NULL, since date NOT NULL, PRIMARY KEY (follower, followee));
INSERT INTO social.follows SELECT n % 20011, n / 20011 * 37 + n % 31, date '2024-01-01' + n % 600 FROM generate_series(1, 400000) n ON CONFLICT DO NOTHING;
CREATE TABLE social.jobs (
  id int PRIMARY KEY, queue text NOT NULL, run_at timestamptz NOT NULL, done_at timestamptz, locked_by text, attempts int NOT NULL);
INSERT INTO social.jobs
  SELECT n, 'queue ' || n % 7, timestamptz '2025-01-01 00:00+00' + n * interval '1 second',
         CASE WHEN n % 1000 <> 0 THEN timestamptz '2025-02-01 00:00+00' END, CASE WHEN n % 700 = 0 THEN 'worker ' || n % 13 END, n % 4
  FROM generate_series(1, 500000) n;
CREATE TABLE social.sessions (id int PRIMARY KEY, account int NOT NULL, token text NOT NULL, seen_at timestamptz NOT NULL);
INSERT INTO social.sessions SELECT n, n % 50021, md5(n::text), timestamptz '2025-01-01 00:00+00' + n * interval '1 second' FROM generate_series(1, 400000) n;
ANALYZE;

-- One query a line. %i a positive integer, %z one of either sign, %n a decimal number of either sign, %s a string, %e an
-- escape or dollar string, %d a date, %b a boolean, %l and %L lists of integers and strings, %v and %w rows of values,
-- %j a JSON text, %x 1 to 3, %m a string in two parts.
SELECT * FROM users WHERE id = %i
SELECT * FROM users WHERE id = %i LIMIT 1
SELECT name, email FROM users WHERE email = %s
SELECT name, email FROM users WHERE lower(email) = %s
SELECT name FROM users WHERE name = %e
SELECT name FROM users WHERE name LIKE %s
SELECT name FROM users WHERE name ILIKE %s OR email ILIKE %s
SELECT name FROM users WHERE name NOT LIKE %s
SELECT name FROM users WHERE name ~ %s
SELECT name FROM users WHERE name ~* %s
SELECT name FROM users WHERE name SIMILAR TO 'a%'
SELECT count(*) FROM users
SELECT count(*) FROM users WHERE active = %b
SELECT count(*) FROM users WHERE active
SELECT count(*) FROM users WHERE NOT active
SELECT count(*) FROM users WHERE active IS TRUE
SELECT count(*) FROM users WHERE active IS NOT TRUE
SELECT count(*) FROM users WHERE active IS FALSE
SELECT count(*) FROM users WHERE score IS NULL
SELECT count(*) FROM users WHERE score IS NOT NULL
SELECT count(*) FROM users WHERE score IS NULL AND age > %i
SELECT count(DISTINCT age) FROM users WHERE created > %d
SELECT * FROM users WHERE age > %z
SELECT * FROM users WHERE age < %z
SELECT * FROM users WHERE age <> %z
SELECT * FROM users WHERE age BETWEEN %z AND %z
SELECT * FROM users WHERE age NOT BETWEEN %z AND %z
SELECT * FROM users WHERE score > %n
SELECT * FROM users WHERE score - %n > 0.5
SELECT age - %i FROM users
SELECT age -%i FROM users WHERE id = %i
SELECT age + %i FROM users
SELECT -age FROM users
SELECT - age, %z FROM users
SELECT age * %z, age / %i, age % %i FROM users
SELECT %z AS one
SELECT %z, %s
SELECT %z + %z
SELECT %z - %z
SELECT * FROM users WHERE id IN %l
SELECT * FROM users WHERE id NOT IN %l
SELECT * FROM users WHERE name IN %L
SELECT * FROM users WHERE name IN %L AND id IN %l
SELECT * FROM users WHERE id IN %l ORDER BY id LIMIT %i
SELECT * FROM users WHERE id IN (SELECT user_id FROM orders WHERE total > %n)
SELECT * FROM users WHERE id IN (SELECT user_id FROM orders WHERE status IN %L)
SELECT * FROM users WHERE id = ANY ('{1,2,3}')
SELECT * FROM users WHERE (id, age) IN ((%i, %i), (%i, %i))
SELECT * FROM users WHERE (id, name) = (%i, %s)
SELECT * FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = %i
SELECT * FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id = %i
SELECT * FROM users u, orders o WHERE o.user_id = u.id AND u.id = %i
SELECT u.name, sum(o.total) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.name
SELECT u.name, sum(o.total) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.name HAVING sum(o.total) > %n
SELECT u.name, sum(o.total) FROM users u JOIN orders o USING (id) GROUP BY u.name ORDER BY 2 DESC LIMIT %i
SELECT u.name FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.total > %n)
SELECT u.name FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)
SELECT * FROM orders ORDER BY placed DESC LIMIT %i OFFSET %i
SELECT * FROM orders ORDER BY placed ASC NULLS FIRST LIMIT %i
SELECT * FROM orders ORDER BY placed NULLS LAST LIMIT %i
SELECT * FROM orders WHERE placed = DATE '2024-01-01'
SELECT * FROM orders WHERE placed > %d::date
SELECT * FROM orders WHERE placed > CAST(%s AS text)::date OR true
SELECT * FROM orders WHERE placed > now() - interval '1 day'
SELECT * FROM orders WHERE placed BETWEEN %d AND %d
SELECT * FROM orders WHERE total > %n::numeric(10,2)
SELECT status, count(*) FROM orders GROUP BY status ORDER BY count(*) DESC
SELECT status, count(*) FILTER (WHERE total > %n) FROM orders GROUP BY status
SELECT date_trunc('month', placed), sum(total) FROM orders WHERE user_id = %i GROUP BY 1
SELECT CASE WHEN total > %n THEN %s ELSE %s END FROM orders
SELECT CASE status WHEN %s THEN %i WHEN %s THEN %i ELSE %z END FROM orders
SELECT coalesce(total, %n), nullif(status, %s) FROM orders
SELECT greatest(total, %n, %n) FROM orders
SELECT row_number() OVER (PARTITION BY user_id ORDER BY placed) FROM orders WHERE id = %i
SELECT sum(total) OVER (ORDER BY id ROWS BETWEEN %i PRECEDING AND CURRENT ROW) FROM orders
SELECT lag(total, %i) OVER w FROM orders WINDOW w AS (ORDER BY id)
WITH big AS (SELECT * FROM orders WHERE total > %n) SELECT * FROM big WHERE status = %s
WITH big AS (SELECT * FROM orders WHERE total > %n), small AS (SELECT * FROM orders WHERE total < %n) SELECT * FROM big, small
WITH RECURSIVE t(n) AS (SELECT %i UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t
WITH gone AS (DELETE FROM items WHERE order_id = %i RETURNING *) SELECT count(*) FROM gone
SELECT id FROM users WHERE id = %i UNION SELECT id FROM orders WHERE id = %i
SELECT id FROM users WHERE id = %i UNION ALL SELECT id FROM orders WHERE id = %i
SELECT id FROM users EXCEPT SELECT id FROM orders WHERE id = %i
SELECT data -> 'a' FROM users WHERE id = %i
SELECT data ->> 'a' FROM users WHERE id = %i
SELECT data #>> '{a,b}' FROM users WHERE id = %i
SELECT data -> %i FROM users
SELECT data - %s FROM users
SELECT id FROM users WHERE data @> %j
SELECT id FROM users WHERE data ? 'key'
SELECT id FROM users WHERE data ?| ARRAY['a', 'b']
SELECT id FROM users WHERE data->>'a' = %s
SELECT id FROM users WHERE (data->>'n')::int > %z
SELECT id FROM users WHERE tags @> ARRAY[%s]
SELECT id FROM users WHERE %s = ANY (tags)
SELECT tags[1] FROM users WHERE id = %i
SELECT tags[1:2] FROM users WHERE id = %i
SELECT unnest(tags) FROM users WHERE id = %i
SELECT id::text FROM users WHERE id = %i
SELECT id::text || %s FROM users
SELECT name || ' ' || email FROM users
SELECT name COLLATE "C" FROM users WHERE id = %i
SELECT substring(name from %i for %i) FROM users
SELECT extract(year from created) FROM users WHERE id = %i
SELECT position(%s in name) FROM users
SELECT trim(both 'x' from name) FROM users
SELECT created AT TIME ZONE 'UTC' FROM users WHERE id = %i
SELECT now(), current_date, current_timestamp
SELECT current_user
SELECT "Id", "Name" FROM "Mixed" WHERE "Id" = %i
SELECT "Name" FROM "Mixed" WHERE "order" = %z
SELECT m."Name" FROM "Mixed" m WHERE m."user" = %s
SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = %i LIMIT %i
SELECT "users"."id" FROM "users" WHERE "users"."name" = %s ORDER BY "users"."id" ASC LIMIT %i
SELECT * FROM app.users WHERE id = %i
SELECT * FROM public.users WHERE id = %i AND age = %i
SELECT c FROM sbtest1 WHERE id = %i
SELECT c FROM sbtest2 WHERE id = %i
SELECT c FROM sbtest12 WHERE id = %i
SELECT c FROM log_2024 WHERE id = %i
SELECT c FROM log_2025 WHERE id = %i
SELECT c FROM sbtest1 WHERE id BETWEEN %i AND %i
SELECT c FROM sbtest2 WHERE id BETWEEN %i AND %i
SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN %i AND %i
SELECT c FROM sbtest1 WHERE id BETWEEN %i AND %i ORDER BY c
SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN %i AND %i ORDER BY c
SELECT DISTINCT ON (k) k, c FROM sbtest1 WHERE id > %i ORDER BY k, id
UPDATE sbtest1 SET k = k + 1 WHERE id = %i
UPDATE sbtest2 SET k = k + 1 WHERE id = %i
UPDATE sbtest1 SET c = %s WHERE id = %i
DELETE FROM sbtest1 WHERE id = %i
DELETE FROM sbtest2 WHERE id = %i
INSERT INTO sbtest1 (id, k, c, pad) VALUES (%i, %i, %s, %s) ON CONFLICT DO NOTHING
INSERT INTO sbtest2 (id, k, c, pad) VALUES (%i, %i, %s, %s) ON CONFLICT DO NOTHING
UPDATE pgbench_accounts SET abalance = abalance + %z WHERE aid = %i
SELECT abalance FROM pgbench_accounts WHERE aid = %i
UPDATE pgbench_tellers SET tbalance = tbalance + %z WHERE tid = %i
UPDATE pgbench_branches SET bbalance = bbalance + %z WHERE bid = %i
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (%i, %i, %i, %z, CURRENT_TIMESTAMP)
INSERT INTO events (id, ts, kind) VALUES (%i, now(), %s) ON CONFLICT (id) DO NOTHING
INSERT INTO events (id, ts, kind, payload) VALUES (%i, %d, %s, %j) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind
INSERT INTO events (id, kind) VALUES (%i, NULL) ON CONFLICT DO NOTHING
INSERT INTO events (id, kind) VALUES (%i, DEFAULT) ON CONFLICT DO NOTHING
INSERT INTO items (order_id, sku, qty) VALUES %v ON CONFLICT DO NOTHING
INSERT INTO items (order_id, sku, qty, price) VALUES %w ON CONFLICT DO NOTHING
INSERT INTO items (order_id, sku, qty) SELECT id, status, %i FROM orders WHERE id = %i
INSERT INTO items (order_id, sku) VALUES (%i, %s) ON CONFLICT DO NOTHING RETURNING order_id
INSERT INTO pgbench_history DEFAULT VALUES RETURNING %i
UPDATE users SET name = %s, email = %s WHERE id = %i
UPDATE users SET name = %s WHERE id = %i
UPDATE users SET age = NULL WHERE id = %i
UPDATE users SET age = %z WHERE id = %i RETURNING *
UPDATE users SET active = %b, created = now() WHERE id IN %l
UPDATE users SET data = data || %j WHERE id = %i
UPDATE users u SET score = o.total FROM orders o WHERE o.user_id = u.id AND o.id = %i
UPDATE orders SET total = total * %n WHERE status = %s
UPDATE orders SET total = total - %n WHERE status = %s
UPDATE orders SET total = - %i WHERE status = 'none'
DELETE FROM users WHERE id = %i
DELETE FROM users WHERE id IN %l
DELETE FROM users USING orders WHERE users.id = orders.user_id AND orders.id = %i
DELETE FROM orders WHERE placed < %d
DELETE FROM orders WHERE id = %i RETURNING id
SELECT pg_advisory_xact_lock(%i)
SELECT pg_sleep(0)
SELECT generate_series(%i, %i)
SELECT * FROM generate_series(1, %i) AS g(n) WHERE n > %z
SELECT * FROM generate_series(%i, %i, %z)
SELECT * FROM (VALUES (%i, %s)) AS v(a, b)
SELECT * FROM users TABLESAMPLE SYSTEM (50)
SELECT * FROM users CROSS JOIN LATERAL (SELECT * FROM orders o WHERE o.user_id = users.id LIMIT %i) x
SELECT string_agg(name, %s) FROM users
SELECT array_agg(id ORDER BY id DESC) FROM users WHERE id > %z
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY age) FROM users WHERE id > %i
SELECT json_build_object('a', id, 'b', %s) FROM users
SELECT to_tsvector('english', name) @@ plainto_tsquery('english', %s) IS NULL FROM users WHERE id < 0
SELECT ROW(%i, %s)
SELECT ARRAY[%i, age] FROM users
SELECT ARRAY[%s, %s]
SELECT %n * age FROM users WHERE age > %z
SELECT 1.5e3 * %n
SELECT @ age FROM users WHERE age = %z
SELECT |/ %i::float8
SELECT age % %i = 0 FROM users
SELECT age & %i, age | %i, age # %i, ~age, age << %i FROM users
SELECT age != %z FROM users
SELECT id FROM users WHERE age = %i AND age = %i
SELECT id FROM users WHERE age = %i OR age = %i
SELECT id FROM users WHERE NOT (age = %i)
SELECT id FROM users WHERE age IS DISTINCT FROM %i
SELECT id FROM users WHERE (age, id) > (%z, %z)
SELECT id FROM users GROUP BY GROUPING SETS ((id), ())
SELECT id, count(*) FROM users GROUP BY ROLLUP (id)
SELECT id AS "Id" FROM users WHERE id = %i
SELECT relname FROM pg_class WHERE relname = %s
SELECT relname FROM pg_catalog.pg_class c WHERE c.oid = %s::text::regclass OR true
SELECT set_config('application_name', %s, false)
SELECT version()
TABLE users
VALUES (%i, %s)
SELECT NULL::int, %z
SELECT true AND active FROM users
SELECT 1 WHERE %b
SELECT "orders".* FROM "orders" WHERE "orders"."user_id" = %i
SELECT "orders".* FROM "orders" WHERE "orders"."user_id" IN %l
SELECT "orders"."id" AS t0_r0, "orders"."user_id" AS t0_r1 FROM "orders" LEFT OUTER JOIN "users" ON "users"."id" = "orders"."user_id" WHERE "users"."name" = %s
SELECT COUNT(*) FROM "orders" WHERE "orders"."user_id" = %i AND "orders"."status" = %s
SELECT 1 AS one FROM "users" WHERE "users"."email" = %s LIMIT %i
UPDATE "users" SET "name" = %s, "created" = %d WHERE "users"."id" = %i
DELETE FROM "orders" WHERE "orders"."id" = %i
INSERT INTO "events" ("id", "kind") VALUES (%i, %s) ON CONFLICT DO NOTHING RETURNING "id"
SELECT users.id AS users_id FROM users ORDER BY users.id LIMIT %i OFFSET %i
SELECT orders.id AS orders_id FROM orders WHERE orders.user_id IN %l
SELECT anon_1.n FROM (SELECT count(*) AS n FROM users WHERE age > %z) AS anon_1
select o1_0.user_id, o1_0.id, o1_0.total from orders o1_0 where o1_0.user_id = %i
select u1_0.id from users u1_0 where u1_0.name like %s escape '!'
select u1_0.id from users u1_0 offset %i rows fetch first %i rows only
SELECT "t0"."id" FROM "public"."users" AS "t0" WHERE ("t0"."id" = %i AND 1=1) LIMIT %i OFFSET %i
SELECT "public"."users"."id" FROM "public"."users" WHERE "public"."users"."id" IN %l OFFSET %i
SELECT "public"."orders"."id" FROM "public"."orders" WHERE ("public"."orders"."status" = %s AND "public"."orders"."total" > %n) ORDER BY "public"."orders"."id" ASC
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = %s::text::regclass AND a.attnum > %i OR true
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN %L
SELECT t.oid, t.typname FROM pg_type t WHERE t.typname IN %L
SELECT max(id) FROM events
SELECT min(ts) FROM events WHERE kind = %s
SELECT * FROM events WHERE ts > now() - interval '5 minutes' AND kind = %s ORDER BY ts DESC LIMIT %i
SELECT * FROM events WHERE ts >= %d AND ts < %d
SELECT * FROM events WHERE payload ->> 'user' = %s
SELECT * FROM events WHERE payload -> 'tags' ? 'red'
SELECT * FROM events WHERE payload #> '{a,0}' IS NOT NULL AND id > %i
SELECT * FROM events WHERE kind = %s AND id > %i ORDER BY id LIMIT %i
SELECT date_part('hour', ts), count(*) FROM events GROUP BY 1 ORDER BY 1
SELECT kind, avg(id), stddev(id) FROM events WHERE ts > %d GROUP BY kind HAVING count(*) > %i
SELECT * FROM events e WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = e.id) AND e.kind = %s
SELECT jsonb_set(payload, '{a}', %j) FROM events WHERE id = %i
SELECT jsonb_agg(payload) FROM events WHERE kind IN %L
SELECT * FROM jsonb_to_recordset('[{"a":1}]') AS x(a int) WHERE a = %z
SELECT * FROM json_each_text(%j)
SELECT id, k FROM sbtest1 WHERE k IN %l AND c LIKE %s
SELECT id, k FROM sbtest2 WHERE k IN %l AND c LIKE %s
SELECT s1.id FROM sbtest1 s1 JOIN sbtest2 s2 ON s1.id = s2.id WHERE s1.k = %i AND s2.k <> %z
INSERT INTO log_2024 SELECT * FROM sbtest1 WHERE id > %i ON CONFLICT DO NOTHING
INSERT INTO log_2025 SELECT * FROM sbtest1 WHERE id > %i ON CONFLICT DO NOTHING
DELETE FROM log_2024 WHERE id < %i
DELETE FROM log_2025 WHERE id < %i
UPDATE sbtest1 SET k = %z, c = %e WHERE id = %i AND k <> %z
UPDATE sbtest1 SET k = CASE WHEN k > %z THEN %z ELSE k - %i END
UPDATE sbtest1 SET k = k WHERE id IN (SELECT id FROM sbtest2 WHERE k = %z LIMIT %i)
SELECT k, count(*) FROM sbtest1 WHERE id BETWEEN %i AND %i GROUP BY k ORDER BY count(*) DESC, k LIMIT %i
SELECT first_value(c) OVER (PARTITION BY k ORDER BY id DESC) FROM sbtest1 WHERE k = %z
SELECT ntile(%i) OVER (ORDER BY k) FROM sbtest1
SELECT a.id FROM sbtest1 a WHERE a.k > (SELECT avg(b.k) FROM sbtest1 b WHERE b.id < %i)
SELECT (SELECT count(*) FROM orders o WHERE o.user_id = u.id) FROM users u WHERE u.id = %i
SELECT * FROM (SELECT * FROM users WHERE age > %z) a JOIN (SELECT * FROM orders WHERE total > %n) b ON a.id = b.user_id
SELECT * FROM users NATURAL JOIN orders WHERE id = %i
SELECT * FROM users FULL JOIN orders ON users.id = orders.user_id WHERE users.id = %i
SELECT * FROM users u, LATERAL unnest(u.tags) AS tag WHERE tag = %s
SELECT ALL name FROM users WHERE id = %i
SELECT left(name, %i), right(name, -%i) FROM users
SELECT round(score, %i), abs(%z), power(%n, 2) FROM users WHERE id < 0
SELECT concat(name, %s, email) FROM users
SELECT format('a', name) FROM users WHERE id = %i
SELECT overlay(name placing %s from %i) FROM users
SELECT (ts, ts) OVERLAPS (%d::timestamptz, %d::timestamptz) FROM events
SELECT make_interval(days => %i)
SELECT pg_size_pretty(%i::bigint)
SELECT xmin, ctid FROM users WHERE id = %i
SELECT users FROM users WHERE id = %i
SELECT (u).name FROM (SELECT users AS u FROM users) x WHERE (u).id = %i
SELECT count(*) > %i FROM users WHERE name IS NOT NULL AND name <> ''
SELECT id FROM users WHERE name BETWEEN SYMMETRIC %s AND %s
SELECT id FROM users WHERE (name, email) IS NOT NULL AND id = %z
SELECT id FROM users WHERE name = ANY (ARRAY[%s, %s]::text[])
SELECT id FROM users WHERE id <> ALL (ARRAY[%i, %i, %i])
SELECT id FROM users WHERE age = ANY (SELECT k FROM sbtest1 WHERE id = %i)
SELECT id FROM users WHERE active = %b AND age > %z OR score < %n
-- Statements that are no queries: their texts are their identity before 18.
18 BEGIN
18 BEGIN WORK
18 BEGIN TRANSACTION
18 START TRANSACTION
18 BEGIN ISOLATION LEVEL SERIALIZABLE
18 BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY
18 COMMIT
18 COMMIT WORK
18 ROLLBACK
18 SAVEPOINT active_record_%i
18 ROLLBACK TO SAVEPOINT s%x
18 RELEASE SAVEPOINT s%x
18 FETCH 10 FROM c1
18 FETCH NEXT FROM c1
18 FETCH ALL FROM c1
18 MOVE 10 FROM c1
18 CLOSE ALL
18 DEALLOCATE p%x
18 DEALLOCATE ALL
18 SET application_name = %s
18 SET work_mem = %i
18 SET statement_timeout TO %i
18 SET LOCAL statement_timeout = %i
18 RESET ALL
18 RESET work_mem
18 SHOW work_mem
18 SHOW search_path
18 ANALYZE users
18 ANALYZE orders (total)
18 LOCK TABLE users IN SHARE MODE
18 TRUNCATE items
18 LISTEN changes
18 UNLISTEN *
18 CREATE TEMP TABLE scratch (a int NOT NULL, b text)
18 CREATE INDEX users_name ON users (name)
18 DROP TABLE IF EXISTS nothing
18 ALTER TABLE users ADD COLUMN extra text
18 COMMENT ON TABLE users IS NULL
18 GRANT SELECT ON users TO PUBLIC
18 DISCARD TEMP
18 CREATE VIEW old AS SELECT * FROM users WHERE age > 60
18 REINDEX TABLE users
18 CHECKPOINT
18 SET CONSTRAINTS ALL DEFERRED
18 SET TRANSACTION ISOLATION LEVEL READ COMMITTED
-- Row locks and ONLY count for servers from 14 on.
14 SELECT name FROM ONLY users WHERE id = %i
14 SELECT * FROM users WHERE id = %i FOR UPDATE
14 SELECT * FROM users WHERE id = %i FOR SHARE
14 SELECT * FROM users WHERE id = %i FOR UPDATE SKIP LOCKED
14 SELECT * FROM users WHERE id = %i FOR UPDATE NOWAIT
-- Marked by ~: where we differ, and mean to. 18 is the first version that is asked. Two ways to write what is one tree to the server.
~ SELECT * FROM users WHERE age >= %z AND age <= %z
~ SELECT (%z)
~ SELECT * FROM users WHERE id = ANY (ARRAY[%i, %i])
~ SELECT * FROM users WHERE id = ANY ('{1,2,3}'::int[])
~ SELECT id FROM users WHERE data @> %j::jsonb
~ UPDATE users SET (name, email) = (%s, %s) WHERE id = %i
-- The type of a constant, which its text does not tell and which the server's own text does not show either.
~ SELECT U&'d\0061t', %s
~ SELECT B'101', %s
~ SELECT X'1F', %s
~ SELECT %e, %e
~ SELECT true
~ SELECT NULL
~ SELECT ARRAY[[%i, %i], [%i, %i]]
~ SELECT %m
~ SELECT * FROM users WHERE id = 5000000000
~ SELECT * FROM users WHERE id = %n
-- Names of results, which the server leaves out, and lists of one, which it takes for a comparison.
~ SELECT id AS a FROM users WHERE name = %s
~ SELECT id AS b FROM users WHERE name = %s
~ SELECT * FROM users WHERE id IN (%i)
~ SELECT .5 + %n
~ SELECT users.id AS users_id, users.name AS users_name FROM users WHERE users.id = %i
~ select u1_0.id, u1_0.name from users u1_0 where u1_0.id = %i
-- Commands whose words the server takes for constants, or whose constants for words.
~18 SET application_name TO %s
~18 SET search_path TO app, public
~18 DO $$BEGIN PERFORM 1; END$$

-- equality
SELECT * FROM shop.customers WHERE email = 'Customer77777@example.org'

-- equality on a uuid
SELECT id, name FROM shop.customers WHERE token = '38913e1d6a7b94cb0f55994f679f5956'

-- equality and range
SELECT id, total FROM shop.orders WHERE customer_id = 4711 AND placed_at >= '2025-03-01 00:00+00'

-- rare value
SELECT * FROM shop.orders WHERE status = 'refunded'

-- IN list
SELECT id, total FROM shop.orders WHERE customer_id IN (17, 4711, 9000, 12345)

-- narrow range of numbers
SELECT id, total FROM shop.orders WHERE total BETWEEN 9999.5 AND 9999.9

-- newest first
SELECT id, author_id, likes FROM social.posts ORDER BY published_at DESC LIMIT 20

-- newest of one author
SELECT id, body FROM social.posts WHERE author_id = 77 ORDER BY published_at DESC LIMIT 10

-- LIKE prefix
SELECT id, title FROM shop.products WHERE sku LIKE 'QX-12%'

-- LIKE infix
SELECT id, sku FROM shop.products WHERE title LIKE '%8f14e45fceea167a%'

-- ILIKE infix
SELECT id, email FROM shop.customers WHERE name ILIKE '%C9F0F895FB98AB%'

-- jsonb containment
SELECT id, sku FROM shop.products WHERE attributes @> '{"colour": "c7", "size": 11}'

-- jsonb key
SELECT id, at FROM telemetry.events WHERE payload->>'serial' = 'S4711'

-- nested jsonb key
SELECT id, sku FROM shop.products WHERE attributes->'maker'->>'name' = 'm77'

-- array overlap
SELECT id, likes FROM social.posts WHERE tags && ARRAY['t77', 't500']

-- array containment
SELECT id, sku FROM shop.products WHERE tags @> ARRAY['tag77', 'tag500']

-- lower()
SELECT id, name FROM shop.customers WHERE lower(email) = 'customer4711@example.org'

-- range of times
SELECT id, device_id FROM telemetry.events WHERE at >= '2025-06-20 12:00+00' AND at < '2025-06-20 13:00+00'

-- range of dates
SELECT id, author FROM desk.comments WHERE written_on BETWEEN '2025-03-01' AND '2025-03-02'

-- OR over columns
SELECT id, name FROM shop.customers WHERE email = 'Customer99@example.org' OR phone = '+4912345'

-- join without index
SELECT o.id, i.product_id, i.quantity FROM shop.orders o JOIN shop.order_items i ON i.order_id = o.id WHERE o.id IN (4711, 5000)

-- left join without index
SELECT t."ticketId", c.body FROM desk."Ticket" t LEFT JOIN desk.comments c ON c.ticket = t."ticketId" WHERE t."ticketId" BETWEEN 4711 AND 4720

-- foreign key without index
DELETE FROM shop.orders WHERE id BETWEEN 4711 AND 4720

-- correlated subquery
SELECT c.id, (SELECT max(o.placed_at) FROM shop.orders o WHERE o.customer_id = c.id) FROM shop.customers c WHERE c.id BETWEEN 100 AND 110

-- newest reading of each device
SELECT d.name, r.at, r.payload FROM telemetry.devices d CROSS JOIN LATERAL (SELECT e.at, e.payload FROM telemetry.events e WHERE e.device_id = d.id ORDER BY e.at DESC LIMIT 1) r

-- flag
SELECT id, name FROM shop.customers WHERE vip

-- flag that is rarely false
SELECT "ticketId", subject FROM desk."Ticket" WHERE NOT archived

-- flag with equality
SELECT id, body FROM social.posts WHERE hidden AND author_id = 2003

-- queue
SELECT id, queue FROM social.jobs WHERE done_at IS NULL AND queue = 'queue 3' ORDER BY run_at LIMIT 10

-- jobs that hang
SELECT id, locked_by FROM social.jobs WHERE locked_by IS NOT NULL AND done_at IS NULL

-- orders not shipped
SELECT id, customer_id FROM shop.orders WHERE shipped_at IS NULL

-- keyset page
SELECT id, published_at FROM social.posts WHERE (published_at, id) < ('2025-04-01 00:00+00', 1000) ORDER BY published_at DESC, id DESC LIMIT 20

-- composite filter
SELECT "ticketId", subject FROM desk."Ticket" WHERE state = 'open' AND priority = 1 AND "group" = 'group 77'

-- mixed-case names
SELECT "ticketId", subject FROM desk."Ticket" WHERE "assigneeId" = 77

-- reserved words
SELECT id, total FROM shop.orders WHERE "order" = 'R-4711' OR ("order" = 'R-4712')

-- a column called user
SELECT id, total FROM shop.orders WHERE "user" = 77

-- count with a filter
SELECT count(*) FROM telemetry.events WHERE kind = 'alarm'

-- last of one device
SELECT max(at) FROM telemetry.events WHERE device_id = 77

-- sum by day of one device
SELECT date_trunc('day', at), count(*) FROM telemetry.events WHERE device_id = 77 GROUP BY 1

-- partitions
SELECT at, value FROM telemetry.readings WHERE device = 77 AND metric = 'metric 5'

-- a range within one partition
SELECT device, value FROM telemetry.readings WHERE at >= '2025-05-05 00:00+00' AND at < '2025-05-05 01:00+00'

-- ranges of times
SELECT id, device_id FROM telemetry.outages WHERE during @> timestamptz '2025-02-02 02:02+00'

-- address
SELECT id, device_id FROM telemetry.outages WHERE address = '10.0.18.103'

-- text search
SELECT id, likes FROM social.posts WHERE to_tsvector('english', body) @@ to_tsquery('english', 'word77 & word1500')

-- the other side of a pair
SELECT follower FROM social.follows WHERE followee = 77 AND since >= '2025-01-01'

-- semi join
SELECT id, name FROM shop.customers c WHERE id BETWEEN 5000 AND 5010 AND EXISTS (SELECT 1 FROM shop.orders o WHERE o.customer_id = c.id AND o.status = 'open')

-- update by token
UPDATE social.sessions SET seen_at = '2025-09-09 00:00+00' WHERE token = '38913e1d6a7b94cb0f55994f679f5956'

-- delete of one account
DELETE FROM social.sessions WHERE account = 4711

-- by the day
SELECT "ticketId", subject FROM desk."Ticket" WHERE date_trunc('hour', "createdAt") = '2025-05-05 05:00'

-- equality
SELECT * FROM customers WHERE email = 'Customer77777@example.org'

-- equality and range
SELECT id, total FROM orders WHERE customer_id = 4711 AND placed_at >= '2025-03-01'

-- rare value
SELECT * FROM orders WHERE status = 'refunded'

-- IN list
SELECT id, total FROM orders WHERE customer_id IN (17, 4711, 9000, 12345)

-- narrow range of numbers
SELECT id, total FROM orders WHERE total BETWEEN 9999.5 AND 9999.9

-- newest first
SELECT id, author_id, likes FROM posts ORDER BY published_at DESC LIMIT 20

-- newest of one author
SELECT id, body FROM posts WHERE author_id = 77 ORDER BY published_at DESC LIMIT 10

-- LIKE prefix
SELECT id, name FROM customers WHERE name LIKE 'Name c4ca4%'

-- range of times
SELECT id, device_id FROM events WHERE happened_at >= '2025-06-20 12:00' AND happened_at < '2025-06-20 13:00'

-- range of dates
SELECT id, name FROM customers WHERE born BETWEEN '1980-03-01' AND '1980-03-02'

-- join without index
SELECT orders.id, order_items.product_id, quantity FROM orders JOIN order_items ON order_items.order_id = orders.id WHERE orders.id IN (4711, 5000)

-- left join without index
SELECT customers.id, orders.total FROM customers LEFT JOIN orders ON orders.customer_id = customers.id WHERE customers.id BETWEEN 4711 AND 4720

-- correlated subquery
SELECT id, (SELECT max(placed_at) FROM orders WHERE customer_id = customers.id) FROM customers WHERE id BETWEEN 100 AND 110

-- flag
SELECT id, name FROM customers WHERE vip = 1

-- flag with equality
SELECT id, body FROM posts WHERE hidden = 1 AND author_id = 2003

-- queue
SELECT id, queue FROM jobs WHERE done_at IS NULL AND queue = 'queue 3' ORDER BY run_at LIMIT 10

-- orders not shipped
SELECT id, customer_id FROM orders WHERE shipped_at IS NULL

-- keyset page
SELECT id, published_at FROM posts WHERE published_at < '2025-04-01' ORDER BY published_at DESC, id DESC LIMIT 20

-- composite filter
SELECT id, subject FROM `Support Tickets` WHERE state = 'open' AND priority = 1 AND `group` = 'group 77'

-- names with blanks
SELECT id, subject FROM `Support Tickets` WHERE `created at` BETWEEN '2025-02-02 02:02' AND '2025-02-02 03:00'

-- reserved words
SELECT id, total FROM orders WHERE `order` = 'R-4711'

-- a text column
SELECT id, total FROM orders WHERE note = 'note 4711'

-- count with a filter
SELECT count(*) FROM events WHERE kind = 'alarm'

-- last of one device
SELECT max(happened_at) FROM events WHERE device_id = 77

-- sum by day of one device
SELECT date(happened_at), count(*) FROM events WHERE device_id = 77 GROUP BY 1

-- partitions
SELECT taken_at, value FROM readings WHERE device = 77 AND metric = 'metric 5'

-- the other side of a pair
SELECT follower FROM follows WHERE followee = 77 AND since >= '2025-01-01'

-- semi join
SELECT id, name FROM customers WHERE id BETWEEN 5000 AND 5010 AND EXISTS (SELECT 1 FROM orders WHERE customer_id = customers.id AND status = 'open')

-- update by token
UPDATE sessions SET seen_at = '2025-09-09' WHERE token = 'c4ca4238a0b923820dcc509a6f75849b'

-- delete of one account
DELETE FROM sessions WHERE account = 4711

-- OR over columns
SELECT id, name FROM customers WHERE email = 'Customer99@example.org' OR phone = '+4912345'
